#include "tests/benchmarks/timing.h"

#include <errno.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace sandglass::benchmarks {

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void Check(const absl::Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, status.ToString().c_str());
  std::exit(1);
}

double Best(const std::function<double()>& seconds, int rounds) {
  double best = seconds();
  for (int i = 1; i < rounds; ++i) best = std::min(best, seconds());
  return best;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace sandglass::benchmarks
