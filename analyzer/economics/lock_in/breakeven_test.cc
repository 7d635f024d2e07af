#include "analyzer/economics/lock_in/breakeven.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/economics/lock_in/base_case_fixture.h"

namespace sandglass::economics {
namespace {

using ::sandglass::testing::BaseCase;

InputValues With(const std::vector<std::pair<Input, double>>& changes) {
  InputValues in = BaseCase();
  for (const auto& [input, value] : changes) in[input] = value;
  return in;
}

// 250 days at ρ .45, then at `ported`.
InputValues WithLag(double ported) {
  return With({{Input::kRetainedSpecialised, ported},
               {Input::kSlowSpecialised, 0.45 / ported},
               {Input::kLagSpecialised, 250.0 / 365}});
}

// A specialised chip that needs a third of the energy, which is the share `linked` of the flow.
InputValues WithEnergyOnly(double linked) { return With({{Input::kRelativeCost, 1 - linked * (1 - 1.0 / 3)}}); }

struct Row {
  std::string what;
  InputValues in;
  double hazard;
  // Half of the last digit printed.
  double tolerance = 5e-5;
};

std::vector<Row> Table() {
  return {
      {"base", BaseCase(), 0.2134},
      {"a .95", With({{Input::kRelativeCost, 0.95}}), 0.0235},
      {"a .9", With({{Input::kRelativeCost, 0.9}}), 0.0487},
      {"a .8", With({{Input::kRelativeCost, 0.8}}), 0.1048},
      {"a .6", With({{Input::kRelativeCost, 0.6}}), 0.4674},
      {"a .5", With({{Input::kRelativeCost, 0.5}}), 3.7457},
      {"retained .25", With({{Input::kRetainedSpecialised, 0.25}}), 0.1709},
      {"retained .55", With({{Input::kRetainedSpecialised, 0.55}}), 0.4332},
      {"retained .65", With({{Input::kRetainedSpecialised, 0.65}}), 11.949, 5e-4},
      {"move .1", With({{Input::kMoveSpecialised, 0.1}, {Input::kMoveSwap, 0.1}}), 0.2873},
      {"move 1.5", With({{Input::kMoveSpecialised, 1.5}, {Input::kMoveSwap, 1.5}}), 0.1272},
      {"3 years", With({{Input::kHorizon, 3}}), 0.2925},
      {"6 years", With({{Input::kHorizon, 6}}), 0.1894},
      {"entry .1", With({{Input::kEntry, 0.1}}), 0.1883},
      {"entry .25", With({{Input::kEntry, 0.25}}), 0.1541},
      {"entry .5", With({{Input::kEntry, 0.5}}), 0.1043},
      {"lag, then .60", WithLag(0.6), 0.4697},
      {"lag, then .65", WithLag(0.65), 0.7277},
      {"lag, then .70", WithLag(0.7), 2.255, 5e-4},
      {"energy only, 7 %", WithEnergyOnly(0.07), 0.0219},
      {"energy only, 20 %", WithEnergyOnly(0.2), 0.0665},
      {"energy only, 38 %", WithEnergyOnly(0.38), 0.154, 5e-4},
  };
}

TEST(BreakevenTest, TableOfHazards) {
  for (const Row& row : Table()) {
    SCOPED_TRACE(row.what);
    const Breakeven found = FindBreakeven(row.in);
    ASSERT_EQ(found.hazards.size(), 1u);
    EXPECT_NEAR(found.hazards[0], row.hazard, row.tolerance);
    ASSERT_EQ(found.specialised_wins.size(), 1u);
    EXPECT_EQ(found.specialised_wins[0].from, 0);
    EXPECT_EQ(found.specialised_wins[0].to, found.hazards[0]);
    EXPECT_NEAR(Advantage(row.in, found.hazards[0]), 0, 1e-10);
  }
}

TEST(BreakevenTest, NoneWhereSpecialisedAlwaysWins) {
  const Breakeven found = FindBreakeven(With({{Input::kRetainedSpecialised, 0.8}}));
  EXPECT_TRUE(found.hazards.empty());
  ASSERT_EQ(found.specialised_wins.size(), 1u);
  EXPECT_EQ(found.specialised_wins[0].from, 0);
  EXPECT_EQ(found.specialised_wins[0].to, std::nullopt);
}

TEST(BreakevenTest, NoneWhereSpecialisedNeverWins) {
  const Breakeven found = FindBreakeven(With({{Input::kRelativeCost, 1.1}}));
  EXPECT_TRUE(found.hazards.empty());
  EXPECT_TRUE(found.specialised_wins.empty());
}

TEST(BreakevenTest, TwoRootsLeaveTwoIntervals) {
  const Breakeven found = FindBreakeven(With({{Input::kRelativeCost, 0.9},
                                              {Input::kRetainedSpecialised, 0.8},
                                              {Input::kRetainedGeneral, 0.6},
                                              {Input::kMoveSpecialised, 2},
                                              {Input::kMoveSwap, 2}}));
  ASSERT_EQ(found.hazards.size(), 2u);
  EXPECT_NEAR(found.hazards[0], 0.1776, 5e-5);
  EXPECT_NEAR(found.hazards[1], 1.2133, 5e-5);
  ASSERT_EQ(found.specialised_wins.size(), 2u);
  EXPECT_EQ(found.specialised_wins[0].from, 0);
  EXPECT_EQ(found.specialised_wins[0].to, found.hazards[0]);
  EXPECT_EQ(found.specialised_wins[1].from, found.hazards[1]);
  EXPECT_EQ(found.specialised_wins[1].to, std::nullopt);
}

TEST(BreakevenTest, WinsOnlyWhereShiftsAreFrequent) {
  // Dearer today, but keeps all of its efficiency where the general silicon keeps half.
  const Breakeven found = FindBreakeven(
      With({{Input::kRelativeCost, 1.2}, {Input::kRetainedSpecialised, 1}, {Input::kRetainedGeneral, 0.5}}));
  ASSERT_EQ(found.hazards.size(), 1u);
  ASSERT_EQ(found.specialised_wins.size(), 1u);
  EXPECT_EQ(found.specialised_wins[0].from, found.hazards[0]);
  EXPECT_EQ(found.specialised_wins[0].to, std::nullopt);
}

TEST(BreakevenTest, RootsBetweenNeighbouringPointsAreFound) {
  struct Roots {
    double low;
    double high;
  };
  for (const Roots& roots : std::vector<Roots>{{0.2003, 0.2004},
                                               {0.0100, 0.0101},
                                               {1.7, 1.7001},
                                               {9, 9.01},
                                               {0.2003, 0.2003001},
                                               {0.2, 0.2001},
                                               {0.1999, 0.2},
                                               {0.0001, 0.0003}}) {
    SCOPED_TRACE(roots.low);
    for (const double sign : {1.0, -1.0}) {
      // Has a limit at infinity: sign.
      const Breakeven found =
          FindBreakeven([&](double x) { return sign * (x - roots.low) * (x - roots.high) / ((x + 1) * (x + 1)); });
      ASSERT_EQ(found.hazards.size(), 2u);
      EXPECT_NEAR(found.hazards[0], roots.low, 1e-6);
      EXPECT_NEAR(found.hazards[1], roots.high, 1e-6);
      EXPECT_LT(found.hazards[0], found.hazards[1]);
      EXPECT_EQ(found.specialised_wins.size(), sign > 0 ? 2u : 1u);
    }
  }
}

TEST(BreakevenTest, RootsFarOutAreFound) {
  // y = 1/(1 + λ) goes to 0 as hazards grow.
  const Breakeven found =
      FindBreakeven([](double x) { return (1 / (1 + x) - 1.0 / 201) * (1 / (1 + x) - 1.0 / 5001); });
  ASSERT_EQ(found.hazards.size(), 2u);
  EXPECT_NEAR(found.hazards[0], 200, 1e-6);
  EXPECT_NEAR(found.hazards[1], 5000, 1e-3);
}

TEST(BreakevenTest, RootsMidwayBetweenPointsAreFoundOnce) {
  // Rounded, so that the values left and right of the middle of two points are equal to the last digit.
  const Breakeven found = FindBreakeven([](double x) {
    const double off = x / (x + 0.2) - 100.5 / 400;
    return std::round(off * off * 1e8) / 1e8 - 1e-7;
  });
  ASSERT_EQ(found.hazards.size(), 2u);
  EXPECT_NEAR(found.hazards[0], 0.0670, 1e-4);
  EXPECT_LT(found.hazards[0], found.hazards[1]);
}

TEST(BreakevenTest, TouchingWithoutCrossingIsNoRoot) {
  const Breakeven found = FindBreakeven([](double x) { return ((x - 0.2) * (x - 0.2) + 1e-9) / ((x + 1) * (x + 1)); });
  EXPECT_TRUE(found.hazards.empty());
  EXPECT_EQ(found.specialised_wins.size(), 1u);
}

TEST(BreakevenTest, ThreeRootsAlternate) {
  const Breakeven found =
      FindBreakeven([](double x) { return (x - 0.05) * (x - 0.4) * (x - 3) / ((x + 1) * (x + 1) * (x + 1)); });
  ASSERT_EQ(found.hazards.size(), 3u);
  EXPECT_NEAR(found.hazards[0], 0.05, 1e-9);
  EXPECT_NEAR(found.hazards[1], 0.4, 1e-9);
  EXPECT_NEAR(found.hazards[2], 3, 1e-9);
  ASSERT_EQ(found.specialised_wins.size(), 2u);
  EXPECT_EQ(found.specialised_wins[0].to, found.hazards[1]);
  EXPECT_EQ(found.specialised_wins[1].from, found.hazards[2]);
}

TEST(BreakevenTest, LawsOfTheHazard) {
  struct Law {
    Input input;
    std::vector<double> values;
    // Whether a higher value lets the specialised silicon stand more shifts.
    bool helps;
  };
  for (const Law& law : std::vector<Law>{{Input::kRelativeCost, {0.55, 0.65, 0.75, 0.85, 0.95}, false},
                                         {Input::kRetainedSpecialised, {0.42, 0.45, 0.5, 0.55, 0.6}, true},
                                         {Input::kRetainedGeneral, {0.7, 0.8, 0.9, 1}, false},
                                         {Input::kMoveSpecialised, {0, 0.5, 1, 2}, false},
                                         {Input::kMoveGeneral, {0, 0.1, 0.3}, true},
                                         {Input::kEntry, {0, 0.2, 0.4}, false},
                                         {Input::kResidualSpecialised, {0.05, 0.1, 0.2}, false},
                                         {Input::kResidualGeneral, {0.15, 0.2, 0.3}, true}}) {
    double last = law.helps ? 0 : 1e9;
    for (const double value : law.values) {
      SCOPED_TRACE(std::string(InputName(law.input)) + " " + std::to_string(value));
      InputValues in = With({{law.input, value}});
      // Both ways of moving cost alike, so that neither hides the other.
      in[Input::kMoveSwap] = in[Input::kMoveSpecialised];
      const Breakeven found = FindBreakeven(in);
      ASSERT_EQ(found.hazards.size(), 1u);
      EXPECT_EQ(found.hazards[0] > last, law.helps);
      last = found.hazards[0];
    }
  }
}

TEST(FlexibilityPremiumTest, Table) {
  for (const auto& [hazard, percent] : std::vector<std::pair<double, double>>{
           {0, 0}, {0.05, 11.4}, {0.1, 23.8}, {0.16, 34.9}, {0.21, 42.4}, {0.3, 53.1}, {0.5, 68.6}}) {
    const std::optional<double> premium = FlexibilityPremium(BaseCase(), hazard);
    ASSERT_TRUE(premium.has_value()) << hazard;
    EXPECT_NEAR(*premium * 100, percent, 0.05) << hazard;
  }
}

TEST(FlexibilityPremiumTest, IsNothingWithoutShifts) { EXPECT_NEAR(*FlexibilityPremium(BaseCase(), 0), 0, 1e-12); }

TEST(FlexibilityPremiumTest, FortyPercentBreaksEvenNearOneShiftInFiveYears) {
  EXPECT_NEAR(*FlexibilityPremium(BaseCase(), 0.193), 0.4, 5e-4);
  const Breakeven found = FindBreakeven(With({{Input::kRelativeCost, 1 / 1.4}}));
  ASSERT_EQ(found.hazards.size(), 1u);
  EXPECT_NEAR(found.hazards[0], 0.193, 5e-4);
}

TEST(IndifferentCostTest, UndoesTheBreakeven) {
  const Breakeven found = FindBreakeven(BaseCase());
  ASSERT_EQ(found.hazards.size(), 1u);
  EXPECT_NEAR(*IndifferentCost(BaseCase(), found.hazards[0]), 0.7, 1e-9);
}

TEST(IndifferentCostTest, NoneWhereTheSpecialisedSiliconLosesEvenForNothing) {
  // It costs 10 years of flow to get onto it.
  EXPECT_EQ(IndifferentCost(With({{Input::kEntry, 10}}), 0.1), std::nullopt);
  EXPECT_EQ(FlexibilityPremium(With({{Input::kEntry, 10}}), 0.1), std::nullopt);
}

TEST(IndifferentCostTest, StayAndSwapCrossWhereTheirFlowsDo) {
  // a/ρ = .75·a + 1/.85 at ρ = .7/1.701471 = .411409.
  EXPECT_TRUE(ExpectSpecialised(With({{Input::kRetainedSpecialised, 0.411410}}), 0.16).stays);
  EXPECT_FALSE(ExpectSpecialised(With({{Input::kRetainedSpecialised, 0.411408}}), 0.16).stays);
  const InputValues crossing = With({{Input::kRetainedSpecialised, 0.7 / (0.75 * 0.7 + 1 / 0.85)}});
  EXPECT_NEAR(crossing[Input::kRetainedSpecialised], 0.411409, 5e-7);
  EXPECT_NEAR(Stay(crossing).ported, Swap(crossing).ported, 1e-12);
}

}  // namespace
}  // namespace sandglass::economics
