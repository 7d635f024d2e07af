// A page about one trace, as one HTML file that needs nothing else: no network, no other file.
//
// Pure; equal messages give equal bytes. Safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_HTML_PAGE_H_
#define SANDGLASS_ANALYZER_REPORT_HTML_PAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/trace_report.pb.h"

namespace sandglass::report {

// The message as data, and the script of analyzer/web that builds the page from it. A policy in the page lets that
// script alone run, and nothing be fetched. Names in the message come from strangers: as data they are no HTML, and the
// script makes text of them. Where the page would become larger than some 3 MB, kernels that take least are left out.
// Errors: Internal, if the message cannot be written.
absl::StatusOr<std::string> TraceReportPage(const v1::TraceReport& report);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_HTML_PAGE_H_
