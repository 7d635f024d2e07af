#include "tests/faults/sender.h"

#include <chrono>
#include <utility>

#include "proto/retry_info.h"

namespace sandglass::faults {

std::shared_ptr<grpc::Channel> OwnConnection(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

Sender::Sender(const std::shared_ptr<grpc::Channel>& channel, std::string token)
    : token_(std::move(token)), stub_(v1::IngestService::NewStub(channel)) {}

std::unique_ptr<grpc::ClientContext> Sender::NewContext() const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
  if (!token_.empty()) context->AddMetadata("authorization", "Bearer " + token_);
  return context;
}

grpc::Status Sender::Open(uint64_t client, const std::string& name) {
  chunker_ = storage::Chunker();
  return stub_->Open(NewContext().get(), storage::SampleOpen(client, name), &opened_);
}

void Sender::Begin() {
  // Before its context.
  stream_.reset();
  context_ = NewContext();
  response_.Clear();
  stream_ = stub_->Append(context_.get());
  v1::AppendRequest request;
  *request.mutable_start() = storage::StartOf(opened_);
  stream_->Write(request);
}

bool Sender::Send(uint32_t operators) {
  v1::AppendRequest request;
  *request.mutable_chunk() = chunker_.NextSample(operators, v1::Chunk::FORM_COLUMNS);
  return stream_->Write(request);
}

bool Sender::Receive() { return stream_->Read(&response_); }

grpc::Status Sender::End() {
  while (Receive()) {
  }
  return stream_->Finish();
}

int64_t Sender::TrailingSeq() const {
  const auto& trailing = context_->GetServerTrailingMetadata();
  const auto found = trailing.find(kDurableSeqMetadata);
  return found == trailing.end() ? -1 : std::stoll(std::string(found->second.data(), found->second.size()));
}

grpc::Status Sender::Seal() {
  v1::SealResponse response;
  return stub_->Seal(NewContext().get(), storage::SampleSeal(opened_, chunker_), &response);
}

grpc::Status Sender::GetStatus(const std::string& trace_id) {
  v1::GetStatusRequest request;
  request.set_trace_id(trace_id);
  v1::GetStatusResponse response;
  return stub_->GetStatus(NewContext().get(), request, &response);
}

}  // namespace sandglass::faults
