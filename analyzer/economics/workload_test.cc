#include "analyzer/economics/workload.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "analyzer/economics/workload_fixture.h"
#include "analyzer/silicon/catalog.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sandglass::economics {
namespace {

using ops::OpClass;
using ::sandglass::testing::AddAttention;
using ::sandglass::testing::AddProducts;
using ::sandglass::testing::AddScans;
using ::sandglass::testing::Lacking;
using ::sandglass::testing::MakeFigure;
using ::sandglass::testing::MakeTensor;
using ::sandglass::testing::On;
using ::sandglass::testing::Part;
using ::sandglass::testing::RoundClass;
using ::sandglass::testing::RoundPricebook;
using ::sandglass::testing::TraceBuilder;
using silicon::Generality;
using silicon::Support;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TraceBuilder Named(const std::string& name) {
  TraceBuilder builder;
  builder.trace().name = name;
  return builder;
}

silicon::SiliconClass General() { return RoundClass("general", Generality::kGeneral); }

TEST(ObserveTest, TodayAndPortedByHand) {
  TraceBuilder builder = Named("scan");
  AddScans(builder, 100, 1);
  builder.trace().work_done = {{trace::WorkUnit::kToken, 100}};
  const std::vector<WorkloadTrace> parts = {Part(builder, "traces[0]")};
  const silicon::SiliconClass chip = Lacking(General(), OpClass::kSelectiveScan, Support::kDecomposed);
  const WorkloadOnClass on = On(parts, chip, RoundPricebook(CostBasis::kRented));
  ASSERT_EQ(on.size(), 1);
  EXPECT_EQ(on[0].trace, parts.data());
  EXPECT_FALSE(on[0].closed);
  // 2 us until the first operator was dispatched, then 1052.43 us, or 2.43 us with a kernel.
  EXPECT_NEAR(on[0].today.wall.value(), 1054.43e-6, 1e-12);
  EXPECT_NEAR(on[0].ported.wall.value(), 4.43e-6, 1e-12);
  // USD 1 an hour, of which 0.7 · 0.9 are useful work, and 100 units in the trace.
  ASSERT_TRUE(on[0].cost_today.has_value() && on[0].cost_today->usd.has_value());
  EXPECT_NEAR(on[0].cost_today->usd->value, 1054.43e-6 / 3600 / 0.63 / 100, 1e-16);
  EXPECT_NEAR(on[0].cost_ported->usd->value, 4.43e-6 / 3600 / 0.63 / 100, 1e-18);
  EXPECT_NEAR(SpeedToday(on, on), 4.43 / 1054.43, 1e-9);
}

TEST(ObserveTest, WithoutAKernelLanguageNothingIsPorted) {
  TraceBuilder builder = Named("scan");
  AddScans(builder, 100, 1);
  const std::vector<WorkloadTrace> parts = {Part(builder, "traces[0]")};
  silicon::SiliconClass chip = Lacking(General(), OpClass::kSelectiveScan, Support::kDecomposed);
  chip.stacks[0].kernel_language = "";
  const WorkloadOnClass on = On(parts, chip, RoundPricebook());
  EXPECT_TRUE(on[0].closed);
  EXPECT_TRUE(IsClosed(on));
  EXPECT_EQ(on[0].ported.wall, on[0].today.wall);
  // Where nothing is missing it does not matter that users cannot write kernels.
  silicon::SiliconClass all = General();
  all.stacks[0].kernel_language = "";
  EXPECT_FALSE(IsClosed(On(parts, all, RoundPricebook())));
  EXPECT_EQ(SpeedToday(On(parts, all, RoundPricebook()), On(parts, all, RoundPricebook())), 1);
}

TEST(ObserveTest, WhatDoesNotRunHasNoCostUntilItIsPorted) {
  TraceBuilder builder = Named("scan");
  AddScans(builder, 100, 1);
  const std::vector<WorkloadTrace> parts = {Part(builder, "lock_in.successor[0]")};
  const silicon::SiliconClass chip = Lacking(General(), OpClass::kSelectiveScan, Support::kUnsupported);
  const WorkloadOnClass on = On(parts, chip, RoundPricebook());
  EXPECT_FALSE(on[0].cost_today.has_value());
  EXPECT_TRUE(on[0].cost_ported.has_value());
  EXPECT_EQ(SpeedToday(on, on), 0);
  EXPECT_TRUE(CostAt(on[0], Stage::kPorted).ok());
  const absl::Status status = CostAt(on[0], Stage::kToday).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "lock_in.successor[0]: general: cannot run scan: sandglass::selective_scan: selective_scan does not run on "
            "general with test");
}

