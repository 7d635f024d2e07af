// Coverage reports as text: one line a class, then for each class what does not run natively, and on what evidence.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_COVERAGE_TABLE_H_
#define SANDGLASS_ANALYZER_REPORT_COVERAGE_TABLE_H_

#include <string>

#include "proto/coverage_report.pb.h"

namespace sandglass::report {

// `most`: operators a class at most; 0: all.
std::string CoverageText(const v1::CoverageReport& report, int most);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_COVERAGE_TABLE_H_
