#include "collectors/importers/format/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/gzip_source.h"

namespace sandglass::collectors {
namespace {

constexpr unsigned char kGzipMagic[] = {0x1f, 0x8b};

class FileSource : public ByteSource {
 public:
  FileSource(std::string path, int file, uint64_t size) : path_(std::move(path)), file_(file), size_(size) {}
  ~FileSource() override { close(file_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    while (true) {
      const ssize_t count = read(file_, to, size);
      if (count >= 0) {
        position_ += static_cast<uint64_t>(count);
        return static_cast<size_t>(count);
      }
      if (errno != EINTR) return absl::ErrnoToStatus(errno, absl::StrCat(path_, ": cannot be read"));
    }
  }

  uint64_t file_position() const override { return position_; }
  uint64_t file_size() const override { return size_; }

 private:
  const std::string path_;
  const int file_;
  const uint64_t size_;
  std::atomic<uint64_t> position_ = 0;
};

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(absl::string_view bytes) : bytes_(bytes) {}

  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    const size_t count = std::min(size, bytes_.size() - position_);
    std::memcpy(to, bytes_.data() + position_, count);
    position_ += count;
    return count;
  }

  uint64_t file_position() const override { return position_; }
  uint64_t file_size() const override { return bytes_.size(); }

 private:
  const absl::string_view bytes_;
  std::atomic<size_t> position_ = 0;
};

bool IsGzip(absl::string_view start) {
  return start.size() >= sizeof kGzipMagic && std::memcmp(start.data(), kGzipMagic, sizeof kGzipMagic) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> OpenByteSource(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot be opened"));
  struct stat about {};
  if (fstat(file, &about) != 0 || S_ISDIR(about.st_mode)) {
    close(file);
    return absl::InvalidArgumentError(absl::StrCat(path, ": is a folder; name the trace files in it"));
  }
  char start[sizeof kGzipMagic];
  const ssize_t count = pread(file, start, sizeof start, 0);
  auto plain = std::make_unique<FileSource>(path, file, static_cast<uint64_t>(about.st_size));
  if (count < 0 || !IsGzip(absl::string_view(start, static_cast<size_t>(count)))) return plain;
  return GzipSource(std::move(plain));
}

std::unique_ptr<ByteSource> MemoryByteSource(absl::string_view bytes) {
  auto plain = std::make_unique<MemorySource>(bytes);
  if (!IsGzip(bytes)) return plain;
  return GzipSource(std::move(plain));
}

}  // namespace sandglass::collectors
