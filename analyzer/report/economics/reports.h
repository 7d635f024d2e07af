// Answers about money as messages: what work costs, what it costs to move, what it risks to stay.
//
// Pure; equal inputs give equal messages. Safe from any thread. Errors name the field of the scenario or of the
// request, its value and what it must be; FailedPrecondition: a trace does not run on a class that the question needs.
#ifndef SANDGLASS_ANALYZER_REPORT_ECONOMICS_REPORTS_H_
#define SANDGLASS_ANALYZER_REPORT_ECONOMICS_REPORTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/trace/trace.h"
#include "proto/economics_report.pb.h"
#include "proto/scenario.pb.h"

namespace sandglass::report {

// A decoded trace and its part in what is done.
struct NamedTrace {
  std::shared_ptr<const trace::Trace> trace;
  // Where it was asked for: "lock_in.successor[0]".
  std::string path;
  double weight = 1;
};

// What each trace costs on each of `classes`, which belong to `catalog`. `scenario` states every assumption
// (economics/scenario_protos.h).
absl::StatusOr<v1::CostReport> BuildCostReport(const std::vector<NamedTrace>& traces, const silicon::Catalog& catalog,
                                               const std::vector<const silicon::SiliconClass*>& classes,
                                               const v1::Scenario& scenario);

struct MigrationQuestion {
  std::vector<NamedTrace> traces;
  // What runs after the move; empty: the same.
  std::vector<NamedTrace> successors;
  const silicon::SiliconClass* from = nullptr;
  const silicon::SiliconClass* to = nullptr;
  // Also each move among these; empty: none.
  std::vector<const silicon::SiliconClass*> matrix;
};

absl::StatusOr<v1::MigrationReport> BuildMigrationReport(const MigrationQuestion& question,
                                                         const silicon::Catalog& catalog, const v1::Scenario& scenario);

struct LockInQuestion {
  std::vector<NamedTrace> incumbents;
  std::vector<NamedTrace> successors;
  const silicon::SiliconClass* specialised = nullptr;
  const silicon::SiliconClass* general = nullptr;
};

// Where less of a trace is known than the scenario's coverage floor, the report holds no numbers but least_coverage.
// `go_on` is asked while the future is simulated. Cancelled: it said no.
absl::StatusOr<v1::LockInReport> BuildLockInReport(
    const LockInQuestion& question, const silicon::Catalog& catalog, const v1::Scenario& scenario,
    absl::FunctionRef<bool()> go_on = [] { return true; });

// The answer in words, from the numbers of the report.
std::string VerdictText(const v1::LockInReport& report);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_ECONOMICS_REPORTS_H_
