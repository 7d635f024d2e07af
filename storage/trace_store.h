// A directory of sealed traces, and what analysis may ask of it.
//
// Sealed traces are immutable: whatever is read of one stays true until it is deleted. Traces that are still being
// written are not visible here. Traces come in by storage/ingest.h. All methods may be called from several threads at
// once. One process at a time may open a store for writing; any number may open it read-only, and see what it held
// when they opened it.
//
// Errors: NotFound (no such trace for this tenant, or none any more), FailedPrecondition (not sealed yet), DataLoss
// (what is stored is damaged; the message names the trace and the block), InvalidArgument.
#ifndef SANDGLASS_STORAGE_TRACE_STORE_H_
#define SANDGLASS_STORAGE_TRACE_STORE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/operator_payload.pb.h"
#include "proto/trace.pb.h"
#include "proto/trace_id.h"
#include "storage/mutex.h"
#include "storage/tenant_usage.h"

namespace sandglass::storage {

class Database;
class Inventory;
class SpaceReclaimer;
class StoreUsage;

// The tenant of callers where no credentials are configured; its name is "default".
inline constexpr uint32_t kDefaultTenant = 1;

struct StoreOptions {
  // Whether to make a new store where the directory is empty or absent.
  bool create_if_missing = true;
  // Opens without locking and without changing anything; create_if_missing is ignored.
  bool read_only = false;
  // Opens for writing although the store lacks what was acknowledged, and notes what is there as all that there is.
  bool accept_loss = false;
  // Whether files are written anew in the background, to read faster: that needs room on the disk for a while, which a
  // full one has not.
  bool compacts = true;
  // Memory for blocks read lately, with their indexes and filters, in bytes.
  size_t block_cache_bytes = 256 << 20;
  // Memory for what was written lately, of all column families together, in bytes.
  size_t write_buffer_bytes = 64 << 20;
  // How much of the write-ahead log is kept before its oldest data are flushed, in bytes.
  size_t max_log_bytes = 128 << 20;
  // Below so much free space on its disk a store takes no traces, in bytes: what it needs to move its log into tables,
  // and to remove traces. 0: no matter.
  size_t min_free_bytes = 128 << 20;
};

class TraceStore {
 public:
  // Opens the store in `directory`. Errors, each in one line with how to mend it: the store has another version, the
  // directory is not a store, another process has it open, it is damaged. DataLoss: it lacks what it once acknowledged;
  // the traces are named, and nothing was changed.
  static absl::StatusOr<std::unique_ptr<TraceStore>> Open(const std::string& directory, const StoreOptions& options);
  ~TraceStore();

  // Sealed traces of the tenant, newest first: by when they were begun, which their ids keep.
  absl::StatusOr<std::vector<v1::TraceManifest>> ListSealed(uint32_t tenant) const;

  // By ULID, or by name: the newest sealed trace that bears it. NotFound names what exists nearby. A trace that
  // exists but is not sealed is FailedPrecondition.
  absl::StatusOr<v1::TraceManifest> FindSealed(uint32_t tenant, std::string_view id_or_name) const;

  // The trace's signatures, by their numbers from 0.
  absl::StatusOr<std::vector<v1::OpSignature>> ReadSignatures(uint32_t tenant, std::string_view trace_id) const;

  // Calls `visit` with each stored block from the one that holds `first_operator` on, until the end or until visit
  // returns false; an error from visit is handed on. `first` is the index in the trace of the block's first operator.
  // Blocks have at most 4096 operators, and no new_signatures; first_signature is the number of signatures that the
  // block may refer to. A first_operator past the end visits nothing.
  absl::Status ReadColumns(
      uint32_t tenant, std::string_view trace_id, uint64_t first_operator,
      absl::FunctionRef<absl::StatusOr<bool>(uint64_t first, const v1::OperatorColumns&)> visit) const;