// Over all classes and stacks: a port never makes anything slower, and what is ported runs where the units can.
TEST(ObserveTest, PortedIsNeverSlowerThanToday) {
  const auto catalog = silicon::Catalog::Embedded();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  TraceBuilder builder = Named("mixture");
  AddProducts(builder, 2048, 10);
  AddScans(builder, 256, 3);
  AddAttention(builder, 2);
  const trace::Tensor rows = MakeTensor({512, 512});
  builder.AddOperator(builder.AddSignature("aten::sort", {rows}, {rows}));
  builder.AddOperator(builder.AddSignature("aten::erfinv", {rows}, {rows}));
  const std::vector<WorkloadTrace> parts = {Part(builder, "traces[0]")};
  int faster = 0;
  for (const silicon::SiliconClass& silicon : catalog->classes()) {
    for (const silicon::Stack& stack : silicon.stacks) {
      const TraceOnClass on = Observe(parts[0], catalog->TargetFor(silicon, stack.name), RoundPricebook());
      const std::string where = silicon.id + " with " + stack.name;
      if (on.today.verdict != replay::Verdict::kSupported) continue;
      ASSERT_EQ(on.ported.verdict, replay::Verdict::kSupported) << where;
      EXPECT_LE(on.ported.wall, on.today.wall) << where;
      if (on.ported.wall < on.today.wall) ++faster;
    }
  }
  EXPECT_GE(faster, 10);
}

TEST(MissingKernelsTest, EachClassOnceWithItsWorst) {
  TraceBuilder one = Named("one");
  AddScans(one, 100, 1);
  AddProducts(one, 1024, 1);
  TraceBuilder two = Named("two");
  AddScans(two, 100, 1);
  const trace::Tensor x = MakeTensor({1'000'000});
  two.AddOperator(two.AddSignature("aten::exp", {x}, {x}));
  two.AddOperator(two.AddSignature("aten::tanh", {x}, {x}));
  const std::vector<WorkloadTrace> parts = {Part(one, "traces[0]"), Part(two, "traces[1]")};
  silicon::SiliconClass chip = Lacking(General(), OpClass::kSelectiveScan, Support::kDecomposed);
  // exp is decomposed, tanh does not run: the class of both is missing once, at its worst.
  for (const auto& [name, support] :
       {std::pair("exp", Support::kDecomposed), std::pair("tanh", Support::kUnsupported)}) {
    silicon::SupportStatement statement = ::sandglass::testing::Says(std::nullopt, support);
    statement.names = {name};
    chip.stacks[0].statements.insert(chip.stacks[0].statements.begin(), statement);
  }
  const std::vector<MissingKernel> missing = MissingKernels(On(parts, chip, RoundPricebook()));
  ASSERT_EQ(missing.size(), 2);
  EXPECT_EQ(missing[0].op_class, OpClass::kElementwise);
  EXPECT_EQ(missing[0].support, Support::kUnsupported);
  EXPECT_THAT(missing[0].names, ElementsAre("aten::exp", "aten::tanh"));
  EXPECT_THAT(missing[0].traces, ElementsAre("two"));
  EXPECT_EQ(missing[1].op_class, OpClass::kSelectiveScan);
  EXPECT_EQ(missing[1].support, Support::kDecomposed);
  EXPECT_THAT(missing[1].traces, ElementsAre("one", "two"));
  EXPECT_THAT(MissingKernels(On(parts, General(), RoundPricebook())), IsEmpty());
}

// Of the first successor the scan takes 2.43 us of 24.90483648, of the second nothing is new; the second has thrice the
// weight.
TEST(NewOperatorsTest, ScansAndAttentionThatTheIncumbentLacks) {
  TraceBuilder incumbent = Named("incumbent");
  AddAttention(incumbent, 1);
  TraceBuilder first = Named("first");
  AddScans(first, 100, 1);
  AddProducts(first, 1024, 1);
  TraceBuilder second = Named("second");
  AddAttention(second, 1);
  AddProducts(second, 1024, 1);
  const std::vector<WorkloadTrace> old = {Part(incumbent, "i")};
  const std::vector<WorkloadTrace> parts = {Part(first, "s[0]", 0.5), Part(second, "s[1]", 1.5)};
  const silicon::SiliconClass chip = Lacking(General(), OpClass::kSelectiveScan, Support::kDecomposed);
  const NewOperators fresh = NewOperatorsOf(On(old, chip, RoundPricebook()), On(parts, chip, RoundPricebook()));
  ASSERT_EQ(fresh.kernels.size(), 1) << "products have kernels everywhere, attention was there";
  EXPECT_EQ(fresh.kernels[0].op_class, OpClass::kSelectiveScan);
  EXPECT_THAT(fresh.kernels[0].traces, ElementsAre("first"));
  EXPECT_NEAR(fresh.time_share, 0.25 * 2.43 / 24.90483648, 1e-9);
  const WorkloadOnClass all = On(parts, chip, RoundPricebook());
  EXPECT_EQ(NewOperatorsOf(all, all).time_share, 0);
  // The other way round attention is new, and takes all of the time.
  const NewOperators attention = NewOperatorsOf({all[0]}, On(old, chip, RoundPricebook()));
  ASSERT_EQ(attention.kernels.size(), 1);
  EXPECT_EQ(attention.kernels[0].op_class, OpClass::kAttention);
  EXPECT_DOUBLE_EQ(attention.time_share, 1);
}

