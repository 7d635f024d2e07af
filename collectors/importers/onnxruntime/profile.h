// What a profile of ONNX Runtime holds, read into plain values.
//
// The runtime writes one array of Chrome's trace events: of a session (loading, runs) and of the nodes of its graph,
// and, where an execution provider traces its device, of kernels. Times are whole microseconds, cut off, from the
// moment when profiling began. Files come in two generations: the first has two fences beside each node.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_PROFILE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_PROFILE_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "collectors/importers/format/importer.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::onnxruntime {

// A number that an event does not have, or an event that is none.
inline constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

// More events than these the runtime does not record, whatever goes on.
inline constexpr uint64_t kWriterCap = 1'000'000;

enum class EventKind : uint8_t {
  // One call of the session, from inputs to outputs.
  kRun,
  // A node of the graph, on a host thread.
  kNode,
  // Work of a device.
  kKernel,
};

struct Event {
  int64_t start_us = 0;
  int64_t duration_us = 0;
  // Index into Profile::signatures; of no meaning for kRun.
  uint32_t signature = 0;
  // Numbered in the order of the file; of no meaning for kKernel.
  uint32_t thread = 0;
  // Of a node: index into Profile::providers, and its number in the graph.
  uint32_t provider = kNone;
  uint32_t node_index = kNone;
  // Of a kernel: its stream, and the index of the node that launched it. The start of one that has a launcher is made
  // up by the runtime: that of the node and as many microseconds as kernels come before it.
  uint32_t queue = kNone;
  uint32_t launcher = kNone;
  EventKind kind = EventKind::kNode;
  // Whether it is a node that runs a graph of its own (If, Loop), the nodes of which are events too.
  bool holds_graph = false;
};

struct Profile {
  std::vector<Event> events;
  // Without repetition.
  std::vector<v1::OpSignature> signatures;
  // What ran the nodes: "CPUExecutionProvider".
  std::vector<std::string> providers;
  uint32_t threads = 0;
  // Of the file's array.
  uint64_t elements = 0;
  bool has_fences = false;
  // Whether a node computes a gradient.
  bool has_gradients = false;
  // By reason, as in ImportReport.
  Counts left_out;
  Counts missing;
  std::vector<std::string> problems;
};

}  // namespace sandglass::collectors::onnxruntime

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_PROFILE_H_
