#include "analyzer/economics/lock_in/facts.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/economics/workload_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/scenario.pb.h"

namespace sandglass::economics {
namespace {

using ops::OpClass;
using ::sandglass::testing::AddAttention;
using ::sandglass::testing::AddPairForces;
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
using ::testing::Contains;
using ::testing::ElementsAre;
using Shape = Distribution::Shape;

Scenario Defaults(void (*change)(v1::Scenario&) = [](v1::Scenario&) {}) {
  auto message = WithDefaults({});
  EXPECT_TRUE(message.ok()) << message.status();
  change(*message);
  auto scenario = ReadScenario(*message);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return *scenario;
}

void DeclareUnits(v1::Scenario& scenario) {
  v1::Assumption& units = *scenario.mutable_equivalence()->mutable_successor_units();
  units.set_value(4);
  units.set_unit("ratio");
  units.set_source("test");
}

void KernelsAsToday(v1::Scenario& scenario) { scenario.mutable_lock_in()->set_kernels(v1::SUCCESSOR_KERNELS_AS_TODAY); }

// Products today, and products and scans after a shift. The specialised class multiplies ten times as fast, and runs
// scans turn by turn.
class LockInInputsTest : public ::testing::Test {
 protected:
  LockInInputsTest() {
    AddProducts(products_, 1024, 100);
    products_.trace().name = "products";
    AddProducts(scans_, 1024, 50);
    AddScans(scans_, 100, 100);
    scans_.trace().name = "scans";
    incumbent_ = {Part(products_, "lock_in.incumbent[0]")};
    successor_ = {Part(scans_, "lock_in.successor[0]")};
    special_.matrix_rates[0].flop_per_s = MakeFigure(1e15);
    special_ = Lacking(special_, OpClass::kSelectiveScan, Support::kDecomposed);
  }

  Side SideOf(const SiliconClass& chip, CostBasis basis) const {
    return {.incumbent = On(incumbent_, chip, RoundPricebook(basis)),
            .successor = On(successor_, chip, RoundPricebook(basis))};
  }

  absl::StatusOr<LockInFacts> Derive(const Scenario& scenario, CostBasis basis = CostBasis::kOwned) const {
    return DeriveLockIn(SideOf(special_, basis), SideOf(general_, basis), scenario);
  }

  LockInFacts Facts(const Scenario& scenario, CostBasis basis = CostBasis::kOwned) const {
    auto facts = Derive(scenario, basis);
    EXPECT_TRUE(facts.ok()) << facts.status();
    return facts.ok() ? *std::move(facts) : LockInFacts();
  }

  static double Central(const LockInFacts& facts, Input input) { return facts.inputs[input].distribution.Central(); }

