// The bytes of a trace file, plain or unpacked, from front to back.
//
// A source is used by one thread at a time.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_BYTE_SOURCE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_BYTE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Writes the next bytes to `to`, at most `size` of them, and returns how many; 0: there are no more. Errors:
  // DataLoss, where packed bytes are damaged or end early, after all that could be unpacked was returned; the system's,
  // where the file cannot be read. An error stays.
  virtual absl::StatusOr<size_t> Read(char* to, size_t size) = 0;

  // How much of the file has been read, of how much; both in bytes as they lie in the file. Any thread may ask.
  virtual uint64_t file_position() const = 0;
  virtual uint64_t file_size() const = 0;
};

// Opens a file; one that begins as gzip files do is unpacked. Errors: NotFound,
// PermissionDenied, InvalidArgument (a folder), with the path and what to do.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenByteSource(const std::string& path);

// A source of bytes in memory, which must outlive it. Gzip is unpacked as in a file.
std::unique_ptr<ByteSource> MemoryByteSource(absl::string_view bytes);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_BYTE_SOURCE_H_
