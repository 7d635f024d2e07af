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

constexpr off_t kLargeBytes = 1 << 20;
constexpr size_t kLongestMessage = 2048;

}  // namespace

RocksLog::RocksLog(const std::string& directory) : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {
  const std::string path = absl::StrCat(directory, "/LOG");
  struct stat status;
  const bool large = stat(path.c_str(), &status) == 0 && status.st_size > kLargeBytes;
  file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (large ? O_TRUNC : 0), 0644);
}

RocksLog::~RocksLog() {
  if (file_ >= 0) close(file_);
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
  if (file_ < 0) return;
  const std::string line = absl::StrCat(absl::FormatTime(absl::Now()), " ", text, "\n");
  if (write(file_, line.data(), line.size()) < 0) return;
}

}  // namespace sandglass::storage
