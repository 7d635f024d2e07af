// Reads a whole Kineto file.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_TRACE_READER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_TRACE_READER_H_

#include "absl/status/statusor.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/read_pieces.h"
#include "collectors/importers/kineto/trace.h"

namespace sandglass::collectors::kineto {

// Memory is that of the trace: some 80 bytes an event, and its signatures. What is damaged is left out, counted in
// `dropped`, and the first of each kind described in `problems`; a file that was cut off gives what it holds. Errors:
// InvalidArgument, where the file is no Kineto trace (no event of its categories), with the byte; those of the source
// but DataLoss; Cancelled, if `progress` says so.
//
// `names_kernels`: runtime calls say which kernel they launch, where the file does; wanted of captures of graphs.
absl::StatusOr<Trace> ReadTrace(ByteSource& source, const ReadProgress& progress, bool names_kernels = false);

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_TRACE_READER_H_
