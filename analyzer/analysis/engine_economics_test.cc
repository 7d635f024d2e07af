#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyzer/analysis/engine_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/analysis_service.pb.h"
#include "proto/scenario.pb.h"

namespace sandglass::analysis {
namespace {

using absl::StatusCode;
using absl::StrContains;
using ::testing::ElementsAre;

class EngineEconomicsTest : public EngineFixture {
 protected:
  void SetUp() override {
    EngineFixture::SetUp();
    if (HasFatalFailure()) return;
    SubmitTiny("demo/today", 20);
    SubmitTiny("demo/later", 5);
  }

  v1::LockInRequest Question() const {
    v1::LockInRequest request;
    request.add_incumbent_traces("demo/today");
    request.add_successor_traces("demo/later");
    request.set_specialised_class("TPU v5p");
    request.set_general_class("H100-SXM");
    request.mutable_scenario()->set_paths(1000);
    return request;
  }

  v1::LockInReport LockIn(const v1::LockInRequest& request) {
    auto response = engine_->LockIn(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->report() : v1::LockInReport();
  }

  v1::MigrationReport Migrate(const v1::MigrateRequest& request) {
    auto response = engine_->Migrate(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->report() : v1::MigrationReport();
  }
};

TEST_F(EngineEconomicsTest, CostsTracesOnClasses) {
  v1::CostRequest request;
  request.add_traces("demo/today");
  request.add_traces("demo/later");
  auto response = engine_->Cost(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->report().traces_size(), 2);
  EXPECT_EQ(response->report().traces(0).classes_size(), static_cast<int>(catalog_->classes().size()));
  EXPECT_EQ(response->report().scenario().name(), "default");
  for (const char* name : {"TPU v5p", "H100-SXM"}) request.add_silicon_classes(name);
  response = engine_->Cost(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->report().traces(1).classes_size(), 2);
  EXPECT_EQ(response->report().traces(1).trace_name(), "demo/later");
  EXPECT_EQ(response->report().traces(1).classes(0).silicon_class(), "google-tpu-v5p");
  EXPECT_GT(response->report().traces(1).classes(0).owned().value(), 0);
}

TEST_F(EngineEconomicsTest, WithoutTracesItIsAboutTheScenariosIncumbent) {
  v1::CostRequest request;
  request.add_silicon_classes("H100-SXM");
  EXPECT_EQ(engine_->Cost(request).status().message(), "traces is empty: name at least one trace");
  request.mutable_scenario()->mutable_lock_in()->add_incumbent()->set_trace("demo/later");
  const auto response = engine_->Cost(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->report().traces(0).trace_name(), "demo/later");
}

TEST_F(EngineEconomicsTest, TheLastPartOfANameFindsATrace) {
  const auto name_of = [&](const std::string& trace) -> std::string {
    v1::GetTraceRequest request;
    request.set_trace(trace);
    const auto found = engine_->GetTrace(request);
    if (!found.ok()) return absl::StrCat(found.status().code());
    return found->manifest().header().name();
  };
  EXPECT_EQ(name_of("today"), "demo/today");
  EXPECT_EQ(name_of("oday"), absl::StrCat(StatusCode::kNotFound)) << "a part, not any end";
  SubmitTiny("mine/deep/today", 1);
  EXPECT_EQ(name_of("today"), absl::StrCat(StatusCode::kNotFound)) << "two names end so";
  EXPECT_EQ(name_of("deep/today"), "mine/deep/today");
  EXPECT_EQ(name_of("demo/today"), "demo/today");
  // A whole name comes first.
  SubmitTiny("today", 1);
  EXPECT_EQ(name_of("today"), "today");
  // Of several traces of one name the newest.
  SubmitTiny("demo/later", 7);
  v1::GetTraceRequest request;
  request.set_trace("later");
  EXPECT_EQ(engine_->GetTrace(request)->manifest().operators(), 14);
  v1::CostRequest cost;
  cost.add_traces("later");
  cost.add_silicon_classes("H100-SXM");
  EXPECT_EQ(engine_->Cost(cost)->report().traces(0).trace_name(), "demo/later");
}

TEST_F(EngineEconomicsTest, MigratesFromGeneralToSpecialised) {
  v1::MigrateRequest request;
  v1::LockInAssumptions& lock_in = *request.mutable_scenario()->mutable_lock_in();
  lock_in.add_incumbent()->set_trace("demo/today");
  lock_in.set_general_class("H100-SXM");
  lock_in.set_specialised_class("TPU v5p");
  v1::MigrationReport report = Migrate(request);
  EXPECT_EQ(report.from_class(), "nvidia-h100-sxm");
  EXPECT_EQ(report.to_class(), "google-tpu-v5p");
  EXPECT_THAT(report.traces(), ElementsAre("demo/today"));
  EXPECT_GT(report.labour().value(), 0);
  EXPECT_EQ(report.matrix_size(), 0);
  // What the request says goes before that.
  request.set_from_class("MI300X");
  request.set_to_class("H100-SXM");
  request.add_traces("later");
  for (const char* name : {"MI300X", "H100-SXM", "TPU v5p"}) request.add_matrix_classes(name);
  request.mutable_options()->set_utilization(0.5);
  report = Migrate(request);
  EXPECT_EQ(report.from_class(), "amd-mi300x");
  EXPECT_EQ(report.to_class(), "nvidia-h100-sxm");
  EXPECT_THAT(report.traces(), ElementsAre("demo/later"));
  EXPECT_EQ(report.matrix_size(), 6);
  EXPECT_EQ(report.scenario().replay().utilization(), 0.5);
}

TEST_F(EngineEconomicsTest, WeightsAreOneATraceOrNone) {
  v1::MigrateRequest request;
  request.set_from_class("H100-SXM");
  request.set_to_class("TPU v5p");
  request.add_traces("demo/today");
  request.add_traces("demo/later");
  const double equal = Migrate(request).annual_to().value();
  request.add_weights(1);
  auto status = engine_->Migrate(request).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "weights has 1 entries for 2 traces: give one each, or none");
  request.add_weights(1);
  EXPECT_DOUBLE_EQ(Migrate(request).annual_to().value(), equal);
  request.set_weights(1, 9);
  EXPECT_NE(Migrate(request).annual_to().value(), equal);
  request.set_weights(1, -9);
  EXPECT_TRUE(StrContains(engine_->Migrate(request).status().message(), "traces[1].weight is -9"));
  request.set_weights(1, 1);
  request.add_successor_weights(1);
  status = engine_->Migrate(request).status();
  EXPECT_EQ(status.message(), "successor_weights has 1 entries for 0 traces: give one each, or none");
}

TEST_F(EngineEconomicsTest, AnotherModelNeedsAnEquivalence) {
  v1::MigrateRequest request;
  request.set_from_class("H100-SXM");
  request.set_to_class("H100-SXM");
  request.add_traces("demo/today");
  request.add_successor_traces("demo/later");
  EXPECT_TRUE(absl::StartsWith(engine_->Migrate(request).status().message(), "equivalence.successor_units"));
  v1::Assumption& units = *request.mutable_scenario()->mutable_equivalence()->mutable_successor_units();
  units.set_value(2);
  units.set_unit("ratio");
  units.set_source("test");
  EXPECT_THAT(Migrate(request).successor_traces(), ElementsAre("demo/later"));
}

TEST_F(EngineEconomicsTest, TheRequestGoesBeforeTheScenario) {
  v1::LockInRequest request = Question();
  v1::LockInAssumptions& lock_in = *request.mutable_scenario()->mutable_lock_in();
  lock_in.set_specialised_class("no such class");
  lock_in.set_general_class("no such class");
  lock_in.add_incumbent()->set_trace("no such trace");
  lock_in.add_successor()->set_trace("no such trace");
  request.mutable_scenario()->set_seed(3);
  request.mutable_scenario()->mutable_replay()->set_pue(1.5);
  request.set_hazard_per_year(0.125);
  request.set_horizon_years(4);
  request.set_budget_usd(2e6);
  request.set_seed(9);
  request.mutable_options()->set_pue(2);
  request.mutable_options()->set_precision(v1::PRECISION_POLICY_TF32);
  const v1::LockInReport report = LockIn(request);
  EXPECT_EQ(report.specialised_class(), "google-tpu-v5p");
  EXPECT_EQ(report.general_class(), "nvidia-h100-sxm");
  EXPECT_THAT(report.incumbent_traces(), ElementsAre("demo/today"));
  EXPECT_THAT(report.successor_traces(), ElementsAre("demo/later"));
  EXPECT_EQ(report.hazard().value(), 0.125);
  EXPECT_FALSE(report.hazard().has_low());
  EXPECT_EQ(report.hazard().range_source(), "the request");
  EXPECT_EQ(report.stranded_capital_size(), 16) << "four years by quarters";
  EXPECT_LE(report.stranded_capital(15).p95(), 0.7 * 2e6);
  EXPECT_EQ(report.scenario().seed(), 9);
  EXPECT_EQ(report.scenario().budget().value(), 2e6);
  EXPECT_EQ(report.scenario().replay().pue(), 2);
  EXPECT_EQ(report.scenario().replay().precision(), v1::PRECISION_POLICY_TF32);
}

TEST_F(EngineEconomicsTest, TheScenarioAloneIsAQuestion) {
  v1::LockInRequest stated = Question();
  v1::LockInRequest request;
  *request.mutable_scenario() = stated.scenario();
  request.mutable_scenario()->set_name("mine");
  v1::LockInAssumptions& lock_in = *request.mutable_scenario()->mutable_lock_in();
  lock_in.set_specialised_class("TPU v5p");
  lock_in.set_general_class("H100-SXM");
  lock_in.add_incumbent()->set_trace("today");
  lock_in.add_successor()->set_trace("later");
  v1::LockInReport report = LockIn(request);
  EXPECT_EQ(report.scenario().name(), "mine");
  // The same question in other words: all but the words are equal.
  v1::LockInReport other = LockIn(stated);
  report.clear_scenario();
  other.clear_scenario();
  EXPECT_EQ(report.SerializeAsString(), other.SerializeAsString());
  // Weights count.
  lock_in.mutable_incumbent(0)->set_weight(5);
  lock_in.add_incumbent()->set_trace("later");
  const double heavy = LockIn(request).relative_cost().value();
  lock_in.mutable_incumbent(0)->set_weight(1);
  EXPECT_NE(LockIn(request).relative_cost().value(), heavy);
  lock_in.mutable_incumbent(0)->set_weight(0);
  EXPECT_EQ(engine_->LockIn(request).status().message(),
            "lock_in.incumbent[0].weight is 0: it must be above 0 and finite");
}

TEST_F(EngineEconomicsTest, AnswersAreRepeatableToTheBit) {
  const std::string first = LockIn(Question()).SerializeAsString();
  // Decoded anew, because another trace came in between.
  SubmitTiny("other", 1);
  v1::CostRequest cost;
  cost.add_traces("other");
  ASSERT_TRUE(engine_->Cost(cost).ok());
  EXPECT_EQ(LockIn(Question()).SerializeAsString(), first);
}

TEST_F(EngineEconomicsTest, ErrorsNameTheField) {
  const auto lock_in = [&](void (*spoil)(v1::LockInRequest&)) {
    v1::LockInRequest request = Question();
    spoil(request);
    const absl::Status status = engine_->LockIn(request).status();
    EXPECT_FALSE(StrContains(status.message(), "\n")) << status;
    return std::string(status.message());
  };
  struct Case {
    void (*spoil)(v1::LockInRequest&);
    const char* start;
  };
  const Case cases[] = {
      {[](v1::LockInRequest& r) { r.clear_specialised_class(); }, "lock_in.specialised_class is empty"},
      {[](v1::LockInRequest& r) { r.clear_general_class(); }, "lock_in.general_class is empty"},
      {[](v1::LockInRequest& r) { r.set_general_class("H100-SXN"); }, "lock_in.general_class: "},
      {[](v1::LockInRequest& r) { r.set_general_class("TPU v5p"); }, "lock_in.general_class is google-tpu-v5p"},
      {[](v1::LockInRequest& r) { r.clear_successor_traces(); }, "lock_in.successor is empty"},
      {[](v1::LockInRequest& r) { r.add_successor_traces("absent"); }, "lock_in.successor[1]: "},
      {[](v1::LockInRequest& r) { r.set_hazard_per_year(-1); }, "lock_in.hazard.value is -1"},
      {[](v1::LockInRequest& r) { r.set_horizon_years(0); }, "lock_in.horizon.value is 0"},
      {[](v1::LockInRequest& r) { r.set_budget_usd(0); }, "budget.value is 0"},
      {[](v1::LockInRequest& r) { r.set_specialised_class("Anton 3"); }, "lock_in.incumbent[0] is demo/today"},
      {[](v1::LockInRequest& r) { r.mutable_options()->set_goodput(2); }, "scenario.replay: option goodput is 2"},
      {[](v1::LockInRequest& r) { r.mutable_scenario()->set_scenario_version(2); }, "scenario_version is 2"},
  };
  for (const Case& c : cases) EXPECT_TRUE(absl::StartsWith(lock_in(c.spoil), c.start)) << lock_in(c.spoil);
  v1::MigrateRequest migrate;
  EXPECT_EQ(engine_->Migrate(migrate).status().message(), "from_class is empty: give a class by id or alias");
  migrate.set_from_class("H100-SXM");
  EXPECT_EQ(engine_->Migrate(migrate).status().message(), "to_class is empty: give a class by id or alias");
  migrate.set_to_class("H100-SXN");
  EXPECT_EQ(engine_->Migrate(migrate).status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace sandglass::analysis
