// What a program took.
#ifndef SANDGLASS_TESTS_BENCHMARKS_MEASURED_RUN_H_
#define SANDGLASS_TESTS_BENCHMARKS_MEASURED_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sandglass::benchmarks {

struct MeasuredRun {
  double seconds = 0;
  uint64_t peak_resident_bytes = 0;
};

// Runs a program, found by PATH, to its end, its output thrown away. Nullopt: it could not be run, or failed; what it
// said of that is on standard error.
std::optional<MeasuredRun> Run(const std::vector<std::string>& command);

}  // namespace sandglass::benchmarks

#endif  // SANDGLASS_TESTS_BENCHMARKS_MEASURED_RUN_H_
