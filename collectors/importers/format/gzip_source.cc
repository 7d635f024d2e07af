#include "collectors/importers/format/gzip_source.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors {
namespace {

constexpr size_t kPackedBytes = 256 << 10;
// Unpacked at once: what the library counts in 32 bits.
constexpr size_t kMostBytes = 1 << 30;

absl::string_view ReasonOf(int code) {
  switch (code) {
    case ISAL_INVALID_BLOCK:
      return "invalid block type";
    case ISAL_INVALID_SYMBOL:
      return "invalid code";
    case ISAL_INVALID_LOOKBACK:
      return "invalid distance too far back";
    case ISAL_INVALID_WRAPPER:
      return "incorrect header";
    case ISAL_UNSUPPORTED_METHOD:
      return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
      return "incorrect data check";
    default:
      return "no reason";
  }
}

class UnpackingSource : public ByteSource {
 public:
  explicit UnpackingSource(std::unique_ptr<ByteSource> packed)
      : packed_(std::move(packed)), input_(kPackedBytes), stream_(std::make_unique<inflate_state>()) {
    isal_inflate_init(stream_.get());
    // The library can read headers itself, but not those that end in the next input.
    stream_->crc_flag = ISAL_GZIP_NO_HDR_VER;
    isal_gzip_header_init(&header_);
  }

  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    stream_->next_out = reinterpret_cast<uint8_t*>(to);
    stream_->avail_out = static_cast<uint32_t>(std::min(size, kMostBytes));
    const uint32_t wanted = stream_->avail_out;
    while (stream_->avail_out > 0 && status_.ok() && !done_) status_ = Step();
    if (!status_.ok()) TakeDecoded();
    const size_t count = wanted - stream_->avail_out;
    if (count == 0 && !status_.ok()) return status_;
    return count;
  }

  uint64_t file_position() const override { return packed_->file_position(); }
  uint64_t file_size() const override { return packed_->file_size(); }

 private:
  absl::Status Step() {
    if (stream_->avail_in == 0) {
      const absl::StatusOr<size_t> count = packed_->Read(input_.data(), input_.size());
      if (!count.ok()) return count.status();
      stream_->next_in = reinterpret_cast<uint8_t*>(input_.data());
      stream_->avail_in = static_cast<uint32_t>(*count);
      if (*count == 0) {
        done_ = where_ == Where::kBetweenMembers;
        return done_ ? absl::OkStatus() : Damage("the file ends within its gzip stream: it was cut off");
      }
    }
    if (where_ == Where::kBetweenMembers) {
      isal_inflate_reset(stream_.get());
      isal_gzip_header_init(&header_);
      where_ = Where::kHeader;
    }
    const bool is_header = where_ == Where::kHeader;
    const int code = is_header ? isal_read_gzip_header(stream_.get(), &header_) : isal_inflate(stream_.get());
    if (is_header && code == ISAL_DECOMP_OK) where_ = Where::kMember;
    if (!is_header && code == ISAL_DECOMP_OK && stream_->block_state == ISAL_BLOCK_FINISH)
      where_ = Where::kBetweenMembers;
    if (code >= ISAL_DECOMP_OK && code <= ISAL_OUT_OVERFLOW) return absl::OkStatus();
    return Damage(absl::StrCat("the gzip stream is damaged (", ReasonOf(code), ")"));
  }

  // What the library has decoded ahead of an error.
  void TakeDecoded() {
    if (where_ != Where::kMember || stream_->tmp_out_valid <= stream_->tmp_out_processed) return;
    const auto ahead = static_cast<uint32_t>(stream_->tmp_out_valid - stream_->tmp_out_processed);
    const uint32_t count = std::min(stream_->avail_out, ahead);
    std::memcpy(stream_->next_out, stream_->tmp_out_buffer + stream_->tmp_out_processed, count);
    stream_->tmp_out_processed += static_cast<int32_t>(count);
    stream_->avail_out -= count;
  }

  absl::Status Damage(absl::string_view what) const {
    return absl::DataLossError(
        absl::StrCat("byte ", packed_->file_position() - stream_->avail_in, " of the packed file: ", what));
  }

  const std::unique_ptr<ByteSource> packed_;
  std::vector<char> input_;
  // Large, and holds a window of what was unpacked.
  const std::unique_ptr<inflate_state> stream_;
  isal_gzip_header header_{};
  // Between members another may begin, or the file may end.
  enum class Where { kHeader, kMember, kBetweenMembers };
  Where where_ = Where::kHeader;
  bool done_ = false;
  // What comes behind all that could be unpacked.
  absl::Status status_;
};

}  // namespace

std::unique_ptr<ByteSource> GzipSource(std::unique_ptr<ByteSource> packed) {
  return std::make_unique<UnpackingSource>(std::move(packed));
}

}  // namespace sandglass::collectors
