#include "analyzer/replay/clocked_schedule.h"

#include <gtest/gtest.h>

#include "analyzer/models/estimate.h"

namespace sandglass::replay {
namespace {

// Memory and matrix units side by side, after a floor.
ClockedSchedule::Times Operator(double floor_us, double matrix_us, double memory_us) {
  models::OperatorEstimate estimate;
  estimate.floor = Seconds::Of(floor_us * 1e-6);
  estimate.matrix = Seconds::Of(matrix_us * 1e-6);
  estimate.memory = Seconds::Of(memory_us * 1e-6);
  return ClockedSchedule::TimesOf(estimate);
}

TEST(ClockedScheduleTest, OnlyWhatFollowsTheClockGrows) {
  ClockedSchedule schedule(Seconds::Of(0), true);
  schedule.Add(Operator(1, 100, 10), 10);
  EXPECT_NEAR(schedule.Wall().value(), 1010e-6, 1e-12);
  EXPECT_NEAR(schedule.Busy().value(), 1010e-6, 1e-12);
  // At clocks that are kept, and between two of them.
  for (const double clock : {1.0, 0.9, 0.75, 0.5, 0.33}) {
    EXPECT_NEAR(schedule.WallAt(clock).value(), 10e-6 + 1000e-6 / clock, 1e-9) << clock;
  }
  // Of memory-bound work three tenths grow, until the units take longer than the memory.
  ClockedSchedule bound(Seconds::Of(0), true);
  bound.Add(Operator(0, 60, 100), 1);
  EXPECT_NEAR(bound.WallAt(0.5).value(), 130e-6, 1e-12);
  EXPECT_NEAR(bound.WallAt(0.2).value(), 300e-6, 1e-12);
}

// Operators of 2 us that the host dispatches every 10 us: half the clock fills the waiting.
TEST(ClockedScheduleTest, WaitingForTheHostIsFilledFirst) {
  ClockedSchedule schedule(Seconds::Of(10e-6), true);
  schedule.AddLaunch(Seconds::Of(5e-6));
  schedule.Add(Operator(0, 2, 0), 100);
  EXPECT_NEAR(schedule.WallAt(1).value(), 5e-6 + 100 * 10e-6 + 2e-6, 1e-12);
  EXPECT_NEAR(schedule.WallAt(0.5).value() - schedule.WallAt(1).value(), 2e-6, 1e-12);
  EXPECT_NEAR(schedule.GapAt(1).value() - schedule.GapAt(0.5).value(), 100 * 2e-6 - 2e-6, 1e-12);
  // Without a clock that can fall there is one time.
  ClockedSchedule fixed(Seconds::Of(10e-6), false);
  fixed.Add(Operator(0, 2, 0), 100);
  EXPECT_EQ(fixed.WallAt(0.5), fixed.Wall());
  EXPECT_EQ(fixed.GapAt(0.5), fixed.Wall() - fixed.Busy());
}

TEST(ClockedScheduleTest, ALowerClockIsNeverFaster) {
  ClockedSchedule schedule(Seconds::Of(3e-6), true);
  schedule.Add(Operator(1, 5, 7), 3);
  schedule.Add(Operator(1, 9, 2), 5);
  Seconds last;
  for (double clock = 1; clock > 0.15; clock -= 0.01) {
    EXPECT_GE(schedule.WallAt(clock), last) << clock;
    last = schedule.WallAt(clock);
  }
}

}  // namespace
}  // namespace sandglass::replay
