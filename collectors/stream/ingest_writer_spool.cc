// The part of IngestWriter that has to do with its spool.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/stream/ingest_writer.h"

namespace sandglass::collectors {
namespace {

// Whether the same trace can be refused another time for another reason only.
bool IsRefusedForGood(absl::StatusCode code) {
  return code == absl::StatusCode::kInvalidArgument || code == absl::StatusCode::kAlreadyExists;
}

}  // namespace

absl::Status IngestWriter::Resume(std::unique_ptr<Spool> spool) {
  if (!open_.client_key().empty()) return absl::FailedPreconditionError("this writer has begun a trace before");
  open_ = spool->header().open;
  if (options_.new_client_key) open_.set_client_key(options_.new_client_key());
  resumed_ = true;
  {
    const Lock lock(mutex_);
    spool_ = std::move(spool);
    noted_seq_ = spool_->DurableAt(Acknowledger());
  }
  Outage outage;
  return Open(options_.connect, outage);
}

std::string IngestWriter::Acknowledger() const { return absl::StrCat(options_.destination, " ", open_.client_key()); }

bool IngestWriter::Resumable() const {
  const Lock lock(mutex_);
  if (spool_ == nullptr) return false;
  if (resumed_) return true;
  if (IsRefusedForGood(failed_.code())) return false;
  return spool_->summary().has_value() || (!failed_.ok() && failed_.code() != absl::StatusCode::kCancelled);
}

absl::Status IngestWriter::WithHowToResume(const absl::Status& why) const {
  if (IsRefusedForGood(why.code()) || why.code() == absl::StatusCode::kCancelled) return why;
  const std::string directory = spool_->path().substr(0, spool_->path().rfind('/'));
  return absl::Status(
      why.code(),
      absl::StrCat(why.message(), "; ", spool_->summary().has_value() ? "all of it" : "what was recorded",
                   " is kept in ", spool_->path(), ": `sandglass-collect resume --spool ", directory, "` sends it"));
}

absl::Status IngestWriter::EnqueueSpooled(PackedChunk chunk) {
  {
    Lock lock(mutex_);
    CheckSize(chunk);
    if (absl::Status status = MakeRoom(lock, chunk.bytes()); !status.ok()) return status;
  }
  const absl::Status appended = spool_->Append(chunk);
  const Lock lock(mutex_);
  if (!appended.ok()) Fail(appended);
  if (!failed_.ok()) return failed_;
  const uint64_t seq = chunk.chunk().seq();
  // A sender that keeps up need not read what was just written.
  if (loaded_seq_ + 1 == seq && chunks_.bytes() + chunk.bytes() <= options_.max_buffered_bytes) Load(std::move(chunk));
  changed_.notify_all();
  return absl::OkStatus();
}

absl::Status IngestWriter::MakeRoom(Lock& lock, size_t payload_bytes) {
  while (failed_.ok() && !spool_->Fits(payload_bytes)) {
    producer_waits_ = true;
    changed_.wait(lock, [&] { return !failed_.ok() || spool_->first_seq() <= chunks_.durable_seq(); });
    producer_waits_ = false;
    if (!failed_.ok()) break;
    const absl::StatusOr<uint64_t> given_up = spool_->GiveUpAcknowledged(chunks_.durable_seq());
    if (!given_up.ok()) {
      Fail(given_up.status());
      break;
    }
    if (stats_.given_up_chunks == 0) {
      Warn(absl::StrCat("the spool file ", spool_->path(), " is full: chunks that ", options_.destination,
                        " acknowledged leave it now, and cannot be sent again if they are lost there; allow more with ",
                        "--spool-max-mib"));
    }
    stats_.given_up_chunks += *given_up;
  }
  return failed_;
}

void IngestWriter::Load(PackedChunk chunk) {
  loaded_seq_ = chunk.chunk().seq();
  chunks_.Push(std::move(chunk));
  stats_.peak_buffered_bytes = std::max(stats_.peak_buffered_bytes, chunks_.bytes());
}

absl::Status IngestWriter::GoOnFromSpool(const v1::OpenResponse& response) {
  const uint64_t durable = response.next_seq() == 0 ? 0 : response.next_seq() - 1;
  const std::string trace = absl::StrCat("trace ", response.trace_id());
  if (response.has_content_digest() && !(resumed_ && durable == spool_->last_seq())) {
    return absl::FailedPreconditionError(absl::StrCat(trace, " was sealed by another writer; record it again"));
  }
  if (durable > spool_->last_seq()) {
    return absl::FailedPreconditionError(absl::StrCat(
        options_.destination, " has ", durable, " chunks of ", trace, ", but the spool file ", spool_->path(), " only ",
        spool_->last_seq(), ": its end was lost, or another writer uses its client_key; record the trace again"));
  }
  const uint64_t known = std::max(chunks_.durable_seq(), noted_seq_);
  const std::string lost =
      absl::StrCat(options_.destination, " has LOST DATA of ", trace, " (DATA_LOSS): it acknowledged chunks up to ",
                   known, " and has them only up to ", durable);
  if (durable + 1 < spool_->first_seq()) {
    return absl::DataLossError(absl::StrCat(
        durable < known ? lost : absl::StrCat(options_.destination, " has chunks of ", trace, " up to ", durable),
        "; the spool file ", spool_->path(), " was full and keeps them only from ", spool_->first_seq(),
        " on; record the trace again"));
  }
  const absl::StatusOr<SpoolPosition> position = spool_->PositionBehind(durable);
  if (!position.ok()) return position.status();
  if (response.chain_digest() != DigestBytes(position->chain)) {
    return absl::DataLossError(absl::StrCat("the chunks of ", trace, " that ", options_.destination, " has up to ",
                                            durable, " are not those that were sent; record the trace again"));
  }
  if (durable < known) {
    stats_.lost_chunks += known - durable;
    const absl::StatusOr<SpoolPosition> then = spool_->PositionBehind(known);
    const uint64_t operators = then.ok() ? then->operators - position->operators : 0;
    Warn(absl::StrCat(lost, ": ", known - durable, " chunks with ", operators, " operators. They are sent again from ",
                      spool_->path(), "; check the server's disk and its log"));
  }
  chunks_.GoOnBehind(durable, position->operators, position->chain, response.credit_bytes());
  loaded_seq_ = durable;
  noted_seq_ = durable;
  return spool_->NoteDurable(Acknowledger(), durable);
}

absl::StatusOr<bool> IngestWriter::ServerFellBack(absl::StatusCode seal_error) {
  if (seal_error != absl::StatusCode::kFailedPrecondition && seal_error != absl::StatusCode::kNotFound) return false;
  v1::GetStatusRequest request;
  {
    const Lock lock(mutex_);
    request.set_trace_id(stats_.trace_id);
  }
  Outage outage;
  while (true) {
    v1::GetStatusResponse response;
    const grpc::Status status = Call(options_.call_timeout, [&](grpc::ClientContext& context) {
      return stub_.GetStatus(&context, request, &response);
    });
    if (status.ok()) {
      const Lock lock(mutex_);
      // A newer epoch is another writer's.
      if (response.epoch() > epoch_ || response.durable_seq() >= spool_->last_seq()) return false;
      break;
    }
    if (status.error_code() == grpc::StatusCode::NOT_FOUND) break;
    if (absl::Status given_up = WaitToRetry(status, options_.resume, outage); !given_up.ok()) return given_up;
  }
  if (absl::Status status = Open(options_.resume, outage); !status.ok()) return status;
  return true;
}

void IngestWriter::FinishSpool(const v1::TraceSummary& summary) {
  if (resumed_ || !failure().ok()) return;
  const absl::Status status = spool_->Finish(summary);
  const Lock lock(mutex_);
  if (!status.ok()) Fail(status);
}

bool IngestWriter::CanLoad() const {
  return spool_ != nullptr && !AllLoaded() && chunks_.all_sent() &&
         (chunks_.empty() || chunks_.bytes() < options_.max_buffered_bytes);
}

void IngestWriter::LoadNext(Lock& lock) {
  const uint64_t seq = loaded_seq_ + 1;
  lock.unlock();
  absl::StatusOr<PackedChunk> chunk = spool_->Read(seq);
  lock.lock();
  if (!chunk.ok()) return Fail(chunk.status());
  // The producer may have been faster.
  if (loaded_seq_ + 1 == seq) Load(*std::move(chunk));
}

bool IngestWriter::NoteDurable(Lock& lock) {
  if (spool_ == nullptr || noted_seq_ == chunks_.durable_seq()) return false;
  noted_seq_ = chunks_.durable_seq();
  const uint64_t seq = noted_seq_;
  lock.unlock();
  const absl::Status status = spool_->NoteDurable(Acknowledger(), seq);
  lock.lock();
  if (!status.ok()) Fail(status);
  return true;
}

}  // namespace sandglass::collectors
