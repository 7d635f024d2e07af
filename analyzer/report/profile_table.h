// Profiles for people: a table of kernels, longest time first.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_PROFILE_TABLE_H_
#define SANDGLASS_ANALYZER_REPORT_PROFILE_TABLE_H_

#include <string>

#include "proto/profile_report.pb.h"

namespace sandglass::report {

// "aten::mm", or of operators in one kernel "aten::mul + aten::add".
std::string KernelName(const v1::KernelTotals& kernel);

// For a terminal.
std::string ProfileText(const v1::ProfileReport& report);

// One line a kernel, after a line of names; every number with all its digits.
std::string ProfileCsv(const v1::ProfileReport& report);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_PROFILE_TABLE_H_
