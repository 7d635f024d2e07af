// Imports the profiles that ONNX Runtime writes: from events to operators.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_IMPORTER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_IMPORTER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/trace_sink.h"

namespace sandglass::collectors::onnxruntime {

// Whether a file that begins so is such a profile.
bool Matches(absl::string_view start);

// As ImportFunction. The trace holds each node that ran as "onnx::<op_name>" on the device that bears the name of its
// execution provider, with its number in the graph; each run of the session as an annotation that its nodes are part
// of; and kernels, where there are any, by the node that launched them. Fences, and what the session does beside its
// runs, are left out. Work is counted in runs, the first among them: it has the longer times, and is marked. With
// gradients the phase is TRAIN, else INFER, unless the options say. A silicon class of the options is that of the
// accelerator, or, where all nodes ran on the host, of the host.
absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink);

}  // namespace sandglass::collectors::onnxruntime

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_IMPORTER_H_
