// A check's report for people: for a terminal, and as Markdown for a pull request.
//
// Pure; safe from any thread. What is wrong comes first; what passed is counted, and folded in Markdown.
#ifndef SANDGLASS_ANALYZER_CHECK_CHECK_TEXT_H_
#define SANDGLASS_ANALYZER_CHECK_CHECK_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "proto/check_report.pb.h"

namespace sandglass::check {

// "passed", "failed" …
absl::string_view OutcomeWord(v1::CheckOutcome outcome);

// "2 failed, 1 warned, 9 passed": what there is, worst first.
std::string CountsText(const v1::CheckReport& report);

std::string CheckText(const v1::CheckReport& report);

// GitHub-flavoured. Tables of changes are cut where a pull request's comment would become too long; the JSON has all.
// Begins with a comment that marks it, so that a job can replace what it wrote before.
std::string CheckMarkdown(const v1::CheckReport& report);

}  // namespace sandglass::check

#endif  // SANDGLASS_ANALYZER_CHECK_CHECK_TEXT_H_
