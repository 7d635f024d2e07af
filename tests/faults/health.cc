#include "tests/faults/health.h"

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/rpc_method.h>
#include <grpcpp/support/sync_stream.h>

#include <chrono>

namespace sandglass::faults {
namespace {

// Debian has no package of gRPC's health proto. Its messages have one field with number 1 each, a string and an enum,
// and so have these.
using Request = google::protobuf::StringValue;
using Response = google::protobuf::Int32Value;
using grpc::internal::RpcMethod;

Request RequestOf(const std::string& service) {
  Request request;
  request.set_value(service);
  return request;
}

}  // namespace

Health HealthOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  const RpcMethod method("/grpc.health.v1.Health/Check", RpcMethod::NORMAL_RPC);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  Response response;
  const grpc::Status status =
      grpc::internal::BlockingUnaryCall(channel.get(), method, &context, RequestOf(service), &response);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return Health::kServiceUnknown;
  return status.ok() ? static_cast<Health>(response.value()) : Health::kNoAnswer;
}

struct HealthWatch::Call {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<Response>> reader;
};

HealthWatch::HealthWatch(const std::shared_ptr<grpc::Channel>& channel, const std::string& service)
    : call_(std::make_unique<Call>()) {
  const RpcMethod method("/grpc.health.v1.Health/Watch", RpcMethod::SERVER_STREAMING);
  call_->context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
  call_->reader.reset(grpc::internal::ClientReaderFactory<Response>::Create(channel.get(), method, &call_->context,
                                                                            RequestOf(service)));
}

HealthWatch::~HealthWatch() {
  call_->context.TryCancel();
  while (Next() != Health::kNoAnswer) {
  }
  call_->reader->Finish();
}

Health HealthWatch::Next() {
  Response response;
  return call_->reader->Read(&response) ? static_cast<Health>(response.value()) : Health::kNoAnswer;
}

}  // namespace sandglass::faults
