#include "collectors/importers/chakra/framing.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sandglass::collectors::chakra {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kMostLengthBytes = 5;

struct Length {
  // nullopt: it has more bytes than there are, or than it may have.
  std::optional<uint32_t> value;
  size_t size = 0;
};

Length ReadLength(absl::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < std::min(bytes.size(), kMostLengthBytes); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    if (value > UINT32_MAX) return {};
    return {static_cast<uint32_t>(value), i + 1};
  }
  return {};
}

}  // namespace

std::optional<absl::string_view> TakeFrame(absl::string_view& bytes) {
  const Length length = ReadLength(bytes);
  if (!length.value.has_value() || bytes.size() - length.size < *length.value) return std::nullopt;
  const absl::string_view frame = bytes.substr(length.size, *length.value);
  bytes.remove_prefix(length.size + frame.size());
  return frame;
}

// Has `size` bytes from begin_ on, if the file has; false: it has fewer.
absl::StatusOr<bool> MessageReader::Fill(size_t size) {
  if (buffer_.size() - begin_ >= size) return true;
  buffer_.erase(0, begin_);
  offset_ += begin_;
  begin_ = 0;
  while (buffer_.size() < size) {
    // Piece by piece: a length that the file does not keep costs no memory.
    const size_t held = buffer_.size();
    buffer_.resize(held + kReadBytes);
    const absl::StatusOr<size_t> count = source_.Read(buffer_.data() + held, kReadBytes);
    buffer_.resize(held + (count.ok() ? *count : 0));
    if (!count.ok()) return count.status();
    if (*count == 0) return false;
  }
  return true;
}

absl::StatusOr<std::optional<Frame>> MessageReader::Next() {
  const absl::StatusOr<bool> has_length = Fill(kMostLengthBytes);
  if (!has_length.ok()) return has_length.status();
  const absl::string_view rest = absl::string_view(buffer_).substr(begin_);
  if (rest.empty()) return std::optional<Frame>();
  const uint64_t at = offset_ + begin_;
  const Length length = ReadLength(rest);
  if (!length.value.has_value() && rest.size() < kMostLengthBytes) {
    return absl::DataLossError(
        absl::StrCat("byte ", at, ": the file ends within the length of a node: it was cut off"));
  }
  if (!length.value.has_value() || *length.value > kMostMessageBytes) {
    return absl::DataLossError(absl::StrCat("byte ", at, ": no length of a node stands here"));
  }
  const absl::StatusOr<bool> whole = Fill(length.size + *length.value);
  if (!whole.ok()) return whole.status();
  if (!*whole) {
    return absl::DataLossError(absl::StrCat("byte ", at, ": the file ends within a node of ", *length.value,
                                            " bytes, of which ", buffer_.size() - begin_ - length.size,
                                            " are there: it was cut off"));
  }
  begin_ += length.size;
  const Frame frame = {absl::string_view(buffer_).substr(begin_, *length.value), offset_ + begin_};
  begin_ += *length.value;
  return std::optional<Frame>(frame);
}

}  // namespace sandglass::collectors::chakra
