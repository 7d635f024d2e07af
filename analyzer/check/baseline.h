// An earlier check's report as the baseline of a later one.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_CHECK_BASELINE_H_
#define SANDGLASS_ANALYZER_CHECK_BASELINE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/check_report.pb.h"

namespace sandglass::check {

// From the JSON that `sandglass check --json` wrote, without what it found; `file` is for messages. Errors:
// InvalidArgument, one line.
absl::StatusOr<v1::CheckReport> ParseBaseline(const std::string& json, absl::string_view file);

// Whether the baseline's figures may stand beside the report's. Errors: InvalidArgument where they were made under
// other options, naming those: what changed would be the options' doing. The day of prices may differ.
absl::Status CheckComparable(const v1::CheckReport& baseline, const v1::CheckReport& report, absl::string_view file);

// What a reader of changes should know: another catalog, traces that are in one of the two only.
std::vector<std::string> BaselineWarnings(const v1::CheckReport& baseline, const v1::CheckReport& report);

// Traces, and rows of them, by name; nullptr: there is none.
const v1::CheckedTrace* FindTrace(const v1::CheckReport& report, absl::string_view name);
const v1::CheckedClass* FindClass(const v1::CheckedTrace& trace, absl::string_view id);

// What operators take more, or less, than in the baseline, on traces and classes that are in both; largest change of
// time first.
std::vector<v1::OperatorChange> ChangesSince(const v1::CheckReport& baseline, const v1::CheckReport& report);

}  // namespace sandglass::check

#endif  // SANDGLASS_ANALYZER_CHECK_BASELINE_H_
