// The one place that knows RocksDB: options, column families, the store's version, and what its errors mean.
//
// All methods may be called from several threads at once. Errors name the store's directory and how to mend.
#ifndef SANDGLASS_STORAGE_DATABASE_H_
#define SANDGLASS_STORAGE_DATABASE_H_

#include <array>
#include <functional>
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
#include "rocksdb/db.h"
#include "storage/file_marks.h"
#include "storage/mutex.h"
#include "storage/trace_store.h"

namespace sandglass::storage {

// The column families, in the order in which they are opened (after RocksDB's own "default", which stays empty).
enum class Family { kMeta, kBlocks, kDictionary, kIndex, kReports };
inline constexpr size_t kFamilies = 5;

// One change of a batch.
struct Change {
  enum class Kind { kPut, kDelete, kDeleteRange };
  Family family;
  Kind kind;
  std::string key;
  // The value of a put; the end of a range, which is not part of it.
  std::string value;

  static Change Put(Family family, std::string key, std::string value) {
    return {family, Kind::kPut, std::move(key), std::move(value)};
  }
  static Change Delete(Family family, std::string key) { return {family, Kind::kDelete, std::move(key), {}}; }
  // All keys that begin with `prefix`.
  static Change DeletePrefix(Family family, const std::string& prefix);
};

class Database {
 public:
  // Notes what a synced write changed, and where the files stand after it; called before that write returns, by several
  // threads at once. Its error is the write's.
  using Journal = std::function<absl::Status(const std::vector<Change>&, const FileMarks&)>;

  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& directory, const StoreOptions& options);
  ~Database();

  // FailedPrecondition, naming it, where another process has the store open for writing.
  static absl::Status CheckUnlocked(const std::string& directory);

  // The value of a key, if there is one.
  absl::StatusOr<std::optional<std::string>> Get(Family family, absl::string_view key) const;

  // Calls `visit` with the keys from `first` on up to `end` (not included), in order, until it returns false. All calls
  // see one state of the store. An error from visit is handed on.
  absl::Status Scan(
      Family family, absl::string_view first, absl::string_view end,
      absl::FunctionRef<absl::StatusOr<bool>(absl::string_view key, absl::string_view value)> visit) const;

  // The greatest key less than `end`, if there is one.
  absl::StatusOr<std::optional<std::string>> LastKeyBefore(Family family, absl::string_view end) const;

  // Makes all changes or none. With `sync`, they and all before them are on disk when it returns.
  absl::Status Write(const std::vector<Change>& changes, bool sync);

  // Reads all files and checks RocksDB's checksums of their blocks. DataLoss names the file.
  absl::Status VerifyFiles() const;

  // Where the files stand. Errors: DataLoss where CURRENT or the MANIFEST went missing.
  absl::StatusOr<FileMarks> MarkFiles();

  // To be called before the first write that is to be noted, and before other threads write.
  void SetJournal(Journal journal) { journal_ = std::move(journal); }

  const std::string& directory() const { return directory_; }
  bool read_only() const { return read_only_; }

 private:
  Database(std::string directory, bool read_only, std::unique_ptr<rocksdb::DB> db,
           std::vector<rocksdb::ColumnFamilyHandle*> handles);
  absl::Status CheckVersion();
  absl::Status NoteRemovals(const std::vector<Change>& changes);
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles_[1 + static_cast<size_t>(family)]; }

  const std::string directory_;
  const bool read_only_;
  const std::unique_ptr<rocksdb::DB> db_;
  const std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  Journal journal_;
  Mutex marks_mutex_;
  FileMarks marks_ ABSL_GUARDED_BY(marks_mutex_);
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_DATABASE_H_
