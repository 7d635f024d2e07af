// A replay report as tables of plain text, on a terminal or in Markdown.
//
// Shown for each class that supports the work: time, energy and money per unit of work with their ranges and what they
// rest on, what bounds the time, the share of time that is waiting, coverage. Other classes follow with the reason.
// Unknown is "?" or says so in words; it is never 0. Pure; safe from any thread. Names from the trace are sanitised.
#ifndef SANDGLASS_ANALYZER_REPORT_REPLAY_TABLE_H_
#define SANDGLASS_ANALYZER_REPORT_REPLAY_TABLE_H_

#include <string>

#include "proto/report.pb.h"

namespace sandglass::report {

// How much ReplayText says.
enum class Detail {
  // Header, warnings and tables.
  kBrief,
  // Also unknown operators, notes on classes, assumptions, legend.
  kFull,
};

// For a terminal of about 150 columns.
std::string ReplayText(const v1::ReplayReport& report, Detail detail = Detail::kFull);

// The same for a pull request.
std::string ReplayMarkdown(const v1::ReplayReport& report);

// "transformer (train, measured)": a trace in a few words.
std::string TraceTitle(const v1::ReplayReport& report);

// "token", or "unit" where the trace does not say.
std::string UnitOfWork(const v1::ReplayReport& report);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_REPLAY_TABLE_H_
