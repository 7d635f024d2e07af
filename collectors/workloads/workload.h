// Workloads: real models (and one real simulation) that run here and are traced while they run.
//
// A workload is used by one thread: Prepare, then Header, then Record (in training also again, for more steps). It does
// its work for real; only shape runs (`shapes_only`) propagate shapes without data and without times.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_WORKLOAD_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_WORKLOAD_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collectors/trace_sink.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// What the user chose. An absent number is the workload's own default; a number that a workload has no use for is
// refused by it.
struct WorkloadOptions {
  // _UNSPECIFIED: the workload's default.
  v1::Phase phase = v1::PHASE_UNSPECIFIED;
  bool shapes_only = false;
  // DATA_TYPE_FLOAT32 or DATA_TYPE_BFLOAT16: of weights and activations.
  v1::DataType dtype = v1::DATA_TYPE_FLOAT32;
  uint64_t seed = 1;
  // Steps that are traced: training steps, passes over a prompt, tokens after the context, time steps of a simulation.
  std::optional<int64_t> steps;
  // Threads that one operator may use; absent: all of the machine.
  std::optional<int64_t> threads;
  // Whether operators are left out, and counted, when the sink is slow. Otherwise the model waits for it.
  bool drop_when_slow = false;
  // A preset of sizes ("7b"); empty: small. Numbers given beside it take its place.
  std::string size;
  std::optional<int64_t> layers;
  std::optional<int64_t> width;
  std::optional<int64_t> heads;
  std::optional<int64_t> ffn;
  std::optional<int64_t> vocab;
  std::optional<int64_t> batch;
  std::optional<int64_t> tokens;
  std::optional<int64_t> context;
  std::optional<int64_t> state;
  std::optional<int64_t> experts;
  std::optional<int64_t> top_k;
  std::optional<int64_t> unfolds;
  std::optional<int64_t> image;
  // "fused" or "steps": the selective scan as one operator, or as a loop of primitive ones. Empty: fused.
  std::string scan;
  // "ltc" or "cfc": the cell of `liquid`. Empty: ltc.
  std::string cell;
  // Edge of the water box of `md`, in nm; absent: 4.
  std::optional<double> box_nm;
};

// How far a run has got.
struct Progress {
  int64_t step = 0;
  int64_t steps = 0;
  uint64_t operators = 0;
  // Absent: there is none, or it has no data.
  std::optional<double> loss = std::nullopt;
};
using ReportProgress = std::function<void(const Progress&)>;

class Workload {
 public:
  virtual ~Workload() = default;

  // Builds the model and runs one step that is not traced, so that what happens only once is not in the trace.
  // Errors: InvalidArgument names the option, its value and what is possible.
  virtual absl::Status Prepare() = 0;

  // What is known before the traced steps; name and command are left to the caller. Requires: Prepare succeeded.
  virtual v1::TraceHeader Header() const = 0;

  // Runs one more step that is not traced, to measure what tracing costs. Requires: Prepare succeeded. Errors:
  // Unimplemented for workloads that run another program.
  virtual absl::Status Rehearse() { return absl::UnimplementedError("workload: has no steps of its own to rehearse"); }

  // Runs, and hands the operators to `sink`, which must have begun; returns what Finish of the sink wants. Calls
  // `report` after each step. Errors: the sink's, and those of the model in one line.
  virtual absl::StatusOr<v1::TraceSummary> Record(TraceSink& sink, const ReportProgress& report) = 0;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_WORKLOAD_H_
