// The ingest service of a store, for a gRPC server: over a socket, or in one process by server.InProcessChannel().
//
//   TraceStore& store = …;
//   IngestService service(store);
//   grpc::ServerBuilder builder;
//   IngestService::Configure(builder);
//   builder.RegisterService(&service);
//
// The server must be shut down (which ends all calls) before the service goes, and the service before the store. One
// service at most for a store. gRPC calls the methods from several threads at once.
#ifndef SANDGLASS_STORAGE_INGEST_SERVICE_H_
#define SANDGLASS_STORAGE_INGEST_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/ingest_service.grpc.pb.h"
#include "storage/caller.h"
#include "storage/ingest.h"
#include "storage/ingest_observer.h"
#include "storage/trace_store.h"
#include "storage/work_queue.h"

namespace sandglass::storage {

class AppendStreams;

// Append takes and gives bytes: append_stream.h says why.
using IngestCallbacks = v1::IngestService::WithCallbackMethod_Open<v1::IngestService::WithRawCallbackMethod_Append<
    v1::IngestService::WithCallbackMethod_Seal<v1::IngestService::WithCallbackMethod_GetStatus<
        v1::IngestService::WithCallbackMethod_Abort<v1::IngestService::Service>>>>>;

class IngestService final : public IngestCallbacks {
 public:
  // `store` must be open for writing; it and the observers must outlive this.
  explicit IngestService(TraceStore& store, IngestOptions options = {}, CallerOf caller_of = nullptr,
                         std::vector<IngestObserver*> observers = {});
  ~IngestService() override;

  // Limits for a server that offers this service: message size, and no compression that is undone before its size is
  // known.
  static void Configure(grpc::ServerBuilder& builder);

  // For a server that is about to shut down: streams are read no more and end with UNAVAILABLE, each as soon as it has
  // the acknowledgements that it is owed.
  void Drain();

  // Ends traces that nobody wrote to for so long; their ids. Waits for the disk: not to be called by gRPC's threads.
  absl::StatusOr<std::vector<std::string>> ExpireSilent(absl::Duration silence);

  grpc::ServerUnaryReactor* Open(grpc::CallbackServerContext* context, const v1::OpenRequest* request,
                                 v1::OpenResponse* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Append(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Seal(grpc::CallbackServerContext* context, const v1::SealRequest* request,
                                 v1::SealResponse* response) override;
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context, const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* Abort(grpc::CallbackServerContext* context, const v1::AbortRequest* request,
                                  v1::AbortResponse* response) override;

 private:
  const std::unique_ptr<AppendStreams> streams_;
  Ingest ingest_;
  const CallerOf caller_of_;
  // Seals read whole traces, and opening one waits for the disk; neither must hold up those who only ask.
  WorkQueue reads_;
  WorkQueue control_;
  WorkQueue seals_;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_INGEST_SERVICE_H_
