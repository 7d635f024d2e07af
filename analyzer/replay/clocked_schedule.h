// A schedule at every clock that a power limit may leave: the time of a whole replay as a function of the clock.
#ifndef SANDGLASS_ANALYZER_REPLAY_CLOCKED_SCHEDULE_H_
#define SANDGLASS_ANALYZER_REPLAY_CLOCKED_SCHEDULE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/models/operator_model.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/replay/schedule.h"

namespace sandglass::replay {

class ClockedSchedule {
  static constexpr std::array kClocks = {1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15};

 public:
  // How long one operator takes at each clock.
  using Times = std::array<Seconds, kClocks.size()>;
  // `correction`: what its time is multiplied by.
  static Times TimesOf(const models::OperatorEstimate& estimate, double correction = 1) {
    Times times;
    for (size_t i = 0; i < times.size(); ++i) times[i] = correction * models::DeviceAt(estimate, kClocks[i]);
    return times;
  }

  // `follows_power`: whether the clock can fall; else there is one clock.
  ClockedSchedule(Seconds dispatch, bool follows_power)
      : schedules_(follows_power ? kClocks.size() : 1, Schedule(dispatch)) {}

  void AddLaunch(Seconds pause) {
    for (Schedule& schedule : schedules_) schedule.AddLaunch(pause);
  }

  void Add(const Times& times, uint64_t occurrences) {
    for (size_t i = 0; i < schedules_.size(); ++i) schedules_[i].Add(times[i], occurrences);
  }

  // At the stated clock.
  Seconds Wall() const { return schedules_.front().Wall(); }
  Seconds Busy() const { return schedules_.front().Busy(); }
  Seconds NextBegin() const { return schedules_.front().NextBegin(); }
  Seconds DeviceEnd() const { return schedules_.front().DeviceEnd(); }

  // At a share of the stated clock: on the line between the two that were scheduled. Never shorter than at a higher
  // one.
  Seconds WallAt(double clock) const { return At(clock, &Schedule::Wall); }
  // The device waiting, at that clock.
  Seconds GapAt(double clock) const { return WallAt(clock) - At(clock, &Schedule::Busy); }

 private:
  Seconds At(double clock, Seconds (Schedule::*time)() const) const {
    if (schedules_.size() == 1) return (schedules_.front().*time)();
    size_t below = 1;
    while (below + 1 < kClocks.size() && kClocks[below] > clock) ++below;
    // Time goes with the inverse of the clock.
    const double part = (1 / clock - 1 / kClocks[below - 1]) / (1 / kClocks[below] - 1 / kClocks[below - 1]);
    const Seconds above = (schedules_[below - 1].*time)();
    return above + part * ((schedules_[below].*time)() - above);
  }

  std::vector<Schedule> schedules_;
};

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_CLOCKED_SCHEDULE_H_
