// The part of IngestWriter that runs on its own thread, and what gRPC's threads tell it.
#include <chrono>
#include <utility>

#include "collectors/stream/ingest_writer.h"

namespace sandglass::collectors {
namespace {

absl::Duration SteadyNow() { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

grpc::Status Silent(absl::string_view what) { return grpc::Status(grpc::StatusCode::UNAVAILABLE, std::string(what)); }

}  // namespace

void IngestWriter::OnWritten() {
  const Lock lock(mutex_);
  writing_ = false;
  changed_.notify_all();
}

void IngestWriter::OnAcknowledged(const v1::AppendResponse& response) {
  const Lock lock(mutex_);
  const uint64_t before = chunks_.durable_seq();
  if (absl::Status status = chunks_.Acknowledge(response); !status.ok()) return Fail(status);
  heard_ = SteadyNow();
  if (chunks_.durable_seq() > before) outage_ = {};
  changed_.notify_all();
}

void IngestWriter::OnEnding() {
  const Lock lock(mutex_);
  ending_ = true;
  changed_.notify_all();
}

void IngestWriter::OnClosed(const grpc::Status& status) {
  // The stream is destroyed as soon as the mutex is free, so nothing may follow.
  const Lock lock(mutex_);
  closed_ = status;
  changed_.notify_all();
}

void IngestWriter::Work() {
  {
    // A sealed trace takes no stream.
    const Lock lock(mutex_);
    if (AllDurable()) return;
  }
  while (const std::optional<grpc::Status> broken = StreamOnce()) {
    // It has other chunks under this key.
    if (broken->error_code() == grpc::StatusCode::ALREADY_EXISTS) SetKeyIsSpent();
    absl::Status status = WaitToRetry(*broken, options_.resume, outage_);
    if (status.ok()) status = Open(options_.resume, outage_);
    const Lock lock(mutex_);
    if (!status.ok()) return Fail(status);
    ++stats_.resumes;
  }
}

std::optional<grpc::Status> IngestWriter::StreamOnce() {
  AppendStream stream(stub_, *this);
  Lock lock(mutex_);
  writing_ = true;
  ending_ = false;
  closed_.reset();
  heard_ = SteadyNow();
  const v1::AppendStart start = chunks_.Start(stats_.trace_id, epoch_);
  lock.unlock();
  stream.Start(start);
  lock.lock();
  const bool silent = Pump(stream, lock);
  lock.unlock();
  stream.Release();
  lock.lock();
  changed_.wait(lock, [this] { return closed_.has_value(); });
  // What was acknowledged last, also by who leaves: else nobody would notice that the server lost it.
  NoteDurable(lock);
  if (!failed_.ok() || AllDurable()) return std::nullopt;
  if (silent) return Silent("it acknowledged nothing for too long");
  return closed_->ok() ? Silent("it ended the stream") : *closed_;
}

bool IngestWriter::Pump(AppendStream& stream, Lock& lock) {
  bool half_closed = false;
  bool silent = false;
  while (!ending_) {
    if (silent || !failed_.ok()) {
      lock.unlock();
      stream.Cancel();
      lock.lock();
      changed_.wait(lock, [this] { return ending_; });
      break;
    }
    if (NoteDurable(lock)) continue;
    const bool can_write = !writing_ && !half_closed;
    const PackedChunk* next = can_write ? chunks_.Next() : nullptr;
    if (next != nullptr) {
      if (chunks_.bytes_in_flight() == 0) heard_ = SteadyNow();
      std::shared_ptr<const v1::AppendRequest> request = next->request;
      chunks_.MarkSent();
      writing_ = true;
      lock.unlock();
      stream.Write(std::move(request));
      lock.lock();
    } else if (can_write && CanLoad()) {
      LoadNext(lock);
    } else if (can_write && AllDurable()) {
      half_closed = true;
      heard_ = SteadyNow();
      lock.unlock();
      stream.WritesDone();
      lock.lock();
    } else {
      silent = WaitForServer(lock, writing_ || half_closed || chunks_.bytes_in_flight() > 0);
    }
  }
  return silent;
}

bool IngestWriter::WaitForServer(Lock& lock, bool owes_an_answer) {
  if (!owes_an_answer) {
    changed_.wait(lock);
    return false;
  }
  const absl::Duration left = heard_ + options_.ack_timeout - SteadyNow();
  if (left <= absl::ZeroDuration()) return true;
  changed_.wait_for(lock, absl::ToChronoNanoseconds(left));
  return false;
}

}  // namespace sandglass::collectors
