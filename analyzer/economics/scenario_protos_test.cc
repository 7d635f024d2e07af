#include "analyzer/economics/scenario_protos.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace sandglass::economics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kVersion[] = "scenario_version: 1\n";

// What a user's text over the default reads as.
absl::StatusOr<Scenario> ReadOver(const std::string& text) {
  const absl::StatusOr<v1::Scenario> parsed = ParseScenario(absl::StrCat(kVersion, text), "mine.textproto");
  if (!parsed.ok()) return parsed.status();
  const absl::StatusOr<v1::Scenario> whole = WithDefaults(*parsed);
  if (!whole.ok()) return whole.status();
  return ReadScenario(*whole);
}

TEST(BuiltInScenarioTest, NamesAreSorted) {
  EXPECT_THAT(ScenarioNames(),
              ElementsAre("default", "lab_one_rack", "md_group_anton", "neocloud_10k_gpus", "sovereign_50b"));
}

TEST(BuiltInScenarioTest, AllParseAndReadOverTheDefault) {
  for (const std::string& name : ScenarioNames()) {
    SCOPED_TRACE(name);
    const absl::StatusOr<v1::Scenario> scenario = BuiltInScenario(name);
    ASSERT_TRUE(scenario.ok()) << scenario.status();
    EXPECT_EQ(scenario->name(), name);
    EXPECT_FALSE(scenario->title().empty());
    const absl::StatusOr<v1::Scenario> whole = WithDefaults(*scenario);
    ASSERT_TRUE(whole.ok()) << whole.status();
    EXPECT_EQ(whole->name(), name);
    const absl::StatusOr<Scenario> read = ReadScenario(*whole);
    EXPECT_TRUE(read.ok()) << read.status();
    const absl::StatusOr<std::string> text = BuiltInScenarioText(name);
    ASSERT_TRUE(text.ok());
    EXPECT_THAT(*text, HasSubstr("# proto-message: sandglass.v1.Scenario"));
  }
}

TEST(BuiltInScenarioTest, UnknownNamesAreNotFoundAndToldWhichThereAre) {
  for (const absl::Status& status :
       {BuiltInScenario("sovereign").status(), BuiltInScenarioText("default.textproto.textproto").status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(status.message()), HasSubstr("built in are default, lab_one_rack"));
  }
}

// Appends the paths of all Assumption fields of `message` that are not stated whole.
void Unstated(const google::protobuf::Message& message, const std::string& path, std::vector<std::string>& unstated) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->is_repeated() || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const auto& inner = message.GetReflection()->GetMessage(message, field);
    const std::string here = absl::StrCat(path, field->name());
    if (field->message_type() != v1::Assumption::descriptor()) {
      Unstated(inner, absl::StrCat(here, "."), unstated);
      continue;
    }
    const auto& assumption = static_cast<const v1::Assumption&>(inner);
    const bool stated = assumption.spread_case() != v1::Assumption::SPREAD_NOT_SET && !assumption.unit().empty() &&
                        !assumption.source().empty();
    if (!stated) unstated.push_back(here);
  }
}

TEST(BuiltInScenarioTest, TheDefaultStatesEveryAssumptionWithItsSource) {
  std::vector<std::string> unstated;
  Unstated(*BuiltInScenario("default"), "", unstated);
  // Whether units are worth the same is for the user to declare.
  EXPECT_THAT(unstated, ElementsAre("equivalence.successor_units"));
}

