#include "storage/rocks_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace sandglass::storage {
namespace {

constexpr size_t kLargeBytes = 1 << 20;
constexpr size_t kLongestMessage = 2048;

}  // namespace

RocksLog::RocksLog(const std::string& directory)
    : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), path_(absl::StrCat(directory, "/LOG")) {
  MutexLock lock(mutex_);
  OpenFile();
}

RocksLog::~RocksLog() {
  MutexLock lock(mutex_);
  if (file_ >= 0) close(file_);
}

void RocksLog::OpenFile() {
  struct stat status;
  const bool there = stat(path_.c_str(), &status) == 0;
  bytes_ = there ? static_cast<size_t>(status.st_size) : 0;
  // Where it cannot be renamed, it is cut: a log must not fill a disk.
  const bool large = bytes_ > kLargeBytes;
  const bool stays = large && std::rename(path_.c_str(), absl::StrCat(path_, ".old").c_str()) != 0;
  if (large) bytes_ = 0;
  file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (stays ? O_TRUNC : 0), 0644);
}

std::shared_ptr<RocksLog> RocksLog::Silent() { return std::shared_ptr<RocksLog>(new RocksLog); }

std::string RocksLog::damaged_log() const {
  MutexLock lock(mutex_);
  return damaged_log_;
}

void RocksLog::Logv(const char* format, va_list arguments) {
  std::array<char, kLongestMessage> message;
  const int size = std::vsnprintf(message.data(), message.size(), format, arguments);
  if (size <= 0) return;
  const absl::string_view text(message.data(), std::min(static_cast<size_t>(size), message.size() - 1));
  // "DIRECTORY/000123.log: dropping 45 bytes; Corruption: checksum mismatch"
  if (const size_t end = text.find(": dropping "); end != absl::string_view::npos) {
    const absl::string_view path = text.substr(0, end);
    MutexLock lock(mutex_);
    damaged_log_ = std::string(path.substr(path.rfind('/') + 1));
  }
  if (path_.empty()) return;
  const std::string line = absl::StrCat(absl::FormatTime(absl::Now()), " ", text, "\n");
  MutexLock lock(mutex_);
  if (bytes_ > kLargeBytes) {
    if (file_ >= 0) close(file_);
    OpenFile();
  }
  if (file_ < 0 || write(file_, line.data(), line.size()) < 0) return;
  bytes_ += line.size();
}

}  // namespace sandglass::storage