  TraceBuilder products_;
  TraceBuilder scans_;
  std::vector<WorkloadTrace> incumbent_;
  std::vector<WorkloadTrace> successor_;
  SiliconClass special_ = RoundClass("special", Generality::kSpecialised);
  SiliconClass general_ = RoundClass("general", Generality::kGeneral);
};

// Rented at the same rate, so costs are times. Incumbent: 100 products in 2 + 100 · 22.47483648 us against
// 2 + 100 · 7.29... us, for memory then decides: 3 · 2 MiB over 1 TB/s and the floor are 7.291456 us.
TEST_F(LockInInputsTest, AdvantageKeptByHand) {
  const LockInFacts facts = Facts(Defaults(), CostBasis::kRented);
  const double a = (2 + 100 * 7.291456) / (2 + 100 * 22.47483648);
  EXPECT_NEAR(Central(facts, Input::kRelativeCost), a, 1e-9);
  // Successor, ported: 50 products and 100 scans of 2.43 us.
  const double after = (2 + 50 * 7.291456 + 243) / (2 + 50 * 22.47483648 + 243);
  EXPECT_TRUE(facts.successor_runs);
  EXPECT_NEAR(facts.advantage_kept.distribution.Central(), a / after, 1e-9);
  // Four times, each within a factor of 2 either way: exp(ln 2 · √4) = 4.
  // The band of 80 % is a factor of 4 either way.
  EXPECT_NEAR(facts.advantage_kept.distribution.Quantile(0.1) / (a / after), 0.25, 1e-6);
  EXPECT_NEAR(facts.advantage_kept.distribution.Quantile(0.9) / (a / after), 4, 1e-5);
  // The general class keeps what the scenario says; the specialised one κ of that.
  EXPECT_FALSE(facts.equivalence);
  EXPECT_DOUBLE_EQ(Central(facts, Input::kRetainedGeneral), 0.85);
  EXPECT_NEAR(Central(facts, Input::kRetainedSpecialised), 0.85 * a / after, 1e-9);
}

TEST_F(LockInInputsTest, PricesCancelInTheAdvantageKept) {
  const double rented = Facts(Defaults(), CostBasis::kRented).advantage_kept.distribution.Central();
  const LockInFacts before = Facts(Defaults());
  for (silicon::Price& price : special_.prices) price.usd = MakeFigure(2 * price.usd.value);
  const LockInFacts dearer = Facts(Defaults(), CostBasis::kRented);
  EXPECT_NEAR(dearer.advantage_kept.distribution.Central(), rented, 1e-12);
  const LockInFacts after = Facts(Defaults());
  EXPECT_GT(Central(after, Input::kRelativeCost), 1.1 * Central(before, Input::kRelativeCost));
  // Owned, electricity does not double with the price, and its share differs a little between the traces.
  EXPECT_NEAR(after.advantage_kept.distribution.Central() / before.advantage_kept.distribution.Central(), 1, 0.02);
}

TEST_F(LockInInputsTest, ADeclaredEquivalenceGivesWhatTheGeneralClassRetains) {
  const LockInFacts facts = Facts(Defaults(DeclareUnits));
  EXPECT_TRUE(facts.equivalence);
  const Side general = SideOf(general_, CostBasis::kOwned);
  const double now = general.incumbent[0].cost_today->usd->value;
  const double then = general.successor[0].cost_ported->usd->value;
  EXPECT_NEAR(Central(facts, Input::kRetainedGeneral), now / (4 * then), 1e-12);
  EXPECT_NEAR(Central(facts, Input::kRetainedSpecialised),
              facts.advantage_kept.distribution.Central() * now / (4 * then), 1e-12);
  EXPECT_THAT(facts.inputs[Input::kRetainedGeneral].assumptions, ElementsAre("equivalence.successor_units"));
  // κ needs no equivalence.
  EXPECT_DOUBLE_EQ(facts.advantage_kept.distribution.Central(),
                   Facts(Defaults()).advantage_kept.distribution.Central());
}

// Ported, the scans take 243 us of 2 + 50 · 22.47… + 243 on the general class; new operators keep 0.36 until then.
TEST_F(LockInInputsTest, NewKernelsAreSlowAndTakeTheirTime) {
  const LockInFacts facts = Facts(Defaults());
  const double fresh = 243 / (50 * 22.47483648 + 243);
  EXPECT_NEAR(Central(facts, Input::kSlowGeneral), 1 / (fresh / 0.36 + 1 - fresh), 1e-9);
  EXPECT_NEAR(Central(facts, Input::kLagGeneral), 15.0 / 365, 1e-12);
  // On the specialised class as today: 1050 us more a scan.
  const double ported = 2 + 50 * 7.291456 + 243;
  EXPECT_NEAR(Central(facts, Input::kSlowSpecialised), ported / (ported + 105000), 1e-9);
  EXPECT_EQ(facts.inputs[Input::kSlowSpecialised].distribution.shape(), Shape::kPoint);
  EXPECT_NEAR(Central(facts, Input::kLagSpecialised), 343.0 / 365, 1e-9);
  // Both sides write the scan.
  for (const ModelMove* move : {&facts.move_specialised, &facts.move_general}) {
    ASSERT_EQ(move->kernels.size(), 1);
    EXPECT_EQ(move->kernels[0].op_class, OpClass::kSelectiveScan);
    EXPECT_EQ(move->move.pieces[static_cast<size_t>(KernelFamily::kRecurrence)], 1);
    EXPECT_FALSE(move->closed);
    EXPECT_GT(move->cost.labour.p50, 0);
  }
}

TEST_F(LockInInputsTest, KernelsAsTodayWaitOnlyForWhatIsMissing) {
  const LockInFacts facts = Facts(Defaults(KernelsAsToday));
  EXPECT_EQ(Central(facts, Input::kSlowGeneral), 1);
  EXPECT_EQ(facts.inputs[Input::kLagGeneral].distribution.shape(), Shape::kPoint);
  EXPECT_EQ(Central(facts, Input::kLagGeneral), 0);
  EXPECT_TRUE(facts.move_general.kernels.empty());
  EXPECT_EQ(facts.move_general.cost.labour.p95, 0);
  EXPECT_LT(Central(facts, Input::kSlowSpecialised), 0.01);
  EXPECT_NEAR(Central(facts, Input::kLagSpecialised), 343.0 / 365, 1e-9);
  EXPECT_EQ(facts.move_specialised.kernels.size(), 1);
}

// Today's native scan is slower than nothing new: with all native and the incumbent a scan too, there is no lag at all.
TEST_F(LockInInputsTest, NothingNewNothingMissingNoLag) {
  special_.stacks[0].statements.erase(special_.stacks[0].statements.begin());
  incumbent_ = {Part(scans_, "lock_in.incumbent[0]")};
  const LockInFacts facts = Facts(Defaults());
  for (const Input input : {Input::kSlowSpecialised, Input::kSlowGeneral}) EXPECT_EQ(Central(facts, input), 1);
  for (const Input input : {Input::kLagSpecialised, Input::kLagGeneral}) EXPECT_EQ(Central(facts, input), 0);
  EXPECT_DOUBLE_EQ(facts.advantage_kept.distribution.Central(), 1);
}

TEST_F(LockInInputsTest, WhatNeverRunsThereKeepsNothing) {
  // No vector units in FP32 at all: no kernel can be written for the scan.
  special_.vector_rates.clear();
  const LockInFacts facts = Facts(Defaults());
  EXPECT_FALSE(facts.successor_runs);
  EXPECT_EQ(facts.advantage_kept.distribution.Central(), 0);
  EXPECT_EQ(Central(facts, Input::kRetainedSpecialised), 0);
  EXPECT_EQ(Central(facts, Input::kSlowSpecialised), 0);
  EXPECT_TRUE(absl::StrContains(facts.inputs[Input::kRetainedSpecialised].source, "lock_in.successor[0]: special"))
      << facts.inputs[Input::kRetainedSpecialised].source;
}

TEST_F(LockInInputsTest, AClosedStackHasNothingWrittenAndIsValidatedAllTheSame) {
  special_.stacks[0].kernel_language = "";
  const LockInFacts facts = Facts(Defaults());
  EXPECT_TRUE(facts.move_specialised.closed);
  EXPECT_EQ(facts.move_specialised.cost.labour.p95, 0);
  EXPECT_GT(Central(facts, Input::kMoveSpecialised), 0);
  EXPECT_FALSE(facts.move_general.closed);
  // What it keeps is what it does today.
  const Side side = SideOf(special_, CostBasis::kOwned);
  const Side general = SideOf(general_, CostBasis::kOwned);
  const double then = side.successor[0].cost_today->usd->value / general.successor[0].cost_ported->usd->value;
  EXPECT_NEAR(facts.advantage_kept.distribution.Central(), Central(facts, Input::kRelativeCost) / then, 1e-12);
}

// Both retained shares are of one comparison of units: what lifts the one lifts the other, and their ratio is κ in
// every world.
TEST_F(LockInInputsTest, RetainedSharesMoveTogether) {
  const LockInFacts facts = Facts(Defaults());
  EXPECT_TRUE(facts.inputs.retained_move_together);
  const double central = Central(facts, Input::kRetainedSpecialised) / Central(facts, Input::kRetainedGeneral);
  const InputValues moved = facts.inputs.CentralWith(Input::kRetainedGeneral, 0.6);
  EXPECT_NEAR(moved[Input::kRetainedSpecialised] / 0.6, central, 1e-12);
  // One that is asked for is meant as it is.
  EXPECT_EQ(facts.inputs.CentralWith(Input::kRetainedSpecialised, 0.3)[Input::kRetainedSpecialised], 0.3);
  InputSpreads certain = facts.inputs;
  certain[Input::kRetainedSpecialised].distribution = Distribution::Point(Central(facts, Input::kRetainedSpecialised));
  RandomStream stream(1);
  for (int i = 0; i < 100; ++i) {
    const InputValues world = certain.Draw(stream);
    EXPECT_NEAR(world[Input::kRetainedSpecialised] / world[Input::kRetainedGeneral], central, 1e-12);
  }
}

TEST_F(LockInInputsTest, FlowsOfTheBudget) {
  const Scenario scenario = Defaults();
  const LockInFacts owned = Facts(scenario);
  const double years = CapitalYears(SideOf(general_, CostBasis::kOwned).incumbent);
  EXPECT_DOUBLE_EQ(Central(owned, Input::kCapitalGeneral), years);
  // Of the budget 70 % is in computers.
  EXPECT_NEAR(owned.annual_general_usd, 0.7e9 / years, 1e-3);
  // Rented, the budget pays the horizon's rent.
  const LockInFacts rented = Facts(scenario, CostBasis::kRented);
  EXPECT_DOUBLE_EQ(rented.annual_general_usd, 1e9 / 5);
  EXPECT_EQ(Central(rented, Input::kCapitalGeneral), 0);
  // Of the work the mean share moves: (0.25 + 0.6 + 1) / 3.
  const double share = 1.85 / 3;
  EXPECT_NEAR(rented.move_general.move.annual_from_usd, 2e8 * share, 1);
  EXPECT_NEAR(rented.move_general.move.annual_to_usd, 2e8 * share / 0.85, 1);
  const double a = Central(rented, Input::kRelativeCost);
  EXPECT_NEAR(rented.move_specialised.move.annual_from_usd, 2e8 * share * a, 1);
  EXPECT_NEAR(rented.move_specialised.move.annual_to_usd,
              2e8 * share * a / Central(rented, Input::kRetainedSpecialised), 1);
  // Moves in years of the general flow.
  EXPECT_NEAR(Central(rented, Input::kMoveGeneral), rented.move_general.cost.go_forward.p50 / 2e8, 1e-9);
}

TEST_F(LockInInputsTest, ErrorsNameTraceAndClass) {
  const Scenario scenario = Defaults();
  SiliconClass broken = general_;
  std::swap(broken, general_);
  general_ = Lacking(general_, OpClass::kGemm, Support::kUnsupported);
  auto status = Derive(scenario).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StartsWith(status.message(), "lock_in.incumbent[0]: general: cannot run products")) << status;
  general_ = broken;
  special_.prices.clear();
  status = Derive(scenario).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "lock_in.incumbent[0]: special: no purchase price is known, so its cost is unknown");
}

