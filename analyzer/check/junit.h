// A check's report as JUnit XML, for what CI systems show beside tests.
//
// A suite is a trace, a case is a rule on a class. A failed rule is a failure, an incomplete one an error, one that was
// not judged skipped. JUnit has no warnings: one stands in its case's output, and in the property "warnings" of its
// suite. What belongs to no trace is in a suite of its own. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_CHECK_JUNIT_H_
#define SANDGLASS_ANALYZER_CHECK_JUNIT_H_

#include <string>

#include "proto/check_report.pb.h"

namespace sandglass::check {

std::string CheckJunit(const v1::CheckReport& report);

}  // namespace sandglass::check

#endif  // SANDGLASS_ANALYZER_CHECK_JUNIT_H_
