// A move of a workload from one class to another, or to another model, out of replays and a scenario.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_MIGRATION_H_
#define SANDGLASS_ANALYZER_ECONOMICS_MIGRATION_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/economics/move_cost.h"
#include "analyzer/economics/scenario.h"
#include "analyzer/economics/workload.h"

namespace sandglass::economics {

// What a move stands on.
struct Migration {
  Move move;
  std::vector<MissingKernel> kernels;
  // Cost of a unit after the move over that before it.
  CostRatio cost_ratio;
  // Something is missing that users cannot write: the move has no price.
  bool closed = false;
};

// Moves `from` as it runs today to `to` once ported. The scenario's budget is what was paid for the fleet, or is paid
// in rent over its horizon. Weights are shares of what is spent on the class that is left. With `other_model` the
// traces of `to` are another model's, and units compare by the scenario's equivalence. Errors: FailedPrecondition,
// naming trace and class, where one does not run or has no price.
absl::StatusOr<Migration> PlanMigration(const WorkloadOnClass& from, const WorkloadOnClass& to, bool other_model,
                                        const Scenario& scenario);

// Counts kernels to write by family.
void CountKernels(const std::vector<MissingKernel>& kernels, Move& move);

// nullopt where the move has no price.
std::optional<MoveCost> PriceOf(const Migration& migration, const MovePricer& pricer);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_MIGRATION_H_