// What a trace costs on a class, given by hand.
class PricedTest : public ::testing::Test {
 protected:
  // A unit for `usd`, 0.6 of it capital, 100 of them a year, each in `seconds`; today and ported alike.
  TraceOnClass Costs(const WorkloadTrace& part, Ranged usd, double seconds = 1) {
    TraceOnClass on;
    on.trace = &part;
    on.target = {.silicon = &chip_, .stack = &chip_.stacks.front()};
    ClassCost cost;
    cost.usd = usd;
    cost.seconds = {.value = seconds, .low = seconds, .high = seconds};
    cost.usd_terms.capital = Dollars::Of(0.6 * usd.value);
    cost.usd_terms.energy = Dollars::Of(0.4 * usd.value);
    cost.units_per_year = 100;
    cost.band.coverage = 0.8;
    on.cost_today = cost;
    on.cost_ported = cost;
    return on;
  }

  silicon::SiliconClass chip_ = General();
  WorkloadTrace heavy_ = {.name = "heavy", .path = "traces[0]", .prepared = {}, .units = 1, .weight = 3};
  WorkloadTrace light_ = {.name = "light", .path = "traces[1]", .prepared = {}, .units = 1, .weight = 1};
};

TEST_F(PricedTest, RatioIsTheWeightedMeanOfRatios) {
  // 2 / 1 with weight 3 and 6 / 1 with weight 1: (6 + 6) / 4.
  const WorkloadOnClass a = {Costs(heavy_, {.value = 2, .low = 1, .high = 6}),
                             Costs(light_, {.value = 6, .low = 5, .high = 7})};
  const WorkloadOnClass b = {Costs(heavy_, {.value = 1, .low = 0.5, .high = 4}),
                             Costs(light_, {.value = 1, .low = 0.9, .high = 1.1})};
  const auto ratio = RatioOf(a, Stage::kToday, b, Stage::kToday);
  ASSERT_TRUE(ratio.ok()) << ratio.status();
  EXPECT_DOUBLE_EQ(ratio->value, 3);
  EXPECT_DOUBLE_EQ(ratio->coverage, 0.8);
  // The widest trace: a down by 2 and b up by 4, so ln² of 1/2 and 1/4; a up by 3 and b down by 2.
  EXPECT_NEAR(ratio->ends.low, std::exp(-std::hypot(std::log(2), std::log(4))), 1e-12);
  EXPECT_NEAR(ratio->ends.high, std::exp(std::hypot(std::log(3), std::log(2))), 1e-12);
  // The other way round is not its inverse, for weights are shares of what is spent below; ends change places.
  const auto inverse = RatioOf(b, Stage::kToday, a, Stage::kToday);
  EXPECT_DOUBLE_EQ(inverse->value, (3 * 0.5 + 1.0 / 6) / 4);
  EXPECT_NEAR(inverse->ends.high * ratio->ends.low, 1, 1e-12);
}

TEST_F(PricedTest, RatioNamesTheAssumedFigures) {
  silicon::Figure assumed = MakeFigure(1);
  assumed.basis = silicon::Basis::kAssumed;
  assumed.path = "power.idle";
  const silicon::Figure known = MakeFigure(1);
  TraceOnClass on = Costs(heavy_, {.value = 1, .low = 1, .high = 1});
  on.cost_today->energy_figures = {&assumed, &known};
  const auto ratio = RatioOf({on}, Stage::kToday, {on}, Stage::kPorted);
  ASSERT_TRUE(ratio.ok()) << ratio.status();
  EXPECT_THAT(ratio->assumptions, ElementsAre("general.power.idle"));
  EXPECT_THAT(RatioOf({on}, Stage::kPorted, {on}, Stage::kPorted)->assumptions, IsEmpty());
}

