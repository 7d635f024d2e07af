// Sources of bytes for tests.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_BYTE_SOURCE_FIXTURE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_BYTE_SOURCE_FIXTURE_H_

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <string>
#include <utility>

#include "collectors/importers/format/byte_source.h"

namespace sandglass::collectors {

// Gives its bytes a few at a time, as a pipe may.
class SlowSource : public ByteSource {
 public:
  SlowSource(std::string bytes, size_t step) : bytes_(std::move(bytes)), step_(step) {}
  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    const size_t count = bytes_.copy(to, std::min(size, step_), at_);
    at_ += count;
    return count;
  }
  uint64_t file_position() const override { return at_; }
  uint64_t file_size() const override { return bytes_.size(); }

 private:
  const std::string bytes_;
  const size_t step_;
  size_t at_ = 0;
};

// As gzip packs, with its header and checksum. Levels are zlib's, 0 to 9.
inline std::string Gzip(const std::string& text, int level = Z_BEST_SPEED) {
  constexpr int kGzipWindowBits = 15 + 16;
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, kGzipWindowBits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_BYTE_SOURCE_FIXTURE_H_
