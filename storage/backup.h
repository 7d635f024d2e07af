// Backups of a store: made beside ingest, checked, and restored into a new directory; and checkpoints for readers.
//
// A directory of backups holds several of one store; tables that they share are there once (RocksDB's BackupEngine).
// Each backup has an inventory of what had been acknowledged when it began, and a restored store must have all of that.
// Safe beside everything else that uses the store; one backup at a time for a directory.
#ifndef SANDGLASS_STORAGE_BACKUP_H_
#define SANDGLASS_STORAGE_BACKUP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/scrub.h"
#include "storage/trace_store.h"

namespace sandglass::storage {

struct BackupSummary {
  // 1, 2, 3 … within its directory.
  uint32_t number = 0;
  absl::Time taken;
  // Of all its files, those that it shares with others too.
  uint64_t bytes = 0;
  // Traces that were acknowledged when it began, sealed or not, and their operators.
  size_t traces = 0;
  uint64_t operators = 0;
};

// Adds a backup of all that is acknowledged now; it is on disk when this returns. `go_on` is asked before it begins and
// now and then, and stops it by returning false. Errors: Cancelled, ResourceExhausted (the disk of `backups` is full),
// Unavailable (it cannot be written), DataLoss (a file of the store is damaged), FailedPrecondition (the store is open
// to be read only). What was begun is taken away by the next one.
absl::StatusOr<BackupSummary> CreateBackup(TraceStore& store, const std::string& backups,
                                           absl::FunctionRef<bool()> go_on);

struct BackupList {
  // Oldest first.
  std::vector<BackupSummary> backups;
  // Those that cannot be restored, each with the reason: "backup 3: …".
  std::vector<std::string> unsound;
};

// Errors: NotFound where there are none.
absl::StatusOr<BackupList> ListBackups(const std::string& backups);

// Removes all but the newest `keep`.
absl::Status PurgeBackups(const std::string& backups, uint32_t keep);

// Reads all files of a backup and compares their checksums. DataLoss names the file.
absl::Status VerifyBackup(const std::string& backups, uint32_t number);

// Makes a store of a backup (0: the newest) in `directory`, which must be absent or empty; then reads all of it, and
// computes every digest anew. The directory is there, and on disk, only if all that had been acknowledged is in it; it
// is made beside itself, as DIRECTORY.restoring. Errors: NotFound (no such backup), FailedPrecondition (the directory
// holds something), DataLoss, ResourceExhausted, and those of Scrub.
absl::StatusOr<StoreHealth> RestoreBackup(const std::string& backups, uint32_t number, const std::string& directory,
                                          absl::FunctionRef<bool(size_t done, size_t total)> progress);

// Makes a store in `directory`, which must be absent or empty, of all that is acknowledged now: by links to the tables
// where both are on one file system, else by copies. It is on disk when this returns, stays as it is whatever happens
// to the other, and can be read or written like any store; but a file that is damaged later is damaged in both. How
// many sealed traces it has. Errors: as CreateBackup and RestoreBackup.
absl::StatusOr<size_t> CreateCheckpoint(TraceStore& store, const std::string& directory);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_BACKUP_H_
