#include "analyzer/models/power.h"

#include <gtest/gtest.h>

#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::models {
namespace {

using ::sandglass::testing::MakeFigure;

const silicon::Power kPower = ::sandglass::testing::RoundChip().power;  // 100 W over 20 W idle

// A second of work whatever the clock.
Seconds OneSecond(double) { return Seconds::Of(1); }
// A second of work at the stated clock, all of it in the cores.
Seconds CoreSecond(double clock) { return Seconds::Of(1 / clock); }

// States the clock, at the top of its design.
silicon::Power Clocked() {
  silicon::Power power = kPower;
  power.clock_hz = MakeFigure(1e9);
  return power;
}

TEST(PowerTest, BelowTheLimitNothingIsStretched) {
  // 40 J over 1 s on 20 W idle: 60 W.
  for (const silicon::Power& power : {kPower, Clocked()}) {
    const PowerSolution solution = SolvePower(power, OneSecond, {.core = Joules::Of(40), .memory = {}}, 1);
    EXPECT_DOUBLE_EQ(solution.wall.value(), 1);
    EXPECT_DOUBLE_EQ(solution.stretch.value(), 0);
    EXPECT_DOUBLE_EQ(solution.idle.value(), 20);
    EXPECT_DOUBLE_EQ(solution.clock, 1);
    EXPECT_DOUBLE_EQ(solution.core_share, 1);
  }
}

TEST(PowerTest, WithoutAClockTimeGrowsUntilTheMeanFits) {
  // 160 J over 1 s would be 180 W. At 80 W above idle it takes 2 s: (160 + 40) / 2 = 100 W.
  const PowerSolution solution = SolvePower(kPower, OneSecond, {.core = Joules::Of(100), .memory = Joules::Of(60)}, 1);
  EXPECT_DOUBLE_EQ(solution.wall.value(), 2);
  EXPECT_DOUBLE_EQ(solution.stretch.value(), 1);
  EXPECT_DOUBLE_EQ((solution.idle + Joules::Of(160)) / solution.wall / Watts::Of(100), 1);
}

// The voltage falls by .83 of what the clock falls: at .9 it is .917, and a FLOP takes .840889 of its energy, as idling
// does: 20 W become 16.82. So 83.18 W are 83.18 / (.9 · .840889) = 109.9 J of the core at the stated clock.
TEST(PowerTest, TheClockFallsAndTheVoltageWithIt) {
  EXPECT_NEAR(CoreEnergyShare(Clocked(), 0.9), 0.917 * 0.917, 1e-12);
  const PowerSolution solution = SolvePower(
      Clocked(), CoreSecond, {.core = Joules::Of((100 - 20 * 0.840889) / (0.9 * 0.840889)), .memory = {}}, 1);
  EXPECT_NEAR(solution.clock, 0.9, 1e-6);
  EXPECT_NEAR(solution.wall.value(), 1 / 0.9, 1e-6);
  EXPECT_NEAR(solution.stretch.value(), 1 / 0.9 - 1, 1e-6);
  EXPECT_NEAR(solution.core_share, 0.840889, 1e-6);
}

// Below .79 of the voltage nothing goes: from there on energy stays and only time grows. At .7 of a clock that is 80 %
// of the design's top, the voltage at the stated clock is .834.
TEST(PowerTest, TheVoltageHasAFloorAndATop) {
  EXPECT_DOUBLE_EQ(CoreEnergyShare(Clocked(), 0.5), 0.79 * 0.79);
  EXPECT_DOUBLE_EQ(CoreEnergyShare(Clocked(), 0.3), 0.79 * 0.79);
  silicon::Power power = Clocked();
  power.top_clock_hz = MakeFigure(1.25e9);
  EXPECT_NEAR(CoreEnergyShare(power, 0.7), 0.79 * 0.79 / (0.834 * 0.834), 1e-12);
}

// Of what bytes take only six tenths fall, with the voltage: .4 + .6 · .6241 are left of 120 J where the clock can fall
// no further, over 80 W.
TEST(PowerTest, WhatNoClockCanMendTakesLonger) {
  const PowerSolution solution = SolvePower(Clocked(), OneSecond, {.core = {}, .memory = Joules::Of(120)}, 1);
  EXPECT_NEAR(solution.memory_share, 0.4 + 0.6 * 0.6241, 1e-12);
  EXPECT_NEAR(solution.wall.value(), 120 * (0.4 + 0.6 * 0.6241) / (100 - 20 * 0.6241), 1e-12);
}

TEST(PowerTest, DevicesBringTheirOwnHeadroom) {
  const WindowEnergy energy = {.core = Joules::Of(160), .memory = {}};
  EXPECT_DOUBLE_EQ(SolvePower(kPower, OneSecond, energy, 2).wall.value(), 1);
  EXPECT_DOUBLE_EQ(SolvePower(kPower, OneSecond, energy, 2).idle.value(), 40);
}

TEST(PowerTest, AHigherLimitIsNeverSlowerAndTheMeanKeepsToIt) {
  const WindowEnergy energy = {.core = Joules::Of(130), .memory = Joules::Of(30)};
  for (silicon::Power power : {kPower, Clocked()}) {
    Seconds last = Seconds::Of(1e9);
    for (const double limit : {50, 80, 100, 200, 400}) {
      power.limit_w.value = limit;
      const PowerSolution solution = SolvePower(power, CoreSecond, energy, 1);
      EXPECT_LE(solution.wall, last) << limit;
      last = solution.wall;
      const Joules all = solution.core_share * energy.core + solution.memory_share * energy.memory + solution.idle;
      EXPECT_LE(all / solution.wall, Watts::Of(limit) * (1 + 1e-9)) << limit;
    }
  }
}

// The share of its clock that a unit sustains when it works at its peak, without memory.
double Sustained(const silicon::SiliconClass& silicon, const silicon::ComputeRate& rate, double efficiency) {
  const Joules second = Joules::Of(rate.joule_per_flop.value * rate.flop_per_s.value * efficiency);
  return SolvePower(silicon.power, CoreSecond, {.core = second, .memory = {}}, 1).clock;
}

// What is published of sustained FP32: about .4 of the peak on the L4, .5 on the T4. Nothing else of the catalog falls
// lower.
TEST(PowerTest, PeaksThatTheCatalogsClassesSustain) {
  const auto catalog = silicon::Catalog::Embedded();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  int clocked = 0;
  for (const silicon::SiliconClass& silicon : catalog->classes()) {
    if (!silicon.power.clock_hz.has_value()) continue;
    ++clocked;
    for (const silicon::ComputeRate& rate : silicon.matrix_rates) {
      EXPECT_GT(Sustained(silicon, rate, silicon.matrix_efficiency->value), 0.35) << silicon.id << int(rate.format);
    }
    for (const silicon::ComputeRate& rate : silicon.vector_rates) {
      EXPECT_GT(Sustained(silicon, rate, silicon.vector_efficiency->value), 0.35) << silicon.id << int(rate.format);
    }
  }
  EXPECT_GE(clocked, 20);
  const auto fp32 = [&](const char* id) {
    const silicon::SiliconClass& silicon = **catalog->Find(id);
    return Sustained(silicon, *silicon.VectorRate(silicon::Format::kFp32), silicon.vector_efficiency->value);
  };
  EXPECT_NEAR(fp32("nvidia-l4"), 0.4, 0.05);
  EXPECT_NEAR(fp32("nvidia-t4"), 0.5, 0.06);
}

}  // namespace
}  // namespace sandglass::models