TEST(ReadScenarioTest, DefaultValues) {
  const absl::StatusOr<Scenario> read = ReadOver("");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->budget_usd.central(), 1e9);
  EXPECT_EQ(read->lock_in.hazard_per_year.distribution.shape(), Distribution::Shape::kGamma);
  EXPECT_EQ(read->lock_in.hazard_per_year.distribution.first(), 2.5);
  EXPECT_EQ(read->lock_in.hazard_per_year.distribution.second(), 12);
  EXPECT_EQ(read->lock_in.hazard_per_year.path, "lock_in.hazard");
  EXPECT_THAT(read->lock_in.hazard_per_year.source, HasSubstr("two shifts in twelve years"));
  EXPECT_EQ(read->lock_in.hazard_per_year.basis, silicon::Basis::kAssumed);
  EXPECT_EQ(read->migration.productivity_loc_per_week.basis, silicon::Basis::kDerived);
  EXPECT_EQ(read->migration.kloc_attention.distribution.third(), 6);
  EXPECT_EQ(read->stranding.it_share.central(), 0.7);
  EXPECT_EQ(read->portfolio.tail_level.central(), 0.95);
  EXPECT_FALSE(read->successor_units.has_value());
  EXPECT_TRUE(read->lock_in.kernels_new);
  EXPECT_EQ(read->seed, 1u);
  EXPECT_EQ(read->paths, 200'000u);
}

TEST(ReadScenarioTest, WhatTheUserStatesCounts) {
  const absl::StatusOr<Scenario> read = ReadOver(
      "seed: 7 paths: 1000 lock_in { kernels: SUCCESSOR_KERNELS_AS_TODAY "
      "lag_general { uniform { low: 1 high: 9 } unit: 'day' basis: FIGURE_BASIS_MEASURED source: 'x' } } "
      "equivalence { successor_units { value: 3 unit: 'ratio' source: 'x' } }");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->seed, 7u);
  EXPECT_EQ(read->paths, 1000u);
  EXPECT_FALSE(read->lock_in.kernels_new);
  EXPECT_EQ(read->lock_in.lag_general_days.distribution.shape(), Distribution::Shape::kUniform);
  EXPECT_EQ(read->lock_in.lag_general_days.central(), 5);
  EXPECT_EQ(read->lock_in.lag_general_days.basis, silicon::Basis::kMeasured);
  ASSERT_TRUE(read->successor_units.has_value());
  EXPECT_EQ(read->successor_units->central(), 3);
}

struct Bad {
  std::string text;
  std::string message;
};

void ExpectRefused(const std::vector<Bad>& table) {
  for (const Bad& bad : table) {
    SCOPED_TRACE(bad.text);
    const absl::Status status = ReadOver(bad.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message));
    EXPECT_EQ(status.message().find('\n'), std::string::npos);
  }
}

TEST(ReadScenarioTest, ValuesOutOfRangeAreRefusedByField) {
  ExpectRefused({
      {"lock_in { successor_share { value: 1.2 unit: 'ratio' source: 'x' } }",
       "lock_in.successor_share.value is 1.2: it must be at least 0 and at most 1"},
      {"lock_in { hazard { value: -0.1 unit: '1/year' source: 'x' } }",
       "lock_in.hazard.value is -0.1: it must be at least 0 and at most 100"},
      {"lock_in { horizon { value: 0 unit: 'year' source: 'x' } }",
       "lock_in.horizon.value is 0: it must be at least 1e-09 and at most 50"},
      {"budget { value: 0 unit: 'USD' source: 'x' }", "budget.value is 0: it must be at least 1e-09 and at most 1e+15"},
      {"budget { value: 1e-300 unit: 'USD' source: 'x' }", "budget.value is 1e-300: it must be at least 1e-09"},
      {"carbon { grid { value: 3 unit: 'kg/kWh' source: 'x' } }", "carbon.grid.value is 3"},
      {"migration { resale_general { value: nan unit: 'ratio' source: 'x' } }",
       "migration.resale_general.value is nan: it must be at least 0"},
      {"migration { age { value: inf unit: 'year' source: 'x' } }", "migration.age.value is inf"},
      {"migration { downtime { value: -inf unit: 'day' source: 'x' } }", "migration.downtime.value is -inf"},
      {"stranding { it_share { value: -0.01 unit: 'ratio' source: 'x' } }", "stranding.it_share.value is -0.01"},
      {"portfolio { tail_level { value: 1 unit: 'ratio' source: 'x' } }", "portfolio.tail_level.value is 1"},
      {"equivalence { successor_units { value: 0 unit: 'ratio' source: 'x' } }",
       "equivalence.successor_units.value is 0"},
      {"paths: 100000001", "paths is 100000001: it must be at most 100000000"},
  });
}