// Whether users could write what is missing or not: what does not run there today is nothing to compare with.
TEST_F(LockInInputsTest, TheGeneralClassMustRunTheSuccessor) {
  products_ = TraceBuilder();
  AddAttention(products_, 1);
  products_.trace().name = "attention";
  incumbent_ = {Part(products_, "lock_in.incumbent[0]")};
  general_ = Lacking(general_, OpClass::kSelectiveScan, Support::kUnsupported);
  for (const char* language : {"CUDA", ""}) {
    general_.stacks[0].kernel_language = language;
    const auto status = Derive(Defaults()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StartsWith(status.message(), "lock_in.successor[0]: general: cannot run scans")) << status;
  }
}

// After a swap the general silicon does the work: its kernels, its time, and another vendor's code of the model.
TEST_F(LockInInputsTest, ASwapMovesToTheGeneralSilicon) {
  const LockInFacts facts = Facts(Defaults(), CostBasis::kRented);
  const Move& swap = facts.move_swap.move;
  EXPECT_DOUBLE_EQ(swap.annual_from_usd, facts.move_specialised.move.annual_from_usd);
  EXPECT_DOUBLE_EQ(swap.annual_to_usd, facts.move_general.move.annual_to_usd);
  EXPECT_DOUBLE_EQ(swap.slow, facts.move_general.move.slow);
  EXPECT_FALSE(swap.same_vendor);
  EXPECT_THAT(swap.pieces, ElementsAre(0, 0, 1, 1));
  EXPECT_GT(facts.move_swap.cost.labour.p50, facts.move_general.cost.labour.p50);
  EXPECT_NEAR(Central(facts, Input::kMoveSwap), facts.move_swap.cost.go_forward.p50 / 2e8, 1e-9);
  special_.vendor = general_.vendor;
  EXPECT_THAT(Facts(Defaults()).move_swap.move.pieces, ElementsAre(0, 0, 1, 0));
}

