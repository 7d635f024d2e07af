#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyzer/economics/class_cost.h"
#include "analyzer/economics/defaults.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/economics/workload_fixture.h"
#include "analyzer/models/error_prior.h"
#include "analyzer/report/economics/estimates.h"
#include "analyzer/report/economics/reports.h"
#include "analyzer/silicon/catalog.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

using ::sandglass::testing::AddProducts;
using ::sandglass::testing::TraceBuilder;
using ::testing::Contains;

const silicon::Catalog& TheCatalog() {
  static const auto* const catalog = new silicon::Catalog(*silicon::Catalog::Embedded());
  return *catalog;
}

// Products on 512 tokens.
NamedTrace Products(const std::string& name) {
  TraceBuilder builder;
  builder.trace().name = name;
  builder.trace().work_done = {{trace::WorkUnit::kToken, 512}};
  AddProducts(builder, 8192, 10);
  return {.trace = std::make_shared<trace::Trace>(builder.trace()), .path = "traces[0]"};
}

v1::Scenario Defaults() {
  auto scenario = economics::WithDefaults({});
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return *scenario;
}

std::vector<const silicon::SiliconClass*> Classes(const std::vector<std::string>& ids) {
  std::vector<const silicon::SiliconClass*> classes;
  for (const std::string& id : ids) classes.push_back(*TheCatalog().Find(id));
  return classes;
}

v1::CostReport Report(const std::vector<NamedTrace>& traces, const std::vector<std::string>& ids,
                      const v1::Scenario& scenario = Defaults()) {
  auto report = BuildCostReport(traces, TheCatalog(), Classes(ids), scenario);
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *std::move(report) : v1::CostReport();
}

economics::ClassCost CostOn(const NamedTrace& named, const std::string& id, economics::CostBasis basis) {
  const silicon::SiliconClass& silicon = *Classes({id})[0];
  const replay::ClassReplay replay =
      replay::ReplayOn(replay::Prepare(*named.trace, replay::Precision::kBf16), TheCatalog().TargetFor(silicon, ""));
  economics::CostOptions options;
  options.basis = basis;
  return economics::CostOf(replay, silicon, 512, *economics::LoadDefaults(), *models::ErrorPriors::Embedded(), options);
}

void ExpectRanged(const v1::Estimate& estimate, const economics::Ranged& ranged, const std::string& unit) {
  EXPECT_EQ(estimate.value(), Rounded(ranged.value));
  EXPECT_EQ(estimate.low(), Rounded(ranged.low));
  EXPECT_EQ(estimate.high(), Rounded(ranged.high));
  EXPECT_EQ(estimate.unit(), unit);
  EXPECT_GT(estimate.sources_size(), 0) << unit;
}

TEST(CostReportTest, EveryBasisOfAClass) {
  const NamedTrace named = Products("products");
  const v1::CostReport report = Report({named}, {"nvidia-h100-sxm"});
  EXPECT_EQ(report.report_version(), 1);
  EXPECT_EQ(report.catalog_digest(), TheCatalog().digest_hex());
  ASSERT_EQ(report.traces_size(), 1);
  EXPECT_EQ(report.traces(0).trace_id(), "01TEST");
  EXPECT_EQ(report.traces(0).trace_name(), "products");
  EXPECT_EQ(report.traces(0).unit(), v1::WORK_UNIT_TOKEN);
  EXPECT_EQ(report.traces(0).coverage().operator_share(), 1);
  ASSERT_EQ(report.traces(0).classes_size(), 1);
  const v1::ClassUnitCost& row = report.traces(0).classes(0);
  EXPECT_EQ(row.verdict(), v1::VERDICT_SUPPORTED);
  EXPECT_EQ(row.devices(), 1);
  const economics::ClassCost owned = CostOn(named, "nvidia-h100-sxm", economics::CostBasis::kOwned);
  const economics::ClassCost rented = CostOn(named, "nvidia-h100-sxm", economics::CostBasis::kRented);
  ExpectRanged(row.seconds(), owned.seconds, "s/token");
  ExpectRanged(row.joules(), owned.joules, "J/token");
  ExpectRanged(row.owned(), *owned.usd, "USD/token");
  ExpectRanged(row.rented(), *rented.usd, "USD/token");
  EXPECT_EQ(row.busy_power().value(), Rounded(owned.busy_power.value()));
  EXPECT_EQ(row.busy_power().unit(), "W");
  EXPECT_EQ(row.owned_terms().capital_usd(), owned.usd_terms.capital.value());
  EXPECT_EQ(row.owned_price().price().value(), owned.price->usd.value);
  EXPECT_EQ(row.rented_price().price().value(), rented.price->usd.value);
  EXPECT_EQ(row.rented_price().price().unit(), "USD/h");
  EXPECT_EQ(row.capital_years().value(), Rounded(owned.purchase / owned.annual()));
  // 70 % of a billion dollars buys so many machines, each of which does so much a year.
  EXPECT_EQ(row.units_per_year().value(), Rounded(0.7 * 1e9 / owned.purchase.value() * owned.units_per_year));
  EXPECT_EQ(row.units_per_year().unit(), "token/year");
}

