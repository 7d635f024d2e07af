#include "analyzer/models/power.h"

#include <gtest/gtest.h>

#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::models {
namespace {

const silicon::Power kPower = ::sandglass::testing::RoundChip().power;  // 100 W over 20 W idle

TEST(PowerTest, BelowTheLimitNothingIsStretched) {
  // 40 J over 1 s on 20 W idle: 60 W.
  const PowerSolution solution = SolvePower(kPower, Seconds::Of(1), Joules::Of(40), 1);
  EXPECT_DOUBLE_EQ(solution.wall.value(), 1);
  EXPECT_DOUBLE_EQ(solution.stretch.value(), 0);
  EXPECT_DOUBLE_EQ(solution.idle.value(), 20);
}

TEST(PowerTest, AtTheLimitTimeGrowsUntilTheMeanFits) {
  // 160 J over 1 s would be 180 W. At 80 W above idle it takes 2 s: (160 + 40) / 2 = 100 W.
  const PowerSolution solution = SolvePower(kPower, Seconds::Of(1), Joules::Of(160), 1);
  EXPECT_DOUBLE_EQ(solution.wall.value(), 2);
  EXPECT_DOUBLE_EQ(solution.stretch.value(), 1);
  EXPECT_DOUBLE_EQ((solution.idle + Joules::Of(160)) / solution.wall / Watts::Of(100), 1);
}

TEST(PowerTest, DevicesBringTheirOwnHeadroom) {
  EXPECT_DOUBLE_EQ(SolvePower(kPower, Seconds::Of(1), Joules::Of(160), 2).wall.value(), 1);
  EXPECT_DOUBLE_EQ(SolvePower(kPower, Seconds::Of(1), Joules::Of(160), 2).idle.value(), 40);
}

TEST(PowerTest, AHigherLimitIsNeverSlower) {
  Seconds last = Seconds::Of(1e9);
  for (const double limit : {50, 80, 100, 200, 400}) {
    silicon::Power power = kPower;
    power.limit_w.value = limit;
    const Seconds wall = SolvePower(power, Seconds::Of(1), Joules::Of(160), 1).wall;
    EXPECT_LE(wall, last) << limit;
    last = wall;
  }
}

}  // namespace
}  // namespace sandglass::models