TEST_F(LockInInputsTest, AMachineForMolecularDynamicsWantsNothingElse) {
  silicon::MdMachine machine;
  machine.references = {
      {.nodes = MakeFigure(10), .atoms = MakeFigure(10000), .rate = MakeFigure(1e-9), .step_s = MakeFigure(1e-15)}};
  machine.max_nodes = MakeFigure(10);
  machine.atoms_per_node = MakeFigure(1000);
  special_ = RoundClass("anton", Generality::kSinglePurpose);
  special_.chip = machine;
  TraceBuilder dynamics;
  dynamics.trace().name = "dynamics";
  AddPairForces(dynamics, 2000, 500);
  for (auto* wrong : {&incumbent_, &successor_}) {
    const std::vector<WorkloadTrace> kept = *wrong;
    incumbent_ = {Part(dynamics, "lock_in.incumbent[0]")};
    successor_ = {Part(dynamics, "lock_in.successor[0]")};
    *wrong = kept;
    const absl::Status status = Derive(Defaults()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StartsWith(status.message(), kept[0].path + " is " + kept[0].name)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "anton runs nothing else")) << status;
    incumbent_ = {Part(products_, "lock_in.incumbent[0]")};
    successor_ = {Part(scans_, "lock_in.successor[0]")};
  }
  incumbent_ = {Part(dynamics, "lock_in.incumbent[0]")};
  successor_ = {Part(dynamics, "lock_in.successor[0]")};
  EXPECT_DOUBLE_EQ(Facts(Defaults()).advantage_kept.distribution.Central(), 1);
}

