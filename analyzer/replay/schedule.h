// When operators run: a host that dispatches them one by one and a device queue that runs them in order.
//
//   host:    h_i = h_{i-1} + dispatch                 device: d_i = max(d_{i-1}, h_i) + t_i
//
// so a stretch of operators shorter than their dispatch is launch-bound, and the device's waiting shows. A compiled
// stack dispatches nothing operator by operator; each step begins with one launch in which the device waits. An entry
// with n occurrences stands for n such operators one after the other.
#ifndef SANDGLASS_ANALYZER_REPLAY_SCHEDULE_H_
#define SANDGLASS_ANALYZER_REPLAY_SCHEDULE_H_

#include <algorithm>
#include <cstdint>

#include "analyzer/quantities/quantities.h"

namespace sandglass::replay {

class Schedule {
 public:
  explicit Schedule(Seconds dispatch) : dispatch_(dispatch) {}

  // A pause in which the device waits for the host (the launch of a compiled step).
  void AddLaunch(Seconds pause) {
    host_ = std::max(host_, device_) + pause;
    device_ = host_;
  }

  // `occurrences` operators of `time` each.
  void Add(Seconds time, uint64_t occurrences) {
    const auto repeats = static_cast<double>(occurrences - 1);
    device_ = NextBegin() + time + repeats * std::max(time, dispatch_);
    host_ += dispatch_ * static_cast<double>(occurrences);
    busy_ += time * static_cast<double>(occurrences);
  }

  // From the first dispatch to the end of the last operator.
  Seconds Wall() const { return std::max(device_, host_); }
  // When an operator that is added now begins.
  Seconds NextBegin() const { return std::max(device_, host_ + dispatch_); }
  // The end of the last operator.
  Seconds DeviceEnd() const { return device_; }
  // The device at work.
  Seconds Busy() const { return busy_; }

 private:
  Seconds dispatch_;
  Seconds host_;
  Seconds device_;
  Seconds busy_;
};

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_SCHEDULE_H_
