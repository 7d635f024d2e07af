// Imports Chakra execution traces: from nodes to operators.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_IMPORTER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_IMPORTER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "collectors/importers/chakra/trace_reader.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/trace_sink.h"

namespace sandglass::collectors::chakra {

// The rank in a file's name: "runs/all_reduce.3.et" is of rank 3; nullopt: the name has none.
std::optional<uint32_t> RankOf(const std::string& path);

// As ImportFunction. Every node becomes a record, in the order of the file; nodes of types that are not known become
// annotations and are counted. A duration of 0 is of less than a microsecond or not known, and so is absent; so are
// starts of 0 where all of them are, or others count from 1970. Times that no clock shows are absent too, and counted.
// A file without any duration was not measured: a shape run. The rank is that of the file's name. What moves in a
// collective is in Communication and, in bytes, in read_bytes; how many ranks take part is not in the file.
absl::StatusOr<ImportReport> Import(ByteSource& source, const ImportOptions& options, TraceSink& sink);

}  // namespace sandglass::collectors::chakra

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_IMPORTER_H_
