#include "analyzer/economics/migration.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/economics/workload_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/scenario.pb.h"

namespace sandglass::economics {
namespace {

using ops::OpClass;
using ::sandglass::testing::AddAttention;
using ::sandglass::testing::AddProducts;
using ::sandglass::testing::AddScans;
using ::sandglass::testing::Lacking;
using ::sandglass::testing::MakeFigure;
using ::sandglass::testing::On;
using ::sandglass::testing::Part;
using ::sandglass::testing::RoundClass;
using ::sandglass::testing::RoundPricebook;
using ::sandglass::testing::TraceBuilder;
using silicon::Generality;
using silicon::SiliconClass;
using silicon::Support;
using ::testing::ElementsAre;

// The default scenario, where 2 units of the successor do what one of the incumbent does.
Scenario TheScenario() {
  auto message = WithDefaults({});
  EXPECT_TRUE(message.ok()) << message.status();
  v1::Assumption& units = *message->mutable_equivalence()->mutable_successor_units();
  units.set_value(2);
  units.set_unit("ratio");
  units.set_source("test");
  auto scenario = ReadScenario(*message);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return *scenario;
}

// Products, and a mixture of attention and scans; the target multiplies ten times as fast and lacks the scan.
class MigrationTest : public ::testing::Test {
 protected:
  MigrationTest() {
    AddProducts(products_, 1024, 100);
    products_.trace().name = "products";
    AddAttention(mixture_, 1);
    AddScans(mixture_, 100, 10);
    mixture_.trace().name = "mixture";
    to_.matrix_rates[0].flop_per_s = MakeFigure(1e15);
    to_ = Lacking(to_, OpClass::kSelectiveScan, Support::kDecomposed);
  }

  Migration Plan(const std::vector<WorkloadTrace>& parts, CostBasis basis = CostBasis::kOwned) const {
    return Plan(parts, from_, parts, to_, false, basis);
  }

  static Migration Plan(const std::vector<WorkloadTrace>& before, const SiliconClass& from,
                        const std::vector<WorkloadTrace>& after, const SiliconClass& to, bool other_model,
                        CostBasis basis = CostBasis::kOwned) {
    const auto planned = PlanMigration(On(before, from, RoundPricebook(basis)), On(after, to, RoundPricebook(basis)),
                                       other_model, TheScenario());
    EXPECT_TRUE(planned.ok()) << planned.status();
    return planned.ok() ? *planned : Migration();
  }

