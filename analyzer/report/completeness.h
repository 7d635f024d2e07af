// Whether a replay says enough for those who asked.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_COMPLETENESS_H_
#define SANDGLASS_ANALYZER_REPORT_COMPLETENESS_H_

#include <string>

#include "proto/report.pb.h"

namespace sandglass::report {

// Why it does not, in words and with how to mend it; empty: it does. Less is known of the trace than the options'
// floor; or, with `strict`, operators were dropped or rejected, or something of its file was lost.
std::string WhyIncomplete(const v1::ReplayReport& report, const v1::ReplayOptions& options, bool strict,
                          bool file_incomplete);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_COMPLETENESS_H_
