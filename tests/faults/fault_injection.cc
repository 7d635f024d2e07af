#include "tests/faults/fault_injection.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <sstream>
#include <utility>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "storage/fault_hooks.h"
#include "tests/faults/unsynced_files.h"

namespace sandglass::faults {
namespace {

using rocksdb::FileOptions;
using rocksdb::FSDirectory;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool EndsIn(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string KindOf(const std::string& path) {
  if (EndsIn(path, ".log")) return "log";
  if (EndsIn(path, ".sst")) return "sst";
  if (path.find("/bulk-") != std::string::npos) return "bulk";
  return path.find("/MANIFEST-") == std::string::npos ? "other" : "manifest";
}

// A file whose every operation is a point.
class WatchedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WatchedFile(std::string path, std::unique_ptr<FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), kind_(KindOf(path_)) {
    UnsyncedFiles::The().Created(path_);
  }

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    if (IOStatus status = Before("append-"); !status.ok()) return status;
    const UnsyncedFiles::Operation operation = UnsyncedFiles::The().Begin();
    bytes_ += data.size();
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }

  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    if (IOStatus status = Before("append-"); !status.ok()) return status;
    const UnsyncedFiles::Operation operation = UnsyncedFiles::The().Begin();
    bytes_ += data.size();
    return FSWritableFileOwnerWrapper::Append(data, options, verification, debug);
  }

  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return Synced([&] { return FSWritableFileOwnerWrapper::Sync(options, debug); });
  }

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Synced([&] { return FSWritableFileOwnerWrapper::Fsync(options, debug); });
  }

 private:
  IOStatus Before(const std::string& operation) {
    FaultPlan::The().Pass(operation + kind_);
    return FaultPlan::The().Fail(operation + kind_);
  }

  template <typename Sync>
  IOStatus Synced(Sync sync) {
    if (IOStatus status = Before("sync-"); !status.ok()) return status;
    IOStatus status;
    {
      const UnsyncedFiles::Operation operation = UnsyncedFiles::The().Begin();
      const uint64_t bytes = bytes_;
      status = sync();
      if (status.ok()) UnsyncedFiles::The().Synced(path_, bytes);
    }
    FaultPlan::The().Pass("synced-" + kind_);
    return status;
  }

  const std::string path_;
  const std::string kind_;
  // RocksDB writes a file from one thread at a time, and flushes its own buffer before it syncs.
  uint64_t bytes_ = 0;
};

class WatchedDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  explicit WatchedDirectory(std::unique_ptr<FSDirectory> directory) : FSDirectoryWrapper(std::move(directory)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus status = FSDirectoryWrapper::Fsync(options, debug);
    if (status.ok()) UnsyncedFiles::The().DirectorySynced();
    return status;
  }

  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& directory_options) override {
    const IOStatus status = FSDirectoryWrapper::FsyncWithDirOptions(options, debug, directory_options);
    if (status.ok()) UnsyncedFiles::The().DirectorySynced();
    return status;
  }
};

class WatchedFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  WatchedFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "WatchedFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options, std::unique_ptr<FSWritableFile>* result,
                           IODebugContext* debug) override {
    FaultPlan::The().Pass("create-" + KindOf(path));
    if (IOStatus status = FaultPlan::The().Fail("create-" + KindOf(path)); !status.ok()) return status;
    const UnsyncedFiles::Operation operation = UnsyncedFiles::The().Begin();
    std::unique_ptr<FSWritableFile> file;
    IOStatus status = FileSystemWrapper::NewWritableFile(path, options, &file, debug);
    if (status.ok()) *result = std::make_unique<WatchedFile>(path, std::move(file));
    return status;
  }

  IOStatus NewDirectory(const std::string& path, const IOOptions& options, std::unique_ptr<FSDirectory>* result,
                        IODebugContext* debug) override {
    std::unique_ptr<FSDirectory> directory;
    IOStatus status = FileSystemWrapper::NewDirectory(path, options, &directory, debug);
    if (status.ok()) *result = std::make_unique<WatchedDirectory>(std::move(directory));
    return status;
  }

  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    FaultPlan::The().Pass("rename-" + KindOf(from));
    const UnsyncedFiles::Operation operation = UnsyncedFiles::The().Begin();
    IOStatus status = FileSystemWrapper::RenameFile(from, to, options, debug);
    if (status.ok()) UnsyncedFiles::The().Renamed(from, to);
    return status;
  }

  IOStatus LinkFile(const std::string& path, const std::string& name, const IOOptions& options,
                    IODebugContext* debug) override {
    FaultPlan::The().Pass("link-" + KindOf(path));
    if (IOStatus status = FaultPlan::The().Fail("link-" + KindOf(path)); !status.ok()) return status;
    const UnsyncedFiles::Operation operation = UnsyncedFiles::The().Begin();
    IOStatus status = FileSystemWrapper::LinkFile(path, name, options, debug);
    if (status.ok()) UnsyncedFiles::The().Linked(path, name);
    return status;
  }

  IOStatus DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* debug) override {
    FaultPlan::The().Pass("delete-" + KindOf(path));
    const UnsyncedFiles::Operation operation = UnsyncedFiles::The().Begin();
    IOStatus status = FileSystemWrapper::DeleteFile(path, options, debug);
    if (status.ok()) UnsyncedFiles::The().Deleted(path);
    return status;
  }
};

// Runs before main: the store takes its hooks when it is opened.
__attribute__((constructor)) void SetHooks() {
  storage::FaultHooks& hooks = storage::TheFaultHooks();
  hooks.at = [](const char* point) { FaultPlan::The().Pass(point); };
  hooks.synced = [](const char* path, size_t bytes) {
    // Waits for ever once power is lost: what was read before that must not be noted any more.
    const UnsyncedFiles::Operation operation = UnsyncedFiles::The().Begin();
    UnsyncedFiles::The().Synced(path, bytes);
  };
  hooks.created = [](const char* path) { UnsyncedFiles::The().Created(path); };
  hooks.rename = [](const char* from, const char* to) {
    const UnsyncedFiles::Operation operation = UnsyncedFiles::The().Begin();
    const int renamed = std::rename(from, to);
    if (renamed == 0) UnsyncedFiles::The().Renamed(from, to);
    return renamed;
  };
  hooks.unsynced = FromEnvironment("SANDGLASS_FAULT") == "unsynced";
  if (hooks.unsynced) return;
  // Never destroyed: threads of RocksDB's outlive main.
  static auto& env =
      *new std::unique_ptr<rocksdb::Env>(rocksdb::NewCompositeEnv(std::make_shared<WatchedFileSystem>()));
  hooks.env = env.get();
}

}  // namespace

FaultPlan& FaultPlan::The() {
  static auto* const plan = new FaultPlan;
  return *plan;
}

FaultPlan::FaultPlan() : seen_file_(FromEnvironment("SANDGLASS_FAULT_SEEN")) {
  std::istringstream(FromEnvironment("SANDGLASS_FAULT")) >> action_ >> point_ >> count_;
}

bool FaultPlan::IsTime(const std::string& point) {
  if (point != point_) return false;
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  return --count_ <= 0;
}

void FaultPlan::Die() const {
  if (drops()) UnsyncedFiles::The().LosePower();
  if (const int file = open(seen_file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600); file >= 0) {
    if (write(file, point_.data(), point_.size()) > 0) close(file);
  }
  kill(getpid(), SIGKILL);
  while (true) pause();
}

void FaultPlan::Pass(const std::string& point) {
  const bool dies = action_ == "kill" || action_ == "drop";
  if (dies && IsTime(point)) Die();
}

IOStatus FaultPlan::Fail(const std::string& point) {
  const bool fails = action_ == "eio" || action_ == "enospc";
  if (!fails || !IsTime(point)) return IOStatus::OK();
  if (action_ == "eio") return IOStatus::IOError("injected", "Input/output error");
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): the status owns its text.
  return IOStatus::NoSpace("injected", "No space left on device");
}

}  // namespace sandglass::faults
