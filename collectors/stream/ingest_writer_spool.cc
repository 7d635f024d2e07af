// The part of IngestWriter that has to do with its spool.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/stream/ingest_writer.h"

namespace sandglass::collectors {

absl::Status IngestWriter::Resume(std::unique_ptr<Spool> spool) {
  if (!open_.client_key().empty()) return absl::FailedPreconditionError("this writer has begun a trace before");
  if (options_.new_client_key) {
    if (spool->first_seq() > 1) {
      return absl::FailedPreconditionError(
          absl::StrCat("the spool file ", spool->path(), " was full and keeps chunks only from ", spool->first_seq(),
                       " on: no new trace can be made of it; resume it without --new-key, or record the trace again"));
    }
    // First in the file: if this attempt ends half-way, the next goes on under the same key.
    if (absl::Status status = spool->Renew(options_.new_client_key()); !status.ok()) return status;
  }
  open_ = spool->header().open;
  {
    const Lock lock(mutex_);
    resumed_ = true;
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
  return resumed_ || spool_->summary().has_value() || (!failed_.ok() && !is_cancelled_);
}

bool IngestWriter::NewKeyHelps() const {
  const Lock lock(mutex_);
  return NewKeyWouldHelp();
}

absl::Status IngestWriter::WithHowToResume(const absl::Status& why) const {
  // Who cancels knows what becomes of it.
  if (is_cancelled_) return why;
  const bool is_whole = spool_->summary().has_value();
  const std::string resume =
      absl::StrCat("`sandglass-collect resume --spool ", spool_->path().substr(0, spool_->path().rfind('/')));
  const std::string how =
      NewKeyWouldHelp() ? absl::StrCat(resume, " --new-key` sends it as a new trace")
      : absl::IsInvalidArgument(why)
          ? absl::StrCat(resume, " --to HOST:PORT` sends it to a server that takes it; else remove it")
          : absl::StrCat(resume, "` takes it up");
  return absl::Status(why.code(), absl::StrCat(why.message(), "; ", is_whole ? "all of it" : "what was recorded",
                                               " is kept in ", spool_->path(), ": ", how));
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
    lock.unlock();
    const absl::StatusOr<uint64_t> given_up = GiveUpAcknowledged();
    lock.lock();
    if (!given_up.ok()) {
      Fail(given_up.status());
      break;
    }
    if (stats_.given_up_chunks == 0 && *given_up > 0) {
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

absl::StatusOr<uint64_t> IngestWriter::GiveUpAcknowledged() {
  const Lock front(front_mutex_);
  uint64_t durable = 0;
  {
    const Lock lock(mutex_);
    durable = chunks_.durable_seq();
  }
  return spool_->GiveUpAcknowledged(durable);
}

absl::Status IngestWriter::GoOnFromSpool(const v1::OpenResponse& response) {
  const Lock front(front_mutex_);
  KeptChunks kept = {.server = options_.destination,
                     .spool_file = spool_->path(),
                     .first_seq = spool_->first_seq(),
                     .last_seq = spool_->last_seq(),
                     .may_be_sealed = resumed_};
  {
    const Lock lock(mutex_);
    kept.acknowledged_seq = std::max(chunks_.durable_seq(), noted_seq_);
  }
  const absl::StatusOr<uint64_t> durable = WhereToGoOn(response, kept);
  if (!durable.ok()) {
    if (absl::IsFailedPrecondition(durable.status())) SetKeyIsSpent();
    return durable.status();
  }
  const absl::StatusOr<SpoolPosition> position = spool_->PositionBehind(*durable);
  if (!position.ok()) return position.status();
  if (absl::Status status = CheckSameChunks(response, kept, position->chain); !status.ok()) {
    SetKeyIsSpent();
    return status;
  }
  if (*durable < kept.acknowledged_seq) {
    if (absl::Status status = WarnOfLoss(response, kept, *durable, position->operators); !status.ok()) return status;
  }
  {
    const Lock lock(mutex_);
    chunks_.GoOnBehind(*durable, position->operators, position->chain, response.credit_bytes());
    loaded_seq_ = *durable;
    noted_seq_ = *durable;
  }
  return spool_->NoteDurable(Acknowledger(), *durable);
}

absl::Status IngestWriter::WarnOfLoss(const v1::OpenResponse& response, const KeptChunks& kept, uint64_t durable,
                                      uint64_t operators) {
  // A loss of power may have taken the end of the spool, but not the mark that tells of it.
  const uint64_t last = std::min(kept.acknowledged_seq, kept.last_seq);
  const absl::StatusOr<SpoolPosition> then = spool_->PositionBehind(last);
  if (!then.ok()) return then.status();
  std::string loss = LostData(response, kept);
  if (last > durable) {
    absl::StrAppend(&loss, ": ", last - durable, " chunks with ", then->operators - operators,
                    " operators. They are sent again from ", spool_->path());
  }
  if (kept.acknowledged_seq > last) {
    absl::StrAppend(&loss, last > durable ? ", but " : ": ", kept.acknowledged_seq - last,
                    " chunks at the end are lost for good: the spool has only ", last);
  }
  const Lock lock(mutex_);
  stats_.lost_chunks += last - durable;
  Warn(absl::StrCat(loss, "; check the server's disk and its log"));
  return absl::OkStatus();
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
      if (response.epoch() > epoch_) return false;
      if (response.durable_seq() < spool_->last_seq()) break;
      // It has all of them, but as another trace than this.
      key_is_spent_ = true;
      return false;
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
