// Policies as users write them, read and checked.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_CHECK_POLICY_H_
#define SANDGLASS_ANALYZER_CHECK_POLICY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/policy.pb.h"

namespace sandglass::check {

// From a text proto; `file` is for messages. Units of rules whose metric has only one are filled in. Errors:
// InvalidArgument, one line: FILE:LINE:COLUMN of what cannot be read; or FILE, the rule, its field and value, and what
// it must be.
absl::StatusOr<v1::Policy> ParsePolicy(const std::string& text, absl::string_view file);

// The names of all classes that the policy looks at, each once, as they are written there; also where moves begin.
std::vector<std::string> ClassNamesOf(const v1::Policy& policy);

// The names of the classes that the rule holds on: its own, or else the policy's.
std::vector<std::string> TargetsOf(const v1::Policy& policy, const v1::Rule& rule);

// The scenario that a rule on moves takes its assumptions from.
std::string ScenarioOf(const v1::Rule& rule);

// Whether a pattern of the rule fits the trace's name.
bool NamesTrace(const v1::Rule& rule, const std::string& trace_name);
bool Fits(const std::string& pattern, const std::string& trace_name);

// Whether the rule can fail, and not only warn.
bool HasFailTier(const v1::Rule& rule);

// Whether a limit of the tier is a change from a baseline.
bool NeedsBaseline(const v1::Bounds& tier);

}  // namespace sandglass::check

#endif  // SANDGLASS_ANALYZER_CHECK_POLICY_H_
