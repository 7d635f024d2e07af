// Sends a trace to an ingest service and survives what happens on the way.
//
// Operators are packed into chunks on the producer's thread and sent by a thread of the writer's own. A chunk stays in
// memory until the server says that it is on disk; when there are too many of those, Add blocks. When the stream
// breaks, the writer opens the trace again with the same client_key and sends what is not durable; it gives up when the
// server refuses something, or stays away for longer than RetryPolicy::patience.
//
// With a spool, chunks stay in a file until the seal, and in memory only while they are under way. What the server
// loses after all is then sent again, and said loudly; a server that stays away does not stop the recording until the
// spool is full; and what could not be sent is left for Resume, in another process or on another day.
//
// The TraceSink's methods are for one thread at a time. Cancel, GiveUp, Resumable and stats may be called from any
// thread.
#ifndef SANDGLASS_COLLECTORS_STREAM_INGEST_WRITER_H_
#define SANDGLASS_COLLECTORS_STREAM_INGEST_WRITER_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "collectors/stream/append_stream.h"
#include "collectors/stream/chunk_packer.h"
#include "collectors/stream/ingest_writer_options.h"
#include "collectors/stream/retry_policy.h"
#include "collectors/stream/spool.h"
#include "collectors/stream/unacknowledged.h"
#include "collectors/stream/where_to_go_on.h"
#include "collectors/trace_sink.h"
#include "proto/ingest_service.grpc.pb.h"

namespace sandglass::collectors {

class IngestWriter final : public TraceSink, private AppendStream::Listener {
 public:
  // `stub` must outlive this.
  IngestWriter(v1::IngestService::StubInterface& stub, IngestWriterOptions options);
  // Leaves a trace that is Resumable; aborts any other that was begun, and neither finished nor aborted.
  ~IngestWriter() override;

  // Whether anybody answers at all, as long before Begin as a user wants to know. Errors: as Begin.
  absl::Status Reach();

  // Errors: Unavailable or DeadlineExceeded, if the server cannot be reached in time; what the server refuses, with
  // its message and code.
  absl::Status Begin(const v1::TraceHeader& header) override;
  // Errors: as Begin; DataLoss, if the server lost what it had acknowledged and it is not spooled; ResourceExhausted,
  // if the spool's disk is full; Cancelled, after Cancel. An error may concern an operator that was added earlier.
  absl::Status Add(const v1::Operator& op) override;
  absl::StatusOr<v1::TraceManifest> Finish(const v1::TraceSummary& summary) override;
  void Abort() override;

  // In place of Begin: takes a spooled trace up, under its own client_key unless the options give a new one, which is
  // the spool's from then on. Finish is to follow, with the spool's summary if it has one, or Abort.
  absl::Status Resume(std::unique_ptr<Spool> spool);
  // Whether there is a spool that is worth to be taken up later: all of the trace, or what there was when something
  // failed. False where nothing failed but that the trace was cancelled.
  bool Resumable() const;
  // Whether the server refuses this trace for its client_key, so that a new one lets it be sent.
  bool NewKeyHelps() const;
  // In place of Abort: stops, and leaves the trace for Resume, here and at the server.
  void Leave();

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
    // Patience is over, and the spool goes on being filled.
    bool is_outlasted = false;
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
  // Seals, and before that sends again what the server lost after it had acknowledged everything.
  absl::StatusOr<v1::TraceManifest> SendAndSeal(const v1::TraceSummary& summary);
  absl::Status Enqueue(PackedChunk chunk);
  // Fails if the server does not take a chunk of this size. Requires the mutex.
  void CheckSize(const PackedChunk& chunk);
  void Warn(const std::string& what) const;

