#include "storage/append_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/grpc_status.h"
#include "proto/retry_info.h"

namespace sandglass::storage {
namespace {

// In one message, which stays far below what a client takes (4 MiB in gRPC's defaults).
constexpr int kMostRejectedAtOnce = 1000;

}  // namespace

void AppendStreams::Add(AppendStream* stream) {
  MutexLock lock(mutex_);
  streams_.insert(stream);
  if (draining_) stream->Drain();
}

void AppendStreams::Remove(AppendStream* stream) {
  MutexLock lock(mutex_);
  streams_.erase(stream);
}

void AppendStreams::Drain() {
  // Held all the while, so that no stream goes before it has heard.
  MutexLock lock(mutex_);
  draining_ = true;
  for (AppendStream* stream : streams_) stream->Drain();
}

AppendStream* AppendStream::Start(Ingest& ingest, AppendStreams& all, const absl::StatusOr<Caller>& caller,
                                  grpc::CallbackServerContext* context) {
  const std::shared_ptr<AppendStream> stream(new AppendStream(ingest, all, caller.value_or(Caller()), context));
  all.Add(stream.get());
  MutexLock lock(stream->mutex_);
  stream->self_ = stream;
  if (!caller.ok()) stream->failure_ = caller.status();
  stream->Advance();
  return stream.get();
}

void AppendStream::Drain() {
  MutexLock lock(mutex_);
  draining_ = true;
  // Before Start is through, there is nothing to end yet.
  if (self_ != nullptr) Advance();
}

void AppendStream::OnReadDone(bool ok) {
  {
    MutexLock lock(mutex_);
    // Once the stream has ended, nobody would hear of an acknowledgement.
    taking_ = ok && !finished_;
    ok = taking_;
  }
  absl::Status status;
  if (ok) status = TakeReceived();
  MutexLock lock(mutex_);
  taking_ = false;
  reading_ = false;
  if (!ok) half_closed_ = true;
  if (!status.ok() && !failure_) failure_ = status;
  Advance();
}

absl::Status AppendStream::TakeReceived() {
  if (!grpc::SerializationTraits<v1::AppendRequest>::Deserialize(&received_, &request_).ok()) {
    return absl::InvalidArgumentError("a message of the stream is not a whole AppendRequest with texts in UTF-8");
  }
  return Take(request_);
}

absl::Status AppendStream::Take(const v1::AppendRequest& request) {
  if (caller_.may_go_on) {
    if (absl::Status status = caller_.may_go_on(); !status.ok()) return status;
  }
  std::shared_ptr<Ingest::ActiveTrace> trace;
  {
    MutexLock lock(mutex_);
    trace = trace_;
  }
  if (trace != nullptr && request.has_chunk()) return TakeChunk(request.chunk());
  if (trace != nullptr || !request.has_start()) {
    return absl::InvalidArgumentError("the first message of a stream must be a start, and every other a chunk");
  }
  std::shared_ptr<const void> place;
  if (caller_.quota != nullptr) {
    auto taken = caller_.quota->TakeStream();
    if (!taken.ok()) return taken.status();
    place = *std::move(taken);
  }
  absl::StatusOr<std::shared_ptr<Ingest::ActiveTrace>> attached = ingest_.Attach(caller_.tenant, request.start());
  if (!attached.ok()) return attached.status();
  MutexLock lock(mutex_);
  // It may have been cancelled meanwhile: then it has ended without having begun.
  if (finished_) return absl::CancelledError("the client is gone");
  trace_ = *std::move(attached);
  place_ = std::move(place);
  facts_.tenant = caller_.tenant;
  facts_.trace_id = request.start().trace_id();
  for (IngestObserver* observer : all_.observers()) observer->OnStreamBegun(facts_);
  return absl::OkStatus();
}

absl::Status AppendStream::TakeChunk(const v1::Chunk& chunk) {
  if (caller_.quota != nullptr) {
    absl::Status status = caller_.quota->CheckStored(ingest_.UsageOf(caller_.tenant));
    if (status.ok()) status = caller_.quota->TakeChunk(chunk.operators(), chunk.payload().size());
    if (!status.ok()) return status;
  }
  const Read read = {chunk.operators(), chunk.payload().size(), absl::Now()};
  std::shared_ptr<AppendStream> self;
  std::shared_ptr<Ingest::ActiveTrace> trace;
  {
    MutexLock lock(mutex_);
    unacknowledged_bytes_ += read.bytes;
    self = self_;
    trace = trace_;
  }
  // The callback keeps the stream alive, so that an acknowledgement that comes late finds it.
  return ingest_.Append(trace, chunk, [self, read](const absl::StatusOr<v1::AppendResponse>& response) {
    self->OnAcknowledged(response, read);
  });
}

void AppendStream::OnAcknowledged(const absl::StatusOr<v1::AppendResponse>& response, const Read& read) {
  if (response.ok()) {
    for (IngestObserver* observer : all_.observers()) {
      observer->OnAcknowledged(caller_.tenant, read.operators, read.bytes, absl::Now() - read.at);
    }
  }
  MutexLock lock(mutex_);
  unacknowledged_bytes_ -= read.bytes;
  if (response.ok()) {
    ++facts_.chunks;
    facts_.operators += read.operators;
    facts_.bytes += read.bytes;
  }
  if (!response.ok()) {
    if (!failure_) failure_ = response.status();
  } else if (next_.empty() || next_.back().rejected_size() + response->rejected_size() > kMostRejectedAtOnce) {
    next_.push_back(*response);
  } else {
    // Cumulative, but for what was rejected, which is told once.
    v1::AppendResponse& merged = next_.back();
    google::protobuf::RepeatedPtrField<v1::RejectedRange> rejected = std::move(*merged.mutable_rejected());
    rejected.MergeFrom(response->rejected());
    merged = *response;
    *merged.mutable_rejected() = std::move(rejected);
  }
  Advance();
}

void AppendStream::OnWriteDone(bool ok) {
  MutexLock lock(mutex_);
  write_pending_ = false;
  if (!ok && !failure_) failure_ = absl::CancelledError("the client is gone");
  Advance();
}

void AppendStream::OnCancel() {
  MutexLock lock(mutex_);
  if (!failure_) failure_ = absl::CancelledError("the client is gone");
  Advance();
}

void AppendStream::OnDone() {
  all_.Remove(this);
  std::shared_ptr<AppendStream> self;
  MutexLock lock(mutex_);
  // An acknowledgement that is outstanding may still hold the stream, but nothing of it may hold a trace.
  trace_.reset();
  place_.reset();
  self = std::move(self_);
}

void AppendStream::Advance() {
  if (finished_) return;
  if (!write_pending_ && !next_.empty()) {
    writing_.Clear();
    bool own_buffer = false;
    const grpc::Status serialized =
        grpc::SerializationTraits<v1::AppendResponse>::Serialize(next_.front(), &writing_, &own_buffer);
    if (!serialized.ok() && !failure_) failure_ = absl::InternalError(serialized.error_message());
    next_.pop_front();
    write_pending_ = true;
    StartWrite(&writing_);
  }
  if (failure_ && !write_pending_) return End(*failure_);
  const bool idle = !taking_ && unacknowledged_bytes_ == 0 && !write_pending_ && next_.empty();
  if (half_closed_ && idle) return End(absl::OkStatus());
  if (draining_ && idle) return End(absl::UnavailableError("the server is going down; open the trace again"));
  if (failure_ || half_closed_ || draining_ || reading_ || next_.size() >= 2) return;
  const bool waits = unacknowledged_bytes_ >= ingest_.credit_bytes();
  if (waits && !waiting_) {
    for (IngestObserver* observer : all_.observers()) observer->OnCreditWait(caller_.tenant);
  }
  waiting_ = waits;
  if (waits) return;
  reading_ = true;
  StartRead(&received_);
}

void AppendStream::End(const absl::Status& status) {
  finished_ = true;
  for (IngestObserver* observer : all_.observers()) {
    if (!status.ok()) observer->OnCallFailed(status);
    if (trace_ != nullptr) observer->OnStreamEnded(facts_, status);
  }
  if (!status.ok() && trace_ != nullptr) {
    context_->AddTrailingMetadata(kDurableSeqMetadata, absl::StrCat(Ingest::DurableSeq(*trace_)));
  }
  Finish(ToGrpc(status));
}

}  // namespace sandglass::storage
