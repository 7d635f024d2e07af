// The units in which rules state their limits: "us/token", "mJ/step", "USD/10^6 token", "%".
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_CHECK_RULE_UNIT_H_
#define SANDGLASS_ANALYZER_CHECK_RULE_UNIT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/policy.pb.h"
#include "proto/trace.pb.h"

namespace sandglass::check {

struct RuleUnit {
  // What one of it is in the base unit of its metric (s, J or USD per one unit of work; %; devices; USD): 1e-6 for
  // "us/token".
  double in_base = 1;
  // What work is counted in; _UNSPECIFIED: the metric is not per unit of work.
  v1::WorkUnit per = v1::WORK_UNIT_UNSPECIFIED;
};

// Errors: InvalidArgument, with the unit and examples of what would fit the metric.
absl::StatusOr<RuleUnit> ParseRuleUnit(v1::Metric metric, absl::string_view unit);

// The unit of metrics that have only one: "%", "devices", "USD". Empty for those per unit of work.
absl::string_view OnlyUnit(v1::Metric metric);

// "time", "energy", "cost", "known", "native", "retained", "devices", "migration".
absl::string_view MetricWord(v1::Metric metric);

}  // namespace sandglass::check

#endif  // SANDGLASS_ANALYZER_CHECK_RULE_UNIT_H_
