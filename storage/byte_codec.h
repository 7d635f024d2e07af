// Fixed little-endian numbers in byte strings: the records of the store that are not protobufs. Header-only, small,
// and safe against short input. Objects are not safe for use by several threads at once.
#ifndef SANDGLASS_STORAGE_BYTE_CODEC_H_
#define SANDGLASS_STORAGE_BYTE_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"

namespace sandglass::storage {

// Appends to a string that it owns.
class ByteWriter {
 public:
  template <typename Unsigned>
  void Put(Unsigned value) {
    for (size_t i = 0; i < sizeof value; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
  }
  void PutBytes(absl::string_view bytes) { bytes_.append(bytes.data(), bytes.size()); }
  template <typename ByteArray>
  void PutArray(const ByteArray& array) {
    bytes_.append(reinterpret_cast<const char*>(array.data()), array.size());
  }
  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what ByteWriter wrote. Past the end it gives zeros and is no longer ok().
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : rest_(bytes) {}

  template <typename Unsigned>
  Unsigned Get() {
    const absl::string_view bytes = GetBytes(sizeof(Unsigned));
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) value |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
    return static_cast<Unsigned>(value);
  }
  template <typename ByteArray>
  ByteArray GetArray() {
    ByteArray array{};
    const absl::string_view bytes = GetBytes(array.size());
    if (!bytes.empty()) std::memcpy(array.data(), bytes.data(), bytes.size());
    return array;
  }
  absl::string_view GetBytes(size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      return {};
    }
    const absl::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  absl::string_view rest() const { return rest_; }
  // Whether everything read so far was there.
  bool ok() const { return ok_; }

 private:
  absl::string_view rest_;
  bool ok_ = true;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_BYTE_CODEC_H_
