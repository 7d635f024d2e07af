#include "collectors/stream/append_stream.h"

#include <utility>

namespace sandglass::collectors {

AppendStream::AppendStream(v1::IngestService::StubInterface& stub, Listener& listener)
    : stub_(stub), listener_(listener) {}

void AppendStream::Start(const v1::AppendStart& start) {
  auto request = std::make_shared<v1::AppendRequest>();
  *request->mutable_start() = start;
  writing_ = std::move(request);
  stub_.async()->Append(&context_, this);
  // Writes are started from the owner's thread, so the call must not end between two of them.
  AddHold();
  StartRead(&response_);
  StartWrite(writing_.get());
  StartCall();
}

void AppendStream::Write(std::shared_ptr<const v1::AppendRequest> chunk) {
  writing_ = std::move(chunk);
  StartWrite(writing_.get());
}

void AppendStream::WritesDone() { StartWritesDone(); }

void AppendStream::Cancel() { context_.TryCancel(); }

void AppendStream::Release() { RemoveHold(); }

void AppendStream::OnWriteDone(bool ok) {
  // After a failed write the reads fail too, and those say that it is the end.
  if (ok) listener_.OnWritten();
}

void AppendStream::OnReadDone(bool ok) {
  if (!ok) return listener_.OnEnding();
  listener_.OnAcknowledged(response_);
  StartRead(&response_);
}

void AppendStream::OnDone(const grpc::Status& status) { listener_.OnClosed(status); }

}  // namespace sandglass::collectors
