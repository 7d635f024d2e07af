#include "storage/active_trace.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sandglass::storage {
namespace {

v1::AppendResponse ResponseOf(const TraceHead& head, uint64_t credit_bytes) {
  v1::AppendResponse response;
  response.set_durable_seq(head.durable_seq);
  response.set_durable_operators(head.sent_operators);
  response.set_chain_digest(DigestBytes(head.chain));
  response.set_credit_bytes(credit_bytes);
  return response;
}

absl::Status OtherContent(uint64_t seq) {
  return absl::AlreadyExistsError(absl::StrCat(
      "chunk ", seq, " was taken before with other content; open the trace again and go on from next_seq"));
}

}  // namespace

Ingest::ActiveTrace::ActiveTrace(const TraceRef& trace, std::unique_ptr<TraceWriter> writer, TraceStore& store,
                                 GroupCommitter& committer, const IngestOptions& options)
    : trace_(trace), store_(store), committer_(committer), options_(options), writer_(std::move(writer)) {
  durable_ = writer_->head();
}

absl::StatusOr<ChunkRecord> Ingest::ActiveTrace::StoredChunk(uint64_t seq) const {
  const std::string key = EncodeKey({trace_.tenant, trace_.id, Stream::kChunks, static_cast<uint32_t>(seq)});
  absl::StatusOr<std::optional<std::string>> bytes = store_.database().Get(Family::kIndex, key);
  if (!bytes.ok()) return bytes.status();
  std::optional<ChunkRecord> record;
  if (bytes->has_value()) record = DecodeChunkRecord(**bytes);
  if (record) return *std::move(record);
  return absl::DataLossError(
      absl::StrCat("trace ", TraceIdText(trace_.id), ": the record of chunk ", seq, " is missing or damaged"));
}

absl::Status Ingest::ActiveTrace::CheckStart(const v1::AppendStart& start) {
  MutexLock lock(mutex_);
  if (!closed_.ok()) return closed_;
  const TraceHead& head = writer_->head();
  if (start.epoch() != head.epoch) {
    return absl::FailedPreconditionError(absl::StrCat("fenced: epoch ", start.epoch(), " is not the newest, ",
                                                      head.epoch, "; another writer opened the trace"));
  }
  if (start.resume_seq() == 0 || start.resume_seq() > head.durable_seq + 1) {
    return absl::OutOfRangeError(
        absl::StrCat("resume_seq is ", start.resume_seq(), ", expected ", head.durable_seq + 1));
  }
  Digest chain{};
  if (start.resume_seq() == head.durable_seq + 1) {
    chain = head.chain;
  } else if (start.resume_seq() > 1) {
    const absl::StatusOr<ChunkRecord> before = StoredChunk(start.resume_seq() - 1);
    if (!before.ok()) return before.status();
    chain = before->chain;
  }
  if (start.chain_digest() == DigestBytes(chain)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the chain digest up to chunk ", start.resume_seq() - 1,
                                                    " differs; the chunks before are not those that the store has"));
}

absl::Status Ingest::ActiveTrace::Append(const v1::Chunk& chunk, Acknowledge done) {
  // Outside of the lock: it takes the most time.
  const Digest digest = Sha256(chunk.payload());
  v1::AppendResponse again;
  {
    MutexLock lock(mutex_);
    if (!closed_.ok()) return closed_;
    const uint64_t expected = writer_->head().durable_seq + 1;
    if (chunk.seq() == expected) return AppendNext(chunk, digest, std::move(done));
    if (chunk.seq() > expected || chunk.seq() == 0) {
      return absl::OutOfRangeError(absl::StrCat("chunk ", chunk.seq(), " leaves a gap, expected ", expected));
    }
    absl::StatusOr<std::optional<v1::AppendResponse>> response = AppendAgain(chunk, digest, done);
    if (!response.ok()) return response.status();
    if (!response->has_value()) return absl::OkStatus();
    again = **response;
  }
  done(again);
  return absl::OkStatus();
}

absl::Status Ingest::ActiveTrace::AppendNext(const v1::Chunk& chunk, const Digest& digest, Acknowledge done) {
  if (committer_.pending_bytes() > options_.max_pending_bytes) {
    return absl::UnavailableError("the disk is behind; send the chunk again");
  }
  if (absl::Status status = store_.CheckWritable(); !status.ok()) return status;
  absl::StatusOr<PreparedChunk> prepared = writer_->Prepare(chunk, digest, options_.now_unix_ns());
  if (!prepared.ok()) {
    // The writer may hold half a chunk; whoever goes on loads a new one.
    closed_ = absl::UnavailableError("the trace is being taken up again after a refused chunk; try again");
    return prepared.status();
  }
  Pending& pending = pending_.emplace_back();
  pending.seq = chunk.seq();
  pending.payload_digest = digest;
  pending.response = ResponseOf(prepared->head, options_.credit_bytes);
  for (const v1::RejectedRange& range : prepared->record.rejected) *pending.response.add_rejected() = range;
  pending.waiting.push_back(std::move(done));
  // Under the lock, so that changes are queued in the order of the chunks. The committer never waits for this lock
  // while it holds its own.
  committer_.Submit(lane_, std::move(prepared->changes),
                    [self = shared_from_this(), head = prepared->head](const absl::Status& status) {
                      if (status.ok()) {
                        MutexLock lock(self->mutex_);
                        self->durable_ = head;
                      }
                      self->OnWritten(status);
                    });
  return absl::OkStatus();
}

absl::StatusOr<std::optional<v1::AppendResponse>> Ingest::ActiveTrace::AppendAgain(const v1::Chunk& chunk,
                                                                                   const Digest& digest,
                                                                                   Acknowledge& done) {
  for (Pending& pending : pending_) {
    if (pending.seq != chunk.seq()) continue;
    if (pending.payload_digest != digest) return OtherContent(chunk.seq());
    pending.waiting.push_back(std::move(done));
    return std::optional<v1::AppendResponse>();
  }
  const absl::StatusOr<ChunkRecord> record = StoredChunk(chunk.seq());
  if (!record.ok()) return record.status();
  if (record->payload_digest != digest) return OtherContent(chunk.seq());
  v1::AppendResponse response = ResponseOf(durable_, options_.credit_bytes);
  for (const v1::RejectedRange& range : record->rejected) *response.add_rejected() = range;
  return std::optional<v1::AppendResponse>(std::move(response));
}

void Ingest::ActiveTrace::OnWritten(const absl::Status& status) {
  Pending pending;
  {
    MutexLock lock(mutex_);
    pending = std::move(pending_.front());
    pending_.pop_front();
    if (!status.ok() && closed_.ok()) closed_ = status;
  }
  for (Acknowledge& done : pending.waiting) {
    if (status.ok()) {
      done(pending.response);
    } else {
      done(status);
    }
  }
  drained_.NotifyAll();
}

void Ingest::ActiveTrace::Close(const absl::Status& why) {
  MutexLock lock(mutex_);
  if (closed_.ok()) closed_ = why;
}

void Ingest::ActiveTrace::Drain() {
  MutexLock lock(mutex_);
  while (!pending_.empty()) drained_.Wait(mutex_);
}

bool Ingest::ActiveTrace::closed() {
  MutexLock lock(mutex_);
  return !closed_.ok();
}

uint64_t Ingest::ActiveTrace::durable_seq() {
  MutexLock lock(mutex_);
  return durable_.durable_seq;
}

}  // namespace sandglass::storage
