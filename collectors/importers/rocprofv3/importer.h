// Imports what rocprofv3 writes with --output-format json: work of AMD's GPUs.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_IMPORTER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_IMPORTER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/trace_sink.h"

namespace sandglass::collectors::rocprofv3 {

// Whether a file that begins so is one of rocprofv3's.
bool Matches(absl::string_view start);

// As ImportFunction. The trace holds kernels, by their names alone, and copies of the file's first process, in order of
// start, on the GPUs that the file lists; none has a launcher. Calls of HIP and HSA and all other records are left out,
// by their kind. What was done, and in which phase, the file does not say. Memory is some 60 bytes a kernel, the names
// of all symbols, and the largest record.
absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink);

}  // namespace sandglass::collectors::rocprofv3

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_IMPORTER_H_
