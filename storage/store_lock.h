// The lock by which a store's directory has one writer at a time: RocksDB's own, on the file LOCK.
//
// RocksDB takes it for a database that is opened for writing. Whoever does more to the files than that holds it here,
// and opens the database under it. A process loses its locks of a file as soon as it closes that file once, whoever of
// it opened it: so nothing but RocksDB may open LOCK while this process may hold it.
#ifndef SANDGLASS_STORAGE_STORE_LOCK_H_
#define SANDGLASS_STORAGE_STORE_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/env.h"

namespace sandglass::storage {

class StoreLock {
 public:
  // FailedPrecondition, naming the process, where somebody has the store open for writing, or it cannot be locked.
  static absl::StatusOr<std::unique_ptr<StoreLock>> Take(const std::string& directory);
  ~StoreLock();
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

  // For a database under this lock, which does not take it again; to be closed before the lock goes.
  rocksdb::Env* env() const { return env_.get(); }

 private:
  StoreLock(rocksdb::FileLock* lock, std::unique_ptr<rocksdb::Env> env);

  rocksdb::FileLock* const lock_;
  const std::unique_ptr<rocksdb::Env> env_;
};

// FailedPrecondition, as above, where somebody has the store open for writing.
absl::Status CheckUnlocked(const std::string& directory);

// Whether RocksDB says that somebody holds the lock; and the error that names who.
bool SaysLocked(const rocksdb::Status& status);
absl::Status Locked(const std::string& directory, const rocksdb::Status& status);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_STORE_LOCK_H_
