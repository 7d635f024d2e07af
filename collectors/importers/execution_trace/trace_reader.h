// Reads a whole ExecutionTrace file.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_TRACE_READER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_TRACE_READER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/execution_trace/trace.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/read_pieces.h"

namespace sandglass::collectors::execution_trace {

// Whether a file that begins so is an ExecutionTrace.
bool Matches(absl::string_view start);

// Memory is that of the trace: some 100 bytes a node and 24 a tensor, and its signatures. What is damaged is left out,
// counted in `dropped`, and the first of each kind described in `problems`; a file that was cut off gives what it
// holds. Errors: InvalidArgument, where the file has no node of an ExecutionTrace, with the byte; those of the source
// but DataLoss; Cancelled, if `progress` says so.
absl::StatusOr<Trace> ReadTrace(ByteSource& source, const ReadProgress& progress);

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_TRACE_READER_H_