// The scenario's own basis decides nothing here: both are always given.
TEST(CostReportTest, TheScenariosBasisChangesNothing) {
  v1::Scenario rented = Defaults();
  rented.mutable_replay()->set_cost_basis(v1::COST_BASIS_RENTED);
  rented.mutable_replay()->set_price_basis(v1::PRICE_BASIS_ON_DEMAND);
  const NamedTrace named = Products("products");
  const v1::ClassUnitCost a = Report({named}, {"nvidia-h100-sxm"}).traces(0).classes(0);
  const v1::ClassUnitCost b = Report({named}, {"nvidia-h100-sxm"}, rented).traces(0).classes(0);
  EXPECT_EQ(a.owned().value(), b.owned().value());
  EXPECT_EQ(a.rented().value(), b.rented().value());
  EXPECT_EQ(b.rented_price().basis(), v1::PRICE_BASIS_ON_DEMAND);
}

TEST(CostReportTest, CarbonByHand) {
  v1::Scenario scenario = Defaults();
  const v1::ClassUnitCost row = Report({Products("p")}, {"nvidia-h100-sxm"}, scenario).traces(0).classes(0);
  const economics::ClassCost owned = CostOn(Products("p"), "nvidia-h100-sxm", economics::CostBasis::kOwned);
  // 0.35 kg a kWh; 800 kg over the default life of five years.
  EXPECT_NEAR(row.operational_carbon().value() / (owned.joules.value / 3.6e6 * 0.35), 1, 1e-5);
  EXPECT_NEAR(row.embodied_carbon().value() / (800 / (5 * owned.units_per_year)), 1, 1e-5);
  EXPECT_EQ(row.operational_carbon().unit(), "kg CO2e/token");
  EXPECT_EQ(row.embodied_carbon().unit(), "kg CO2e/token");
  // Neither the energy's range nor the grid's is lost.
  const double low = row.operational_carbon().low() / row.operational_carbon().value();
  EXPECT_LT(low, row.joules().low() / row.joules().value());
  EXPECT_GT(row.operational_carbon().high() / row.operational_carbon().value(),
            row.joules().high() / row.joules().value());
  // The grid has a source; idle power is assumed, so the product is.
  EXPECT_EQ(row.operational_carbon().provenance(), v1::ESTIMATE_PROVENANCE_ASSUMED);
  v1::Assumption& grid = *scenario.mutable_carbon()->mutable_grid();
  grid.set_value(0.7);
  const v1::ClassUnitCost dirty = Report({Products("p")}, {"nvidia-h100-sxm"}, scenario).traces(0).classes(0);
  EXPECT_NEAR(dirty.operational_carbon().value(), 2 * row.operational_carbon().value(),
              1e-5 * dirty.operational_carbon().value());
}