  // The following are for a writer with a spool; those without a lock of their own require the mutex.
  absl::Status EnqueueSpooled(PackedChunk chunk);
  // Waits until the spool has room, and lets acknowledged chunks go for that.
  absl::Status MakeRoom(Lock& lock, size_t payload_bytes);
  // Lets acknowledged chunks go, and returns how many went. Requires that the mutex is free.
  absl::StatusOr<uint64_t> GiveUpAcknowledged();
  // Goes on from where the server stands, and says loudly if that is further back than it said before. Requires that
  // the mutex is free.
  absl::Status GoOnFromSpool(const v1::OpenResponse& response);
  // Of what came behind chunk `durable` and `operators`. Errors: those of reading the spool.
  absl::Status WarnOfLoss(const v1::OpenResponse& response, const KeptChunks& kept, uint64_t durable,
                          uint64_t operators);
  // After a Seal that failed: whether the server lost what it acknowledged. If so, the trace is open again.
  absl::StatusOr<bool> ServerFellBack(absl::StatusCode seal_error);
  void FinishSpool(const v1::TraceSummary& summary);
  // Takes the next chunk into memory; reads it from the spool and does so.
  void Load(PackedChunk chunk);
  void LoadNext(Lock& lock);
  // Writes down what is durable, if that is news; true if the mutex was free meanwhile.
  bool NoteDurable(Lock& lock);
  // Whether a spooled chunk is not in memory yet, and may be.
  bool CanLoad() const;
  bool AllLoaded() const { return spool_ == nullptr || loaded_seq_ == spool_->last_seq(); }
  // Whether a server that stays away for longer than patience is waited for all the same.
  bool CanOutlast() const { return spool_ != nullptr && recording_ && !producer_waits_; }
  // Whose acknowledgements the spool notes: those of a server for a client_key.
  std::string Acknowledger() const;
  // A new key is of use only where all chunks are there still.
  bool NewKeyWouldHelp() const { return key_is_spent_ && spool_ != nullptr && spool_->first_seq() == 1; }
  // `why`, and where the trace is kept and what sends it, if it is kept.
  absl::Status WithHowToResume(const absl::Status& why) const;

  // The writer's thread.
  void Work();
  // Sends until the stream ends. Why it broke; nothing: it ended as it should, or the trace has failed.
  std::optional<grpc::Status> StreamOnce();
  // Writes what there is to write until the stream ends; true if the writer ended it because the server was silent.
  bool Pump(AppendStream& stream, Lock& lock);
  // Waits until something changes; true if the server has owed an answer for too long.
  bool WaitForServer(Lock& lock, bool owes_an_answer);
  // Whether everything is durable and no more will come. Requires the mutex.
  bool AllDurable() const { return finishing_ && chunks_.empty() && AllLoaded(); }
  // Sets why the trace cannot be completed, if it is the first reason. Requires the mutex.
  void Fail(const absl::Status& why);
  absl::Status failure() const;
  void SetKeyIsSpent();

  v1::IngestService::StubInterface& stub_;
  const IngestWriterOptions options_;
  // The producer's.
  ChunkPacker packer_;
  v1::OpenRequest open_;
  // Used by Begin, then by the writer's thread, then by Finish.
  std::function<double()> random_;
  std::thread worker_;
  bool ended_ = false;
  // Set before the writer's thread begins, then never changed. Null: none.
  std::unique_ptr<Spool> spool_;
  // The spool was taken up, not made.
  bool resumed_ = false;

  // Held by who moves the front of the spool, or counts on it; taken before mutex_, because it waits for the disk.
  std::mutex front_mutex_;
  // Guards all below; not held while the disk is waited for. A plain mutex, because ThreadSanitizer does not see
  // Debian's absl::Mutex.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Unacknowledged chunks_;
  uint64_t epoch_ = 0;
  uint64_t max_chunk_bytes_ = 0;
  IngestStats stats_;
  // Of the spool: the last chunk that came into chunks_, the last that is noted as durable; more may be appended; who
  // appends waits for room.
  uint64_t loaded_seq_ = 0;
  uint64_t noted_seq_ = 0;
  bool recording_ = false;
  bool producer_waits_ = false;
  // No more chunks will come.
  bool finishing_ = false;
  absl::Status failed_;
  // The first reason was Cancel, not a server's CANCELLED.
  bool is_cancelled_ = false;
  // The server can take the trace under another client_key only.
  bool key_is_spent_ = false;
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
