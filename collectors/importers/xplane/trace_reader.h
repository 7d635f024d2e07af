// Reads a whole file of the profiler.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_TRACE_READER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_TRACE_READER_H_

#include "absl/status/statusor.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/xplane/trace.h"

namespace sandglass::collectors::xplane {

// Memory is that of the largest plane, of the compiled programs, and of the trace: some 64 bytes an event. Errors:
// InvalidArgument, with the byte, where the file is damaged, or holds no work of a device; ResourceExhausted, where a
// plane is larger than 2 GiB; those of the source; Cancelled, if `progress` says so.
absl::StatusOr<Trace> ReadTrace(ByteSource& source, const ReadProgress& progress);

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_TRACE_READER_H_
