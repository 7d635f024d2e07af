// What measured rows say of how far the models are off, and what that says of another device.
//
// Rows are grouped by what the models do not tell apart inside: kind of chip, class of operators, format of the matrix
// units, and what bounds the time. Of each device's rows in a group the median of measured over predicted time counts,
// as a logarithm ρ_d over n_d rows. For a device that has rows of its own in the group,
//
//   ln ratio = ρ_d · n_d / (n_d + kOwnRows)
//
// else, over the D other devices that have: ln ratio = mean ρ_d · D / (D + 1), because a device's errors are its own
// for about as large a part as they are the models'. A group without rows has ratio 1. Where another figure of a class
// moves an operator from one bound to another, its ratio is another's: a calibrated replay may be slower with more of
// something.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_CALIBRATION_H_
#define SANDGLASS_ANALYZER_MODELS_CALIBRATION_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "analyzer/models/estimate.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// Measured over predicted time beyond which, or below whose inverse, it is not the models that are off.
inline constexpr double kMostCalibrationRatio = 1000;

// A group of rows.
struct CalibrationKey {
  // As in silicon.proto: "gpu".
  std::string chip;
  OperatorKind kind;

  auto operator<=>(const CalibrationKey&) const = default;
};

// The group that an estimate is in.
CalibrationKey KeyOf(const silicon::Chip& chip, ops::OpClass op_class, const OperatorEstimate& estimate);

// One measured operator, and what the models say of it.
struct CalibrationRow {
  // The class's id.
  std::string device;
  CalibrationKey key;
  Seconds measured;
  Seconds predicted;
};

class Calibration {
 public:
  // What the rows of one device say of a group.
  struct Entry {
    // Median of measured over predicted time.
    double ratio = 1;
    uint32_t rows = 0;
  };

  Calibration() = default;
  // Requires: both times of each row are above zero.
  static Calibration From(absl::Span<const CalibrationRow> rows);

  // What the rows of all devices say of a group.
  struct Group {
    std::map<std::string, Entry> devices;
    // Σ ln ratio.
    double log_ratios = 0;
  };

  // False: the device has an entry in the group already. Requires: entry.ratio > 0.
  bool Add(const CalibrationKey& key, const std::string& device, const Entry& entry);
  const std::map<CalibrationKey, Group>& groups() const { return groups_; }
  bool empty() const { return groups_.empty(); }

  // What to multiply the time of an operator of that group on a device by.
  double RatioFor(const CalibrationKey& key, const std::string& device) const;

 private:
  std::map<CalibrationKey, Group> groups_;
};

// How well rows of the other devices mend what the models say of one.
struct CalibrationCheck {
  std::string device;
  uint32_t rows = 0;
  // Mean of |predicted − measured| / measured, of the models alone and calibrated by the others' rows.
  double error_before = 0;
  double error_after = 0;
};

// By device: each left out in turn.
std::vector<CalibrationCheck> LeaveOneDeviceOut(absl::Span<const CalibrationRow> rows);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_CALIBRATION_H_
