// Imports Kineto files: from events to operators.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_IMPORTER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_IMPORTER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/trace_sink.h"

namespace sandglass::collectors::kineto {

// Whether a file that begins so is one of Kineto's.
bool Matches(absl::string_view start);

// As ImportFunction. The trace holds operators, annotations and device work, in order of start; runtime calls and
// Python's frames are left out. Device work that was launched before the recording began is left out. A trace with
// backward operators is of phase TRAIN, any other of phase INFER, unless the options say. Its work is counted in steps
// of torch.profiler; without them it is not known. What a kernel or an operator lacks is counted. With
// options.execution_trace, operators have what that file alone says (node_join.h); files that are not of one run are an
// error.
absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink);

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_IMPORTER_H_
