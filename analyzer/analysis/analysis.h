// The questions that analysis answers about sealed traces, whoever answers them: the engine over a store in this
// process, or a server. Both give equal answers to equal questions on equal catalogs.
//
// All methods may be called from several threads at once. Errors are one line: what, where, how to mend. NotFound: no
// such trace, class or operator. FailedPrecondition: the trace is not sealed. InvalidArgument: the question breaks a
// rule; the field and its value are named. DataLoss: what is stored is damaged. Unavailable: the server is out of
// reach. Cancelled: whoever asked does not want the answer any more.
#ifndef SANDGLASS_ANALYZER_ANALYSIS_ANALYSIS_H_
#define SANDGLASS_ANALYZER_ANALYSIS_ANALYSIS_H_

#include <functional>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "proto/analysis_service.pb.h"

namespace sandglass::analysis {

// Hears how many of how many classes are done; gives the work up by returning false.
using Progress = absl::FunctionRef<bool(int done, int total)>;

// Asked now and then by work that may take minutes; gives it up by returning false. Quick; may be called from several
// threads at once. Empty: the work goes on to its end.
using GoOn = std::function<bool()>;

class Analysis {
 public:
  virtual ~Analysis() = default;

  // Sealed traces, newest first, page by page.
  virtual absl::StatusOr<v1::ListTracesResponse> ListTraces(const v1::ListTracesRequest& request) = 0;
  // One trace's manifest and signatures.
  virtual absl::StatusOr<v1::GetTraceResponse> GetTrace(const v1::GetTraceRequest& request) = 0;
  // One page of a trace's operators.
  virtual absl::StatusOr<v1::ListOperatorsResponse> ListOperators(const v1::ListOperatorsRequest& request) = 0;
  // What the trace takes on several classes. Cancelled where `progress` said so.
  virtual absl::StatusOr<v1::ReplayReport> Replay(const v1::ReplayRequest& request, Progress progress) = 0;
  // One class against another.
  virtual absl::StatusOr<v1::CompareResponse> Compare(const v1::CompareRequest& request) = 0;
  // Single operators on one class with every term.
  virtual absl::StatusOr<v1::ExplainResponse> Explain(const v1::ExplainRequest& request) = 0;
  // A trace's kernels on one class, summed by what they are.
  virtual absl::StatusOr<v1::ProfileResponse> Profile(const v1::ProfileRequest& request) = 0;
  // One page of when each kernel of a trace runs on one class.
  virtual absl::StatusOr<v1::ScheduleResponse> Schedule(const v1::ScheduleRequest& request) = 0;
  // How the trace's operators run on several classes.
  virtual absl::StatusOr<v1::CoverageResponse> Coverage(const v1::CoverageRequest& request) = 0;
  // What traces cost on several classes, on every basis.
  virtual absl::StatusOr<v1::CostResponse> Cost(const v1::CostRequest& request) = 0;
  // What it costs to move.
  virtual absl::StatusOr<v1::MigrateResponse> Migrate(const v1::MigrateRequest& request) = 0;
  // What it risks to stay on specialised silicon.
  virtual absl::StatusOr<v1::LockInResponse> LockIn(const v1::LockInRequest& request) = 0;
  // The catalog.
  virtual absl::StatusOr<v1::ListSiliconResponse> ListSilicon(const v1::ListSiliconRequest& request) = 0;
};

}  // namespace sandglass::analysis

#endif  // SANDGLASS_ANALYZER_ANALYSIS_ANALYSIS_H_
