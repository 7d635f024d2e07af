// Analysis by a server.
//
// Safe for use by several threads at once. Errors are those of the server; Unavailable names its address.
#ifndef SANDGLASS_ANALYZER_ANALYSIS_REMOTE_H_
#define SANDGLASS_ANALYZER_ANALYSIS_REMOTE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "analyzer/analysis/analysis.h"
#include "proto/analysis_service.grpc.pb.h"
#include "proto/analysis_service.pb.h"
#include "proto/client_security.h"

namespace sandglass::analysis {

class Remote : public Analysis {
 public:
  // Connects to HOST:PORT, or says within `deadline` that it cannot: Unavailable, with how to mend. InvalidArgument
  // where `security` does not do.
  static absl::StatusOr<std::unique_ptr<Remote>> Connect(const std::string& address, absl::Duration deadline,
                                                         const ClientSecurity& security = {});

  // Asks through `stub`; `address` is for messages.
  Remote(std::string address, std::unique_ptr<v1::AnalysisService::StubInterface> stub);

  absl::StatusOr<v1::ListTracesResponse> ListTraces(const v1::ListTracesRequest& request) override;
  absl::StatusOr<v1::GetTraceResponse> GetTrace(const v1::GetTraceRequest& request) override;
  absl::StatusOr<v1::ListOperatorsResponse> ListOperators(const v1::ListOperatorsRequest& request) override;
  absl::StatusOr<v1::ReplayReport> Replay(const v1::ReplayRequest& request, Progress progress) override;
  absl::StatusOr<v1::CompareResponse> Compare(const v1::CompareRequest& request) override;
  absl::StatusOr<v1::ExplainResponse> Explain(const v1::ExplainRequest& request) override;
  absl::StatusOr<v1::ProfileResponse> Profile(const v1::ProfileRequest& request) override;
  absl::StatusOr<v1::ScheduleResponse> Schedule(const v1::ScheduleRequest& request) override;
  absl::StatusOr<v1::CoverageResponse> Coverage(const v1::CoverageRequest& request) override;
  absl::StatusOr<v1::CostResponse> Cost(const v1::CostRequest& request) override;
  absl::StatusOr<v1::MigrateResponse> Migrate(const v1::MigrateRequest& request) override;
  absl::StatusOr<v1::LockInResponse> LockIn(const v1::LockInRequest& request) override;
  absl::StatusOr<v1::ListSiliconResponse> ListSilicon(const v1::ListSiliconRequest& request) override;

 private:
  using Stub = v1::AnalysisService::StubInterface;

  absl::Status Failed(const grpc::Status& status) const;
  // One question, one answer.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Ask(grpc::Status (Stub::*call)(grpc::ClientContext*, const Request&, Response*),
                               const Request& request) const;

  const std::string address_;
  const std::unique_ptr<v1::AnalysisService::StubInterface> stub_;
};

}  // namespace sandglass::analysis

#endif  // SANDGLASS_ANALYZER_ANALYSIS_REMOTE_H_
