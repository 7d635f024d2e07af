#include "analyzer/serve/replay_stream.h"

#include <utility>

#include "absl/status/status.h"
#include "proto/grpc_status.h"

namespace sandglass::serve {

grpc::Status TooManyQuestions() {
  return ToGrpc(absl::ResourceExhaustedError("too many questions wait for an answer: ask again in a moment"));
}

ReplayStream* ReplayStream::Start(std::shared_ptr<analysis::Analysis> analysis, storage::Caller caller,
                                  storage::WorkQueue& pool, const v1::ReplayRequest& request) {
  const uint32_t tenant = caller.tenant;
  auto* stream = new ReplayStream(std::move(caller));
  // A copy: gRPC keeps the request only until this call's handler has returned.
  const bool accepted = pool.Add(tenant, request.SpaceUsedLong(), [stream, analysis = std::move(analysis), request] {
    stream->Work(*analysis, request);
  });
  if (!accepted) stream->End(TooManyQuestions());
  return stream;
}

ReplayStream* ReplayStream::Refuse(grpc::Status status) {
  auto* stream = new ReplayStream({});
  stream->End(std::move(status));
  return stream;
}

void ReplayStream::Work(analysis::Analysis& analysis, const v1::ReplayRequest& request) {
  // To read a large trace takes long, too.
  if (IsGone()) return End(grpc::Status::CANCELLED);
  absl::StatusOr<v1::ReplayReport> report = analysis.Replay(request, [this](int done, int total) {
    v1::ReplayResponse progress;
    progress.set_classes_done(static_cast<uint32_t>(done));
    progress.set_classes_total(static_cast<uint32_t>(total));
    return Post(std::move(progress));
  });
  if (report.ok()) {
    v1::ReplayResponse last;
    const auto classes = static_cast<uint32_t>(report->classes_size());
    last.set_classes_done(classes);
    last.set_classes_total(classes);
    *last.mutable_report() = *std::move(report);
    Post(std::move(last));
    End(grpc::Status::OK);
  } else {
    End(ToGrpc(report.status()));
  }
}

bool ReplayStream::IsGone() {
  storage::MutexLock lock(mutex_);
  return gone_;
}

bool ReplayStream::Post(v1::ReplayResponse message) {
  {
    storage::MutexLock lock(mutex_);
    if (gone_) return false;
    if (writing_) {
      waiting_ = std::move(message);
      return true;
    }
    writing_ = true;
    on_wire_ = std::move(message);
  }
  StartWrite(&on_wire_);
  return true;
}

void ReplayStream::End(grpc::Status status) {
  {
    storage::MutexLock lock(mutex_);
    if (writing_) {
      end_ = std::move(status);
      return;
    }
  }
  Finish(std::move(status));
}

void ReplayStream::OnWriteDone(bool ok) {
  std::optional<grpc::Status> end;
  {
    storage::MutexLock lock(mutex_);
    if (!ok) {
      gone_ = true;
      waiting_.reset();
    }
    if (waiting_.has_value()) {
      on_wire_ = *std::move(waiting_);
      waiting_.reset();
    } else {
      writing_ = false;
      end = std::move(end_);
      end_.reset();
      if (!end.has_value()) return;
    }
  }
  if (end.has_value()) {
    Finish(*std::move(end));
  } else {
    StartWrite(&on_wire_);
  }
}

void ReplayStream::OnCancel() {
  storage::MutexLock lock(mutex_);
  gone_ = true;
}

void ReplayStream::OnDone() { delete this; }

}  // namespace sandglass::serve
