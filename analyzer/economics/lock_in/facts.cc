#include "analyzer/economics/lock_in/facts.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/economics/migration.h"
#include "analyzer/economics/ranged.h"

namespace sandglass::economics {
namespace {

constexpr double kDaysPerYear = 365;
constexpr int kMovePaths = 4000;
// Speeds nearer to the ported one than this need no port.
constexpr double kAsGood = 0.999;
constexpr double kTail = 0.05;
constexpr char kOnTheSame[] = "priced as a move of the model onto the same silicon";

const silicon::SiliconClass& SiliconOf(const Side& side) { return *side.incumbent.front().target.silicon; }

absl::Status CheckMolecularDynamics(const Side& side) {
  if (!std::holds_alternative<silicon::MdMachine>(SiliconOf(side).chip)) return absl::OkStatus();
  for (const WorkloadOnClass* workload : {&side.incumbent, &side.successor}) {
    for (const TraceOnClass& on : *workload) {
      for (const ops::Classification& one : on.trace->prepared.work.classes) {
        if (one.role != ops::Role::kWork || ops::IsMolecularDynamics(one.op_class)) continue;
        return absl::InvalidArgumentError(absl::StrCat(on.trace->path, " is ", on.trace->name,
                                                       ", which is not molecular dynamics: ", SiliconOf(side).id,
                                                       " runs nothing else, so give a trace of molecular dynamics"));
      }
    }
  }
  return absl::OkStatus();
}

InputSpread Assumed(const Assumption& assumption, double factor = 1) {
  InputSpread spread = {.distribution = assumption.distribution.Times(factor),
                        .basis = assumption.basis,
                        .source = assumption.source,
                        .assumptions = {}};
  if (assumption.basis == silicon::Basis::kAssumed) spread.assumptions.push_back(assumption.path);
  return spread;
}

InputSpread Derived(const Distribution& distribution, absl::string_view source,
                    const std::set<std::string>& assumptions) {
  return {.distribution = distribution,
          .basis = assumptions.empty() ? silicon::Basis::kDerived : silicon::Basis::kAssumed,
          .source = std::string(source),
          .assumptions = {assumptions.begin(), assumptions.end()}};
}

// Ends of a ratio of the workloads' ported times: what is uncertain in κ and ρ.
Ends EndsOfTimes(const std::vector<const WorkloadOnClass*>& workloads) {
  std::vector<Ends> ends;
  for (const WorkloadOnClass* workload : workloads) ends.push_back(WidestTimes(*workload, Stage::kPorted));
  return EndsOfProduct(ends);
}

// Speed of a workload of which the share `fresh` of the time runs at `kept` of native speed.
double SpeedWithNew(double fresh, double kept) { return 1 / (fresh / kept + 1 - fresh); }

Distribution SlowOf(double today, double fresh, const LockInAssumptions& assumptions) {
  if (!(today > 0)) return Distribution::Point(0);
  if (!assumptions.kernels_new || fresh <= 0) return Distribution::Point(today > kAsGood ? 1 : today);
  const Distribution& kept = assumptions.decomposed_retained.distribution;
  const double central = SpeedWithNew(fresh, kept.Central());
  if (today <= central) return Distribution::Point(today);
  const double low = SpeedWithNew(fresh, kept.Quantile(kTail));
  const double high = SpeedWithNew(fresh, kept.Quantile(1 - kTail));
  return low < high ? Distribution::Triangular(low, central, high) : Distribution::Point(central);
}

// Kernels that the successor lacks on a side: those of today, and those that are new.
std::vector<MissingKernel> KernelsFor(const Side& side, const LockInAssumptions& assumptions) {
  std::vector<MissingKernel> kernels = MissingKernels(side.successor);
  if (!assumptions.kernels_new) return kernels;
  for (MissingKernel& fresh : NewOperatorsOf(side.incumbent, side.successor).kernels) {
    const auto same = [&](const MissingKernel& known) { return known.op_class == fresh.op_class; };
    if (std::none_of(kernels.begin(), kernels.end(), same)) kernels.push_back(std::move(fresh));
  }
  return kernels;
}

struct Flows {
  // USD a year of the part of the work that moves.
  double from = 0;
  double to = 0;
  double slow = 1;
};

ModelMove MoveModel(const Side& side, const Flows& flows, const Scenario& scenario, const MovePricer& pricer) {
  ModelMove result;
  result.kernels = KernelsFor(side, scenario.lock_in);
  const bool general = SiliconOf(side).generality == silicon::Generality::kGeneral;
  result.move = {.annual_from_usd = flows.from,
                 .avoidable_share = 1,
                 .annual_to_usd = flows.to,
                 .slow = flows.slow,
                 .purchase_usd = 0,
                 .from_general = general,
                 .to_general = general,
                 .same_vendor = true,
                 .pieces = {}};
  CountKernels(result.kernels, result.move);
  result.closed = IsClosed(side.successor);
  // Runs are validated and doubled there as well.
  if (result.closed) result.move.pieces = {};
  result.cost = pricer.Price(result.move);
  return result;
}

// Another vendor's stack wants each model's own code anew.
void CountModels(const Side& from, const Side& to, const MovePricer& pricer, ModelMove& move) {
  move.move.same_vendor = SiliconOf(from).vendor == SiliconOf(to).vendor;
  if (move.move.same_vendor) return;
  move.move.pieces[static_cast<size_t>(KernelFamily::kModel)] = static_cast<int>(to.successor.size());
  move.cost = pricer.Price(move.move);
}

// Fills in what the scenario alone says.
void AddAssumed(const LockInAssumptions& assumptions, InputSpreads& inputs) {
  inputs[Input::kEntry] = Assumed(assumptions.entry_years);
  inputs[Input::kResidualSpecialised] = Assumed(assumptions.residual_specialised);
  inputs[Input::kResidualSpecialisedAfter] = Assumed(assumptions.residual_specialised_after);
  inputs[Input::kResidualGeneral] = Assumed(assumptions.residual_general);
  inputs[Input::kResidualGeneralAfter] = Assumed(assumptions.residual_general_after);
  inputs[Input::kCarriedShare] = Assumed(assumptions.carried_share);
  inputs[Input::kSuccessorShare] = Assumed(assumptions.successor_share);
  inputs[Input::kHorizon] = Assumed(assumptions.horizon_years);
  inputs[Input::kDiscountRate] = Assumed(assumptions.discount_rate_per_year);
  inputs[Input::kHazard] = Assumed(assumptions.hazard_per_year);
}

InputSpread LagOf(const Distribution& slow, const Assumption& lag) {
  const bool none = slow.shape() == Distribution::Shape::kPoint && slow.first() >= 1;
  if (!none) return Assumed(lag, 1 / kDaysPerYear);
  return Derived(Distribution::Point(0), "replay: nothing is missing and nothing is new", {});
}

InputSpread MoveSpread(const ModelMove& move, double annual_usd, absl::string_view what) {
  const Spread& usd = move.cost.go_forward;
  return Derived(AsDistribution({.p5 = usd.p5 / annual_usd, .p50 = usd.p50 / annual_usd, .p95 = usd.p95 / annual_usd}),
                 what, {"migration"});
}

// a, κ, ρ of both sides, and how slowly they begin.
absl::Status AddReplayed(const Side& specialised, const Side& general, const Scenario& scenario, LockInFacts& facts) {
  InputSpreads& inputs = facts.inputs;
  const absl::StatusOr<CostRatio> relative =
      RatioOf(specialised.incumbent, Stage::kToday, general.incumbent, Stage::kToday);
  if (!relative.ok()) return relative.status();
  for (const TraceOnClass& on : general.successor) {
    // What does not run on the general silicon today leaves nothing to compare with.
    for (const Stage stage : {Stage::kToday, Stage::kPorted}) {
      if (const auto cost = CostAt(on, stage); !cost.ok()) return cost.status();
    }
  }
  inputs[Input::kRelativeCost] =
      Derived(Distribution::AroundRatio(relative->value, relative->ends.low, relative->ends.high, relative->coverage),
              "replay of the incumbent on both classes", relative->assumptions);
  const double coverage = relative->coverage;

  facts.equivalence = scenario.successor_units.has_value();
  if (facts.equivalence) {
    const double units = scenario.successor_units->central();
    const double kept =
        MeanUnitCost(general.incumbent, Stage::kToday) / (units * MeanUnitCost(general.successor, Stage::kPorted));
    const Ends ends = EndsOfTimes({&general.incumbent, &general.successor});
    inputs[Input::kRetainedGeneral] =
        Derived(Distribution::AroundRatio(kept, ends.low, ends.high, coverage),
                "replay on the general class and the declared equivalence of units", {scenario.successor_units->path});
  } else {
    inputs[Input::kRetainedGeneral] = Assumed(scenario.lock_in.retained_general);
  }

  const absl::StatusOr<CostRatio> moved =
      RatioOf(specialised.successor, Stage::kPorted, general.successor, Stage::kPorted);
  facts.successor_runs = moved.ok();
  const double kept = moved.ok() ? relative->value / moved->value : 0;
  std::set<std::string> grounds = relative->assumptions;
  if (moved.ok()) grounds.insert(moved->assumptions.begin(), moved->assumptions.end());
  const Ends ends =
      EndsOfTimes({&specialised.incumbent, &specialised.successor, &general.incumbent, &general.successor});
  const auto around = [&](double value) {
    return moved.ok() ? Distribution::AroundRatio(value, ends.low, ends.high, coverage) : Distribution::Point(0);
  };
  // Both sides' retained shares are of one comparison of the two models' units.
  inputs.retained_move_together = moved.ok();
  const std::vector<std::string>& general_grounds = inputs[Input::kRetainedGeneral].assumptions;
  facts.advantage_kept = Derived(around(kept), "times of both traces on both classes", grounds);
  grounds.insert(general_grounds.begin(), general_grounds.end());
  inputs[Input::kRetainedSpecialised] = Derived(
      around(kept * inputs[Input::kRetainedGeneral].distribution.Central()),
      moved.ok() ? "the advantage that is kept, times what the general class retains" : moved.status().message(),
      grounds);

  const double fresh_a = NewOperatorsOf(specialised.incumbent, specialised.successor).time_share;
  const double fresh_g = NewOperatorsOf(general.incumbent, general.successor).time_share;
  const double today_a = moved.ok() ? SpeedToday(specialised.successor, general.successor) : 0;
  const double today_g = SpeedToday(general.successor, general.successor);
  inputs[Input::kSlowSpecialised] =
      Derived(SlowOf(today_a, fresh_a, scenario.lock_in), "replay, and the scenario's speed of new operators",
              {scenario.lock_in.decomposed_retained.path});
  inputs[Input::kSlowGeneral] =
      Derived(SlowOf(today_g, fresh_g, scenario.lock_in), "replay, and the scenario's speed of new operators",
              {scenario.lock_in.decomposed_retained.path});
  return absl::OkStatus();
}

}  // namespace

Distribution AsDistribution(const Spread& spread) {
  if (!(spread.p50 > 0)) return Distribution::Point(0);
  const double low = std::max(spread.p5, spread.p50 / 1e3);
  return Distribution::AroundRatio(spread.p50, low / spread.p50, spread.p95 / spread.p50, 1 - 2 * kTail);
}

absl::StatusOr<LockInFacts> DeriveLockIn(const Side& specialised, const Side& general, const Scenario& scenario) {
  for (const Side* side : {&specialised, &general}) {
    if (absl::Status status = CheckMolecularDynamics(*side); !status.ok()) return status;
  }
  LockInFacts facts;
  InputSpreads& inputs = facts.inputs;
  AddAssumed(scenario.lock_in, inputs);
  if (absl::Status status = AddReplayed(specialised, general, scenario, facts); !status.ok()) return status;
  inputs[Input::kLagSpecialised] =
      LagOf(inputs[Input::kSlowSpecialised].distribution, scenario.lock_in.lag_specialised_days);
  inputs[Input::kLagGeneral] = LagOf(inputs[Input::kSlowGeneral].distribution, scenario.lock_in.lag_general_days);

  const double capital_a = CapitalYears(specialised.incumbent);
  const double capital_g = CapitalYears(general.incumbent);
  const std::vector<std::string>& assumed = inputs[Input::kRelativeCost].assumptions;
  const std::set<std::string> priced(assumed.begin(), assumed.end());
  inputs[Input::kCapitalSpecialised] =
      Derived(Distribution::Point(capital_a), "purchase over a year's cost, specialised class", priced);
  inputs[Input::kCapitalGeneral] =
      Derived(Distribution::Point(capital_g), "purchase over a year's cost, general class", priced);
  // Rented, the budget pays for the horizon.
  const double years = capital_g > 0 ? capital_g : scenario.lock_in.horizon_years.central();
  facts.annual_general_usd = ComputersUsd(scenario, capital_g > 0) / years;

  const MovePricer pricer(scenario.migration, kMovePaths, scenario.seed);
  const InputValues central = inputs.Central();
  const double moved = facts.annual_general_usd * central[Input::kSuccessorShare];
  const double a = central[Input::kRelativeCost];
  const double rho_a = central[Input::kRetainedSpecialised];
  const double to_general = moved / central[Input::kRetainedGeneral];
  // What never runs on the specialised silicon moves to the general one.
  const double to_specialised = rho_a > 0 ? moved * a / rho_a : to_general;
  const Flows general_flows = {.from = moved, .to = to_general, .slow = central[Input::kSlowGeneral]};
  const Flows flows = {.from = moved * a, .to = to_specialised, .slow = central[Input::kSlowSpecialised]};
  facts.move_general = MoveModel(general, general_flows, scenario, pricer);
  const Flows swap_flows = {.from = moved * a, .to = to_general, .slow = general_flows.slow};
  facts.move_swap = MoveModel(general, swap_flows, scenario, pricer);
  CountModels(specialised, general, pricer, facts.move_swap);
  facts.move_specialised = MoveModel(specialised, flows, scenario, pricer);
  inputs[Input::kMoveSpecialised] = MoveSpread(facts.move_specialised, facts.annual_general_usd, kOnTheSame);
  inputs[Input::kMoveSwap] =
      MoveSpread(facts.move_swap, facts.annual_general_usd, "priced as a move of the model onto the general class");
  inputs[Input::kMoveGeneral] = MoveSpread(facts.move_general, facts.annual_general_usd, kOnTheSame);
  return facts;
}

}  // namespace sandglass::economics
