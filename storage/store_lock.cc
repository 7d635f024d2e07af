#include "storage/store_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/file_system.h"
#include "storage/fault_hooks.h"

namespace sandglass::storage {
namespace {

using rocksdb::FileLock;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr absl::string_view kOwn = "lock hold by current process";

std::string LockPath(const std::string& directory) { return absl::StrCat(directory, "/LOCK"); }

// Whose only lock is held already.
class LockedFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "LockedFileSystem"; }

  IOStatus LockFile(const std::string&, const IOOptions&, FileLock** lock, IODebugContext*) override {
    *lock = std::make_unique<FileLock>().release();
    return IOStatus::OK();
  }
  IOStatus UnlockFile(FileLock* lock, const IOOptions&, IODebugContext*) override {
    const std::unique_ptr<FileLock> gone(lock);
    return IOStatus::OK();
  }
};

// What holds the lock; another process, as RocksDB has found out.
std::string Holder(const std::string& directory) {
  const int file = open(LockPath(directory).c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock;
  std::memset(&lock, 0, sizeof lock);
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool known = file >= 0 && fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  if (file >= 0) close(file);
  return known ? absl::StrCat("process ", lock.l_pid) : "another process";
}

}  // namespace

bool SaysLocked(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() && (absl::StrContains(text, kOwn) || absl::StrContains(text, "While lock file"));
}

absl::Status Locked(const std::string& directory, const rocksdb::Status& status) {
  const std::string holder = absl::StrContains(status.ToString(), kOwn) ? "this process" : Holder(directory);
  return absl::FailedPreconditionError(
      absl::StrCat("store '", directory, "' is locked by ", holder, "; stop it, or ask it with --server HOST:PORT"));
}

absl::StatusOr<std::unique_ptr<StoreLock>> StoreLock::Take(const std::string& directory) {
  FileLock* lock = nullptr;
  const rocksdb::Status status = rocksdb::Env::Default()->LockFile(LockPath(directory), &lock);
  if (SaysLocked(status)) return Locked(directory, status);
  if (!status.ok()) {
    return absl::FailedPreconditionError(absl::StrCat("store '", directory, "' cannot be locked: ", status.ToString(),
                                                      "; check the path and its permissions"));
  }
  const rocksdb::Env* below = TheFaultHooks().env != nullptr ? TheFaultHooks().env : rocksdb::Env::Default();
  return std::unique_ptr<StoreLock>(
      new StoreLock(lock, rocksdb::NewCompositeEnv(std::make_shared<LockedFileSystem>(below->GetFileSystem()))));
}

StoreLock::StoreLock(FileLock* lock, std::unique_ptr<rocksdb::Env> env) : lock_(lock), env_(std::move(env)) {}

StoreLock::~StoreLock() { rocksdb::Env::Default()->UnlockFile(lock_).PermitUncheckedError(); }

absl::Status CheckUnlocked(const std::string& directory) {
  FileLock* lock = nullptr;
  const rocksdb::Status status = rocksdb::Env::Default()->LockFile(LockPath(directory), &lock);
  if (status.ok()) rocksdb::Env::Default()->UnlockFile(lock).PermitUncheckedError();
  return SaysLocked(status) ? Locked(directory, status) : absl::OkStatus();
}

}  // namespace sandglass::storage
