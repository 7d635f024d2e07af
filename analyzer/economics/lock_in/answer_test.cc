#include "analyzer/economics/lock_in/answer.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "analyzer/economics/scenario_protos.h"
#include "gtest/gtest.h"

namespace sandglass::economics {
namespace {

// Specialised silicon that costs 0.6 of the general and keeps a third of its efficiency where the general keeps 0.85;
// each with one year's lag at half of the speed, owned for three years of flow. Points but for four inputs.
InputSpreads Inputs() {
  InputSpreads inputs;
  const auto point = [&](Input input, double value) { inputs[input].distribution = Distribution::Point(value); };
  point(Input::kRelativeCost, 0.6);
  point(Input::kRetainedGeneral, 0.85);
  point(Input::kSlowSpecialised, 0.5);
  point(Input::kSlowGeneral, 0.9);
  point(Input::kLagSpecialised, 1);
  point(Input::kLagGeneral, 0.1);
  point(Input::kMoveSpecialised, 0.05);
  point(Input::kMoveGeneral, 0.02);
  point(Input::kMoveSwap, 0.04);
  point(Input::kCapitalSpecialised, 3);
  point(Input::kCapitalGeneral, 3);
  point(Input::kResidualSpecialised, 0.1);
  point(Input::kResidualSpecialisedAfter, 0.02);
  point(Input::kResidualGeneral, 0.15);
  point(Input::kResidualGeneralAfter, 0.1);
  point(Input::kCarriedShare, 0.75);
  point(Input::kHorizon, 5);
  point(Input::kDiscountRate, 0.1);
  inputs[Input::kSuccessorShare].distribution = Distribution::Triangular(0.25, 0.6, 1);
  inputs[Input::kRetainedSpecialised].distribution = Distribution::Lognormal(0.33, 0.5);
  inputs[Input::kHazard].distribution = Distribution::Gamma(2.5, 12);
  inputs[Input::kEntry].distribution = Distribution::Uniform(0, 0.001);
  return inputs;
}

Scenario TheScenario(uint64_t seed = 1) {
  auto message = WithDefaults({});
  EXPECT_TRUE(message.ok()) << message.status();
  auto scenario = ReadScenario(*message);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  scenario->seed = seed;
  scenario->paths = 2000;
  return *scenario;
}

TEST(TornadoTest, OnlySpreadInputsAndTheWidestFirst) {
  const InputSpreads inputs = Inputs();
  const std::vector<Swing> swings = Tornado(inputs);
  std::set<Input> names;
  double last = INFINITY;
  for (const Swing& swing : swings) {
    names.insert(swing.input);
    const double width = std::abs(swing.advantage_at_high - swing.advantage_at_low);
    EXPECT_LE(width, last) << InputName(swing.input);
    last = width;
  }
  EXPECT_EQ(names,
            (std::set<Input>{Input::kSuccessorShare, Input::kRetainedSpecialised, Input::kHazard, Input::kEntry}));
  // A thousandth of a year at most.
  EXPECT_EQ(swings.back().input, Input::kEntry);
  EXPECT_TRUE(Tornado(InputSpreads()).empty());
}

TEST(TornadoTest, EachInputAloneFromItsTails) {
  const InputSpreads inputs = Inputs();
  for (const Swing& swing : Tornado(inputs)) {
    const Distribution& spread = inputs[swing.input].distribution;
    EXPECT_DOUBLE_EQ(swing.low, spread.Quantile(0.05));
    EXPECT_DOUBLE_EQ(swing.high, spread.Quantile(0.95));
    InputValues moved = inputs.Central();
    moved[swing.input] = swing.low;
    EXPECT_DOUBLE_EQ(swing.advantage_at_low, Advantage(moved, moved[Input::kHazard]));
    if (swing.breakeven_at_low.has_value()) {
      EXPECT_NEAR(Advantage(moved, *swing.breakeven_at_low), 0, 1e-9) << InputName(swing.input);
    }
    moved[swing.input] = swing.high;
    EXPECT_DOUBLE_EQ(swing.advantage_at_high, Advantage(moved, moved[Input::kHazard]));
    // What is believed does not move where both cost the same.
    if (swing.input == Input::kHazard) {
      EXPECT_EQ(swing.breakeven_at_low, swing.breakeven_at_high);
    }
  }
}

TEST(ProbabilityTest, CertainAtBothEnds) {
  InputSpreads inputs = Inputs();
  const double open = ProbabilitySpecialisedWins(inputs, 2000, 1);
  EXPECT_GT(open, 0);
  EXPECT_LT(open, 1);
  inputs[Input::kRelativeCost].distribution = Distribution::Point(1e-6);
  EXPECT_EQ(ProbabilitySpecialisedWins(inputs, 2000, 1), 1);
  inputs[Input::kRelativeCost].distribution = Distribution::Point(1e6);
  EXPECT_EQ(ProbabilitySpecialisedWins(inputs, 2000, 1), 0);
}

// The hazard alone is spread: the specialised silicon wins below the breakeven, so as often as the hazard is below it.
TEST(ProbabilityTest, IsThatOfAHazardBelowTheBreakeven) {
  InputSpreads inputs = Inputs();
  const InputValues central = inputs.Central();
  const Distribution hazard = inputs[Input::kHazard].distribution;
  for (size_t i = 0; i < kInputCount; ++i) {
    const auto input = static_cast<Input>(i);
    if (input != Input::kHazard) inputs[input].distribution = Distribution::Point(central[input]);
  }
  const Breakeven breakeven = FindBreakeven(central);
  ASSERT_EQ(breakeven.specialised_wins.size(), 1);
  ASSERT_EQ(breakeven.specialised_wins[0].from, 0);
  ASSERT_TRUE(breakeven.specialised_wins[0].to.has_value());
  const double below = hazard.Cumulative(*breakeven.specialised_wins[0].to);
  // Five standard deviations of 20,000 draws.
  EXPECT_NEAR(ProbabilitySpecialisedWins(inputs, 20000, 7), below, 5 * std::sqrt(below * (1 - below) / 20000));
  // All worlds have that breakeven.
  const BreakevenSpread spread = SpreadOfBreakeven(inputs, 10, 1);
  for (const auto& percentile : {spread.p5, spread.p50, spread.p95}) {
    EXPECT_NEAR(percentile.value_or(-1), *breakeven.specialised_wins[0].to, 1e-9);
  }
}

TEST(BreakevenSpreadTest, AlwaysAndNever) {
  InputSpreads inputs = Inputs();
  inputs[Input::kRelativeCost].distribution = Distribution::Point(1e-6);
  EXPECT_EQ(SpreadOfBreakeven(inputs, 20, 1).p5, std::nullopt);
  inputs[Input::kRelativeCost].distribution = Distribution::Point(1e6);
  EXPECT_EQ(SpreadOfBreakeven(inputs, 20, 1).p95, 0);
  const BreakevenSpread spread = SpreadOfBreakeven(Inputs(), 200, 1);
  ASSERT_TRUE(spread.p5.has_value() && spread.p50.has_value());
  EXPECT_LT(*spread.p5, *spread.p50);
}

TEST(AnswerTest, HangsTogether) {
  const InputSpreads inputs = Inputs();
  const LockInAnswer answer = *AnswerLockIn(inputs, TheScenario(), {.specialised = 0.2, .general = 0.3});
  EXPECT_DOUBLE_EQ(answer.central[Input::kSuccessorShare], 1.85 / 3);
  EXPECT_DOUBLE_EQ(answer.central[Input::kHazard], 2.5 / 12);
  EXPECT_NEAR(answer.general.total() - answer.specialised.cost.total(), Advantage(answer.central, 2.5 / 12), 1e-12);
  EXPECT_EQ(answer.probability_specialised_wins, ProbabilitySpecialisedWins(inputs, 20000, 1));
  ASSERT_EQ(answer.mixes.size(), 11);
  for (size_t i = 0; i < answer.mixes.size(); ++i) EXPECT_DOUBLE_EQ(answer.mixes[i].specialised_share, 0.1 * i);
  EXPECT_GE(answer.best_share, 0);
  EXPECT_LE(answer.best_share, 1);
  // Five years by quarters, and three hazards at five ages.
  EXPECT_EQ(answer.stranding.specialised.losses.size(), 20);
  EXPECT_DOUBLE_EQ(answer.stranding.specialised.losses.back().years, 5);
  EXPECT_EQ(answer.stranding.paths, 2000);
  EXPECT_EQ(answer.resale.size(), 15);
  for (const ResaleRow& row : answer.resale) {
    if (row.age_years == 0) {
      EXPECT_NEAR(row.general, 1, 1e-9);
    }
    EXPECT_LE(row.specialised, 1 + 1e-9);
  }
  // At every hazard the premium makes general silicon and specialised of 1/(1 + premium) of its cost alike.
  ASSERT_EQ(answer.premium.size(), 9);
  for (const PremiumPoint& point : answer.premium) {
    ASSERT_TRUE(point.premium.has_value()) << point.hazard;
    InputValues alike = answer.central;
    alike[Input::kRelativeCost] = 1 / (1 + *point.premium);
    EXPECT_NEAR(Advantage(alike, point.hazard), 0, 1e-9) << point.hazard;
  }
}

TEST(AnswerTest, IsGivenUpWhenNobodyWaitsForIt) {
  Scenario scenario = TheScenario();
  scenario.paths = uint64_t{1} << 50;
  const auto answer = AnswerLockIn(Inputs(), scenario, {}, [] { return false; });
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kCancelled);
}

TEST(AnswerTest, TheSameSeedGivesTheSameAnswer) {
  const auto numbers = [](uint64_t seed) {
    const LockInAnswer answer = *AnswerLockIn(Inputs(), TheScenario(seed), {});
    std::vector<double> all = {answer.probability_specialised_wins, answer.best_share_within.value_or(-1),
                               answer.breakeven_spread.p50.value_or(-1)};
    for (const LossAt& loss : answer.stranding.specialised.losses) all.push_back(loss.mean);
    for (const MixOutcome& mix : answer.mixes) all.push_back(mix.tail);
    return all;
  };
  EXPECT_EQ(numbers(3), numbers(3));
  EXPECT_NE(numbers(3), numbers(4));
}

}  // namespace
}  // namespace sandglass::economics
