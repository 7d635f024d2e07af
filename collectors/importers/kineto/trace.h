// What a Kineto file holds, read into plain values: events, what they have in common, and what the file says of itself.
//
// Kineto is PyTorch's profiler; it writes Chrome's trace-event JSON. Its files come in three generations, which differ
// in how they name things and in how a kernel is joined to its operator (linker.h).
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_TRACE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collectors/importers/format/device_class.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::kineto {

// A number that an event does not have.
inline constexpr int64_t kNone = std::numeric_limits<int64_t>::min();

enum class EventKind : uint8_t {
  // An operator of the framework, on a host thread.
  kOperator,
  // A range that the program or the profiler marked on a host thread.
  kAnnotation,
  // A call of the device's runtime or driver, on a host thread.
  kRuntime,
  // Work of a device, on one of its queues.
  kKernel,
  kCopy,
  kFill,
};

inline constexpr size_t kEventKinds = static_cast<size_t>(EventKind::kFill) + 1;

// Whether it is work of a device.
inline bool IsDeviceWork(EventKind kind) { return kind >= EventKind::kKernel; }

// What a runtime call is for, as far as graphs of kernels are concerned.
enum class CallKind : uint8_t { kOther, kBeginCapture, kEndCapture, kLaunchGraph, kLaunchKernel, kCopy, kFill };

struct Call {
  CallKind kind = CallKind::kOther;
  // The kernel that it launches, where the file says so and it was asked for.
  std::string kernel;
};

// Something that took time. Times are those of the file, made integers without loss.
struct Event {
  int64_t start_ns = 0;
  // kNone: an operator that ran when a graph was captured, and is here for a launch of that graph (graph_capture.h).
  int64_t duration_ps = 0;
  // The framework's number of the operator that it belongs to, or is.
  int64_t external_id = kNone;
  // The number of the call, which an ExecutionTrace of the same run has too.
  int64_t record_function = kNone;
  // What joins a runtime call to the work that it started.
  int64_t correlation = kNone;
  // What joins forward and backward, and the framework's number of the forward thread. Of a runtime call that one
  // thread makes for another: that thread, as the file numbers it.
  int64_t sequence = kNone;
  int64_t forward_thread = kNone;
  // Index into Trace::signatures; for kRuntime into Trace::calls.
  uint32_t signature = 0;
  // Index into Trace::tracks.
  uint32_t track = 0;
  EventKind kind = EventKind::kOperator;
};

// Whether it is an operator of the backward pass, which bears the number of the thread that its forward operator ran
// on: one that is not 0.
inline bool IsBackward(const Event& event) {
  return event.kind == EventKind::kOperator && event.sequence != kNone && event.forward_thread > 0;
}

// Where events happen: a host thread, or a queue of a device.
struct Track {
  bool is_device = false;
  // A host thread's process and thread as the file names them, or "device" and "stream" numbers.
  std::string process;
  std::string thread;
  // Of a device's queue.
  std::optional<uint32_t> device;
  std::optional<uint32_t> queue;
};

// Which of the three layouts a file has.
enum class Generation { kFirst = 1, kSecond = 2, kThird = 3 };

struct DeviceProperties {
  std::string name;
  uint32_t ordinal = 0;
  DeviceCounts counts = {};
};

struct Trace {
  Generation generation = Generation::kThird;
  std::vector<Event> events;
  // Without repetition: operators of one name, with one set of arguments, share one.
  std::vector<v1::OpSignature> signatures;
  // The same for runtime calls.
  std::vector<Call> calls;
  std::vector<Track> tracks;
  std::vector<DeviceProperties> devices;
  std::vector<v1::ProcessGroup> process_groups;
  // What start_ns counts from, in ns of the Unix epoch; kNone: the file does not say.
  int64_t base_unix_ns = kNone;
  std::optional<uint32_t> rank;
  std::optional<uint32_t> world_size;
  // Members of the file's outermost object that hold plain values, as they are written.
  std::map<std::string, std::string> extras;
  // What was not taken, by reason; and what was left out since it is no work.
  std::map<std::string, uint64_t> dropped;
  std::map<std::string, uint64_t> left_out;
  // The first thing of each kind that was wrong with the file, with the byte where it is.
  std::vector<std::string> problems;
};

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_TRACE_H_
