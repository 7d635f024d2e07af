// What benchmarks share: they measure the best or the median of some rounds, and end at the first error.
//
// Pure functions; safe from any thread.
#ifndef SANDGLASS_TESTS_BENCHMARKS_TIMING_H_
#define SANDGLASS_TESTS_BENCHMARKS_TIMING_H_

#include <chrono>
#include <functional>
#include <vector>

#include "absl/status/status.h"

namespace sandglass::benchmarks {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 3;

double SecondsSince(Clock::time_point start);

// Ends the process unless the status is OK; `what` says what was done.
void Check(const absl::Status& status, const char* what);

// The best of some rounds: what others on the machine take away is not counted.
double Best(const std::function<double()>& seconds, int rounds = kRounds);

// 0 of none.
double Median(std::vector<double> values);

}  // namespace sandglass::benchmarks

#endif  // SANDGLASS_TESTS_BENCHMARKS_TIMING_H_
