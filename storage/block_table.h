// Blocks on their way into the database past its log: they are written to a table file beside it, and taken in whole.
//
// Through the log and its memory every block is written twice. Files are called bulk-N.tmp, which RocksDB takes for
// none of its own; what a process that died left of them goes when the store is next opened for writing.
#ifndef SANDGLASS_STORAGE_BLOCK_TABLE_H_
#define SANDGLASS_STORAGE_BLOCK_TABLE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/sst_file_writer.h"
#include "rocksdb/status.h"
#include "storage/rocks.h"

namespace sandglass::storage {

// Begun by Database::BeginTable, which keeps the database open as long. Not safe for use by several threads at once;
// several tables may be under way, of different keys. Errors are those of Database::Write, and as after one of its,
// nothing is written to the database any more.
class BlockTable {
 public:
  static absl::StatusOr<std::unique_ptr<BlockTable>> Begin(const std::string& directory, uint64_t number,
                                                           std::shared_ptr<const Rocks> rocks,
                                                           std::shared_ptr<WriteFailure> failure);
  // What was not taken in is gone.
  ~BlockTable();
  BlockTable(const BlockTable&) = delete;
  BlockTable& operator=(const BlockTable&) = delete;

  // Requires: the key is greater than the one before.
  absl::Status Add(absl::string_view key, absl::string_view block);

  // All blocks, at least one, can be read and are on the disk when this returns; or none can. What lies under their
  // keys should have been removed before: RocksDB puts them above it, but flushes its memory first. Called once.
  absl::Status TakeIn();

 private:
  BlockTable(std::string directory, std::string path, std::shared_ptr<const Rocks> rocks,
             std::shared_ptr<WriteFailure> failure);
  rocksdb::ColumnFamilyHandle* family() const { return rocks_->handle(Family::kBlocks); }
  rocksdb::Status FinishAndIngest();
  absl::Status Outcome(const rocksdb::Status& status);

  const std::string directory_;
  const std::string path_;
  const std::shared_ptr<const Rocks> rocks_;
  const std::shared_ptr<WriteFailure> failure_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
};

// Removes the tables that a process left which died; for a database that was just opened for writing.
absl::Status RemoveLeftTables(const Rocks& rocks, const std::string& directory);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_BLOCK_TABLE_H_
