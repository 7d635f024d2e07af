// A trace file as one text, for formats that are small or cannot be read piece by piece.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_READ_WHOLE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_READ_WHOLE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::collectors {

// All that is left in `source`. Errors: ResourceExhausted, where that is more than `most_bytes`; the source's.
absl::StatusOr<std::string> ReadWhole(ByteSource& source, uint64_t most_bytes);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_READ_WHOLE_H_
