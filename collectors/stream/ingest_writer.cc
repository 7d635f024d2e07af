#include "collectors/stream/ingest_writer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/stream/client_key.h"
#include "proto/retry_info.h"

namespace sandglass::collectors {
namespace {

constexpr uint32_t kSchemaVersion = 1;

absl::Duration SteadyNow() { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

absl::StatusCode CodeOf(const grpc::Status& status) { return static_cast<absl::StatusCode>(status.error_code()); }

// Whether this code can mean that nobody answered.
bool MeansSilence(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
}

bool IsRefusedForItsKey(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::ALREADY_EXISTS ||
         status.error_code() == grpc::StatusCode::FAILED_PRECONDITION;
}

std::function<double()> SystemRandom() {
  return [generator = std::mt19937_64(std::random_device()())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(generator);
  };
}

}  // namespace

IngestWriter::IngestWriter(v1::IngestService::StubInterface& stub, IngestWriterOptions options)
    : stub_(stub), options_(std::move(options)), packer_(options_.chunk) {
  random_ = options_.random ? options_.random : SystemRandom();
}

IngestWriter::~IngestWriter() {
  if (ended_ || stats().trace_id.empty()) return;
  Resumable() ? Leave() : Abort();
}

grpc::Status IngestWriter::Call(absl::Duration timeout, const std::function<grpc::Status(grpc::ClientContext&)>& call) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout));
  {
    const Lock lock(mutex_);
    if (has_failed_) return grpc::Status(grpc::StatusCode::CANCELLED, "cancelled");
    call_ = &context;
  }
  grpc::Status status = call(context);
  const Lock lock(mutex_);
  call_ = nullptr;
  return status;
}

absl::Status IngestWriter::Reach() {
  Outage outage;
  while (true) {
    // A question about no trace: whatever the answer, there was one.
    v1::GetStatusRequest request;
    v1::GetStatusResponse response;
    const grpc::Status status =
        Call(std::min(options_.call_timeout, options_.connect.patience),
             [&](grpc::ClientContext& context) { return stub_.GetStatus(&context, request, &response); });
    if (!MeansSilence(status)) return failure();
    if (absl::Status given_up = WaitToRetry(status, options_.connect, outage); !given_up.ok()) return given_up;
  }
}

absl::Status IngestWriter::Begin(const v1::TraceHeader& header) {
  if (!open_.client_key().empty()) return absl::FailedPreconditionError("this writer has begun a trace before");
  open_.set_client_key(options_.new_client_key ? options_.new_client_key() : NewClientKey());
  open_.set_schema_version(kSchemaVersion);
  open_.set_validation(options_.validation);
  *open_.mutable_header() = header;
  if (!options_.spool.directory.empty()) {
    absl::StatusOr<std::unique_ptr<Spool>> spool = Spool::Create(options_.spool, open_);
    if (!spool.ok()) return spool.status();
    const Lock lock(mutex_);
    spool_ = *std::move(spool);
  }
  Outage outage;
  if (absl::Status status = Open(options_.connect, outage); !status.ok()) {
    // Nothing is recorded yet.
    if (spool_ != nullptr) spool_->Remove().IgnoreError();
    return status;
  }
  {
    const Lock lock(mutex_);
    recording_ = true;
  }
  worker_ = std::thread([this] { Work(); });
  return absl::OkStatus();
}

absl::Status IngestWriter::Open(const RetryPolicy& policy, Outage& outage) {
  while (true) {
    v1::OpenResponse response;
    const grpc::Status status =
        Call(std::min(options_.call_timeout, policy.patience),
             [&](grpc::ClientContext& context) { return stub_.Open(&context, open_, &response); });
    if (status.ok()) {
      {
        const Lock lock(mutex_);
        stats_.trace_id = response.trace_id();
        epoch_ = response.epoch();
        max_chunk_bytes_ = response.max_chunk_bytes();
        if (spool_ == nullptr) return chunks_.GoOnFrom(response, options_.destination);
      }
      return GoOnFromSpool(response);
    }
    // It has this key with another header, or the trace was let go.
    if (IsRefusedForItsKey(status)) SetKeyIsSpent();
    if (absl::Status given_up = WaitToRetry(status, policy, outage); !given_up.ok()) return given_up;
  }
}

