// Runs a workload and sends its trace away while it runs.
#ifndef SANDGLASS_COLLECTORS_MAIN_COLLECT_H_
#define SANDGLASS_COLLECTORS_MAIN_COLLECT_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "collectors/main/cli.h"
#include "collectors/main/progress.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// Does what `request` says, and returns the sealed trace. Errors, in one line: those of the workload and of the
// destination; Cancelled, if a signal came. After an error nothing of the trace is visible; what a spool keeps of it,
// the error says. `warn` takes a line about what went wrong and was mended, from any thread. To be called once at a
// time.
absl::StatusOr<v1::TraceManifest> Collect(const RunRequest& request, ProgressPrinter& progress,
                                          const std::function<void(const std::string&)>& warn);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_COLLECT_H_
