#include "analyzer/economics/workload.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/economics/move_cost.h"
#include "analyzer/silicon/support.h"

namespace sandglass::economics {
namespace {

std::optional<ClassCost> Priced(const replay::ClassReplay& replay, const WorkloadTrace& trace,
                                const silicon::Target& target, const Pricebook& pricebook) {
  if (replay.verdict != replay::Verdict::kSupported) return std::nullopt;
  return CostOf(replay, *target.silicon, trace.units, pricebook.defaults, pricebook.priors, pricebook.options);
}

double TotalWeight(const WorkloadOnClass& workload) {
  double sum = 0;
  for (const TraceOnClass& on : workload) sum += on.trace->weight;
  return sum;
}

void AddAssumptions(const ClassCost& cost, const silicon::SiliconClass& silicon, std::set<std::string>& paths) {
  for (const auto* figures : {&cost.time_figures, &cost.energy_figures, &cost.money_figures}) {
    for (const silicon::Figure* figure : *figures) {
      if (figure->basis == silicon::Basis::kAssumed) paths.insert(absl::StrCat(silicon.id, ".", figure->path));
    }
  }
}

}  // namespace

TraceOnClass Observe(const WorkloadTrace& trace, const silicon::Target& target, const Pricebook& pricebook) {
  TraceOnClass on;
  on.trace = &trace;
  on.target = target;
  on.today = replay::ReplayOn(trace.prepared, target);
  on.coverage = replay::CoverOn(trace.prepared, target);
  on.closed = target.stack->kernel_language.empty() && !on.coverage.port.empty();
  silicon::Target ported = target;
  ported.ported = !on.closed;
  on.ported = replay::ReplayOn(trace.prepared, ported);
  on.cost_today = Priced(on.today, trace, target, pricebook);
  on.cost_ported = Priced(on.ported, trace, target, pricebook);
  return on;
}

std::vector<MissingKernel> MissingKernels(const WorkloadOnClass& workload) {
  std::map<ops::OpClass, MissingKernel> missing;
  for (const TraceOnClass& on : workload) {
    for (const replay::PortItem& item : on.coverage.port) {
      MissingKernel& kernel = missing[item.op_class];
      kernel.op_class = item.op_class;
      if (silicon::IsWorse(item.support, kernel.support)) kernel.support = item.support;
      kernel.names.insert(item.names.begin(), item.names.end());
      kernel.traces.insert(on.trace->name);
    }
  }
  std::vector<MissingKernel> kernels;
  for (auto& [op_class, kernel] : missing) kernels.push_back(std::move(kernel));
  return kernels;
}

NewOperators NewOperatorsOf(const WorkloadOnClass& incumbent, const WorkloadOnClass& successor) {
  std::set<ops::OpClass> old;
  for (const TraceOnClass& on : incumbent) {
    for (const ops::Classification& one : on.trace->prepared.work.classes) old.insert(one.op_class);
  }
  std::map<ops::OpClass, MissingKernel> brought;
  double share = 0;
  for (const TraceOnClass& on : successor) {
    Seconds all;
    Seconds fresh;
    for (const replay::ClassTotals& totals : on.ported.op_classes) {
      all += totals.device;
      // Dense and elementwise work has kernels everywhere.
      if (old.count(totals.op_class) > 0 || FamilyOf(totals.op_class) == KernelFamily::kDense) continue;
      fresh += totals.device;
      MissingKernel& kernel = brought[totals.op_class];
      kernel.op_class = totals.op_class;
      kernel.support = silicon::Support::kDecomposed;
      kernel.traces.insert(on.trace->name);
    }
    if (all > Seconds()) share += on.trace->weight / TotalWeight(successor) * (fresh / all);
  }
  NewOperators result;
  result.time_share = share;
  for (auto& [op_class, kernel] : brought) result.kernels.push_back(std::move(kernel));
  return result;
}

absl::StatusOr<const ClassCost*> CostAt(const TraceOnClass& on, Stage stage) {
  const replay::ClassReplay& replay = stage == Stage::kToday ? on.today : on.ported;
  const std::optional<ClassCost>& cost = on.cost(stage);
  const std::string where = absl::StrCat(on.trace->path, ": ", on.target.silicon->id, ": ");
  if (!cost.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat(where, "cannot run ", on.trace->name, ": ", replay.reason));
  }
  if (!cost->usd.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat(where, cost->warnings.empty() ? "its cost is unknown" : cost->warnings.front()));
  }
  return &*cost;
}

