// Reads messages that stand in a file one behind the other, each with its length before it as a varint32.
//
// Used by one thread at a time.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_FRAMING_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_FRAMING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::collectors::chakra {

// More than any honest writer's.
inline constexpr size_t kMostMessageBytes = 256 << 20;

// A message's bytes, unread.
struct Frame {
  // Valid until the next call.
  absl::string_view bytes;
  // Of the first of them in the unpacked file.
  uint64_t offset = 0;
};

// The first message of `bytes`, which is taken off them; nullopt: it is not whole, or its length is none.
std::optional<absl::string_view> TakeFrame(absl::string_view& bytes);

class MessageReader {
 public:
  explicit MessageReader(ByteSource& source) : source_(source) {}

  // The next message; nullopt: the file ends. A message without bytes is one. Memory is that of the message. Errors:
  // DataLoss, where the file ends within one, or a length is none, with the byte; those of the source. Not to be called
  // again after an error.
  absl::StatusOr<std::optional<Frame>> Next();

 private:
  absl::StatusOr<bool> Fill(size_t size);

  ByteSource& source_;
  // The bytes from begin_ on are not done with; offset_ is the place of buffer_[0] in the file.
  std::string buffer_;
  size_t begin_ = 0;
  uint64_t offset_ = 0;
};

}  // namespace sandglass::collectors::chakra

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_FRAMING_H_
