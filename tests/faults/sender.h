// One trace on its way to a server, call by call, with nothing that mends what fails.
//
// Not safe for use by several threads at once, but that one may send while another receives.
#ifndef SANDGLASS_TESTS_FAULTS_SENDER_H_
#define SANDGLASS_TESTS_FAULTS_SENDER_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>

#include "proto/ingest_service.grpc.pb.h"
#include "storage/sample_trace.h"

namespace sandglass::faults {

// A channel that shares its connection with no other, and does not remember a refusal for long.
std::shared_ptr<grpc::Channel> OwnConnection(const std::string& address);

class Sender {
 public:
  // `token`, if there is one, goes with each call. Calls fail after a minute.
  explicit Sender(const std::shared_ptr<grpc::Channel>& channel, std::string token = "");

  grpc::Status Open(uint64_t client, const std::string& name);
  // Begins a stream where Open said.
  void Begin();
  // Sends the next chunk, of so many operators; false: the stream is at its end.
  bool Send(uint32_t operators);
  // Waits for an acknowledgement; false: the stream is at its end.
  bool Receive();
  // Says that no more is sent.
  void HalfClose() { stream_->WritesDone(); }
  // Reads what is left of the stream, and returns its end.
  grpc::Status End();
  // What the end of a stream says is durable; -1 if it does not say.
  int64_t TrailingSeq() const;
  grpc::Status Seal();
  grpc::Status GetStatus(const std::string& trace_id);
  void Cancel() { context_->TryCancel(); }

  const std::string& trace_id() const { return opened_.trace_id(); }
  uint64_t sent() const { return chunker_.seq(); }
  // Of the last acknowledgement on this stream.
  uint64_t durable() const { return response_.durable_seq(); }
  v1::IngestService::Stub& stub() { return *stub_; }
  // For a call by hand.
  std::unique_ptr<grpc::ClientContext> NewContext() const;

 private:
  const std::string token_;
  const std::unique_ptr<v1::IngestService::Stub> stub_;
  v1::OpenResponse opened_;
  storage::Chunker chunker_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::AppendRequest, v1::AppendResponse>> stream_;
  v1::AppendResponse response_;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_SENDER_H_
