// Sends the traces that an earlier process left in a spool.
#ifndef SANDGLASS_COLLECTORS_MAIN_RESUME_H_
#define SANDGLASS_COLLECTORS_MAIN_RESUME_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "collectors/main/cli.h"
#include "collectors/main/destination.h"
#include "collectors/main/progress.h"
#include "collectors/stream/ingest_writer.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// Takes one line.
using Say = std::function<void(const std::string& line)>;

// How many traces had which end.
struct ResumeCounts {
  int sealed = 0;
  // Incomplete, and left or removed as the user wishes.
  int kept = 0;
  int aborted = 0;
  // Another process has them.
  int in_use = 0;
  int failed = 0;
};

// The summary of a trace whose recording ended before its producer did: it counts no work, and says that it is
// incomplete. The same each time, so that a seal can be repeated.
v1::TraceSummary SummaryOfIncomplete();

// Takes up all that is spooled, oldest first; each trace goes where it was going, unless `request` or else says where.
// `say` gets a line for each, `warn` one for each that failed and for what a server lost. `options` says how long to
// try. Errors: InvalidArgument and NotFound, if there is no spool or no destination; Cancelled, if a signal came. To be
// called once at a time.
absl::StatusOr<ResumeCounts> Resume(const ResumeRequest& request, const Environment& environment,
                                    IngestWriterOptions options, ProgressPrinter& progress, const Say& say,
                                    const Say& warn);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_RESUME_H_