TEST_F(LockInInputsTest, InputsSayWhatTheyRestOn) {
  special_.power.idle_w.basis = silicon::Basis::kAssumed;
  special_.power.idle_w.path = "power.idle";
  const LockInFacts facts = Facts(Defaults());
  for (size_t i = 0; i < kInputCount; ++i) {
    EXPECT_FALSE(facts.inputs[static_cast<Input>(i)].source.empty()) << InputName(static_cast<Input>(i));
  }
  const InputSpread& a = facts.inputs[Input::kRelativeCost];
  EXPECT_THAT(a.assumptions, Contains("special.power.idle"));
  EXPECT_EQ(a.basis, silicon::Basis::kAssumed);
  EXPECT_EQ(facts.inputs[Input::kHazard].distribution.shape(), Shape::kGamma);
}

TEST(AsDistributionTest, KeepsMedianAndPercentiles) {
  const Distribution d = AsDistribution({.p5 = 5, .p50 = 10, .p95 = 20});
  EXPECT_NEAR(d.Quantile(0.5), 10, 1e-9);
  EXPECT_NEAR(d.Quantile(0.05), 5, 1e-6);
  EXPECT_NEAR(d.Quantile(0.95), 20, 1e-6);
  for (const Spread& none : {Spread{.p5 = -3, .p50 = 0, .p95 = 2}, Spread{.p5 = -3, .p50 = -1, .p95 = 2}}) {
    EXPECT_EQ(AsDistribution(none).shape(), Shape::kPoint);
    EXPECT_EQ(AsDistribution(none).Central(), 0);
  }
}

}  // namespace
}  // namespace sandglass::economics
