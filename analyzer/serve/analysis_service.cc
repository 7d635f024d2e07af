#include "analyzer/serve/analysis_service.h"

#include <utility>

#include "absl/status/statusor.h"
#include "analyzer/serve/replay_stream.h"
#include "grpcpp/grpcpp.h"
#include "proto/grpc_status.h"

namespace sandglass::serve {
namespace {

using analysis::Analysis;

}  // namespace

AnalysisService::AnalysisService(AnalysisFor analysis_for, storage::WorkQueue& pool, storage::CallerOf caller_of)
    : analysis_for_(std::move(analysis_for)), pool_(pool), caller_of_(storage::OrEverybody(std::move(caller_of))) {}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* AnalysisService::Answer(grpc::CallbackServerContext* context, absl::string_view method,
                                                  absl::StatusOr<Response> (Analysis::*ask)(const Request&),
                                                  const Request* request, Response* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<storage::Caller> caller = caller_of_(*context, method);
  if (!caller.ok()) {
    reactor->Finish(ToGrpc(caller.status()));
    return reactor;
  }
  const bool accepted = pool_.Add(
      caller->tenant, request->SpaceUsedLong(), [this, context, reactor, ask, request, response, caller = *caller] {
        // Also where its deadline has passed.
        if (context->IsCancelled()) return reactor->Finish(grpc::Status::CANCELLED);
        const auto analysis = analysis_for_(caller.tenant, [context] { return !context->IsCancelled(); });
        absl::StatusOr<Response> answer = (analysis.get()->*ask)(*request);
        const absl::Status status = answer.status();
        if (answer.ok()) *response = *std::move(answer);
        reactor->Finish(ToGrpc(status));
      });
  if (!accepted) reactor->Finish(TooManyQuestions());
  return reactor;
}

grpc::ServerUnaryReactor* AnalysisService::ListTraces(grpc::CallbackServerContext* context,
                                                      const v1::ListTracesRequest* request,
                                                      v1::ListTracesResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/ListTraces", &Analysis::ListTraces, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::GetTrace(grpc::CallbackServerContext* context,
                                                    const v1::GetTraceRequest* request,
                                                    v1::GetTraceResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/GetTrace", &Analysis::GetTrace, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::ListOperators(grpc::CallbackServerContext* context,
                                                         const v1::ListOperatorsRequest* request,
                                                         v1::ListOperatorsResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/ListOperators", &Analysis::ListOperators, request, response);
}

grpc::ServerWriteReactor<v1::ReplayResponse>* AnalysisService::Replay(grpc::CallbackServerContext* context,
                                                                      const v1::ReplayRequest* request) {
  const absl::StatusOr<storage::Caller> caller = caller_of_(*context, "/sandglass.v1.AnalysisService/Replay");
  if (!caller.ok()) return ReplayStream::Refuse(ToGrpc(caller.status()));
  return ReplayStream::Start(analysis_for_(caller->tenant, nullptr), *caller, pool_, *request);
}

grpc::ServerUnaryReactor* AnalysisService::Compare(grpc::CallbackServerContext* context,
                                                   const v1::CompareRequest* request, v1::CompareResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/Compare", &Analysis::Compare, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::Explain(grpc::CallbackServerContext* context,
                                                   const v1::ExplainRequest* request, v1::ExplainResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/Explain", &Analysis::Explain, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::Profile(grpc::CallbackServerContext* context,
                                                   const v1::ProfileRequest* request, v1::ProfileResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/Profile", &Analysis::Profile, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::Schedule(grpc::CallbackServerContext* context,
                                                    const v1::ScheduleRequest* request,
                                                    v1::ScheduleResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/Schedule", &Analysis::Schedule, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::Coverage(grpc::CallbackServerContext* context,
                                                    const v1::CoverageRequest* request,
                                                    v1::CoverageResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/Coverage", &Analysis::Coverage, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::Cost(grpc::CallbackServerContext* context, const v1::CostRequest* request,
                                                v1::CostResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/Cost", &Analysis::Cost, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::Migrate(grpc::CallbackServerContext* context,
                                                   const v1::MigrateRequest* request, v1::MigrateResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/Migrate", &Analysis::Migrate, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::LockIn(grpc::CallbackServerContext* context,
                                                  const v1::LockInRequest* request, v1::LockInResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/LockIn", &Analysis::LockIn, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::ListSilicon(grpc::CallbackServerContext* context,
                                                       const v1::ListSiliconRequest* request,
                                                       v1::ListSiliconResponse* response) {
  return Answer(context, "/sandglass.v1.AnalysisService/ListSilicon", &Analysis::ListSilicon, request, response);
}

}  // namespace sandglass::serve
