// What programs take.
#ifndef SANDGLASS_TESTS_BENCHMARKS_MEASURED_RUN_H_
#define SANDGLASS_TESTS_BENCHMARKS_MEASURED_RUN_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sandglass::benchmarks {

struct MeasuredRun {
  double seconds = 0;
  uint64_t peak_resident_bytes = 0;
};

// Runs programs from a process of its own, begun before this one has read anything: Linux counts what a process held
// when it forked into the peak of its child, also past exec. Ends the process where it cannot be begun.
class ProgramRunner {
 public:
  ProgramRunner();
  ~ProgramRunner();
  ProgramRunner(const ProgramRunner&) = delete;
  ProgramRunner& operator=(const ProgramRunner&) = delete;

  // Runs a program, found by PATH, to its end, its output thrown away. Nullopt: it could not be run, or failed; what it
  // said of that is on standard error.
  std::optional<MeasuredRun> Run(const std::vector<std::string>& command);

 private:
  int socket_ = -1;
  pid_t process_ = -1;
};

}  // namespace sandglass::benchmarks

#endif  // SANDGLASS_TESTS_BENCHMARKS_MEASURED_RUN_H_
