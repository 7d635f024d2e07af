// Imports LAMMPS logs: from the timing breakdown of each run to operators.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_LAMMPS_IMPORTER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_LAMMPS_IMPORTER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/trace_sink.h"

namespace sandglass::collectors::lammps {

// Whether a file that begins so is a log of LAMMPS.
bool Matches(absl::string_view start);

// As ImportFunction. The trace holds the phases of a step, each with the sums over all runs of a system. Its work is
// counted in nanoseconds of molecular dynamics (not where the units are Lennard-Jones') and in steps.
absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink);

}  // namespace sandglass::collectors::lammps

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_LAMMPS_IMPORTER_H_
