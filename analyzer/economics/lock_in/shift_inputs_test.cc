#include "analyzer/economics/lock_in/shift_inputs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "analyzer/economics/lock_in/base_case_fixture.h"

namespace sandglass::economics {
namespace {

using ::sandglass::testing::BaseCase;

constexpr double kAtOnce = 1e9;

TEST(InputWordsTest, AllAreNamedApartWithUnits) {
  std::set<std::string> names;
  for (size_t i = 0; i < kInputCount; ++i) {
    const auto input = static_cast<Input>(i);
    names.emplace(InputName(input));
    EXPECT_FALSE(InputUnit(input).empty()) << i;
  }
  EXPECT_EQ(names.size(), kInputCount);
  EXPECT_EQ(names.count(""), 0u);
  // One of each unit, so that no row has slipped.
  EXPECT_EQ(InputName(Input::kRelativeCost), "relative_cost");
  EXPECT_EQ(InputName(Input::kLagGeneral), "lag_general");
  EXPECT_EQ(InputUnit(Input::kLagGeneral), "year");
  EXPECT_EQ(InputUnit(Input::kEntry), "year of general flow");
  EXPECT_EQ(InputUnit(Input::kCapitalGeneral), "year of own flow");
  EXPECT_EQ(InputName(Input::kSuccessorShare), "successor_share");
  EXPECT_EQ(InputUnit(Input::kHazard), "1/year");
}

TEST(InputSpreadsTest, CentralTakesTheMeanOfTheSuccessorShareOnly) {
  InputSpreads spreads;
  spreads[Input::kRetainedGeneral].distribution = Distribution::Triangular(0.6, 0.85, 0.98);
  spreads[Input::kSuccessorShare].distribution = Distribution::Triangular(0.25, 0.6, 1);
  spreads[Input::kHazard].distribution = Distribution::Gamma(2.5, 12);
  spreads[Input::kLagSpecialised].distribution = Distribution::Lognormal(0.94, 0.4);
  const InputValues central = spreads.Central();
  EXPECT_EQ(central[Input::kRetainedGeneral], 0.85);
  EXPECT_NEAR(central[Input::kSuccessorShare], 1.85 / 3, 1e-15);
  EXPECT_NEAR(central[Input::kHazard], 2.5 / 12, 1e-15);
  EXPECT_EQ(central[Input::kLagSpecialised], 0.94);
}

TEST(CommitmentTest, BaseCaseByHand) {
  const InputValues in = BaseCase();
  // .7/.45 = 1.555556; .75·.7 + 1/.85 = 1.701471; 1/.85 = 1.176471.
  EXPECT_NEAR(Stay(in).ported, 1.555556, 1e-6);
  EXPECT_NEAR(Stay(in).lagging, 1.555556, 1e-6);
  EXPECT_NEAR(Swap(in).ported, 1.701471, 1e-6);
  EXPECT_NEAR(General(in).ported, 1.176471, 1e-6);
  EXPECT_EQ(Stay(in).flow, 0.7);
  EXPECT_EQ(General(in).flow, 1);
  // Residual: 3.2·.7·(.02 − .10) = −.1792 and 3.2·(.10 − .15) = −.16.
  EXPECT_NEAR(Stay(in).residual_change, -0.1792, 1e-12);
  EXPECT_NEAR(Swap(in).residual_change, -0.1792, 1e-12);
  EXPECT_NEAR(General(in).residual_change, -0.16, 1e-12);
}

TEST(CommitmentTest, PartOfTheWorkMoves) {
  InputValues in = BaseCase();
  in[Input::kSuccessorShare] = 0.6;
  // stay .7·(.4 + .6/.45); swap .7·.4 + .6·(.75·.7 + 1/.85); general .4 + .6/.85.
  EXPECT_NEAR(Stay(in).ported, 1.213333, 1e-6);
  EXPECT_NEAR(Swap(in).ported, 1.300882, 1e-6);
  EXPECT_NEAR(General(in).ported, 1.105882, 1e-6);
}

TEST(CommitmentTest, SlowUntilItWasPorted) {
  InputValues in = BaseCase();
  in[Input::kSlowSpecialised] = 0.5;
  in[Input::kSlowGeneral] = 0.8;
  in[Input::kLagSpecialised] = 0.9;
  in[Input::kLagGeneral] = 0.1;
  // .7/(.45·.5) = 3.111111; .75·.7 + 1/(.85·.8) = 1.995588; 1/(.85·.8) = 1.470588.
  EXPECT_NEAR(Stay(in).lagging, 3.111111, 1e-6);
  EXPECT_NEAR(Swap(in).lagging, 1.995588, 1e-6);
  EXPECT_NEAR(General(in).lagging, 1.470588, 1e-6);
  EXPECT_NEAR(Stay(in).ported, 1.555556, 1e-6);
  EXPECT_NEAR(General(in).ported, 1.176471, 1e-6);
  EXPECT_EQ(Stay(in).lag_years, 0.9);
  EXPECT_EQ(Swap(in).lag_years, 0.1);
  EXPECT_EQ(General(in).lag_years, 0.1);
}

TEST(CommitmentTest, WhatDoesNotRunYetIsSwappedMeanwhile) {
  InputValues in = BaseCase();
  in[Input::kSlowSpecialised] = 0;
  in[Input::kLagSpecialised] = 1;
  EXPECT_NEAR(Stay(in).lagging, 1.701471, 1e-6);
  EXPECT_NEAR(Stay(in).ported, 1.555556, 1e-6);
}

struct Vector {
  double hazard;
  double specialised;
  double general;
};

TEST(ExpectSidesTest, BaseCase) {
  for (const Vector& v :
       {Vector{0, 2.754285, 3.934693}, Vector{0.16, 4.010518, 4.233501}, Vector{kAtOnce, 6.729324, 4.826096}}) {
    SCOPED_TRACE(v.hazard);
    const SpecialisedCost specialised = ExpectSpecialised(BaseCase(), v.hazard);
    EXPECT_NEAR(specialised.cost.total(), v.specialised, 1e-6);
    EXPECT_TRUE(specialised.stays);
    EXPECT_NEAR(ExpectGeneral(BaseCase(), v.hazard).total(), v.general, 1e-6);
    EXPECT_NEAR(Advantage(BaseCase(), v.hazard), v.general - v.specialised, 2e-6);
  }
}

TEST(ExpectSidesTest, TermsOfTheBaseCase) {
  // A(.26, 5) = 2.797955, S = 1.136739, e^{−.5} = .606531, 1 − e^{−.8} = .550671.
  const ExpectedCost cost = ExpectSpecialised(BaseCase(), 0.16).cost;
  EXPECT_NEAR(cost.before, 0.7 * 2.797955, 1e-6);
  EXPECT_NEAR(cost.lagging, 0, 1e-12);
  EXPECT_NEAR(cost.ported, 1.555556 * 1.136739, 2e-6);
  EXPECT_NEAR(cost.move, 0.5 * 0.16 * 2.797955, 1e-6);
  EXPECT_NEAR(cost.residual, 0.606531 * 0.1792 * 0.550671, 1e-6);
  EXPECT_EQ(cost.entry, 0);
}

TEST(ExpectSidesTest, WithoutShiftsOnlyFlowsAndEntryCount) {
  InputValues in = BaseCase();
  in[Input::kEntry] = 0.3;
  in[Input::kLagSpecialised] = 1;
  // .3 + .7·3.934693, and 3.934693.
  EXPECT_NEAR(ExpectSpecialised(in, 0).cost.total(), 3.054285, 1e-6);
  EXPECT_NEAR(ExpectGeneral(in, 0).total(), 3.934693, 1e-6);
}

TEST(ExpectSidesTest, WhatNeverRunsIsSwapped) {
  InputValues in = BaseCase();
  for (const double retained : {0.0, 1e-6, 0.41}) {
    in[Input::kRetainedSpecialised] = retained;
    const SpecialisedCost cost = ExpectSpecialised(in, 0.16);
    EXPECT_FALSE(cost.stays) << retained;
    EXPECT_NEAR(cost.cost.total(), 4.176385, 1e-6) << retained;
  }
}

TEST(ExpectSidesTest, EqualSidesCostTheSame) {
  InputValues in = BaseCase();
  in[Input::kRelativeCost] = 1;
  in[Input::kRetainedSpecialised] = in[Input::kRetainedGeneral];
  in[Input::kMoveSpecialised] = in[Input::kMoveGeneral];
  in[Input::kResidualSpecialised] = in[Input::kResidualGeneral];
  in[Input::kResidualSpecialisedAfter] = in[Input::kResidualGeneralAfter];
  for (const double hazard : {0.0, 0.16, 2.0, kAtOnce}) EXPECT_NEAR(Advantage(in, hazard), 0, 1e-12) << hazard;
}

TEST(ExpectSidesTest, AtEqualCostTheSideThatKeepsLessLoses) {
  InputValues in = BaseCase();
  in[Input::kRelativeCost] = 1;
  EXPECT_NEAR(Advantage(in, 0), 0, 1e-12);
  for (const double hazard : {0.01, 0.16, 2.0}) EXPECT_LT(Advantage(in, hazard), 0) << hazard;
}

TEST(ExpectSidesTest, TheMinimumIsOverTheWholeContinuation) {
  // At .43 staying costs less as a flow (1.627907 < 1.701471), but not with two years at a fifth of the speed.
  InputValues in = BaseCase();
  in[Input::kRetainedSpecialised] = 0.43;
  EXPECT_TRUE(ExpectSpecialised(in, 0.16).stays);
  in[Input::kSlowSpecialised] = 0.2;
  in[Input::kLagSpecialised] = 2;
  EXPECT_FALSE(ExpectSpecialised(in, 0.16).stays);
}

TEST(ExpectSidesTest, StayingAndSwappingEachPayTheirOwnMove) {
  InputValues in = BaseCase();
  in[Input::kRetainedSpecialised] = 0.43;
  // A cheap swap beats staying, whose flow is less: move·λ·A(.26, 5) is .0447672 a tenth.
  in[Input::kMoveSwap] = 0.1;
  const SpecialisedCost swapped = ExpectSpecialised(in, 0.16);
  EXPECT_FALSE(swapped.stays);
  EXPECT_NEAR(swapped.cost.move, 0.1 * 0.16 * 2.797955, 1e-6);
  in[Input::kMoveSwap] = 2;
  EXPECT_TRUE(ExpectSpecialised(in, 0.16).stays);
}

TEST(ExpectSidesTest, WhatDoesNotRunUntilItIsPortedIsSwappedMeanwhile) {
  InputValues in = BaseCase();
  in[Input::kSlowSpecialised] = 0;
  in[Input::kSlowGeneral] = 0.5;
  in[Input::kLagSpecialised] = 1;
  in[Input::kLagGeneral] = 0.25;
  // .75·.7 + 1/.85 = 1.701471 once general silicon is ported, .525 + 2/.85 = 2.877941 in the first quarter of the lag.
  EXPECT_NEAR(Stay(in).lagging, 0.25 * 2.877941 + 0.75 * 1.701471, 1e-6);
  EXPECT_NEAR(Stay(in).ported, 0.7 / 0.45, 1e-12);
}

TEST(ExpectSidesTest, ASmallerShiftCostsLess) {
  InputValues in = BaseCase();
  double last = 1e9;
  for (const double share : {1.0, 0.8, 0.5, 0.2, 0.0}) {
    in[Input::kSuccessorShare] = share;
    const double cost = ExpectSpecialised(in, 0.16).cost.total();
    EXPECT_LT(cost, last) << share;
    last = cost;
  }
  // With nothing to move, only the flow, the move and the lost residual are left: .7·3.934693 + .5·.447673 + .059853.
  EXPECT_NEAR(last, 3.037974, 1e-6);
}

}  // namespace
}  // namespace sandglass::economics
