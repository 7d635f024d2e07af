#include "analyzer/replay/schedule.h"

#include <gtest/gtest.h>

namespace sandglass::replay {
namespace {

constexpr auto kMicrosecond = Seconds::Of(1e-6);

double Micros(Seconds seconds) { return seconds.value() * 1e6; }

TEST(ScheduleTest, LongOperatorsHideDispatch) {
  Schedule schedule(2 * kMicrosecond);
  for (int i = 0; i < 3; ++i) schedule.Add(10 * kMicrosecond, 1);
  // Dispatched at 2, 4, 6 us; the device runs 2-12, 12-22, 22-32.
  EXPECT_NEAR(Micros(schedule.Wall()), 32, 1e-9);
  EXPECT_NEAR(Micros(schedule.Busy()), 30, 1e-9);
}

TEST(ScheduleTest, ShortOperatorsAreLaunchBound) {
  Schedule schedule(5 * kMicrosecond);
  for (int i = 0; i < 4; ++i) schedule.Add(1 * kMicrosecond, 1);
  // Dispatched at 5, 10, 15, 20 us: the last ends at 21, and the device worked for 4.
  EXPECT_NEAR(Micros(schedule.Wall()), 21, 1e-9);
  EXPECT_NEAR(Micros(schedule.Busy()), 4, 1e-9);
}

TEST(ScheduleTest, OccurrencesStandForSeparateOperators) {
  for (const double time : {1.0, 10.0}) {
    Schedule one_by_one(5 * kMicrosecond);
    for (int i = 0; i < 100; ++i) one_by_one.Add(time * kMicrosecond, 1);
    Schedule together(5 * kMicrosecond);
    together.Add(time * kMicrosecond, 100);
    EXPECT_NEAR(Micros(together.Wall()), Micros(one_by_one.Wall()), 1e-6) << time;
    EXPECT_NEAR(Micros(together.Busy()), Micros(one_by_one.Busy()), 1e-6) << time;
  }
}

TEST(ScheduleTest, CompiledStepsPauseTheDeviceOnce) {
  Schedule schedule{Seconds()};
  schedule.AddLaunch(100 * kMicrosecond);
  schedule.Add(10 * kMicrosecond, 5);
  EXPECT_NEAR(Micros(schedule.Wall()), 150, 1e-9);
}

}  // namespace
}  // namespace sandglass::replay
