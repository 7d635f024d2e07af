// Imports files of the profiler of TensorFlow and JAX: from events to operators.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_IMPORTER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_IMPORTER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/trace_sink.h"

namespace sandglass::collectors::xplane {

// Whether a file that begins so is an XSpace; a damaged one may be too, so that the error says what is wrong with it.
bool Matches(absl::string_view start);

// As ImportFunction. The trace holds executions of instructions of the compiled programs ("hlo::fusion"), with the
// compiler's shapes, and the device work that they are; what the host did is left out. A trace with an instruction that
// differentiates another is of phase TRAIN, any other of phase INFER, unless the options say. Its work is counted in
// the steps of a line "Steps" or those that the host marked; without them it is not known. What a kernel or an
// instruction lacks is counted.
absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink);

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_IMPORTER_H_
