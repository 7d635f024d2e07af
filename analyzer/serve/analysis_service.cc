#include "analyzer/serve/analysis_service.h"

#include <utility>

#include "absl/status/statusor.h"
#include "analyzer/analysis/grpc_status.h"
#include "analyzer/serve/replay_stream.h"
#include "grpcpp/grpcpp.h"

namespace sandglass::serve {
namespace {

using analysis::Analysis;

// Asks on the pool and finishes the call with the answer. gRPC keeps request and response until then.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* Answer(Analysis& analysis, WorkerPool& pool, grpc::CallbackServerContext* context,
                                 absl::StatusOr<Response> (Analysis::*ask)(const Request&), const Request* request,
                                 Response* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool accepted = pool.Run([&analysis, reactor, ask, request, response] {
    absl::StatusOr<Response> answer = (analysis.*ask)(*request);
    const absl::Status status = answer.status();
    if (answer.ok()) *response = *std::move(answer);
    reactor->Finish(analysis::ToGrpc(status));
  });
  if (!accepted) {
    reactor->Finish(
        {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many questions wait for an answer: ask again in a moment"});
  }
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* AnalysisService::ListTraces(grpc::CallbackServerContext* context,
                                                      const v1::ListTracesRequest* request,
                                                      v1::ListTracesResponse* response) {
  return Answer(analysis_, pool_, context, &Analysis::ListTraces, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::GetTrace(grpc::CallbackServerContext* context,
                                                    const v1::GetTraceRequest* request,
                                                    v1::GetTraceResponse* response) {
  return Answer(analysis_, pool_, context, &Analysis::GetTrace, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::ListOperators(grpc::CallbackServerContext* context,
                                                         const v1::ListOperatorsRequest* request,
                                                         v1::ListOperatorsResponse* response) {
  return Answer(analysis_, pool_, context, &Analysis::ListOperators, request, response);
}

grpc::ServerWriteReactor<v1::ReplayResponse>* AnalysisService::Replay(grpc::CallbackServerContext*,
                                                                      const v1::ReplayRequest* request) {
  return ReplayStream::Start(analysis_, pool_, *request);
}

grpc::ServerUnaryReactor* AnalysisService::Compare(grpc::CallbackServerContext* context,
                                                   const v1::CompareRequest* request, v1::CompareResponse* response) {
  return Answer(analysis_, pool_, context, &Analysis::Compare, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::Explain(grpc::CallbackServerContext* context,
                                                   const v1::ExplainRequest* request, v1::ExplainResponse* response) {
  return Answer(analysis_, pool_, context, &Analysis::Explain, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::Coverage(grpc::CallbackServerContext* context,
                                                    const v1::CoverageRequest* request,
                                                    v1::CoverageResponse* response) {
  return Answer(analysis_, pool_, context, &Analysis::Coverage, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::Cost(grpc::CallbackServerContext* context, const v1::CostRequest* request,
                                                v1::CostResponse* response) {
  return Answer(analysis_, pool_, context, &Analysis::Cost, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::Migrate(grpc::CallbackServerContext* context,
                                                   const v1::MigrateRequest* request, v1::MigrateResponse* response) {
  return Answer(analysis_, pool_, context, &Analysis::Migrate, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::LockIn(grpc::CallbackServerContext* context,
                                                  const v1::LockInRequest* request, v1::LockInResponse* response) {
  return Answer(analysis_, pool_, context, &Analysis::LockIn, request, response);
}

grpc::ServerUnaryReactor* AnalysisService::ListSilicon(grpc::CallbackServerContext* context,
                                                       const v1::ListSiliconRequest* request,
                                                       v1::ListSiliconResponse* response) {
  return Answer(analysis_, pool_, context, &Analysis::ListSilicon, request, response);
}

}  // namespace sandglass::serve
