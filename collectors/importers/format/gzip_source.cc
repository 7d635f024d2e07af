#include "collectors/importers/format/gzip_source.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors {
namespace {

constexpr size_t kPackedBytes = 256 << 10;
constexpr size_t kBlockBytes = 1 << 20;
// How many blocks may wait to be read.
constexpr size_t kMostBlocks = 4;

using Block = std::vector<char>;

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

// Unpacks one block at a time.
class Inflater {
 public:
  explicit Inflater(ByteSource& packed)
      : packed_(packed), input_(kPackedBytes), stream_(std::make_unique<inflate_state>()) {
    isal_inflate_init(stream_.get());
    stream_->crc_flag = ISAL_GZIP;
  }

  // Fills `block` with what comes next, cut to what there is; empty: there is no more. An error may come with a block
  // that holds what was unpacked before it.
  absl::Status Fill(Block& block) {
    block.resize(kBlockBytes);
    stream_->next_out = reinterpret_cast<uint8_t*>(block.data());
    stream_->avail_out = static_cast<uint32_t>(block.size());
    absl::Status status;
    while (stream_->avail_out > 0 && status.ok() && !done_) status = Step();
    block.resize(block.size() - stream_->avail_out);
    return status;
  }

 private:
  absl::Status Step() {
    if (stream_->avail_in == 0) {
      const absl::StatusOr<size_t> count = packed_.Read(input_.data(), input_.size());
      if (!count.ok()) return count.status();
      stream_->next_in = reinterpret_cast<uint8_t*>(input_.data());
      stream_->avail_in = static_cast<uint32_t>(*count);
      if (*count == 0) {
        done_ = between_members_;
        return done_ ? absl::OkStatus() : Damage("the file ends within its gzip stream: it was cut off");
      }
    }
    if (between_members_) {
      between_members_ = false;
      isal_inflate_reset(stream_.get());
    }
    const int code = isal_inflate(stream_.get());
    between_members_ = code == ISAL_DECOMP_OK && stream_->block_state == ISAL_BLOCK_FINISH;
    if (code >= ISAL_DECOMP_OK && code <= ISAL_OUT_OVERFLOW) return absl::OkStatus();
    return Damage(absl::StrCat("the gzip stream is damaged (", ReasonOf(code), ")"));
  }

  absl::Status Damage(absl::string_view what) const {
    return absl::DataLossError(
        absl::StrCat("byte ", packed_.file_position() - stream_->avail_in, " of the packed file: ", what));
  }

  ByteSource& packed_;
  std::vector<char> input_;
  // Large, and holds a window of what was unpacked.
  const std::unique_ptr<inflate_state> stream_;
  // Whether a member has just ended, so that another may begin or the file may end.
  bool between_members_ = false;
  bool done_ = false;
};

class UnpackingSource : public ByteSource {
 public:
  explicit UnpackingSource(std::unique_ptr<ByteSource> packed)
      : packed_(std::move(packed)), file_size_(packed_->file_size()), worker_([this] { Unpack(); }) {}
  ~UnpackingSource() override {
    {
      const Lock lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    worker_.join();
  }

  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    if (position_ == current_.size()) {
      Lock lock(mutex_);
      changed_.wait(lock, [this] { return finished_ || !blocks_.empty(); });
      if (blocks_.empty()) {
        if (!status_.ok()) return status_;
        return size_t{0};
      }
      current_ = std::move(blocks_.front());
      blocks_.pop_front();
      position_ = 0;
      changed_.notify_all();
    }
    const size_t count = std::min(size, current_.size() - position_);
    std::memcpy(to, current_.data() + position_, count);
    position_ += count;
    return count;
  }

  uint64_t file_position() const override { return file_position_; }
  uint64_t file_size() const override { return file_size_; }

 private:
  // absl's mutex is invisible to ThreadSanitizer where the library was built without it, as Debian's is.
  using Lock = std::unique_lock<std::mutex>;

  void Unpack() {
    Inflater inflater(*packed_);
    while (true) {
      Block block;
      const absl::Status status = inflater.Fill(block);
      file_position_ = packed_->file_position();
      const bool last = block.empty() || !status.ok();
      Lock lock(mutex_);
      changed_.wait(lock, [this] { return stop_ || blocks_.size() < kMostBlocks; });
      if (!block.empty()) blocks_.push_back(std::move(block));
      status_ = status;
      finished_ = last || stop_;
      changed_.notify_all();
      if (finished_) return;
    }
  }

  const std::unique_ptr<ByteSource> packed_;
  const uint64_t file_size_;
  std::atomic<uint64_t> file_position_ = 0;
  // Of the reader alone.
  Block current_;
  size_t position_ = 0;

  // Guards what stands between it and the thread.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Block> blocks_;
  absl::Status status_;
  bool finished_ = false;
  bool stop_ = false;
  std::thread worker_;
};

}  // namespace

std::unique_ptr<ByteSource> GzipSource(std::unique_ptr<ByteSource> packed) {
  return std::make_unique<UnpackingSource>(std::move(packed));
}

}  // namespace sandglass::collectors
