// How long at least one of several things ran.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_BUSY_TIME_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_BUSY_TIME_H_

#include <algorithm>
#include <cstdint>
#include <limits>

namespace sandglass::collectors {

// The union of times. Used by one thread at a time.
class BusyTime {
 public:
  // Requires: calls come in the order of their starts. A duration is not negative.
  void Add(int64_t start_ns, int64_t duration_ps) {
    const Picoseconds start = Picoseconds{start_ns} * kPsPerNs;
    const Picoseconds end = start + duration_ps;
    busy_ += std::max<Picoseconds>(0, end - std::max(start, until_));
    until_ = std::max(until_, end);
  }

  // At most what 64 bits hold.
  int64_t ps() const { return static_cast<int64_t>(std::min<Picoseconds>(busy_, std::numeric_limits<int64_t>::max())); }

 private:
  // Wide enough for any time of a file.
  using Picoseconds = __int128;
  static constexpr int64_t kPsPerNs = 1000;

  Picoseconds busy_ = 0;
  Picoseconds until_ = std::numeric_limits<int64_t>::min() * Picoseconds{kPsPerNs};
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_BUSY_TIME_H_
