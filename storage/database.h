// The store's database: reads, scans, durable batches, and what happens when a write fails.
//
// All methods may be called from several threads at once. Errors name the store's directory and how to mend.
#ifndef SANDGLASS_STORAGE_DATABASE_H_
#define SANDGLASS_STORAGE_DATABASE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/change.h"
#include "storage/file_marks.h"
#include "storage/mutex.h"
#include "storage/trace_store.h"

namespace rocksdb {
class DB;
}  // namespace rocksdb

namespace sandglass::storage {

class BlockTable;
struct Rocks;
class StoreLock;
class WriteFailure;

class Database {
 public:
  // Notes what a synced write changed, and where the files stand after it; called before that write returns, by several
  // threads at once. Its error is the write's.
  using Journal = std::function<absl::Status(const std::vector<Change>&, const FileMarks&)>;

  // Under `lock`, if one is given, which the caller holds until the database is gone.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& directory, const StoreOptions& options,
                                                        const StoreLock* lock = nullptr);
  ~Database();

  // The value of a key, if there is one.
  absl::StatusOr<std::optional<std::string>> Get(Family family, absl::string_view key) const;

  // Calls `visit` with the keys from `first` on up to `end` (not included), in order, until it returns false. All calls
  // see one state of the store. An error from visit is handed on.
  absl::Status Scan(
      Family family, absl::string_view first, absl::string_view end,
      absl::FunctionRef<absl::StatusOr<bool>(absl::string_view key, absl::string_view value)> visit) const;

  // The greatest key less than `end`, if there is one.
  absl::StatusOr<std::optional<std::string>> LastKeyBefore(Family family, absl::string_view end) const;

  // Makes all changes or none. With `sync`, they and all before them are on disk when it returns. After an error
  // nothing is written any more, until TakeWrites.
  absl::Status Write(const std::vector<Change>& changes, bool sync);

  // Begins a table of blocks that go past the log. As soon as they are taken in they are on the disk; the next synced
  // write notes where the files stand.
  absl::StatusOr<std::unique_ptr<BlockTable>> BeginTable();
  // Whether so many bytes of blocks are worth a table of their own; else they go through Write.
  bool WorthTable(uint64_t bytes) const;

  // Whether writes are taken: OK, ResourceExhausted after the disk was full, or Unavailable with another reason.
  absl::Status CheckWritable() const;

  // How often RocksDB failed at work of its own, by what it did.
  std::map<std::string, uint64_t> BackgroundErrors() const;

  // After an error: closes the database, has `check` look at its files, and opens it again, to be read only where that
  // fails. Nothing is written before TakeWrites. Unavailable while somebody reads.
  absl::Status Reopen(absl::FunctionRef<absl::Status()> check);
  void TakeWrites();

  // Reads all files and checks RocksDB's checksums of their blocks. DataLoss names the file.
  absl::Status VerifyFiles() const;

  // Hands RocksDB's database to `use`, and its answer on. For what only RocksDB can do: backups.
  absl::Status Lend(absl::FunctionRef<absl::Status(rocksdb::DB&)> use) const;
  // The same with its families, for this folder only.
  absl::Status LendFamilies(absl::FunctionRef<absl::Status(const Rocks&)> use) const;

  // Where the files stand. Errors: DataLoss where CURRENT or the MANIFEST went missing.
  absl::StatusOr<FileMarks> MarkFiles();

  // To be called before the first write that is to be noted, and before other threads write.
  void SetJournal(Journal journal) { journal_ = std::move(journal); }

  const std::string& directory() const { return directory_; }
  bool read_only() const { return options_.read_only; }

 private:
  Database(std::string directory, const StoreOptions& options, const StoreLock* lock);
  // Whoever holds it keeps the database open.
  absl::StatusOr<std::shared_ptr<Rocks>> Use() const;
  absl::Status CheckVersion();
  absl::Status WriteOnly(const Rocks& rocks, const std::vector<Change>& changes, bool sync);
  absl::Status WriteNoted(const Rocks& rocks, const std::vector<Change>& changes);
  absl::Status NoteRemovals(const std::vector<Change>& changes);

  const std::string directory_;
  const StoreOptions options_;
  const StoreLock* const lock_;
  const std::shared_ptr<WriteFailure> failure_;
  mutable Mutex rocks_mutex_;
  // Null where it could not even be opened to be read.
  std::shared_ptr<Rocks> rocks_ ABSL_GUARDED_BY(rocks_mutex_);
  // Begun so far.
  std::atomic<uint64_t> tables_ = 0;
  Journal journal_;
  Mutex marks_mutex_;
  FileMarks marks_ ABSL_GUARDED_BY(marks_mutex_);
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_DATABASE_H_
