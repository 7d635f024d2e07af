// For tests: an Analysis that answers nothing, for one that answers what a test needs.
#ifndef SANDGLASS_ANALYZER_SERVE_ANALYSIS_FIXTURE_H_
#define SANDGLASS_ANALYZER_SERVE_ANALYSIS_FIXTURE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analyzer/analysis/analysis.h"

namespace sandglass::serve {

class NoAnalysis : public analysis::Analysis {
 public:
  absl::StatusOr<v1::ListTracesResponse> ListTraces(const v1::ListTracesRequest&) override { return None(); }
  absl::StatusOr<v1::GetTraceResponse> GetTrace(const v1::GetTraceRequest&) override { return None(); }
  absl::StatusOr<v1::ListOperatorsResponse> ListOperators(const v1::ListOperatorsRequest&) override { return None(); }
  absl::StatusOr<v1::ReplayReport> Replay(const v1::ReplayRequest&, analysis::Progress) override { return None(); }
  absl::StatusOr<v1::CompareResponse> Compare(const v1::CompareRequest&) override { return None(); }
  absl::StatusOr<v1::ExplainResponse> Explain(const v1::ExplainRequest&) override { return None(); }
  absl::StatusOr<v1::ProfileResponse> Profile(const v1::ProfileRequest&) override { return None(); }
  absl::StatusOr<v1::ScheduleResponse> Schedule(const v1::ScheduleRequest&) override { return None(); }
  absl::StatusOr<v1::CoverageResponse> Coverage(const v1::CoverageRequest&) override { return None(); }
  absl::StatusOr<v1::CostResponse> Cost(const v1::CostRequest&) override { return None(); }
  absl::StatusOr<v1::MigrateResponse> Migrate(const v1::MigrateRequest&) override { return None(); }
  absl::StatusOr<v1::LockInResponse> LockIn(const v1::LockInRequest&) override { return None(); }
  absl::StatusOr<v1::ListSiliconResponse> ListSilicon(const v1::ListSiliconRequest&) override { return None(); }

 private:
  static absl::Status None() { return absl::UnimplementedError("no test asks this"); }
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_ANALYSIS_FIXTURE_H_