TEST(CostReportTest, RefusedClassesSayWhy) {
  const v1::CostReport report = Report({Products("p")}, {"deshaw-anton3", "nvidia-h100-sxm"});
  ASSERT_EQ(report.traces(0).classes_size(), 2);
  const v1::ClassUnitCost& anton = report.traces(0).classes(0);
  EXPECT_EQ(anton.verdict(), v1::VERDICT_UNSUPPORTED);
  EXPECT_TRUE(absl::StrContains(anton.reason(), "molecular dynamics")) << anton.reason();
  EXPECT_FALSE(anton.has_owned() || anton.has_rented() || anton.has_seconds() || anton.has_operational_carbon());
  // What cannot be rented has no rent, and that is said.
  bool found = false;
  for (const silicon::SiliconClass& silicon : TheCatalog().classes()) {
    economics::CostOptions rented;
    rented.basis = economics::CostBasis::kRented;
    if (economics::FindPrice(silicon, rented) != nullptr) continue;
    const v1::ClassUnitCost row = Report({Products("p")}, {silicon.id}).traces(0).classes(0);
    if (row.verdict() != v1::VERDICT_SUPPORTED) continue;
    found = true;
    EXPECT_FALSE(row.has_rented()) << silicon.id;
    EXPECT_TRUE(row.has_owned()) << silicon.id;
    EXPECT_THAT(row.warnings(), Contains("no rental price is known, so its cost is unknown")) << silicon.id;
  }
  EXPECT_TRUE(found);
}

TEST(CostReportTest, DefaultsAreWrittenOut) {
  const v1::CostReport report = Report({Products("one"), Products("two")}, {"nvidia-h100-sxm"});
  ASSERT_EQ(report.traces_size(), 2);
  EXPECT_EQ(report.traces(1).trace_name(), "two");
  EXPECT_EQ(report.scenario().seed(), 1);
  EXPECT_EQ(report.scenario().paths(), 200000);
  EXPECT_EQ(report.scenario().replay().pue(), 1.25);
  EXPECT_EQ(report.scenario().replay().utilization(), 0.7);
  EXPECT_EQ(report.scenario().migration().productivity().lognormal().median(), 350);
}

TEST(CostReportTest, ErrorsNameTheField) {
  const auto error = [](const std::vector<NamedTrace>& traces, const v1::Scenario& scenario) {
    const auto report = BuildCostReport(traces, TheCatalog(), Classes({"nvidia-h100-sxm"}), scenario);
    EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << report.status();
    return std::string(report.status().message());
  };
  EXPECT_EQ(error({}, Defaults()), "traces is empty: name at least one trace");
  NamedTrace wrong = Products("p");
  for (const double weight : {0.0, -1.0, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    wrong.weight = weight;
    EXPECT_EQ(error({wrong}, Defaults()),
              absl::StrCat("traces[0].weight is ", weight, ": it must be above 0 and finite"));
  }
  wrong = Products("p");
  trace::Trace uncounted = *wrong.trace;
  uncounted.work_done.clear();
  wrong.trace = std::make_shared<trace::Trace>(uncounted);
  EXPECT_TRUE(absl::StartsWith(error({wrong}, Defaults()), "traces[0]: trace p counts no units of work"));
  v1::Scenario scenario = Defaults();
  scenario.mutable_replay()->set_pue(0.5);
  EXPECT_EQ(error({Products("p")}, scenario), "scenario.replay: option pue is 0.5: it must be from 1 to 10");
  scenario = Defaults();
  scenario.mutable_budget()->set_value(-1);
  EXPECT_TRUE(absl::StartsWith(error({Products("p")}, scenario), "budget.value is -1: it must be at least 1e-09"));
}

TEST(CostReportTest, ATraceOfWhichNothingIsKnownHasNoCost) {
  TraceBuilder builder;
  builder.AddOperator(builder.AddSignature("vendor::mystery", {}, {}));
  const NamedTrace mystery = {.trace = std::make_shared<trace::Trace>(builder.trace()), .path = "traces[0]"};
  const auto report = BuildCostReport({mystery}, TheCatalog(), Classes({"nvidia-h100-sxm"}), Defaults());
  EXPECT_EQ(report.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(report.status().message(), "nothing is known of the work of trace test"))
      << report.status();
}

}  // namespace
}  // namespace sandglass::report
