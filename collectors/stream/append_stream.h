// One Append call, from the client's side.
//
// gRPC reports to a listener from its own threads; the methods are for one thread, that of the owner. Its use:
//   AppendStream stream(stub, listener);
//   stream.Start(start);           // then wait for OnWritten
//   stream.Write(chunk);           // then wait for OnWritten, and so on
//   stream.WritesDone() or stream.Cancel(), as wanted, or OnEnding comes of itself
//   stream.Release();              // after OnEnding or Cancel; then wait for OnClosed
#ifndef SANDGLASS_COLLECTORS_STREAM_APPEND_STREAM_H_
#define SANDGLASS_COLLECTORS_STREAM_APPEND_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "proto/ingest_service.grpc.pb.h"

namespace sandglass::collectors {

class AppendStream final : private grpc::ClientBidiReactor<v1::AppendRequest, v1::AppendResponse> {
 public:
  // Called from gRPC's threads, one at a time or not; must be quick, and must not call the stream.
  class Listener {
   public:
    virtual ~Listener() = default;
    // What was written last is on its way; the next can be written.
    virtual void OnWritten() = 0;
    virtual void OnAcknowledged(const v1::AppendResponse& response) = 0;
    // The server will say no more; it is of no use to write.
    virtual void OnEnding() = 0;
    // The call is over, with this status. The last call of all.
    virtual void OnClosed(const grpc::Status& status) = 0;
  };

  // Both must outlive this.
  AppendStream(v1::IngestService::StubInterface& stub, Listener& listener);
  // Requires: OnClosed was called.
  ~AppendStream() override = default;

  // Begins the call and writes its first message.
  void Start(const v1::AppendStart& start);
  // Writes a chunk. Requires: OnWritten was called for what was written before.
  void Write(std::shared_ptr<const v1::AppendRequest> chunk);
  // Says that no more chunks will come. Requires: as Write.
  void WritesDone();
  // Breaks the call off.
  void Cancel();
  // Lets the call come to its end. Nothing but Cancel may be called after this.
  void Release();

 private:
  void OnWriteDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  v1::IngestService::StubInterface& stub_;
  Listener& listener_;
  grpc::ClientContext context_;
  // What is being written: gRPC reads it until OnWriteDone.
  std::shared_ptr<const v1::AppendRequest> writing_;
  v1::AppendResponse response_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_APPEND_STREAM_H_