absl::StatusOr<CostRatio> RatioOf(const WorkloadOnClass& a, Stage a_stage, const WorkloadOnClass& b, Stage b_stage) {
  CostRatio ratio;
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const absl::StatusOr<const ClassCost*> of_a = CostAt(a[i], a_stage);
    if (!of_a.ok()) return of_a.status();
    const absl::StatusOr<const ClassCost*> of_b = CostAt(b[i], b_stage);
    if (!of_b.ok()) return of_b.status();
    const Ranged one = Ratio(*(*of_a)->usd, *(*of_b)->usd);
    sum += a[i].trace->weight * one.value;
    // The widest trace speaks for all: their errors are of the same models.
    ratio.ends = Widest(ratio.ends, EndsOf(one));
    ratio.coverage = (*of_a)->band.coverage;
    AddAssumptions(**of_a, *a[i].target.silicon, ratio.assumptions);
    AddAssumptions(**of_b, *b[i].target.silicon, ratio.assumptions);
  }
  ratio.value = sum / TotalWeight(a);
  return ratio;
}

Ends WidestTimes(const WorkloadOnClass& workload, Stage stage) {
  Ends widest;
  for (const TraceOnClass& on : workload) {
    if (on.cost(stage).has_value()) widest = Widest(widest, EndsOf(on.cost(stage)->seconds));
  }
  return widest;
}

double CapitalYears(const WorkloadOnClass& workload) {
  double sum = 0;
  for (const TraceOnClass& on : workload) {
    sum += on.trace->weight * (on.cost_today->purchase / on.cost_today->annual());
  }
  return sum / TotalWeight(workload);
}

double RunningShare(const WorkloadOnClass& workload) {
  double sum = 0;
  for (const TraceOnClass& on : workload) {
    const UnitCost& terms = on.cost_today->usd_terms;
    sum += on.trace->weight * (1 - terms.capital / terms.total());
  }
  return sum / TotalWeight(workload);
}

double SpeedToday(const WorkloadOnClass& workload, const WorkloadOnClass& reference) {
  double today = 0;
  double ported = 0;
  for (size_t i = 0; i < workload.size(); ++i) {
    if (!workload[i].cost_today.has_value()) return 0;
    const double weight = workload[i].trace->weight / reference[i].cost_ported->seconds.value;
    today += weight * workload[i].cost_today->seconds.value;
    ported += weight * workload[i].cost_ported->seconds.value;
  }
  return std::min(1.0, ported / today);
}

bool IsClosed(const WorkloadOnClass& workload) {
  return std::any_of(workload.begin(), workload.end(), [](const TraceOnClass& on) { return on.closed; });
}

void WidenBy(const WorkloadOnClass& workload, Stage stage, CostRatio& ratio) {
  Ends widest;
  for (const TraceOnClass& on : workload) {
    const ClassCost& cost = *on.cost(stage);
    widest = Widest(widest, EndsOf(*cost.usd));
    ratio.coverage = cost.band.coverage;
    AddAssumptions(cost, *on.target.silicon, ratio.assumptions);
  }
  ratio.ends = EndsOfProduct({ratio.ends, widest});
}

double MeanUnitCost(const WorkloadOnClass& workload, Stage stage) {
  double units = 0;
  for (const TraceOnClass& on : workload) {
    units += on.trace->weight / TotalWeight(workload) / on.cost(stage)->usd->value;
  }
  return 1 / units;
}

}  // namespace sandglass::economics
