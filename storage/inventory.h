// What the store has acknowledged, written down outside of RocksDB: RocksDB alone opens without an error after it lost
// its newest log, or the end of its MANIFEST, and a later open for writing then removes what could still be saved.
//
// The file INVENTORY lies in the store's directory. It says for each trace how far it was durable, and where RocksDB's
// own files stood; each synced write adds a record before anything is acknowledged, and syncs it before or right behind
// that. It is compared with the database before that is opened for writing (inventory_check.h). Format: FORMAT.md.
#ifndef SANDGLASS_STORAGE_INVENTORY_H_
#define SANDGLASS_STORAGE_INVENTORY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/chain_digest.h"
#include "proto/ingest_service.pb.h"
#include "proto/trace_id.h"
#include "storage/file_marks.h"
#include "storage/mutex.h"

namespace sandglass::storage {

// How far a trace was when it was last acknowledged.
struct TraceMark {
  v1::TraceState state = v1::TRACE_STATE_OPEN;
  uint64_t durable_seq = 0;
  // Stored ones.
  uint64_t operators = 0;
  // Chain digest up to durable_seq while it is open, content digest once it is sealed.
  Digest digest{};
};

// Tenant and id.
using TraceKey = std::pair<uint32_t, TraceId>;

struct InventoryContents {
  std::map<TraceKey, TraceMark> traces;
  FileMarks files;
};

// A trace's new mark; none: it was removed.
struct MarkChange {
  TraceKey trace;
  std::optional<TraceMark> mark;
};

class Inventory {
 public:
  // The name of the file in the store's directory.
  static constexpr absl::string_view kFileName = "INVENTORY";

  // What the file says; nothing if there is none. A record that was cut off at the end is left out: what it told of was
  // never acknowledged. Errors: DataLoss for damage anywhere else, Unavailable where it cannot be read.
  static absl::StatusOr<std::optional<InventoryContents>> Read(const std::string& directory);

  // Writes the file anew, in place of the one that is there all at once. It is on disk when this returns.
  static absl::Status Write(const std::string& directory, const InventoryContents& contents);

  // As Write, and keeps it open.
  static absl::StatusOr<std::unique_ptr<Inventory>> Begin(const std::string& directory, InventoryContents contents);

  // Nobody is told of a sync behind that fails now: what it was for is in the database all the same.
  ~Inventory();
  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;

  // When a record is synced.
  enum class Synced {
    // Before Append returns.
    kBefore,
    // At once, but Append does not wait for it; the next one does. A process that dies loses nothing of it; a machine
    // that does may lose this one record, of what the database has all the same.
    kBehind,
  };
  // Adds a record. Errors are also those of the last sync behind. This and what follows may be called from several
  // threads at once.
  absl::Status Append(const FileMarks& files, const std::vector<MarkChange>& changes, Synced synced);

  // What has been noted. At least all that was acknowledged, at most what is durable in the database.
  InventoryContents Contents() const;

  // Begins anew with these contents, as Begin does.
  absl::Status Renew(InventoryContents contents);

 private:
  Inventory(std::string directory, InventoryContents contents, int file, size_t bytes);
  absl::Status Rewrite() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Half a record may stand at the end now, and nothing may follow it: the next write begins a new file.
  void CloseFile() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WaitSynced() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The syncing thread's work.
  void SyncBehind();

  const std::string directory_;
  mutable Mutex mutex_;
  InventoryContents contents_ ABSL_GUARDED_BY(mutex_);
  int file_ ABSL_GUARDED_BY(mutex_);
  // Where the next record begins, and how far the file goes; between them are zeros.
  size_t bytes_ ABSL_GUARDED_BY(mutex_);
  size_t written_bytes_ ABSL_GUARDED_BY(mutex_);
  // Bytes of the file after it was last written anew.
  size_t compact_bytes_ ABSL_GUARDED_BY(mutex_);
  CondVar changed_;
  // The last record is written and not synced; as long the file is the syncing thread's.
  bool unsynced_ ABSL_GUARDED_BY(mutex_) = false;
  // Why the last sync behind failed, until somebody was told.
  absl::Status behind_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread syncer_;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_INVENTORY_H_