absl::Status IngestWriter::WaitToRetry(const grpc::Status& failure, const RetryPolicy& policy, Outage& outage) {
  Lock lock(mutex_);
  if (!failed_.ok()) return failed_;
  if (!IsRetryable(CodeOf(failure))) {
    return absl::Status(CodeOf(failure),
                        absl::StrCat(options_.destination, " refused the trace: ", failure.error_message()));
  }
  if (outage.failures == 0) outage.began = SteadyNow();
  const absl::Duration elapsed = SteadyNow() - outage.began;
  const absl::Duration asked_for = sandglass::RetryDelay(failure.error_details()).value_or(absl::ZeroDuration());
  const double random = random_();
  std::optional<absl::Duration> delay = WaitBeforeRetry(policy, outage.failures, elapsed, random, asked_for);
  ++outage.failures;
  if (!delay && CanOutlast()) {
    delay = policy.longest_delay * (0.5 + 0.5 * random);
    if (!outage.is_outlasted) {
      Warn(absl::StrCat(options_.destination, " takes nothing now: ", failure.error_message(),
                        "; the recording goes on into ", spool_->path(), " until that is full"));
    }
    outage.is_outlasted = true;
  }
  if (!delay) return GivenUp(failure, elapsed);
  changed_.wait_for(lock, absl::ToChronoNanoseconds(*delay), [this] { return !failed_.ok(); });
  return failed_;
}

absl::Status IngestWriter::GivenUp(const grpc::Status& failure, absl::Duration elapsed) const {
  const std::string what = stats_.trace_id.empty() && MeansSilence(failure)
                               ? absl::StrCat("cannot reach ", options_.destination)
                               : absl::StrCat(options_.destination, " did not take the trace");
  return absl::Status(CodeOf(failure),
                      absl::StrCat(what, " for ", absl::FormatDuration(absl::Floor(elapsed, absl::Seconds(1))), ": ",
                                   failure.error_message(), "; ", options_.mend));
}

absl::Status IngestWriter::Add(const v1::Operator& op) {
  if (has_failed_) return failure();
  std::optional<PackedChunk> chunk = packer_.Add(op);
  return chunk ? Enqueue(*std::move(chunk)) : absl::OkStatus();
}

absl::Status IngestWriter::Enqueue(PackedChunk chunk) {
  if (spool_ != nullptr) return EnqueueSpooled(std::move(chunk));
  Lock lock(mutex_);
  CheckSize(chunk);
  changed_.wait(lock, [&] {
    return !failed_.ok() || chunks_.empty() || chunks_.bytes() + chunk.bytes() <= options_.max_buffered_bytes;
  });
  if (!failed_.ok()) return failed_;
  chunks_.Push(std::move(chunk));
  stats_.peak_buffered_bytes = std::max(stats_.peak_buffered_bytes, chunks_.bytes());
  changed_.notify_all();
  return absl::OkStatus();
}

void IngestWriter::CheckSize(const PackedChunk& chunk) {
  if (chunk.bytes() <= max_chunk_bytes_) return;
  Fail(absl::InvalidArgumentError(absl::StrCat("operators ", chunk.chunk().first_operator(), " to ",
                                               chunk.chunk().first_operator() + chunk.chunk().operators() - 1, " take ",
                                               chunk.bytes(), " bytes, but ", options_.destination, " takes ",
                                               max_chunk_bytes_, " at once; leave long lists and texts out of them")));
}

absl::StatusOr<v1::TraceManifest> IngestWriter::Finish(const v1::TraceSummary& summary) {
  if (std::optional<PackedChunk> chunk = packer_.Flush()) {
    // Its error is found again below.
    Enqueue(*std::move(chunk)).IgnoreError();
  }
  if (spool_ != nullptr) FinishSpool(summary);
  {
    const Lock lock(mutex_);
    finishing_ = true;
    recording_ = false;
    changed_.notify_all();
  }
  if (resumed_) worker_ = std::thread([this] { Work(); });
  absl::StatusOr<v1::TraceManifest> manifest = SendAndSeal(summary);
  if (!manifest.ok()) {
    const Lock lock(mutex_);
    Fail(manifest.status());
    return failed_;
  }
  ended_ = true;
  if (spool_ == nullptr) return manifest;
  if (absl::Status removed = spool_->Remove(); !removed.ok()) Warn(std::string(removed.message()));
  return manifest;
}

