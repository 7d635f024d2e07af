// Imports ExecutionTrace files: operators, shapes and dependencies, without times.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_IMPORTER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_IMPORTER_H_

#include "absl/status/statusor.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/trace_sink.h"

namespace sandglass::collectors::execution_trace {

inline constexpr char kFormatName[] = "pytorch-execution-trace";

// As ImportFunction. The trace holds one record for each node but those of the process and its threads, in the order in
// which they began, which is that of their ids; the file has no times, so start_ns and duration_ps are absent, and that
// is counted as missing. The model ran, so that the mode of the run is MEASURED: sizes that depend on data are true;
// only where no tensor had data ("meta"), it is SHAPES_ONLY. A trace with backward operators is of phase TRAIN, any
// other of phase INFER, unless the options say. Its work is counted in steps of torch.profiler; without them it is not
// known.
absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink);

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_IMPORTER_H_
