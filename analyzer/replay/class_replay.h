// One trace replayed on one silicon class: time and device energy of the whole trace, with every term.
//
//  1. Memory first: the least number of devices that holds the footprint. Its work is spread evenly over them, and
//     what they tell each other is charged without overlap: in training, each step gathers the parameters twice and
//     scatters the gradients once (sharded data parallelism); otherwise every second matrix product ends in an
//     all-reduce of its result (tensor parallelism). Where no number of devices that the link joins is enough, it is
//     infeasible.
//  2. Each signature is estimated once (models/operator_model.h), in scale mode corrected by what was measured on the
//     class that the trace ran on (source_correction.h), and with a calibration by what was measured elsewhere; and the
//     operators are scheduled (schedule.h).
//  3. Work that is not known is charged at the mean of what is: time and energy are divided by the share that is known.
//     Below half of it the verdict is unknown.
//  4. The power limit lowers the clock, or stretches the whole (models/power.h).
//
// Machines for molecular dynamics take the step as a whole (models/md_machine.h) and run at their power limit.
// Pure: equal inputs give equal bits. Safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPLAY_CLASS_REPLAY_H_
#define SANDGLASS_ANALYZER_REPLAY_CLASS_REPLAY_H_

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "analyzer/models/calibration.h"
#include "analyzer/models/estimate.h"
#include "analyzer/models/operator_model.h"
#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/replay/footprint.h"
#include "analyzer/replay/fusion.h"
#include "analyzer/replay/precision.h"
#include "analyzer/replay/work_list.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/trace/trace.h"

namespace sandglass::replay {

// The numbers are those of v1::Verdict.
enum class Verdict : uint8_t { kUnspecified = 0, kSupported = 1, kUnsupported = 2, kInfeasible = 3, kUnknown = 4 };

// All that a replay needs of a trace, computed once for all classes.
struct PreparedTrace {
  const trace::Trace* trace = nullptr;
  Precision precision = Precision::kSource;
  WorkList work;
  // What compilers join on stacks that fuse.
  Chains chains;
  // The same on stacks that fuse into matrix products as well.
  Chains product_chains;
  Footprint footprint;
  // Most power that one device may draw, where that is less than the class's own limit; nullopt: no cap.
  std::optional<Watts> power_cap;
  // What times on a device are multiplied by, by signature (source_correction.h); empty: nothing.
  std::vector<double> correction;
  // Measured rows that times are calibrated by; empty: none.
  models::Calibration calibration;
};

// `trace` must outlive the result.
PreparedTrace Prepare(const trace::Trace& trace, Precision precision);

// Seconds of the whole trace, by what they are. Terms overlap.
struct TimeTerms {
  // Floors of operators on the device.
  Seconds launch;
  Seconds matrix;
  Seconds vector;
  Seconds memory;
  // Dependent steps, and what blocks of threads wait for their loads.
  Seconds serial;
  // Transfers among devices: the trace's own collectives, and those of spreading it.
  Seconds communication;
  // Operators that fall back to the host, and their copies and waits.
  Seconds host;
  Seconds host_transfer;
  Seconds power_stretch;
  // What the trace's own measured times add or take off.
  Seconds correction;
  // What a calibration adds or takes off.
  Seconds calibration;
  // The device waits for the host.
  Seconds host_gap;
};

// Joules of the whole trace on all devices; terms add up.
struct EnergyTerms {
  Joules idle;
  Joules matrix;
  Joules vector;
  Joules memory;

  Joules total() const { return idle + matrix + vector + memory; }
};

// What operators of one class that run alike took together.
struct ClassTotals {
  ops::OpClass op_class = ops::OpClass::kUnknown;
  uint64_t count = 0;
  Seconds device;
  models::Limit limit = models::Limit::kUnspecified;
  Flop matrix;
  Flop vector;
  Bytes bytes;
  silicon::OperatorSupport support;
};

// What operators of one kind and one support took together.
struct KindTime {
  models::OperatorKind kind;
  Seconds device;
};

struct ClassReplay {
  Verdict verdict = Verdict::kUnspecified;
  // Why not, in words; empty where supported.
  std::string reason;
  const silicon::Stack* stack = nullptr;
  int devices = 1;

  Seconds wall;
  // The devices at work.
  Seconds device;
  // Share of the stated clock that the power limit leaves.
  double clock = 1;
  TimeTerms time;
  EnergyTerms energy;
  // Share of `wall` in which the device waits or only starts operators.
  double launch_idle_share = 0;
  models::Limit limit = models::Limit::kUnspecified;

  // Longest first.
  std::vector<ClassTotals> op_classes;
  // The same operators by what errors tell apart, where the class runs operators.
  std::vector<KindTime> kinds;
  // Formats in which rates were used.
  std::vector<silicon::Format> matrix_formats;
  std::vector<silicon::Format> vector_formats;
  std::vector<std::string> warnings;
};

// A kernel as it is scheduled: an operator, or several that a compiler joins into one.
struct ScheduledKernel {
  // Of the operators in it, in order; lives as long as the prepared trace.
  absl::Span<const uint32_t> signatures;
  // Index of the first of them in Trace::operators.
  uint32_t first_operator = 0;
  // Runs, one after the other.
  uint64_t occurrences = 1;
  // For this call only.
  const ops::Work& work;
  const silicon::OperatorSupport& support;
  models::Limit limit = models::Limit::kUnspecified;
  // Device time of one run, at the stated clock.
  Seconds device;
  // From the beginning of the replay to that of the first run, and to the end of the last one, at the stated clock.
  // Between runs the device may wait for their dispatch.
  Seconds begin;
  Seconds end;
};

// Hears each kernel in the order of the schedule.
using KernelSink = std::function<void(const ScheduledKernel&)>;

// `sink`, if there is one, hears the kernels; of machines that run steps as a whole it hears none.
ClassReplay ReplayOn(const PreparedTrace& prepared, const silicon::Target& target, const KernelSink& sink = nullptr);

// How the target runs a signature of the trace under its precision: natively, where the target is taken as ported.
// Requires: target.stack is set.
silicon::OperatorSupport SupportOn(const PreparedTrace& prepared, const silicon::Target& target, uint32_t signature);

// What an operator's modelled time on the target is multiplied by: what was measured in this trace, and elsewhere.
struct TimeFactors {
  double correction = 1;
  double calibration = 1;

  double both() const { return correction * calibration; }
};
TimeFactors FactorsOn(const PreparedTrace& prepared, const silicon::Target& target, uint32_t signature,
                      const models::OperatorEstimate& estimate);

// What the models are told for a replay over `devices`.
models::OperatorOptions ModelOptions(const PreparedTrace& prepared, const silicon::Target& target, int devices);

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_CLASS_REPLAY_H_