TEST(ReadScenarioTest, SpreadsThatCannotBeAreRefusedByField) {
  ExpectRefused({
      {"lock_in { horizon { triangular { low: 5 mode: 5 high: 3 } unit: 'year' source: 'x' } }",
       "lock_in.horizon.triangular: low is 5 and high is 3: low must be below high"},
      {"lock_in { horizon { triangular { low: 3 mode: 7 high: 5 } unit: 'year' source: 'x' } }",
       "lock_in.horizon.triangular.mode is 7: it must be from 3 to 5"},
      {"lock_in { horizon { triangular { low: 3 mode: nan high: 5 } unit: 'year' source: 'x' } }",
       "lock_in.horizon.triangular.mode is nan"},
      {"lock_in { retained_general { triangular { low: 0 mode: 1 high: 2 } unit: 'ratio' source: 'x' } }",
       "lock_in.retained_general.triangular.low is 0: it must be at least 1e-09"},
      {"lock_in { carried_share { uniform { low: 0.5 high: 1.5 } unit: 'ratio' source: 'x' } }",
       "lock_in.carried_share.uniform.high is 1.5"},
      {"lock_in { carried_share { uniform { low: 0.5 high: 0.5 } unit: 'ratio' source: 'x' } }",
       "lock_in.carried_share.uniform: low is 0.5 and high is 0.5"},
      {"lock_in { carried_share { uniform { low: nan high: 0.5 } unit: 'ratio' source: 'x' } }",
       "lock_in.carried_share.uniform.low is nan"},
      {"lock_in { successor_share { lognormal { median: 0.5 sigma: 0.1 } unit: 'ratio' source: 'x' } }",
       "lock_in.successor_share.lognormal has no upper end"},
      {"stranding { it_share { gamma { shape: 1 rate: 2 } unit: 'ratio' source: 'x' } }",
       "stranding.it_share.gamma has no upper end"},
      {"migration { kloc_dense { lognormal { median: 1 sigma: 0 } unit: 'KLOC' source: 'x' } }",
       "migration.kloc_dense.lognormal has the median 1 and sigma 0"},
      {"migration { kloc_dense { lognormal { median: inf sigma: 1 } unit: 'KLOC' source: 'x' } }",
       "migration.kloc_dense.lognormal is inf"},
      {"migration { kloc_dense { lognormal { median: 1 sigma: nan } unit: 'KLOC' source: 'x' } }",
       "migration.kloc_dense.lognormal has the median 1 and sigma nan"},
      {"lock_in { hazard { gamma { shape: 1 rate: 0 } unit: '1/year' source: 'x' } }",
       "lock_in.hazard.gamma has the shape 1 and rate 0"},
      {"lock_in { hazard { gamma { shape: 1 rate: inf } unit: '1/year' source: 'x' } }",
       "lock_in.hazard.gamma has the shape 1 and rate inf"},
      {"lock_in { hazard { gamma { shape: -1 rate: 2 } unit: '1/year' source: 'x' } }",
       "lock_in.hazard.gamma has the shape -1 and rate 2"},
      {"lock_in { hazard { gamma { shape: 1000 rate: 2 } unit: '1/year' source: 'x' } }",
       "mean of lock_in.hazard.gamma is 500"},
  });
}

TEST(ReadScenarioTest, WhatIsMissingIsRefusedByField) {
  ExpectRefused({
      {"lock_in { hazard { value: 1 unit: 'per year' source: 'x' } }",
       "lock_in.hazard.unit is \"per year\": it must be \"1/year\""},
      {"lock_in { hazard { value: 1 source: 'x' } }", "lock_in.hazard.unit is \"\""},
      {"lock_in { hazard { unit: '1/year' source: 'x' } }", "lock_in.hazard has no value"},
      {"lock_in { hazard { value: 1 unit: '1/year' } }", "lock_in.hazard.source is empty"},
      {"migration { person_month { value: 1 unit: 'USD' source: '' } }", "migration.person_month.source is empty"},
      {"lock_in { hazard {} }", "lock_in.hazard.unit is \"\""},
  });
}