  TraceBuilder products_;
  TraceBuilder mixture_;
  SiliconClass from_ = RoundClass("from", Generality::kGeneral);
  SiliconClass to_ = RoundClass("to", Generality::kSpecialised);
};

TEST_F(MigrationTest, AMoveToAnotherClass) {
  const std::vector<WorkloadTrace> parts = {Part(products_, "traces[0]", 3), Part(mixture_, "traces[1]")};
  const Migration planned = Plan(parts);
  const WorkloadOnClass before = On(parts, from_, RoundPricebook());
  const WorkloadOnClass after = On(parts, to_, RoundPricebook());
  // 70 % of a billion is in computers.
  const double annual = 0.7e9 / CapitalYears(before);
  EXPECT_NEAR(planned.move.annual_from_usd, annual, 1e-3);
  EXPECT_DOUBLE_EQ(planned.move.avoidable_share, RunningShare(before));
  // Shares of what is spent where the work is: 3/4 and 1/4.
  const auto ratio = [&](size_t i) { return after[i].cost_ported->usd->value / before[i].cost_today->usd->value; };
  EXPECT_NEAR(planned.cost_ratio.value, 0.75 * ratio(0) + 0.25 * ratio(1), 1e-12);
  EXPECT_NEAR(planned.move.annual_to_usd, annual * planned.cost_ratio.value, 1e-3);
  EXPECT_DOUBLE_EQ(planned.move.slow, SpeedToday(after, after));
  EXPECT_LT(planned.move.slow, 1);
  EXPECT_EQ(planned.move.purchase_usd, 0.7e9);
  EXPECT_TRUE(planned.move.from_general);
  EXPECT_FALSE(planned.move.to_general);
  EXPECT_FALSE(planned.move.same_vendor);
  EXPECT_TRUE(planned.move.needs_kernels);
  // One scan to write, and the code of both models for another vendor.
  EXPECT_THAT(planned.move.pieces, ElementsAre(0, 0, 1, 2));
  EXPECT_FALSE(planned.closed);
}

TEST_F(MigrationTest, TheSameVendorKeepsTheModelsCode) {
  to_.vendor = from_.vendor;
  const Migration planned = Plan({Part(mixture_, "traces[0]")});
  EXPECT_TRUE(planned.move.same_vendor);
  EXPECT_THAT(planned.move.pieces, ElementsAre(0, 0, 1, 0));
}

TEST_F(MigrationTest, RentedMachinesAreGivenBack) {
  const Migration planned = Plan({Part(products_, "traces[0]")}, CostBasis::kRented);
  // The budget pays the rent of five years; all of it ends, and nothing is left to sell.
  EXPECT_DOUBLE_EQ(planned.move.annual_from_usd, 2e8);
  EXPECT_DOUBLE_EQ(planned.move.avoidable_share, 1);
  EXPECT_EQ(planned.move.purchase_usd, 0);
  // (2 + 100 · 7.291456) / (2 + 100 · 22.47483648) of the time at the same rate.
  EXPECT_NEAR(planned.move.annual_to_usd, 2e8 * 731.1456 / 2249.483648, 1);
}

TEST_F(MigrationTest, AnotherModelOnTheSameSiliconKeepsTheMachines) {
  const std::vector<WorkloadTrace> before = {Part(products_, "traces[0]")};
  const std::vector<WorkloadTrace> after = {Part(mixture_, "successor_traces[0]")};
  const Migration planned = Plan(before, from_, after, from_, true);
  const WorkloadOnClass old = On(before, from_, RoundPricebook());
  const WorkloadOnClass next = On(after, from_, RoundPricebook());
  EXPECT_NEAR(planned.cost_ratio.value, 2 * next[0].cost_ported->usd->value / old[0].cost_today->usd->value, 1e-12);
  EXPECT_THAT(planned.cost_ratio.assumptions, ElementsAre("equivalence.successor_units"));
  EXPECT_EQ(planned.move.purchase_usd, 0);
  EXPECT_EQ(planned.move.avoidable_share, 1);
  EXPECT_EQ(planned.move.slow, 1);
  EXPECT_FALSE(planned.move.needs_kernels);
  EXPECT_THAT(planned.move.pieces, ElementsAre(0, 0, 0, 0));
}

TEST_F(MigrationTest, AClosedStackHasNoPrice) {
  to_.stacks[0].kernel_language = "";
  const MovePricer pricer(TheScenario().migration, 100, 1);
  const Migration closed = Plan({Part(mixture_, "traces[0]")});
  EXPECT_TRUE(closed.closed);
  EXPECT_EQ(closed.kernels.size(), 1);
  EXPECT_FALSE(PriceOf(closed, pricer).has_value());
  const Migration open = Plan({Part(products_, "traces[0]")});
  EXPECT_FALSE(open.closed) << "nothing is missing";
  ASSERT_TRUE(PriceOf(open, pricer).has_value());
}

TEST_F(MigrationTest, CountsKernelsByFamily) {
  Move move;
  std::vector<MissingKernel> kernels(4);
  kernels[0].op_class = OpClass::kAttention;
  kernels[1].op_class = OpClass::kSelectiveScan;
  kernels[2].op_class = OpClass::kRecurrentStep;
  kernels[3].op_class = OpClass::kSort;
  CountKernels(kernels, move);
  EXPECT_THAT(move.pieces, ElementsAre(1, 1, 2, 0));
  EXPECT_TRUE(move.needs_kernels);
  CountKernels({}, move);
  EXPECT_FALSE(move.needs_kernels);
}

TEST_F(MigrationTest, ErrorsNameTraceAndClass) {
  const std::vector<WorkloadTrace> before = {Part(products_, "traces[0]")};
  const std::vector<WorkloadTrace> after = {Part(mixture_, "successor_traces[0]")};
  const SiliconClass none = Lacking(from_, OpClass::kGemm, Support::kUnsupported);
  SiliconClass free = to_;
  free.prices.clear();
  for (const bool other_model : {false, true}) {
    const auto& moved = other_model ? after : before;
    const auto status =
        PlanMigration(On(before, none, RoundPricebook()), On(moved, to_, RoundPricebook()), other_model, TheScenario())
            .status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status.message(), "traces[0]: from: cannot run products: aten::mm: gemm does not run on from with test");
    const auto unpriced = PlanMigration(On(before, from_, RoundPricebook()), On(moved, free, RoundPricebook()),
                                        other_model, TheScenario())
                              .status();
    EXPECT_EQ(unpriced.message(), (other_model ? "successor_traces[0]" : "traces[0]") +
                                      std::string(": to: no purchase price is known, so its cost is unknown"));
  }
}

}  // namespace
}  // namespace sandglass::economics
