// Runs a workload and sends its trace away while it runs.
#ifndef SANDGLASS_COLLECTORS_MAIN_COLLECT_H_
#define SANDGLASS_COLLECTORS_MAIN_COLLECT_H_

#include "absl/status/statusor.h"
#include "collectors/main/cli.h"
#include "collectors/main/progress.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// Does what `request` says, and returns the sealed trace. Errors, in one line: those of the workload and of the
// destination; Cancelled, if a signal came. After an error nothing of the trace is visible. To be called once at a
// time.
absl::StatusOr<v1::TraceManifest> Collect(const RunRequest& request, ProgressPrinter& progress);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_COLLECT_H_
