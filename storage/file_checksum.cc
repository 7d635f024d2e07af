#include "storage/file_checksum.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace sandglass::storage {
namespace {

#ifdef __x86_64__

constexpr size_t kWord = sizeof(uint64_t);
constexpr size_t kLane = 1024;

uint64_t WordAt(const char* data) {
  uint64_t word = 0;
  std::memcpy(&word, data, sizeof word);
  return word;
}

__attribute__((target("sse4.2"))) uint32_t ExtendSerially(uint32_t crc, const char* data, size_t bytes) {
  uint64_t state = crc;
  for (; bytes >= kWord; data += kWord, bytes -= kWord) state = _mm_crc32_u64(state, WordAt(data));
  auto rest = static_cast<uint32_t>(state);
  for (; bytes > 0; ++data, --bytes) rest = _mm_crc32_u8(rest, static_cast<uint8_t>(*data));
  return rest;
}

// What becomes of a state over kLane bytes of zero. Linear in the state, so that tables of its bytes are enough.
class LaneOfZeros {
 public:
  LaneOfZeros() {
    const std::string zeros(kLane, '\0');
    for (uint32_t bit = 0; bit < 32; ++bit) {
      const uint32_t image = ExtendSerially(uint32_t{1} << bit, zeros.data(), zeros.size());
      for (uint32_t byte = 0; byte < 256; ++byte) {
        if ((byte >> (bit % 8) & 1) != 0) images_[bit / 8][byte] ^= image;
      }
    }
  }
  uint32_t Over(uint32_t state) const {
    return images_[0][state & 0xff] ^ images_[1][state >> 8 & 0xff] ^ images_[2][state >> 16 & 0xff] ^
           images_[3][state >> 24];
  }

 private:
  std::array<std::array<uint32_t, 256>, 4> images_ = {};
};

// The instruction takes three cycles and can be begun in each, so three lanes go side by side:
// state(a b c) = state over zeros(state over zeros(state of a) ^ state of b from 0) ^ state of c from 0.
__attribute__((target("sse4.2"))) uint32_t Extend(uint32_t crc, const char* data, size_t bytes) {
  static const LaneOfZeros zeros;
  for (; bytes >= 3 * kLane; data += 3 * kLane, bytes -= 3 * kLane) {
    uint64_t first = crc;
    uint64_t second = 0;
    uint64_t third = 0;
    for (size_t at = 0; at < kLane; at += kWord) {
      first = _mm_crc32_u64(first, WordAt(data + at));
      second = _mm_crc32_u64(second, WordAt(data + kLane + at));
      third = _mm_crc32_u64(third, WordAt(data + 2 * kLane + at));
    }
    crc = zeros.Over(zeros.Over(static_cast<uint32_t>(first)) ^ static_cast<uint32_t>(second)) ^
          static_cast<uint32_t>(third);
  }
  return ExtendSerially(crc, data, bytes);
}

class Generator final : public rocksdb::FileChecksumGenerator {
 public:
  void Update(const char* data, size_t bytes) override { state_ = Extend(state_, data, bytes); }
  void Finalize() override {
    // The highest byte first.
    for (int shift = 24; shift >= 0; shift -= 8) checksum_.push_back(static_cast<char>(~state_ >> shift));
  }
  std::string GetChecksum() const override { return checksum_; }
  const char* Name() const override { return "FileChecksumCrc32c"; }

 private:
  uint32_t state_ = ~uint32_t{0};
  std::string checksum_;
};

class Factory final : public rocksdb::FileChecksumGenFactory {
 public:
  std::unique_ptr<rocksdb::FileChecksumGenerator> CreateFileChecksumGenerator(
      const rocksdb::FileChecksumGenContext& context) override {
    const std::string& wanted = context.requested_checksum_func_name;
    auto generator = std::make_unique<Generator>();
    if (!wanted.empty() && wanted != generator->Name()) return nullptr;
    return generator;
  }
  const char* Name() const override { return "FileChecksumGenCrc32cFactory"; }
};

#endif

}  // namespace

std::shared_ptr<rocksdb::FileChecksumGenFactory> FileChecksums() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2") != 0) return std::make_shared<Factory>();
#endif
  return rocksdb::GetFileChecksumGenCrc32cFactory();
}

}  // namespace sandglass::storage
