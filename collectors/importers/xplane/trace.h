// What a profiler's file holds, read into plain values: work of devices, and the instructions that it is of.
//
// The profiler is that of TensorFlow and JAX. A device has streams, whose events are kernels and copies
// (GPUs), or a line "XLA Ops", whose events are instructions of the compiled program (TPUs).
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_TRACE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_TRACE_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "collectors/importers/format/device_class.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/xplane/hlo_program.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::xplane {

inline constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

struct Device {
  // What the profiler calls it ("TPU v5 lite"); empty: it does not keep the name, as of most GPUs.
  std::string name;
  DeviceCounts counts;
  std::optional<uint32_t> ordinal;
  // What else it says of it.
  std::vector<std::pair<std::string, std::string>> properties;
};

// A line whose events are work.
struct Line {
  // Index into Trace::devices.
  uint32_t device = 0;
  std::optional<uint32_t> queue;
  // Whether the events are instructions, which may hold others, and not kernels.
  bool has_instructions = false;
};

// An instruction that work is of, as its events name it.
struct HloOp {
  std::optional<uint64_t> program;
  std::string module;
  std::string name;
  // FLOP by the compiler's cost analysis; nullopt: not said.
  std::optional<double> flop;
  // The shortest time that it took.
  int64_t shortest_ps = std::numeric_limits<int64_t>::max();
};

// Work that took time.
struct Event {
  int64_t start_ns = 0;
  // What is left of the start below a whole ns.
  int64_t start_rest_ps = 0;
  int64_t duration_ps = 0;
  // What joins it to the call that launched it.
  std::optional<int64_t> correlation;
  // Index into Trace::lines.
  uint32_t line = 0;
  // Index into Trace::signatures.
  uint32_t signature = 0;
  // Index into Trace::hlo_ops; kNone: it names none.
  uint32_t hlo_op = kNone;
};

// Wide enough for any time of a file.
using Picoseconds = __int128;
inline Picoseconds StartPs(const Event& event) { return Picoseconds{event.start_ns} * 1000 + event.start_rest_ps; }
inline Picoseconds EndPs(const Event& event) { return StartPs(event) + event.duration_ps; }

struct Trace {
  std::vector<Device> devices;
  std::vector<Line> lines;
  // Those of a line stand together, in order of start, longer ones first.
  std::vector<Event> events;
  // Of work as the device does it (kernels, copies, fills), without repetition.
  std::vector<v1::OpSignature> signatures;
  std::vector<HloOp> hlo_ops;
  HloPrograms programs;
  // Of calls that copy: their bytes by correlation, where known. On some devices a kernel does the copying.
  absl::flat_hash_map<int64_t, std::optional<int64_t>> copies;
  // When the recording began.
  std::optional<int64_t> started_unix_ns;
  // Whether times count from 1970; else from the beginning of the recording.
  bool is_unix = false;
  uint64_t steps = 0;
  std::string host;
  // As in ImportReport.
  Counts left_out;
  Counts missing;
  std::vector<std::string> problems;
};

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_TRACE_H_
