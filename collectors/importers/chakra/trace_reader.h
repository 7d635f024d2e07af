// Reads a whole Chakra file, node by node.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_TRACE_READER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_TRACE_READER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/chakra/trace.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"

namespace sandglass::collectors::chakra {

// Whether a file that begins so is Chakra's: a GlobalMetadata, and behind it a Node of a known type, as far as the
// start reaches, neither with a field that Chakra does not have.
bool Matches(absl::string_view start);

// Memory is that of one node, and of all nodes some 130 bytes each, their dependencies and their signatures: nodes may
// depend on later ones, whose new numbers are not known before.
//
// PyTorch's converter of 2023 cuts an operator into parts, one behind the other, where it launches work:
// "aten::mul(0)", "aten::mul(1)". The first part is the operator, and bears its name without the mark; later parts are
// annotations beneath it, so that its work is counted once.
//
// Errors: InvalidArgument, where the file does not begin with a GlobalMetadata, with the byte; Cancelled, if `progress`
// says so; those of the source but DataLoss. What is damaged is counted in `missing`, and the first of each kind
// described in `problems`; a file that was cut off gives what it holds.
absl::StatusOr<Trace> ReadTrace(ByteSource& source, const ReadProgress& progress);

}  // namespace sandglass::collectors::chakra

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_TRACE_READER_H_
