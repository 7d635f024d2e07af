// Imports databases that `nsys export --type sqlite` made: from tables to operators.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_IMPORTER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_IMPORTER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/trace_sink.h"

namespace sandglass::collectors::nsight {

// Whether a file that begins so is an SQLite database.
bool Matches(absl::string_view start);

// As ImportFunction. The trace holds device work and the ranges that the program marked by NVTX, as annotations, in
// order of start; runtime calls are left out. There are no operators, and so no shapes. Device work is launched by the
// innermost range around the call that started it, on the thread of that call: the call is found by its number (link
// method CORRELATION), the range by its times. Neither the phase nor the work done is known, unless the options say.
//
// A plain file is read where it lies; of a packed one, or one in memory, at most 4 GiB are taken.
absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink);

}  // namespace sandglass::collectors::nsight

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_IMPORTER_H_