TEST(ParseScenarioTest, BadTextIsRefusedByLineAndColumn) {
  ExpectRefused({
      {"lock_in {\n  hazzard { value: 1 }\n}", "mine.textproto:3:11: "},
      {"budget { value: many }", "mine.textproto:2:17: "},
      {"budget { value: 1", "mine.textproto:2:"},
      {"lock_in { kernels: SUCCESSOR_KERNELS_SOON }",
       "mine.textproto:2:43: Unknown enumeration value of \"SUCCESSOR_KERNELS_SOON\""},
  });
  EXPECT_THAT(std::string(ReadOver("lock_in {\n  hazzard { value: 1 }\n}").status().message()), HasSubstr("hazzard"));
}

TEST(ParseScenarioTest, OtherVersionsAreRefused) {
  for (const char* text : {"", "name: 'x'", "scenario_version: 2"}) {
    const absl::Status status = ParseScenario(text, "mine.textproto").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("mine.textproto: scenario_version is ")) << text;
  }
  v1::Scenario newer;
  newer.set_scenario_version(2);
  EXPECT_EQ(WithDefaults(newer).status().code(), absl::StatusCode::kInvalidArgument);
}

v1::Scenario Parsed(const std::string& text) { return *ParseScenario(absl::StrCat(kVersion, text), "test"); }

TEST(LayOverTest, AnAssumptionIsReplacedWhole) {
  const v1::Scenario base = Parsed(
      "budget { value: 5 unit: 'USD' basis: FIGURE_BASIS_MEASURED source: 'base' } "
      "lock_in { hazard { gamma { shape: 2 rate: 3 } unit: '1/year' source: 'base' } general_class: 'g' }");
  const v1::Scenario result = LayOver(base, Parsed("lock_in { hazard { value: 1 } }"));
  EXPECT_EQ(result.lock_in().hazard().value(), 1);
  EXPECT_FALSE(result.lock_in().hazard().has_gamma());
  EXPECT_EQ(result.lock_in().hazard().source(), "");
  EXPECT_EQ(result.lock_in().hazard().unit(), "");
  // The rest stays.
  EXPECT_EQ(result.lock_in().general_class(), "g");
  EXPECT_EQ(result.budget().source(), "base");
}

TEST(LayOverTest, WorkloadsAreReplacedWhole) {
  const v1::Scenario base =
      Parsed("lock_in { incumbent { trace: 'a' weight: 2 } incumbent { trace: 'b' } successor { trace: 'c' } }");
  const v1::Scenario result = LayOver(base, Parsed("lock_in { incumbent { trace: 'd' } }"));
  ASSERT_EQ(result.lock_in().incumbent_size(), 1);
  EXPECT_EQ(result.lock_in().incumbent(0).trace(), "d");
  EXPECT_FALSE(result.lock_in().incumbent(0).has_weight());
  ASSERT_EQ(result.lock_in().successor_size(), 1);
  EXPECT_EQ(result.lock_in().successor(0).trace(), "c");
}

TEST(LayOverTest, OtherMessagesAreLaidOverEachOther) {
  const v1::Scenario base = Parsed("seed: 4 title: 'base' replay { pue: 1.2 utilization: 0.5 stack: 's' }");
  const v1::Scenario result = LayOver(base, Parsed("title: 'over' replay { utilization: 0 }"));
  EXPECT_EQ(result.seed(), 4u);
  EXPECT_EQ(result.title(), "over");
  EXPECT_EQ(result.replay().pue(), 1.2);
  EXPECT_EQ(result.replay().utilization(), 0);
  EXPECT_TRUE(result.replay().has_utilization());
  EXPECT_EQ(result.replay().stack(), "s");
  // Over itself, nothing changes.
  EXPECT_EQ(LayOver(base, base).SerializeAsString(), base.SerializeAsString());
}

}  // namespace
}  // namespace sandglass::economics