TEST_F(PricedTest, AnErrorNamesTraceAndClass) {
  const WorkloadOnClass fine = {Costs(heavy_, {.value = 1, .low = 1, .high = 1})};
  WorkloadOnClass refused = fine;
  refused[0].cost_today.reset();
  refused[0].today.reason = "because";
  for (const auto& status : {RatioOf(fine, Stage::kToday, refused, Stage::kToday).status(),
                             RatioOf(refused, Stage::kToday, fine, Stage::kToday).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status.message(), "traces[0]: general: cannot run heavy: because");
  }
  WorkloadOnClass free = fine;
  free[0].cost_ported->usd.reset();
  free[0].cost_ported->warnings = {"no purchase price is known, so its cost is unknown"};
  EXPECT_TRUE(RatioOf(free, Stage::kToday, fine, Stage::kToday).ok()) << "the stage that is asked for has a price";
  EXPECT_EQ(RatioOf(free, Stage::kPorted, fine, Stage::kToday).status().message(),
            "traces[0]: general: no purchase price is known, so its cost is unknown");
}

TEST_F(PricedTest, SharesOfAYearsCost) {
  WorkloadOnClass workload = {Costs(heavy_, {.value = 1}), Costs(light_, {.value = 1})};
  // A year costs 100 units · USD 1, for purchases of USD 200 and 600: 2 and 6 years, weights 3 and 1.
  workload[0].cost_today->purchase = Dollars::Of(200);
  workload[1].cost_today->purchase = Dollars::Of(600);
  EXPECT_DOUBLE_EQ(CapitalYears(workload), 3);
  // 0.4 of both is not capital; then 1 of the light one: (3 · 0.4 + 1) / 4.
  EXPECT_DOUBLE_EQ(RunningShare(workload), 0.4);
  workload[1].cost_today->usd_terms.capital = Dollars();
  EXPECT_DOUBLE_EQ(RunningShare(workload), 0.55);
}

TEST_F(PricedTest, SpeedTodayWeighsByTimeOnTheReference) {
  // On the reference a unit takes 1 s and 4 s, so a dollar buys 3 units of the heavy and 1/4 of the light. Those take
  // 3 · 5 + 0.25 · 8 = 17 s today and 3 · 2 + 0.25 · 8 = 8 s ported.
  const WorkloadOnClass reference = {Costs(heavy_, {.value = 1}, 1), Costs(light_, {.value = 1}, 4)};
  WorkloadOnClass workload = {Costs(heavy_, {.value = 1}, 2), Costs(light_, {.value = 1}, 8)};
  workload[0].cost_today->seconds.value = 5;
  EXPECT_DOUBLE_EQ(SpeedToday(workload, reference), 8.0 / 17);
  workload[1].cost_today.reset();
  EXPECT_EQ(SpeedToday(workload, reference), 0);
}

TEST_F(PricedTest, MeanUnitCostIsOfAMixOfDollars) {
  // Three of four dollars buy units at 2, one buys them at 6: 4 dollars buy 1.5 + 1/6 units.
  WorkloadOnClass workload = {Costs(heavy_, {.value = 2}), Costs(light_, {.value = 6})};
  EXPECT_DOUBLE_EQ(MeanUnitCost(workload, Stage::kToday), 4 / (1.5 + 1.0 / 6));
  workload[0].cost_ported->usd->value = 1;
  EXPECT_DOUBLE_EQ(MeanUnitCost(workload, Stage::kPorted), 4 / (3 + 1.0 / 6));
}

TEST(RentedTest, NothingWasBoughtSoAllEnds) {
  TraceBuilder builder = Named("products");
  AddProducts(builder, 1024, 10);
  const std::vector<WorkloadTrace> parts = {Part(builder, "traces[0]")};
  const silicon::SiliconClass chip = General();
  const WorkloadOnClass rented = On(parts, chip, RoundPricebook(CostBasis::kRented));
  EXPECT_EQ(CapitalYears(rented), 0);
  EXPECT_DOUBLE_EQ(RunningShare(rented), 1);
  // USD 1000 · 1.6 / 0.8 were paid; capital is 478.456 a year, hosting 1.03 kW · 190 · 12 = 2348.4, operations 100
  // (class_cost_test.cc), and electricity comes on top.
  const WorkloadOnClass owned = On(parts, chip, RoundPricebook());
  const double energy = owned[0].cost_today->usd_terms.energy.value() * owned[0].cost_today->units_per_year;
  EXPECT_NEAR(CapitalYears(owned), 2000 / (478.456 + 2348.4 + 100 + energy), 1e-6);
  EXPECT_NEAR(RunningShare(owned), 1 - 478.456 / (478.456 + 2348.4 + 100 + energy), 1e-6);
}

}  // namespace
}  // namespace sandglass::economics
