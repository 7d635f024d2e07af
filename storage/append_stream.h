// One Append call: chunks in, acknowledgements out. For ingest_service.cc only.
//
// gRPC calls the reactor's methods, and the committer its acknowledgements, from different threads. While more is
// unacknowledged than the credit allows, the next message is not read, so a client that ignores its credit is slowed
// down by the connection itself; and so is one that does not take the acknowledgements that tell what was rejected.
// Messages are parsed here: to gRPC one that cannot be parsed is the same as the end of the client's half.
#ifndef SANDGLASS_STORAGE_APPEND_STREAM_H_
#define SANDGLASS_STORAGE_APPEND_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/ingest_service.grpc.pb.h"
#include "storage/caller.h"
#include "storage/ingest.h"
#include "storage/ingest_observer.h"
#include "storage/mutex.h"

namespace sandglass::storage {

class AppendStream;

using IngestObservers = std::vector<IngestObserver*>;

// The Append calls of a service. May be used by several threads at once.
class AppendStreams {
 public:
  explicit AppendStreams(IngestObservers observers) : observers_(std::move(observers)) {}

  // Who hears of the streams.
  const IngestObservers& observers() const { return observers_; }
  // Before a stream does anything, and when gRPC is done with it.
  void Add(AppendStream* stream);
  void Remove(AppendStream* stream);
  // Ends all, and those that come, as soon as each has every acknowledgement that it is owed.
  void Drain();

 private:
  const IngestObservers observers_;
  Mutex mutex_;
  std::set<AppendStream*> streams_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

class AppendStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  // Begins a call; one without a caller ends at once with that error. It owns itself until gRPC is done with it and no
  // acknowledgement is outstanding. With each message the caller is asked for anew whether it may go on.
  static AppendStream* Start(Ingest& ingest, AppendStreams& all, const absl::StatusOr<Caller>& caller,
                             grpc::CallbackServerContext* context);

  // Reads no more, and ends with UNAVAILABLE when what was read is acknowledged.
  void Drain();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  AppendStream(Ingest& ingest, AppendStreams& all, Caller caller, grpc::CallbackServerContext* context)
      : ingest_(ingest), all_(all), caller_(std::move(caller)), context_(context) {}

  absl::Status TakeReceived();
  absl::Status Take(const v1::AppendRequest& request);
  absl::Status TakeChunk(const v1::Chunk& chunk);
  // What was read of one chunk.
  struct Read {
    uint64_t operators;
    uint64_t bytes;
    absl::Time at;
  };
  void OnAcknowledged(const absl::StatusOr<v1::AppendResponse>& response, const Read& read);
  // Starts whatever can be started now: a write, a read, the end.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Ingest& ingest_;
  AppendStreams& all_;
  const Caller caller_;
  grpc::CallbackServerContext* const context_;
  // Only used between a read's end and the start of the next.
  grpc::ByteBuffer received_;
  v1::AppendRequest request_;

  Mutex mutex_;
  std::shared_ptr<AppendStream> self_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<Ingest::ActiveTrace> trace_ ABSL_GUARDED_BY(mutex_);
  // Of the tenant's quota.
  std::shared_ptr<const void> place_ ABSL_GUARDED_BY(mutex_);
  StreamFacts facts_ ABSL_GUARDED_BY(mutex_);
  // Being written; acknowledgements that come meanwhile become one, as long as that is not too large.
  grpc::ByteBuffer writing_ ABSL_GUARDED_BY(mutex_);
  std::deque<v1::AppendResponse> next_ ABSL_GUARDED_BY(mutex_);
  uint64_t unacknowledged_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  // A message has come, and whether an acknowledgement is owed for it is not known yet.
  bool taking_ ABSL_GUARDED_BY(mutex_) = false;
  // Not read, for lack of credit.
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;
  bool write_pending_ ABSL_GUARDED_BY(mutex_) = false;
  // The client sends no more.
  bool half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  // Nothing more is read.
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  // Why the stream is at its end, as soon as it is.
  std::optional<absl::Status> failure_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_APPEND_STREAM_H_
