// The gRPC skin of analysis: requests in, answers of an Analysis out, each on a thread of the pool.
//
// Each call is answered for the tenant of its caller, and tenants take turns. A replay streams its progress. Work stops
// when the caller goes away, and a call whose caller is gone before its turn is not answered. Where too many calls of a
// tenant wait, a new one is refused with RESOURCE_EXHAUSTED at once.
#ifndef SANDGLASS_ANALYZER_SERVE_ANALYSIS_SERVICE_H_
#define SANDGLASS_ANALYZER_SERVE_ANALYSIS_SERVICE_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyzer/analysis/analysis.h"
#include "proto/analysis_service.grpc.pb.h"
#include "proto/analysis_service.pb.h"
#include "storage/caller.h"
#include "storage/work_queue.h"

namespace sandglass::serve {

class AnalysisService : public v1::AnalysisService::CallbackService {
 public:
  // Who answers the questions of a tenant, as long as `go_on` says so.
  using AnalysisFor = std::function<std::unique_ptr<analysis::Analysis>(uint32_t tenant, analysis::GoOn go_on)>;

  // `pool` must outlive the service and every call, and so must what `analysis_for` uses.
  AnalysisService(AnalysisFor analysis_for, storage::WorkQueue& pool, storage::CallerOf caller_of);

  grpc::ServerUnaryReactor* ListTraces(grpc::CallbackServerContext* context, const v1::ListTracesRequest* request,
                                       v1::ListTracesResponse* response) override;
  grpc::ServerUnaryReactor* GetTrace(grpc::CallbackServerContext* context, const v1::GetTraceRequest* request,
                                     v1::GetTraceResponse* response) override;
  grpc::ServerUnaryReactor* ListOperators(grpc::CallbackServerContext* context, const v1::ListOperatorsRequest* request,
                                          v1::ListOperatorsResponse* response) override;
  grpc::ServerWriteReactor<v1::ReplayResponse>* Replay(grpc::CallbackServerContext* context,
                                                       const v1::ReplayRequest* request) override;
  grpc::ServerUnaryReactor* Compare(grpc::CallbackServerContext* context, const v1::CompareRequest* request,
                                    v1::CompareResponse* response) override;
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context, const v1::ExplainRequest* request,
                                    v1::ExplainResponse* response) override;
  grpc::ServerUnaryReactor* Profile(grpc::CallbackServerContext* context, const v1::ProfileRequest* request,
                                    v1::ProfileResponse* response) override;
  grpc::ServerUnaryReactor* Schedule(grpc::CallbackServerContext* context, const v1::ScheduleRequest* request,
                                     v1::ScheduleResponse* response) override;
  grpc::ServerUnaryReactor* Coverage(grpc::CallbackServerContext* context, const v1::CoverageRequest* request,
                                     v1::CoverageResponse* response) override;
  grpc::ServerUnaryReactor* Cost(grpc::CallbackServerContext* context, const v1::CostRequest* request,
                                 v1::CostResponse* response) override;
  grpc::ServerUnaryReactor* Migrate(grpc::CallbackServerContext* context, const v1::MigrateRequest* request,
                                    v1::MigrateResponse* response) override;
  grpc::ServerUnaryReactor* LockIn(grpc::CallbackServerContext* context, const v1::LockInRequest* request,
                                   v1::LockInResponse* response) override;
  grpc::ServerUnaryReactor* ListSilicon(grpc::CallbackServerContext* context, const v1::ListSiliconRequest* request,
                                        v1::ListSiliconResponse* response) override;

 private:
  // Asks on the pool and finishes the call with the answer. gRPC keeps request and response until then.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, absl::string_view method,
                                   absl::StatusOr<Response> (analysis::Analysis::*ask)(const Request&),
                                   const Request* request, Response* response);

  const AnalysisFor analysis_for_;
  storage::WorkQueue& pool_;
  const storage::CallerOf caller_of_;
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_ANALYSIS_SERVICE_H_
