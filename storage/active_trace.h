// One open trace in memory: checks chunks in their order and hands them to the committer. The implementation of
// Ingest::ActiveTrace, for ingest.cc only.
//
// All methods may be called from several threads at once.
#ifndef SANDGLASS_STORAGE_ACTIVE_TRACE_H_
#define SANDGLASS_STORAGE_ACTIVE_TRACE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "proto/ingest_service.pb.h"
#include "storage/group_committer.h"
#include "storage/ingest.h"
#include "storage/mutex.h"
#include "storage/trace_writer.h"

namespace sandglass::storage {

class Ingest::ActiveTrace : public std::enable_shared_from_this<Ingest::ActiveTrace> {
 public:
  ActiveTrace(const TraceRef& trace, std::unique_ptr<TraceWriter> writer, TraceStore& store, GroupCommitter& committer,
              const IngestOptions& options);

  // Checks that a stream may begin as it says.
  absl::Status CheckStart(const v1::AppendStart& start);
  absl::Status Append(const v1::Chunk& chunk, Acknowledge done);
  // Refuses all chunks from now on with `why`.
  void Close(const absl::Status& why);
  // Waits until nothing is on its way to the disk.
  void Drain();
  bool closed();
  uint64_t durable_seq();

 private:
  // A chunk on its way to the disk.
  struct Pending {
    uint64_t seq;
    Digest payload_digest;
    v1::AppendResponse response;
    std::vector<Acknowledge> waiting;
  };

  absl::Status AppendNext(const v1::Chunk& chunk, const Digest& digest, Acknowledge done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A chunk that was taken before: its acknowledgement if it is on disk; otherwise `done` waits with it.
  absl::StatusOr<std::optional<v1::AppendResponse>> AppendAgain(const v1::Chunk& chunk, const Digest& digest,
                                                                Acknowledge& done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnWritten(const absl::Status& status);
  absl::StatusOr<ChunkRecord> StoredChunk(uint64_t seq) const;

  const TraceRef trace_;
  TraceStore& store_;
  GroupCommitter& committer_;
  const IngestOptions& options_;
  const std::shared_ptr<GroupCommitter::Lane> lane_ = std::make_shared<GroupCommitter::Lane>();

  Mutex mutex_;
  CondVar drained_;
  std::unique_ptr<TraceWriter> writer_ ABSL_GUARDED_BY(mutex_);
  // What is on disk.
  TraceHead durable_ ABSL_GUARDED_BY(mutex_);
  std::deque<Pending> pending_ ABSL_GUARDED_BY(mutex_);
  // Set once: why no more chunks are taken.
  absl::Status closed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_ACTIVE_TRACE_H_
