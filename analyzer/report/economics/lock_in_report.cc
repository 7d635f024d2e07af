#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/economics/lock_in/answer.h"
#include "analyzer/economics/lock_in/facts.h"
#include "analyzer/economics/lock_in/portability.h"
#include "analyzer/report/economics/estimates.h"
#include "analyzer/report/economics/move_message.h"
#include "analyzer/report/economics/priced_workload.h"
#include "analyzer/report/economics/reports.h"
#include "analyzer/report/messages.h"
#include "analyzer/report/numbers.h"

namespace sandglass::report {
namespace {

using economics::Input;
using economics::LockInAnswer;
using economics::LockInFacts;
using economics::Side;
using economics::TraceOnClass;

constexpr int kReportVersion = 1;
constexpr auto kAssumed = v1::ESTIMATE_PROVENANCE_ASSUMED;

v1::LockInReport Header(const LockInQuestion& question, const silicon::Catalog& catalog, const PricedScenario& priced) {
  v1::LockInReport report;
  report.set_report_version(kReportVersion);
  report.set_catalog_digest(catalog.digest_hex());
  *report.mutable_scenario() = priced.echoed;
  report.set_specialised_class(question.specialised->id);
  report.set_general_class(question.general->id);
  for (const NamedTrace& named : question.incumbents) report.add_incumbent_traces(named.trace->name);
  for (const NamedTrace& named : question.successors) report.add_successor_traces(named.trace->name);
  return report;
}

using Traces = std::vector<economics::WorkloadTrace>;

absl::StatusOr<Side> SideOn(const Traces& incumbents, const Traces& successors, const silicon::SiliconClass& silicon,
                            const silicon::Catalog& catalog, const PricedScenario& priced) {
  auto today = PutOn(incumbents, silicon, catalog, priced);
  if (!today.ok()) return today.status();
  auto after = PutOn(successors, silicon, catalog, priced);
  if (!after.ok()) return after.status();
  return Side{.incumbent = *std::move(today), .successor = *std::move(after)};
}

// Portability and coverage of one class over all traces.
void AddPortability(const Side& side, v1::LockInReport& report) {
  const std::string& id = side.incumbent.front().target.silicon->id;
  v1::ClassFigure& portability = *report.add_portability();
  v1::ClassFigure& covered = *report.add_covered();
  portability.set_silicon_class(id);
  covered.set_silicon_class(id);
  std::vector<std::optional<double>> efficiencies;
  double least = 1;
  for (const auto* workload : {&side.incumbent, &side.successor}) {
    for (const TraceOnClass& on : *workload) {
      efficiencies.push_back(on.coverage.retained);
      v1::TraceFigure& efficiency = *portability.add_by_trace();
      efficiency.set_trace(on.trace->name);
      if (on.coverage.retained.has_value()) efficiency.set_value(Rounded(*on.coverage.retained));
      v1::TraceFigure& share = *covered.add_by_trace();
      share.set_trace(on.trace->name);
      share.set_value(Rounded(on.coverage.covered));
      least = std::min(least, on.coverage.covered);
    }
  }
  const std::optional<double> all = economics::PerformancePortability(efficiencies);
  if (all.has_value()) {
    *portability.mutable_figure() = PlainEstimate(*all, "ratio", v1::ESTIMATE_PROVENANCE_MODELLED);
  }
  *covered.mutable_figure() = PlainEstimate(least, "ratio", v1::ESTIMATE_PROVENANCE_MODELLED);
}

void AddInputs(const LockInFacts& facts, v1::LockInReport& report) {
  for (size_t i = 0; i < economics::kInputCount; ++i) {
    const auto input = static_cast<Input>(i);
    v1::LockInInput& entry = *report.add_inputs();
    entry.set_name(std::string(InputName(input)));
    *entry.mutable_figure() = InputEstimate(facts.inputs[input], InputUnit(input));
  }
  const auto estimate = [&](Input input) { return InputEstimate(facts.inputs[input], InputUnit(input)); };
  *report.mutable_relative_cost() = estimate(Input::kRelativeCost);
  *report.mutable_retained_specialised() = estimate(Input::kRetainedSpecialised);
  *report.mutable_retained_general() = estimate(Input::kRetainedGeneral);
  *report.mutable_hazard() = estimate(Input::kHazard);
  *report.mutable_advantage_kept() = InputEstimate(facts.advantage_kept, "ratio");
}

void AddBreakeven(const LockInAnswer& answer, v1::LockInReport& report) {
  for (const double hazard : answer.breakeven.hazards) {
    *report.add_breakeven_hazards() = PlainEstimate(hazard, "1/year", kAssumed);
  }
  // The spread is of the hazard up to which it wins, which is the first breakeven only where it wins without shifts.
  const auto& wins = answer.breakeven.specialised_wins;
  if (!answer.breakeven.hazards.empty() && !wins.empty() && wins.front().from == 0) {
    v1::Estimate& first = *report.mutable_breakeven_hazards(0);
    if (answer.breakeven_spread.p5.has_value()) first.set_low(Rounded(*answer.breakeven_spread.p5));
    if (answer.breakeven_spread.p95.has_value()) first.set_high(Rounded(*answer.breakeven_spread.p95));
    first.set_range_source(
        "5th and 95th percentile over all inputs of the hazard up to which the specialised silicon wins; an absent end "
        "is infinite");
  }
  for (const economics::HazardInterval& interval : answer.breakeven.specialised_wins) {
    v1::HazardInterval& entry = *report.add_specialised_wins();
    entry.set_from(Rounded(interval.from));
    if (interval.to.has_value()) entry.set_to(Rounded(*interval.to));
  }
  const auto years = [](double value) { return PlainEstimate(value, "year of general flow", kAssumed); };
  *report.mutable_expected_specialised() = years(answer.specialised.cost.total());
  *report.mutable_expected_general() = years(answer.general.total());
  report.set_stays_after_shift(answer.specialised.stays);
  *report.mutable_probability_specialised_wins() =
      PlainEstimate(answer.probability_specialised_wins, "ratio", kAssumed);
  for (const economics::PremiumPoint& point : answer.premium) {
    if (!point.premium.has_value()) continue;
    v1::CurvePoint& entry = *report.add_flexibility_premium();
    entry.set_x(Rounded(point.hazard));
    entry.set_y(Rounded(*point.premium));
  }
}

using Fan = google::protobuf::RepeatedPtrField<v1::FanPoint>;
using Curve = google::protobuf::RepeatedPtrField<v1::CurvePoint>;

// Only an owner has capital to be stranded.
void AddStranded(const economics::FleetOutcome& outcome, double usd, Fan& fan) {
  for (const economics::LossAt& loss : outcome.losses) {
    v1::FanPoint& point = *fan.Add();
    point.set_years(Rounded(loss.years));
    point.set_p5(Rounded(loss.p5 * usd));
    point.set_p50(Rounded(loss.p50 * usd));
    point.set_p95(Rounded(loss.p95 * usd));
    point.set_mean(Rounded(loss.mean * usd));
  }
}

void AddDefault(const economics::FleetOutcome& outcome, Curve& has_been, Curve& is) {
  const auto add = [](double years, double probability, Curve& curve) {
    v1::CurvePoint& point = *curve.Add();
    point.set_x(Rounded(years));
    point.set_y(Rounded(probability));
  };
  for (size_t i = 0; i < outcome.losses.size(); ++i) {
    add(outcome.losses[i].years, outcome.has_been_in_default[i], has_been);
    add(outcome.losses[i].years, outcome.in_default[i], is);
  }
}

void AddTornado(const LockInAnswer& answer, v1::LockInReport& report) {
  for (const economics::Swing& swing : answer.tornado) {
    v1::Sensitivity& entry = *report.add_tornado();
    entry.set_input(std::string(InputName(swing.input)));
    entry.set_unit(std::string(InputUnit(swing.input)));
    entry.set_low(Rounded(swing.low));
    entry.set_high(Rounded(swing.high));
    // The breakeven hazard does not depend on the hazard that is believed.
    if (swing.breakeven_at_low.has_value()) entry.set_at_low(Rounded(*swing.breakeven_at_low));
    if (swing.breakeven_at_high.has_value()) entry.set_at_high(Rounded(*swing.breakeven_at_high));
    entry.set_advantage_at_low(Rounded(swing.advantage_at_low));
    entry.set_advantage_at_high(Rounded(swing.advantage_at_high));
  }
}

void AddPortfolio(const LockInAnswer& answer, v1::LockInReport& report) {
  for (const economics::MixOutcome& mix : answer.mixes) {
    v1::Mix& entry = *report.add_mixes();
    entry.set_specialised_share(Rounded(mix.specialised_share));
    entry.set_expected(Rounded(mix.expected));
    entry.set_tail(Rounded(mix.tail));
    entry.set_service(Rounded(mix.service));
    entry.set_allowed(mix.allowed);
  }
  *report.mutable_portfolio_share_unlimited() = PlainEstimate(answer.best_share, "ratio", kAssumed);
  if (answer.best_share_within.has_value()) {
    *report.mutable_portfolio_share() = PlainEstimate(*answer.best_share_within, "ratio", kAssumed);
  } else {
    report.add_warnings("no share of specialised silicon is within the scenario's limits (portfolio)");
  }
}

void AddResale(const LockInAnswer& answer, v1::LockInReport& report) {
  for (const economics::ResaleRow& row : answer.resale) {
    v1::ResalePoint& entry = *report.add_resale();
    entry.set_hazard_per_year(Rounded(row.hazard));
    entry.set_age_years(Rounded(row.age_years));
    entry.set_general(Rounded(row.general));
    entry.set_specialised(Rounded(row.specialised));
    if (row.premium.has_value()) entry.set_premium(Rounded(*row.premium));
  }
}

// Prices of a class that were seen on a market, oldest first, and what that says of one for used machines.
void AddMarket(const silicon::SiliconClass& silicon, v1::LockInReport& report) {
  std::vector<const silicon::Price*> seen;
  bool market = false;
  for (const silicon::Price& price : silicon.prices) {
    if (price.usd.basis == silicon::Basis::kAssumed) continue;
    market =
        market || price.basis == silicon::PriceBasis::kRentalMarket || price.basis == silicon::PriceBasis::kPurchase;
    seen.push_back(&price);
  }
  std::stable_sort(seen.begin(), seen.end(),
                   [](const silicon::Price* x, const silicon::Price* y) { return x->as_of < y->as_of; });
  for (const silicon::Price* price : seen) {
    v1::ObservedPrice& entry = *report.add_observed_prices();
    entry.set_silicon_class(silicon.id);
    *entry.mutable_price() = PriceMessage(*price);
  }
  report.add_market_notes(
      market ? absl::StrCat(silicon.id, " is rented on an open market; the catalog has ", seen.size(),
                            " prices that were seen, of new machines or hours, none of a used machine")
             : absl::StrCat(silicon.id,
                            ": no market was found on which owners sell or rent it, so what it fetches "
                            "used is an assumption"));
}

v1::MigrationReport MoveMessage(const Side& side, const economics::ModelMove& move,
                                const economics::MigrationAssumptions& assumptions) {
  v1::MigrationReport message;
  message.set_report_version(kReportVersion);
  const silicon::Target& target = side.successor.front().target;
  message.set_from_class(target.silicon->id);
  message.set_to_class(target.silicon->id);
  for (const TraceOnClass& on : side.incumbent) message.add_traces(on.trace->name);
  for (const TraceOnClass& on : side.successor) message.add_successor_traces(on.trace->name);
  for (const economics::MissingKernel& kernel : move.kernels) {
    *message.add_kernels() = KernelMessage(kernel, *target.stack, assumptions);
  }
  AddMove(move.move, move.closed ? std::nullopt : std::optional(move.cost), message);
  // The model has lags of its own (lock_in.lag_…), which are among its inputs.
  message.clear_functional_lag_days();
  message.clear_performance_lag_days();
  message.clear_lag_waste();
  if (move.closed) {
    message.add_warnings("users cannot write kernels for this stack, so what is missing has no price and no date");
  }
  return message;
}

void AddWarnings(const Side& specialised, const Side& general, const LockInFacts& facts, v1::LockInReport& report) {
  if (!facts.equivalence) {
    report.add_warnings(
        "no equivalence of units is declared: what the general silicon retains is the scenario's assumption, and only "
        "the advantage that is kept comes from the traces");
  }
  if (!facts.successor_runs) {
    report.add_warnings("the successor cannot run on the specialised silicon, ported or not: " +
                        facts.inputs[Input::kRetainedSpecialised].source);
  }
  if (facts.move_specialised.closed) {
    report.add_warnings(
        "the specialised silicon's stack has no kernel language for users: what is missing may never "
        "come, and it is counted as it runs today");
  }
  for (const auto* workload :
       {&specialised.incumbent, &specialised.successor, &general.incumbent, &general.successor}) {
    for (const TraceOnClass& on : *workload) {
      if (!LaunchBound(on.today)) continue;
      const std::string where = absl::StrCat(on.trace->name, " on ", on.target.silicon->id);
      // A box of molecules is as large as the question; a batch can be made larger.
      if (on.trace->prepared.trace->phase == trace::Phase::kSimulate) {
        report.add_warnings(absl::StrCat(where, " waits for launches most of the time, as so small a box does"));
      } else {
        report.add_launch_bound(where);
      }
    }
  }
}

}  // namespace

absl::StatusOr<v1::LockInReport> BuildLockInReport(const LockInQuestion& question, const silicon::Catalog& catalog,
                                                   const v1::Scenario& scenario, absl::FunctionRef<bool()> go_on) {
  const absl::StatusOr<PricedScenario> priced = PriceScenario(scenario);
  if (!priced.ok()) return priced.status();
  if (question.specialised == question.general) {
    return absl::InvalidArgumentError(absl::StrCat("lock_in.general_class is ", question.general->id,
                                                   ", which is the specialised class too: name two classes"));
  }
  const auto incumbents = PrepareTraces(question.incumbents, catalog, scenario, "lock_in.incumbent");
  if (!incumbents.ok()) return incumbents.status();
  const auto successors = PrepareTraces(question.successors, catalog, scenario, "lock_in.successor");
  if (!successors.ok()) return successors.status();

  v1::LockInReport report = Header(question, catalog, *priced);
  const double least = std::min(LeastKnownShare(*incumbents), LeastKnownShare(*successors));
  report.set_least_coverage(Rounded(least));
  const std::string below = BelowFloor(least, scenario.replay());
  if (!below.empty()) {
    report.add_warnings(absl::StrCat("no numbers are given: ", below));
    return report;
  }
  const absl::StatusOr<Side> specialised = SideOn(*incumbents, *successors, *question.specialised, catalog, *priced);
  if (!specialised.ok()) return specialised.status();
  const absl::StatusOr<Side> general = SideOn(*incumbents, *successors, *question.general, catalog, *priced);
  if (!general.ok()) return general.status();
  const absl::StatusOr<LockInFacts> facts = economics::DeriveLockIn(*specialised, *general, priced->scenario);
  if (!facts.ok()) return facts.status();
  const absl::StatusOr<LockInAnswer> answered =
      economics::AnswerLockIn(facts->inputs, priced->scenario,
                              {.specialised = economics::RunningShare(specialised->incumbent),
                               .general = economics::RunningShare(general->incumbent)},
                              go_on);
  if (!answered.ok()) return answered.status();
  const LockInAnswer& answer = *answered;
  AddInputs(*facts, report);
  AddBreakeven(answer, report);
  AddDefault(answer.stranding.specialised, *report.mutable_default_probability(),
             *report.mutable_in_default_probability());
  AddDefault(answer.stranding.general, *report.mutable_default_probability_general(),
             *report.mutable_in_default_probability_general());
  AddTornado(answer, report);
  AddPortfolio(answer, report);
  AddPortability(*specialised, report);
  AddPortability(*general, report);
  if (scenario.replay().cost_basis() == v1::COST_BASIS_RENTED) {
    report.add_warnings("rented: a tenant has no capital to be stranded and nothing to sell");
  } else {
    const double computers = economics::ComputersUsd(priced->scenario, /*owned=*/true);
    AddStranded(answer.stranding.specialised, computers, *report.mutable_stranded_capital());
    AddStranded(answer.stranding.general, computers, *report.mutable_stranded_capital_general());
    AddResale(answer, report);
  }
  AddMarket(*question.specialised, report);
  AddMarket(*question.general, report);
  *report.mutable_move_specialised() = MoveMessage(*specialised, facts->move_specialised, priced->scenario.migration);
  *report.mutable_move_general() = MoveMessage(*general, facts->move_general, priced->scenario.migration);
  AddWarnings(*specialised, *general, *facts, report);
  report.set_verdict(VerdictText(report));
  return report;
}

}  // namespace sandglass::report