absl::StatusOr<v1::TraceManifest> IngestWriter::SendAndSeal(const v1::TraceSummary& summary) {
  while (true) {
    if (worker_.joinable()) worker_.join();
    if (absl::Status status = failure(); !status.ok()) return status;
    absl::StatusOr<v1::TraceManifest> manifest = Seal(summary);
    if (manifest.ok() || spool_ == nullptr) return manifest;
    const absl::StatusOr<bool> fell_back = ServerFellBack(manifest.status().code());
    if (!fell_back.ok()) return fell_back.status();
    if (!*fell_back) return manifest;
    worker_ = std::thread([this] { Work(); });
  }
}

absl::StatusOr<v1::TraceManifest> IngestWriter::Seal(const v1::TraceSummary& summary) {
  v1::SealRequest request;
  {
    const Lock lock(mutex_);
    request.set_trace_id(stats_.trace_id);
    request.set_epoch(epoch_);
  }
  request.set_last_seq(spool_ == nullptr ? packer_.last_seq() : spool_->last_seq());
  request.set_operators(spool_ == nullptr ? packer_.operators() : spool_->operators());
  request.set_chain_digest(DigestBytes(spool_ == nullptr ? packer_.chain() : spool_->chain()));
  *request.mutable_summary() = summary;
  Outage outage;
  while (true) {
    v1::SealResponse response;
    const grpc::Status status = Call(
        options_.seal_timeout, [&](grpc::ClientContext& context) { return stub_.Seal(&context, request, &response); });
    if (status.ok()) return response.manifest();
    if (absl::Status given_up = WaitToRetry(status, options_.resume, outage); !given_up.ok()) return given_up;
  }
}

void IngestWriter::Abort() {
  if (ended_) return;
  ended_ = true;
  Cancel();
  if (worker_.joinable()) worker_.join();
  GiveUp();
}

void IngestWriter::Leave() {
  if (ended_) return;
  ended_ = true;
  Cancel();
  if (worker_.joinable()) worker_.join();
}

void IngestWriter::Cancel() {
  const Lock lock(mutex_);
  is_cancelled_ |= failed_.ok();
  Fail(absl::CancelledError("the trace was given up"));
  if (call_ != nullptr) call_->TryCancel();
}

void IngestWriter::GiveUp() {
  v1::AbortRequest request;
  Spool* spool = nullptr;
  {
    const Lock lock(mutex_);
    spool = spool_.get();
  }
  if (spool != nullptr) spool->Remove().IgnoreError();
  {
    const Lock lock(mutex_);
    if (stats_.trace_id.empty()) return;
    request.set_trace_id(stats_.trace_id);
    request.set_epoch(epoch_);
  }
  grpc::ClientContext context;
  constexpr absl::Duration kLongest = absl::Seconds(2);
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoMilliseconds(std::min(options_.call_timeout, kLongest)));
  v1::AbortResponse response;
  // Whether it succeeds changes nothing here: a trace that is not sealed is invisible, and expires.
  stub_.Abort(&context, request, &response);
}

IngestStats IngestWriter::stats() const {
  const Lock lock(mutex_);
  IngestStats stats = stats_;
  stats.durable_operators = chunks_.durable_operators();
  stats.buffered_bytes = chunks_.bytes();
  if (spool_ != nullptr) stats.spooled_bytes = spool_->bytes();
  return stats;
}

void IngestWriter::Warn(const std::string& what) const {
  if (options_.warn) return options_.warn(what);
  std::fprintf(stderr, "warning: %s\n", what.c_str());
}

void IngestWriter::Fail(const absl::Status& why) {
  if (failed_.ok()) failed_ = spool_ == nullptr ? why : WithHowToResume(why);
  has_failed_ = true;
  changed_.notify_all();
}

void IngestWriter::SetKeyIsSpent() {
  const Lock lock(mutex_);
  key_is_spent_ = true;
}

absl::Status IngestWriter::failure() const {
  const Lock lock(mutex_);
  return failed_;
}

}  // namespace sandglass::collectors
