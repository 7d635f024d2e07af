// The way of runs of molecular dynamics into a sink, whichever program's log they are from.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_MD_SEND_RUNS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_MD_SEND_RUNS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/md/md_run.h"
#include "collectors/trace_sink.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::md {

// A header of runs that `program` made, of which its log says the version and how long they took.
v1::TraceHeader HeaderOf(const ImportOptions& options, absl::string_view format, absl::string_view program,
                         absl::string_view version, double wall_seconds);

void AddExtra(absl::string_view key, absl::string_view value, v1::TraceHeader& header);

// Counts the runs' phases, and sends the trace of report.header with them and their work. After an error the sink was
// aborted.
absl::Status SendRuns(absl::Span<const Run> runs, const ImportOptions& options, TraceSink& sink, ImportReport& report);

}  // namespace sandglass::collectors::md

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_MD_SEND_RUNS_H_
