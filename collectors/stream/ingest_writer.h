// Sends a trace to an ingest service and survives what happens on the way.
//
// Operators are packed into chunks on the producer's thread and sent by a thread of the writer's own. A chunk stays in
// memory until the server says that it is on disk; when there are too many of those, Add blocks. When the stream
// breaks, the writer opens the trace again with the same client_key and sends what is not durable; it gives up when the
// server refuses something, or stays away for longer than RetryPolicy::patience.
//
// The TraceSink's methods are for one thread at a time. Cancel, GiveUp and stats may be called from any thread.
#ifndef SANDGLASS_COLLECTORS_STREAM_INGEST_WRITER_H_
#define SANDGLASS_COLLECTORS_STREAM_INGEST_WRITER_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "collectors/stream/append_stream.h"
#include "collectors/stream/chunk_packer.h"
#include "collectors/stream/retry_policy.h"
#include "collectors/stream/unacknowledged.h"
#include "collectors/trace_sink.h"
#include "proto/ingest_service.grpc.pb.h"

namespace sandglass::collectors {

struct IngestWriterOptions {
  // How errors call the server ("127.0.0.1:7117"), and what a user can do when it cannot be reached.
  std::string destination = "the server";
  std::string mend = "check that it runs";
  ChunkSize chunk = {};
  // Payload that may wait for the server, in bytes; at least that of one chunk.
  size_t max_buffered_bytes = size_t{8} << 20;
  v1::Validation validation = v1::VALIDATION_STRICT;
  // How long Begin tries, and how long a trace that has begun waits for its server to come back.
  RetryPolicy connect = {.patience = absl::Seconds(6)};
  RetryPolicy resume = {};
  // A call of Open or Abort, a Seal (which reads the whole trace), and the time without any acknowledgement after
  // which a stream is taken for dead.
  absl::Duration call_timeout = absl::Seconds(6);
  absl::Duration seal_timeout = absl::Minutes(15);
  absl::Duration ack_timeout = absl::Seconds(30);
  // From 0 up to, but not including, 1. Absent: a generator seeded by the system. Called by one thread at a time.
  std::function<double()> random = nullptr;
  // Absent: NewClientKey.
  std::function<std::string()> new_client_key = nullptr;
};

// How far a trace has got.
struct IngestStats {
  // Empty before Begin.
  std::string trace_id;
  // Operators that are on the server's disk.
  uint64_t durable_operators = 0;
  // Payload that waits for the server, now and at its most, in bytes.
  size_t buffered_bytes = 0;
  size_t peak_buffered_bytes = 0;
  // How often a broken stream was taken up again.
  uint64_t resumes = 0;
};

class IngestWriter final : public TraceSink, private AppendStream::Listener {
 public:
  // `stub` must outlive this.
  IngestWriter(v1::IngestService::StubInterface& stub, IngestWriterOptions options);
  // Aborts a trace that was begun, and neither finished nor aborted.
  ~IngestWriter() override;

  // Whether anybody answers at all, as long before Begin as a user wants to know. Errors: as Begin.
  absl::Status Reach();

  // Errors: Unavailable or DeadlineExceeded, if the server cannot be reached in time; what the server refuses, with
  // its message and code.
  absl::Status Begin(const v1::TraceHeader& header) override;
  // Errors: as Begin; DataLoss, if the server lost what it had acknowledged; Cancelled, after Cancel. An error may
  // concern an operator that was added earlier.
  absl::Status Add(const v1::Operator& op) override;
  absl::StatusOr<v1::TraceManifest> Finish(const v1::TraceSummary& summary) override;
  void Abort() override;

  // Makes the present and all further calls fail with Cancelled, soon. Abort is still to be called.
  void Cancel();
  // Asks the server to remove the trace, and does not wait for anything else. For a process that must end now.
  void GiveUp();
  IngestStats stats() const;

 private:
  using Lock = std::unique_lock<std::mutex>;
  // A time in which nothing succeeds.
  struct Outage {
    int failures = 0;
    absl::Duration began;
  };

  void OnWritten() override;
  void OnAcknowledged(const v1::AppendResponse& response) override;
  void OnEnding() override;
  void OnClosed(const grpc::Status& status) override;

  // Makes one call that Cancel can break off.
  grpc::Status Call(absl::Duration timeout, const std::function<grpc::Status(grpc::ClientContext&)>& call);
  // Opens the trace, or opens it again, as often as `policy` says.
  absl::Status Open(const RetryPolicy& policy, Outage& outage);
  // After `failure`: waits and returns OK if the call is to be repeated, otherwise why not.
  absl::Status WaitToRetry(const grpc::Status& failure, const RetryPolicy& policy, Outage& outage);
  absl::Status GivenUp(const grpc::Status& failure, absl::Duration elapsed) const;
  absl::StatusOr<v1::TraceManifest> Seal(const v1::TraceSummary& summary);
  absl::Status Enqueue(PackedChunk chunk);

  // The writer's thread.
  void Work();
  // Sends until the stream ends. Why it broke; nothing: it ended as it should, or the trace has failed.
  std::optional<grpc::Status> StreamOnce();
  // Writes what there is to write until the stream ends; true if the writer ended it because the server was silent.
  bool Pump(AppendStream& stream, Lock& lock);
  // Waits until something changes; true if the server has owed an answer for too long.
  bool WaitForServer(Lock& lock, bool owes_an_answer);
  // Whether everything is durable and no more will come. Requires the mutex.
  bool AllDurable() const { return finishing_ && chunks_.empty(); }
  // Sets why the trace cannot be completed, if it is the first reason. Requires the mutex.
  void Fail(const absl::Status& why);
  absl::Status failure() const;

  v1::IngestService::StubInterface& stub_;
  const IngestWriterOptions options_;
  // The producer's.
  ChunkPacker packer_;
  v1::OpenRequest open_;
  // Used by Begin, then by the writer's thread, then by Finish.
  std::function<double()> random_;
  std::thread worker_;
  bool ended_ = false;

  // Guards all below. A plain mutex, because ThreadSanitizer does not see Debian's absl::Mutex.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Unacknowledged chunks_;
  uint64_t epoch_ = 0;
  uint64_t max_chunk_bytes_ = 0;
  IngestStats stats_;
  // No more chunks will come.
  bool finishing_ = false;
  absl::Status failed_;
  // As failed_, to be read without the mutex.
  std::atomic<bool> has_failed_ = false;
  // The unary call that is under way.
  grpc::ClientContext* call_ = nullptr;
  // Of the present stream: a write is under way; it ends; it ended.
  bool writing_ = false;
  bool ending_ = false;
  std::optional<grpc::Status> closed_;
  // When the server last said something, or last began to owe an answer. On the steady clock.
  absl::Duration heard_;
  // Of the trace once it has begun; ends with each acknowledgement.
  Outage outage_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_INGEST_WRITER_H_
