// What a batch's traces take on a policy's classes, asked of whoever answers about them.
#ifndef SANDGLASS_ANALYZER_CHECK_MEASURE_H_
#define SANDGLASS_ANALYZER_CHECK_MEASURE_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "analyzer/analysis/analysis.h"
#include "proto/check_report.pb.h"
#include "proto/policy.pb.h"
#include "proto/report.pb.h"

namespace sandglass::check {

// Ids of classes by the names that a policy calls them.
using ClassIds = std::map<std::string, std::string>;

struct Measured {
  v1::CheckedTrace trace;
  // What the figures come from.
  v1::ReplayReport replay;
};

// One trace on all classes of a checked policy, by `policy.options()`, with the moves that its rules ask for. Adds the
// classes' ids to `ids`. Errors: those of the questions.
absl::StatusOr<Measured> MeasureTrace(analysis::Analysis& analysis, const std::string& trace, const v1::Policy& policy,
                                      analysis::Progress progress, ClassIds& ids);

}  // namespace sandglass::check

#endif  // SANDGLASS_ANALYZER_CHECK_MEASURE_H_
