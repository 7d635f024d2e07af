#include "collectors/importers/format/read_whole.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sandglass::collectors {
namespace {

// At first; then as many as there are.
constexpr uint64_t kBlockBytes = 64 << 10;

}  // namespace

absl::StatusOr<std::string> ReadWhole(ByteSource& source, uint64_t most_bytes) {
  std::string bytes;
  while (true) {
    // One byte more than is allowed tells whether there is more.
    const size_t wanted = std::min(std::max<uint64_t>(kBlockBytes, bytes.size()), most_bytes + 1 - bytes.size());
    const size_t size = bytes.size();
    bytes.resize(size + wanted);
    const absl::StatusOr<size_t> count = source.Read(bytes.data() + size, wanted);
    if (!count.ok()) return count.status();
    bytes.resize(size + *count);
    if (*count == 0) return bytes;
    if (bytes.size() > most_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat("the file has, unpacked, more than the ", most_bytes >> 20,
                                                       " MiB that are read of this format"));
    }
  }
}

}  // namespace sandglass::collectors
