// Imports GROMACS logs: from the tables at their ends to operators.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_IMPORTER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_IMPORTER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/trace_sink.h"

namespace sandglass::collectors::gromacs {

// Whether a file that begins so is a log of a GROMACS program.
bool Matches(absl::string_view start);

// As ImportFunction. The trace holds the phases of a step, each with the sums over the run, as a trace of the workload
// `md` does. Its work is counted in nanoseconds of molecular dynamics and in steps. Parts of the log without tables are
// left out, and counted.
absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink);

}  // namespace sandglass::collectors::gromacs

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_IMPORTER_H_
