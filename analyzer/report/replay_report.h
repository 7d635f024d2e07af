// A trace replayed on several classes, as the message that all outputs are made of: the edge between the models' plain
// values and report.proto.
//
// Pure; equal inputs give equal messages. Safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_REPLAY_REPORT_H_
#define SANDGLASS_ANALYZER_REPORT_REPLAY_REPORT_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "analyzer/replay/work_list.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/trace/trace.h"
#include "proto/coverage_report.pb.h"
#include "proto/explain_report.pb.h"
#include "proto/report.pb.h"

namespace sandglass::report {

// Replays `trace` on each of `classes`, which belong to `catalog`. Calls `progress(done, total)` after each class;
// where it returns false, stops. Errors: InvalidArgument (options; a trace that counts no units of work), Cancelled (by
// `progress`).
absl::StatusOr<v1::ReplayReport> BuildReplayReport(const trace::Trace& trace, const silicon::Catalog& catalog,
                                                   const std::vector<const silicon::SiliconClass*>& classes,
                                                   const v1::ReplayOptions& options,
                                                   absl::FunctionRef<bool(int done, int total)> progress);

// How much of a trace's work is known.
v1::Coverage CoverageMessage(const replay::Coverage& coverage);

// How the trace's operators run on each of `classes`, which belong to `catalog`. Errors: as BuildReplayReport, units of
// work not being needed; InvalidArgument where no class has the stack that the options name.
absl::StatusOr<v1::CoverageReport> BuildCoverageReport(const trace::Trace& trace, const silicon::Catalog& catalog,
                                                       const std::vector<const silicon::SiliconClass*>& classes,
                                                       const v1::ReplayOptions& options);

// Every term of single operators on one class: the `slowest` ones by device time, or only `operator_id` where that is
// not zero. Errors: as above; NotFound for an operator that is not in the trace or does no work.
absl::StatusOr<std::vector<v1::OperatorEstimate>> ExplainOperators(const trace::Trace& trace,
                                                                   const silicon::Catalog& catalog,
                                                                   const silicon::SiliconClass& silicon,
                                                                   const v1::ReplayOptions& options,
                                                                   uint64_t operator_id, int slowest);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_REPLAY_REPORT_H_
