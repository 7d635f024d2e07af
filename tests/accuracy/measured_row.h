// One published measurement, as a predictor is asked for it.
#ifndef SANDGLASS_TESTS_ACCURACY_MEASURED_ROW_H_
#define SANDGLASS_TESTS_ACCURACY_MEASURED_ROW_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/quantities/quantities.h"
#include "analyzer/trace/trace.h"

namespace sandglass::accuracy {

// A run that was measured under a limit of its device's power, and under the device's own.
struct Limited {
  Watts limit;
  Seconds own_time;
  Joules own_energy;
};

struct MeasuredRow {
  // As the file names it: "Tesla_P4", "h100_sxm".
  std::string device;
  // The software stack that ran it; empty: the first of the device's class.
  std::string stack;
  // Within its set, what is scored together: "Linear", "gemm bfloat16".
  std::string op_class;
  // Operators that the measured time is of, one after the other.
  std::vector<trace::Signature> work;
  Seconds measured;
  // Clock that the device was held to, in Hz; nullopt: its own.
  std::optional<double> clock_hz;
  // What the device took meanwhile; nullopt: not measured.
  std::optional<Joules> energy;
  // Mean power while the same work ran again and again; nullopt: not measured.
  std::optional<Watts> power;
  // What the timer reads where nothing is done, as far as rows of other devices tell: it is in `measured`, too.
  Seconds timer;
  // The least that the timer reads where anything is started, as far as rows of other devices tell: the host's time.
  Seconds launch;
  // How long an operator must take for the power limit to be felt in the way in which it was timed.
  Seconds power_window;
  // Timed by the host's clock, so that starting a step is in it; only for rows of several operators on a stack that
  // fuses.
  bool wall = false;
  // Most of what was measured is the host's time, which no model was asked for: it says nothing of bands.
  bool waits_for_host = false;
  // A whole run, as recorded on another device, that the row is told from and not from `work`; null: there is none.
  std::shared_ptr<const trace::Trace> run;
  // Measured is then work like that of `run`, as much as took `own_time`, under this limit; nullopt: one such run, at
  // the device's own limit.
  std::optional<Limited> limited;
  // What others said of the same row, by their name; of those that answered. In the unit of what is scored.
  std::map<std::string, double> published;
};

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_MEASURED_ROW_H_
