// How traces get into a store: the rules of proto/ingest_service.proto, free of gRPC.
//
// All methods may be called from several threads at once; Open, Attach, Seal, GetStatus and Abort wait for the disk.
// There must be one Ingest at most for a store. Errors have the status codes that the protocol names, in one line.
#ifndef SANDGLASS_STORAGE_INGEST_H_
#define SANDGLASS_STORAGE_INGEST_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/ingest_service.pb.h"
#include "proto/trace_id.h"
#include "storage/group_committer.h"
#include "storage/mutex.h"
#include "storage/quota.h"
#include "storage/tenant_usage.h"
#include "storage/trace_reader.h"
#include "storage/trace_store.h"

namespace sandglass::storage {

struct IngestOptions {
  // The wall clock, in ns of the Unix epoch; absent: the system's.
  std::function<int64_t()> now_unix_ns;
  // Bytes of payload that one stream may have unacknowledged.
  uint64_t credit_bytes = 4 << 20;
  // Bytes on their way to the disk from which on new chunks get UNAVAILABLE.
  size_t max_pending_bytes = 64 << 20;
  // Open traces whose dictionaries are kept in memory while no stream is attached.
  size_t max_idle_traces = 64;
};

class Ingest {
 public:
  // One open trace, to which streams attach. Opaque.
  class ActiveTrace;
  // An acknowledgement, or why there will be none. Called once, on the committer's thread or on that of Append; it
  // must be quick and must not call back into Ingest.
  using Acknowledge = std::function<void(const absl::StatusOr<v1::AppendResponse>&)>;

  // `store` must be open for writing and outlive this.
  explicit Ingest(TraceStore& store, IngestOptions options = {});
  // Waits for what is on its way to the disk.
  ~Ingest();

  // A new trace must find room in the tenant's quota; null: there is none. One that is there already goes on.
  absl::StatusOr<v1::OpenResponse> Open(uint32_t tenant, const v1::OpenRequest& request, Quota* quota = nullptr);

  // Begins a stream of chunks.
  absl::StatusOr<std::shared_ptr<ActiveTrace>> Attach(uint32_t tenant, const v1::AppendStart& start);

  // Takes the next chunk. OK says that `done` will be called; otherwise it will not, and the stream is at its end.
  absl::Status Append(const std::shared_ptr<ActiveTrace>& trace, const v1::Chunk& chunk, Acknowledge done);

  // Number of the last chunk of the trace that is on disk.
  static uint64_t DurableSeq(ActiveTrace& trace);

  absl::StatusOr<v1::SealResponse> Seal(uint32_t tenant, const v1::SealRequest& request);
  absl::StatusOr<v1::GetStatusResponse> GetStatus(uint32_t tenant, const v1::GetStatusRequest& request);
  absl::StatusOr<v1::AbortResponse> Abort(uint32_t tenant, const v1::AbortRequest& request);

  // Ends traces that are open, have no stream, and were not written to for `silence_ns`: they take no more chunks, and
  // say so to whoever asks. Returns their ids.
  absl::StatusOr<std::vector<std::string>> ExpireSilent(int64_t silence_ns);

  // What the tenant has in the store.
  absl::StatusOr<TenantUsage> UsageOf(uint32_t tenant) const { return store_.UsageOf(tenant); }

  uint64_t credit_bytes() const { return options_.credit_bytes; }

 private:
  using TraceKey = std::pair<uint32_t, TraceId>;

  absl::StatusOr<v1::OpenResponse> OpenNew(uint32_t tenant, const TraceId& client_key, const v1::OpenRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::OpenResponse> Reopen(const TraceRef& trace, const v1::OpenRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::OpenResponse> Opened(const TraceRef& trace, const TraceHead& head) const;
  absl::StatusOr<TraceId> NewTraceId(uint32_t tenant);
  absl::StatusOr<std::shared_ptr<ActiveTrace>> Activate(const TraceRef& trace) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends the streams of a trace with `why`, waits until nothing of it is on its way, and forgets it.
  void Retire(const TraceRef& trace, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits until nothing of a trace is on its way; its streams go on.
  void Drain(const TraceRef& trace) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EvictIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<TraceHead> HeadOf(const TraceRef& trace) const;
  // Checks a seal and closes the trace to appends; true if it is sealed already by an equal request.
  absl::StatusOr<bool> BeginSeal(const TraceRef& trace, const v1::SealRequest& request, TraceHead& head)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Open traces that no one writes to and that were last written before `before_unix_ns`.
  absl::StatusOr<std::vector<std::pair<TraceRef, TraceHead>>> Silent(int64_t before_unix_ns)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckNotSealing(const TraceRef& trace) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  TraceStore& store_;
  Database& database_;
  IngestOptions options_;
  // Held while traces are opened, attached to, retired. Never taken on the committer's thread.
  Mutex mutex_;
  std::map<TraceKey, std::shared_ptr<ActiveTrace>> active_ ABSL_GUARDED_BY(mutex_);
  std::set<TraceKey> sealing_ ABSL_GUARDED_BY(mutex_);
  // Last, so that its thread ends before what its callbacks use.
  GroupCommitter committer_;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_INGEST_H_
