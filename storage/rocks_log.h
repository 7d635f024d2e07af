// RocksDB's messages for people, in the file LOG of a store's directory.
//
// RocksDB's own logger aborts the process at the first message after one that could not be written, as Debian builds
// it; a full disk must not end a server. What cannot be written here is left out. A file that has become large is
// renamed to LOG.old, and a new one begun. Safe from any thread.
#ifndef SANDGLASS_STORAGE_ROCKS_LOG_H_
#define SANDGLASS_STORAGE_ROCKS_LOG_H_

#include <cstdarg>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "rocksdb/env.h"
#include "storage/mutex.h"

namespace sandglass::storage {

class RocksLog final : public rocksdb::Logger {
 public:
  // Appends to the file. Requires: the directory is there.
  explicit RocksLog(const std::string& directory);
  ~RocksLog() override;
  // Writes nothing: for readers, who leave a store as it is.
  static std::shared_ptr<RocksLog> Silent();

  // The write-ahead log of which it said last that it is damaged; empty: none. RocksDB's errors do not name it.
  std::string damaged_log() const;

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override;

 private:
  RocksLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  void OpenFile() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Empty: nothing is written.
  const std::string path_;
  mutable Mutex mutex_;
  std::string damaged_log_ ABSL_GUARDED_BY(mutex_);
  // Negative where it cannot be written.
  int file_ ABSL_GUARDED_BY(mutex_) = -1;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_ROCKS_LOG_H_
