// What rows of other devices say of how rows were timed: a device that is predicted says nothing of itself.
#ifndef SANDGLASS_TESTS_ACCURACY_OTHER_DEVICES_H_
#define SANDGLASS_TESTS_ACCURACY_OTHER_DEVICES_H_

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "analyzer/quantities/quantities.h"

namespace sandglass::accuracy {

// The middle value, or the mean of the middle two. Requires: `values` is not empty.
inline double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

// A reading of each device, in s.
using Readings = std::map<std::string, double>;

// Share of the host's time for an operator that passes before its kernel starts (llmcompass_rows.cc).
inline constexpr double kHostBeforeKernel = 0.75;

// The least of the other devices' readings. Zero: there are none.
inline Seconds LeastWithout(const std::string& device, const Readings& readings) {
  double least = 0;
  for (const auto& [other, reading] : readings) {
    if (other != device && (least == 0 || reading < least)) least = reading;
  }
  return Seconds::Of(least);
}

// The median of the other devices' readings. Zero: there are none.
inline Seconds MedianWithout(const std::string& device, const Readings& readings) {
  std::vector<double> others;
  for (const auto& [other, reading] : readings) {
    if (other != device) others.push_back(reading);
  }
  return Seconds::Of(others.empty() ? 0 : MedianOf(others));
}

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_OTHER_DEVICES_H_
