// RocksDB as a store opens it: options, column families, what its errors mean. For this folder only.
#ifndef SANDGLASS_STORAGE_ROCKS_H_
#define SANDGLASS_STORAGE_ROCKS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "rocksdb/listener.h"
#include "storage/change.h"
#include "storage/mutex.h"
#include "storage/store_lock.h"
#include "storage/trace_store.h"

namespace sandglass::storage {

// What an error of RocksDB means to our callers. ResourceExhausted: the disk is full, by its own limit or a quota's.
absl::Status Translate(const rocksdb::Status& status, const std::string& directory);

// Why a database takes no more writes, as soon as one of them failed, or a flush or compaction did. Safe from any
// thread.
class WriteFailure final : public rocksdb::EventListener {
 public:
  explicit WriteFailure(std::string directory);

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override;
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status status,
                            bool* auto_recovery) override;
  // The first one stays.
  void Set(const absl::Status& why);
  absl::Status Get() const;
  void Clear();
  // How often which work of RocksDB's own failed, over all openings. All reasons that there are.
  std::map<std::string, uint64_t> BackgroundErrors() const;

 private:
  const std::string directory_;
  mutable Mutex mutex_;
  absl::Status why_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> background_errors_ ABSL_GUARDED_BY(mutex_);
};

// An open database. Closed when it goes away.
struct Rocks {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;

  ~Rocks();
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles[1 + static_cast<size_t>(family)]; }
};

// Opens the database in `directory`, or makes a new one; under `lock`, if one is given. Errors: those of
// TraceStore::Open but for the store's version and inventory.
absl::StatusOr<std::shared_ptr<Rocks>> OpenRocks(const std::string& directory, const StoreOptions& options,
                                                 const std::shared_ptr<WriteFailure>& failure, const StoreLock* lock);

// The column family of that name, if a store has it.
std::optional<Family> FamilyNamed(const std::string& name);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_ROCKS_H_
