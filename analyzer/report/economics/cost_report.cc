#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/economics/carbon.h"
#include "analyzer/economics/class_cost.h"
#include "analyzer/economics/ranged.h"
#include "analyzer/report/economics/estimates.h"
#include "analyzer/report/economics/priced_workload.h"
#include "analyzer/report/economics/reports.h"
#include "analyzer/report/messages.h"
#include "analyzer/report/replay_report.h"

namespace sandglass::report {
namespace {

using economics::ClassCost;
using economics::Ranged;

constexpr int kReportVersion = 1;

// What is asked of one trace.
struct Question {
  const economics::WorkloadTrace& trace;
  const PricedScenario& priced;
  std::string unit;
};

v1::Estimate RoundedFigures(const Ranged& ranged, absl::string_view unit, const models::ErrorBand& band,
                            const std::vector<const std::vector<const silicon::Figure*>*>& figures) {
  return WithRoundedEnds(FiguresEstimate(ranged, unit, band, figures));
}

// The carbon times an independent factor; the weaker ground holds.
v1::Estimate Times(v1::Estimate carbon, const Ranged& factor, const v1::Estimate& of_factor) {
  const economics::Ends assumed = {.low = carbon.has_low() ? carbon.low() / carbon.value() : 1,
                                   .high = carbon.has_high() ? carbon.high() / carbon.value() : 1};
  const Ranged product =
      economics::Around(carbon.value(), economics::EndsOfProduct({assumed, economics::EndsOf(factor)}));
  carbon.set_low(Rounded(product.low));
  carbon.set_high(Rounded(product.high));
  carbon.set_provenance(std::max(carbon.provenance(), of_factor.provenance()));
  for (const std::string& path : of_factor.assumptions()) carbon.add_assumptions(path);
  return carbon;
}

void AddCarbon(const Question& question, const ClassCost& cost, int devices, v1::ClassUnitCost& message) {
  const economics::CarbonAssumptions& carbon = question.priced.scenario.carbon;
  const std::string unit = absl::StrCat("kg CO2e/", question.unit);
  const double kwh = economics::OperationalCarbon(Joules::Of(cost.joules.value), 1);
  *message.mutable_operational_carbon() =
      Times(AssumptionEstimate(carbon.grid_kg_per_kwh, unit, kwh), cost.joules, message.joules());
  const double per_kg =
      economics::EmbodiedCarbon(1, devices, question.priced.pricebook.defaults.life_years.value, cost.units_per_year);
  *message.mutable_embodied_carbon() =
      Times(AssumptionEstimate(carbon.embodied_kg, unit, per_kg), cost.seconds, message.seconds());
}

void AddOwned(const Question& question, const ClassCost& cost, v1::ClassUnitCost& message) {
  if (!cost.usd.has_value()) return;
  const std::vector<const std::vector<const silicon::Figure*>*> figures = {&cost.time_figures, &cost.energy_figures,
                                                                           &cost.money_figures};
  *message.mutable_owned() = RoundedFigures(*cost.usd, absl::StrCat("USD/", question.unit), cost.band, figures);
  *message.mutable_owned_terms() = CostTermsMessage(cost.usd_terms);
  *message.mutable_owned_price() = PriceMessage(*cost.price);
  const double years = cost.purchase / cost.annual();
  *message.mutable_capital_years() = PlainEstimate(years, "year", message.owned().provenance());
  const double fleets = economics::ComputersUsd(question.priced.scenario, /*owned=*/true) / cost.purchase.value();
  *message.mutable_units_per_year() = PlainEstimate(fleets * cost.units_per_year, absl::StrCat(question.unit, "/year"),
                                                    v1::ESTIMATE_PROVENANCE_ASSUMED);
}

// Both bases, whichever the scenario asks for: the other one is found by asking again.
void AddBases(const Question& question, const replay::ClassReplay& replay, const silicon::SiliconClass& silicon,
              v1::ClassUnitCost& message) {
  const economics::Pricebook& book = question.priced.pricebook;
  const auto on = [&](economics::CostBasis basis) {
    economics::CostOptions options = book.options;
    // A kind of price belongs to one basis.
    if (options.basis != basis) options.price_basis.reset();
    options.basis = basis;
    return economics::CostOf(replay, silicon, question.trace.units, book.defaults, book.priors, options);
  };
  const ClassCost owned = on(economics::CostBasis::kOwned);
  *message.mutable_seconds() =
      RoundedFigures(owned.seconds, absl::StrCat("s/", question.unit), owned.band, {&owned.time_figures});
  const auto power = owned.busy_power.value();
  *message.mutable_busy_power() =
      RoundedFigures({.value = power, .low = power, .high = power}, "W", owned.band, {&owned.energy_figures});
  message.mutable_busy_power()->clear_low();
  message.mutable_busy_power()->clear_high();
  *message.mutable_joules() = RoundedFigures(owned.joules, absl::StrCat("J/", question.unit), owned.band,
                                             {&owned.time_figures, &owned.energy_figures});
  AddOwned(question, owned, message);
  AddCarbon(question, owned, replay.devices, message);
  const ClassCost rented = on(economics::CostBasis::kRented);
  if (rented.usd.has_value()) {
    *message.mutable_rented() = RoundedFigures(*rented.usd, absl::StrCat("USD/", question.unit), rented.band,
                                               {&rented.time_figures, &rented.money_figures});
    *message.mutable_rented_price() = PriceMessage(*rented.price);
  }
  for (const ClassCost* cost : {&owned, &rented}) {
    for (const std::string& warning : cost->warnings) message.add_warnings(warning);
  }
}

v1::ClassUnitCost ClassMessage(const Question& question, const silicon::SiliconClass& silicon,
                               const silicon::Target& target) {
  v1::ClassUnitCost message;
  message.set_silicon_class(silicon.id);
  message.set_display_name(silicon.display_name);
  const replay::ClassReplay replay = replay::ReplayOn(question.trace.prepared, target);
  message.set_verdict(static_cast<v1::Verdict>(replay.verdict));
  message.set_reason(replay.reason);
  for (const std::string& warning : replay.warnings) message.add_warnings(warning);
  if (replay.verdict != replay::Verdict::kSupported) return message;
  message.set_devices(static_cast<uint32_t>(replay.devices));
  AddBases(question, replay, silicon, message);
  return message;
}

}  // namespace

absl::StatusOr<v1::CostReport> BuildCostReport(const std::vector<NamedTrace>& traces, const silicon::Catalog& catalog,
                                               const std::vector<const silicon::SiliconClass*>& classes,
                                               const v1::Scenario& scenario) {
  const absl::StatusOr<PricedScenario> priced = PriceScenario(scenario);
  if (!priced.ok()) return priced.status();
  const auto prepared = PrepareTraces(traces, catalog, scenario, "traces");
  if (!prepared.ok()) return prepared.status();
  v1::CostReport report;
  report.set_report_version(kReportVersion);
  report.set_catalog_digest(catalog.digest_hex());
  *report.mutable_scenario() = priced->echoed;
  for (const economics::WorkloadTrace& trace : *prepared) {
    const trace::Trace& source = *trace.prepared.trace;
    const trace::WorkUnit unit = source.work_done.front().unit;
    const Question question = {.trace = trace, .priced = *priced, .unit = std::string(UnitName(unit))};
    v1::TraceCost& entry = *report.add_traces();
    entry.set_trace_id(source.id);
    entry.set_trace_name(source.name);
    entry.set_content_digest(source.content_digest_hex);
    entry.set_unit(static_cast<v1::WorkUnit>(unit));
    entry.set_work_count(source.work_done.front().count);
    *entry.mutable_coverage() = CoverageMessage(trace.prepared.work.coverage);
    const std::string below = BelowFloor(LeastKnownShare(entry.coverage()), scenario.replay());
    if (!below.empty()) {
      report.add_warnings(absl::StrCat(source.name, ": ", below));
      continue;
    }
    for (const silicon::SiliconClass* silicon : classes) {
      *entry.add_classes() = ClassMessage(question, *silicon, catalog.TargetFor(*silicon, priced->stack));
    }
  }
  return report;
}

}  // namespace sandglass::report
