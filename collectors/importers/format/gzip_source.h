// Unpacks gzip.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_GZIP_SOURCE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_GZIP_SOURCE_H_

#include <memory>

#include "collectors/importers/format/byte_source.h"

namespace sandglass::collectors {

// What `packed` unpacks to, member after member. Errors of Read: DataLoss, with the position in the file, where the
// bytes are no gzip stream, or end within one.
std::unique_ptr<ByteSource> GzipSource(std::unique_ptr<ByteSource> packed);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_GZIP_SOURCE_H_
