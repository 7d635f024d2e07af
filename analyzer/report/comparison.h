// One class against another on one trace.
//
// Ratios are of the other over the base, with ranges as in summary.h, and rest on the weaker of the two grounds. A
// ratio is absent where one of its two figures is. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_COMPARISON_H_
#define SANDGLASS_ANALYZER_REPORT_COMPARISON_H_

#include <string>

#include "proto/report.pb.h"

namespace sandglass::report {

// Both rows and their ratios.
v1::Comparison CompareClasses(const v1::ClassReplay& base, const v1::ClassReplay& other);

// For a terminal.
std::string ComparisonText(const v1::Comparison& comparison);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_COMPARISON_H_
