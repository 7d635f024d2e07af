#include "storage/ingest_service.h"

#include <utility>

#include "absl/time/time.h"
#include "proto/grpc_status.h"
#include "storage/append_stream.h"
#include "storage/trace_writer.h"

namespace sandglass::storage {
namespace {

// A chunk, and room for its envelope.
constexpr int kMaxMessageBytes = static_cast<int>(kMaxChunkBytes) + (64 << 10);

// Does `method` on the queue and finishes the call with its result. The call's objects live until it is finished.
template <typename Request, typename Response, typename Method>
grpc::ServerUnaryReactor* Run(WorkQueue& queue, const IngestObservers& observers, const absl::StatusOr<Caller>& caller,
                              grpc::CallbackServerContext* context, const Request* request, Response* response,
                              Method method) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto finish = [&observers, reactor](const absl::Status& status) {
    for (IngestObserver* observer : observers) {
      if (!status.ok()) observer->OnCallFailed(status);
    }
    reactor->Finish(ToGrpc(status));
  };
  if (!caller.ok()) {
    finish(caller.status());
    return reactor;
  }
  const bool added = queue.Add(caller->tenant, request->SpaceUsedLong(), [=, caller = *caller] {
    // Also where its deadline has passed.
    if (context->IsCancelled()) return reactor->Finish(grpc::Status::CANCELLED);
    absl::StatusOr<Response> result = method(caller, *request);
    const absl::Status status = result.status();
    if (result.ok()) *response = *std::move(result);
    finish(status);
  });
  if (!added) finish(absl::UnavailableError("too many calls of this tenant wait: try again"));
  return reactor;
}

}  // namespace

IngestService::IngestService(TraceStore& store, IngestOptions options, CallerOf caller_of,
                             std::vector<IngestObserver*> observers)
    : streams_(std::make_unique<AppendStreams>(std::move(observers))),
      ingest_(store, std::move(options)),
      caller_of_(OrEverybody(std::move(caller_of))) {}

IngestService::~IngestService() = default;

void IngestService::Drain() { streams_->Drain(); }

void IngestService::Configure(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // gRPC undoes gzip before it looks at the size, so a small message could take any amount of memory.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
}

absl::StatusOr<std::vector<std::string>> IngestService::ExpireSilent(absl::Duration silence) {
  return ingest_.ExpireSilent(absl::ToInt64Nanoseconds(silence));
}

grpc::ServerUnaryReactor* IngestService::Open(grpc::CallbackServerContext* context, const v1::OpenRequest* request,
                                              v1::OpenResponse* response) {
  return Run(control_, streams_->observers(), caller_of_(*context, "/sandglass.v1.IngestService/Open"), context,
             request, response, [this](const Caller& caller, const v1::OpenRequest& open) {
               return ingest_.Open(caller.tenant, open, caller.quota.get());
             });
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IngestService::Append(
    grpc::CallbackServerContext* context) {
  return AppendStream::Start(ingest_, *streams_, caller_of_(*context, "/sandglass.v1.IngestService/Append"), context);
}

grpc::ServerUnaryReactor* IngestService::Seal(grpc::CallbackServerContext* context, const v1::SealRequest* request,
                                              v1::SealResponse* response) {
  return Run(seals_, streams_->observers(), caller_of_(*context, "/sandglass.v1.IngestService/Seal"), context, request,
             response,
             [this](const Caller& caller, const v1::SealRequest& seal) { return ingest_.Seal(caller.tenant, seal); });
}

grpc::ServerUnaryReactor* IngestService::GetStatus(grpc::CallbackServerContext* context,
                                                   const v1::GetStatusRequest* request,
                                                   v1::GetStatusResponse* response) {
  return Run(reads_, streams_->observers(), caller_of_(*context, "/sandglass.v1.IngestService/GetStatus"), context,
             request, response, [this](const Caller& caller, const v1::GetStatusRequest& ask) {
               return ingest_.GetStatus(caller.tenant, ask);
             });
}

grpc::ServerUnaryReactor* IngestService::Abort(grpc::CallbackServerContext* context, const v1::AbortRequest* request,
                                               v1::AbortResponse* response) {
  return Run(control_, streams_->observers(), caller_of_(*context, "/sandglass.v1.IngestService/Abort"), context,
             request, response, [this](const Caller& caller, const v1::AbortRequest& abort) {
               return ingest_.Abort(caller.tenant, abort);
             });
}

}  // namespace sandglass::storage
