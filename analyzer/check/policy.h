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

// The names of all classes that the policy looks at, each once, as they are written there.
std::vector<std::string> ClassNamesOf(const v1::Policy& policy);

// Whether a limit of the rule is a change from a baseline.
bool NeedsBaseline(const v1::Rule& rule);

}  // namespace sandglass::check

#endif  // SANDGLASS_ANALYZER_CHECK_POLICY_H_