  // Reads all of the trace and computes its content digest anew. DataLoss if it is not the manifest's.
  absl::Status Verify(uint32_t tenant, std::string_view trace_id) const;

  // The id of what FindSealed would find; an id is taken as it is, whatever state its trace is in.
  absl::StatusOr<std::string> IdOf(uint32_t tenant, std::string_view id_or_name) const;

  // Removes a trace that is sealed or has expired, or one whose head is so damaged that nobody can write to it. When
  // this returns, the trace is gone also after a crash; the disk has its place back after Reclaim. FailedPrecondition:
  // the trace is open.
  absl::Status Delete(uint32_t tenant, std::string_view trace_id);

  // Gives the disk back what the traces took that were removed since it was opened: writes anew what lies beside them,
  // and waits for that. ResourceExhausted: there is no room even for that.
  absl::Status Reclaim();
  // Has a thread do it; returns what its last time came to.
  absl::Status ReclaimSoon();
  // A trace was removed otherwise than by Delete.
  void NoteRemoved(uint32_t tenant, const TraceId& trace);

  // The number of the tenant of that name, which gets one when it is seen for the first time. NotFound if it is new
  // and the store is read-only.
  absl::StatusOr<uint32_t> TenantNumber(std::string_view name);

  // What a tenant has in the store, as of the last batch that was written. Errors: that of the record of its that
  // cannot be counted; FailedPrecondition where the store was opened to be read.
  absl::StatusOr<TenantUsage> UsageOf(uint32_t tenant) const;
  // Of all tenants by number; those of whom it cannot be told are left out.
  std::map<uint32_t, TenantUsage> Usage() const;

  // How often RocksDB failed at work of its own since the store was opened, by what it did.
  std::map<std::string, uint64_t> BackgroundErrors() const;

  // Whether traces are taken. ResourceExhausted: its disk is full. Unavailable: a write failed otherwise, and the store
  // can only be read until it is opened anew. FailedPrecondition: it was opened to be read.
  absl::Status CheckWritable() const;

  // Where a write failed because the disk was full, and it has room again: opens the database anew, compared with its
  // inventory. Returns what CheckWritable would, or what keeps the store from being opened: ResourceExhausted as long
  // as that may pass, DataLoss where it lacks what it acknowledged. Looks at most once a second, and less often the
  // more often it failed. Waits for the disk; others read meanwhile.
  absl::Status TryRecover();

  // Where the store is, as given to Open.
  const std::string& directory() const { return directory_; }

  // For this folder only.
  Database& database() { return *database_; }
  // Null where the store was opened to be read.
  const Inventory* inventory() const { return inventory_.get(); }

 private:
  TraceStore(std::string directory, const StoreOptions& options, std::unique_ptr<Database> database);

  // Begins to note what is acknowledged.
  absl::Status KeepInventory();
  absl::Status OpenAnew();
  // A trace that goes while it is read looks damaged: then NotFound, else `status`.
  absl::Status UnlessRemoved(uint32_t tenant, std::string_view trace_id, const absl::Status& status) const;

  const std::string directory_;
  const StoreOptions options_;
  // Before the database, which writes to it.
  std::unique_ptr<Inventory> inventory_;
  const std::unique_ptr<Database> database_;
  // Null where it is read only.
  std::unique_ptr<StoreUsage> usage_;
  std::unique_ptr<SpaceReclaimer> reclaimer_;
  // Two callers must not give one number to two names.
  Mutex tenants_mutex_;
  Mutex recover_mutex_;
  bool recovering_ ABSL_GUARDED_BY(recover_mutex_) = false;
  std::chrono::steady_clock::time_point next_recovery_ ABSL_GUARDED_BY(recover_mutex_);
  std::chrono::steady_clock::duration pause_ ABSL_GUARDED_BY(recover_mutex_) = std::chrono::seconds(0);
  // Of the last try.
  absl::Status recovery_ ABSL_GUARDED_BY(recover_mutex_);
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_TRACE_STORE_H_
