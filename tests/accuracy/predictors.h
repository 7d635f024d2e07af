// Who is asked for a time: the models of this project, and the roofline as a yardstick.
#ifndef SANDGLASS_TESTS_ACCURACY_PREDICTORS_H_
#define SANDGLASS_TESTS_ACCURACY_PREDICTORS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/models/estimate.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/silicon.h"
#include "tests/accuracy/measured_row.h"

namespace sandglass::accuracy {

// Which class of the catalog a device of the rows is.
class DeviceClasses {
 public:
  // `named`: what the user says, by the rows' name. Others are found by the catalog's aliases and by drivers' names.
  // Errors: NotFound, where the user names a class that is not in the catalog. The catalog must outlive this.
  static absl::StatusOr<DeviceClasses> From(const silicon::Catalog& catalog,
                                            const std::map<std::string, std::string>& named);

  // `stack`: empty for the class's first. Errors: NotFound, with what to do.
  absl::StatusOr<silicon::Target> TargetOf(const std::string& device, const std::string& stack = "") const;

 private:
  explicit DeviceClasses(const silicon::Catalog& catalog) : catalog_(&catalog) {}

  const silicon::Catalog* catalog_;
  std::map<std::string, const silicon::SiliconClass*> named_;
};

struct Prediction {
  Seconds time;
  // What the device takes over it, and the mean, where the same is done again and again.
  Joules energy;
  Watts power;
  // What bounds the longest of the operators, or the host's time where that is longer than all.
  models::Limit limit = models::Limit::kUnspecified;
  // What it is the sum of.
  std::vector<replay::KindTime> parts;
  // The time is the row's own floor, which rows of other devices say, and no model.
  bool by_floor = false;
};

// What the models say, operator after operator under the power limit, and the timer on top; on a stack that fuses, what
// a replay of them in inference says. Errors: those of WorkOf and EstimateOperator; FailedPrecondition, where the row
// has no work.
absl::StatusOr<Prediction> Predict(const MeasuredRow& row, const silicon::Target& target);

// What the models say of a row's run where the times that it was recorded with on `source` correct them.
// Errors: FailedPrecondition, where the row is of no run, or its trace has no times; those of the replay.
absl::StatusOr<Seconds> ScaledTime(const MeasuredRow& row, const silicon::Target& target,
                                   const silicon::Target& source);

// The largest of matrix, vector and memory time at the datasheet's rates. Errors: those of WorkOf; Unimplemented, where
// the class has no rate for the work.
absl::StatusOr<Seconds> RooflineTime(const MeasuredRow& row, const silicon::Target& target);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_PREDICTORS_H_
