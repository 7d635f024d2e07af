#include "analyzer/economics/migration.h"

#include <utility>

namespace sandglass::economics {
namespace {

const silicon::SiliconClass& SiliconOf(const WorkloadOnClass& workload) { return *workload.front().target.silicon; }

absl::StatusOr<CostRatio> RatioOfMove(const WorkloadOnClass& from, const WorkloadOnClass& to, bool other_model,
                                      const Scenario& scenario) {
  if (!other_model) return RatioOf(to, Stage::kPorted, from, Stage::kToday);
  for (const auto& [workload, stage] : {std::pair(&from, Stage::kToday), std::pair(&to, Stage::kPorted)}) {
    for (const TraceOnClass& on : *workload) {
      if (const auto cost = CostAt(on, stage); !cost.ok()) return cost.status();
    }
  }
  CostRatio ratio;
  ratio.value =
      scenario.successor_units->central() * MeanUnitCost(to, Stage::kPorted) / MeanUnitCost(from, Stage::kToday);
  ratio.assumptions.insert(scenario.successor_units->path);
  const Distribution& units = scenario.successor_units->distribution;
  if (units.shape() != Distribution::Shape::kPoint) {
    ratio.ends = EndsOf({.value = units.Central(),
                         .low = units.Quantile((1 - ratio.coverage) / 2),
                         .high = units.Quantile((1 + ratio.coverage) / 2)});
  }
  WidenBy(to, Stage::kPorted, ratio);
  WidenBy(from, Stage::kToday, ratio);
  return ratio;
}

}  // namespace

void CountKernels(const std::vector<MissingKernel>& kernels, Move& move) {
  for (const MissingKernel& kernel : kernels) ++move.pieces[static_cast<size_t>(FamilyOf(kernel.op_class))];
  move.needs_kernels = !kernels.empty();
}

absl::StatusOr<Migration> PlanMigration(const WorkloadOnClass& from, const WorkloadOnClass& to, bool other_model,
                                        const Scenario& scenario) {
  const absl::StatusOr<CostRatio> ratio = RatioOfMove(from, to, other_model, scenario);
  if (!ratio.ok()) return ratio.status();
  const silicon::SiliconClass& old = SiliconOf(from);
  const silicon::SiliconClass& target = SiliconOf(to);
  const bool same_silicon = old.id == target.id;
  const double capital_years = CapitalYears(from);
  const bool owned = capital_years > 0;
  const double annual =
      ComputersUsd(scenario, owned) / (owned ? capital_years : scenario.lock_in.horizon_years.central());
  Migration migration;
  migration.cost_ratio = *ratio;
  migration.kernels = MissingKernels(to);
  migration.closed = IsClosed(to);
  migration.move = {.annual_from_usd = annual,
                    .avoidable_share = same_silicon ? 1 : RunningShare(from),
                    .annual_to_usd = annual * ratio->value,
                    .slow = SpeedToday(to, to),
                    .purchase_usd = same_silicon || !owned ? 0 : ComputersUsd(scenario, owned),
                    .from_general = old.generality == silicon::Generality::kGeneral,
                    .to_general = target.generality == silicon::Generality::kGeneral,
                    .same_vendor = old.vendor == target.vendor,
                    .pieces = {}};
  CountKernels(migration.kernels, migration.move);
  // Another vendor's stack wants each model's own code anew.
  if (!migration.move.same_vendor) {
    migration.move.pieces[static_cast<size_t>(KernelFamily::kModel)] = static_cast<int>(to.size());
  }
  return migration;
}

std::optional<MoveCost> PriceOf(const Migration& migration, const MovePricer& pricer) {
  if (migration.closed) return std::nullopt;
  return pricer.Price(migration.move);
}

}  // namespace sandglass::economics
