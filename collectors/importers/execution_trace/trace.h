// What a PyTorch ExecutionTrace file holds, read into plain values.
//
// PyTorch's ExecutionTraceObserver writes one node for each call of an operator, with the tensors that went in and came
// out, and no times. Schemas 1.0.2 and later nest what 1.0.1 has flat; the node reader takes both.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_TRACE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_TRACE_H_

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proto/trace.pb.h"

namespace sandglass::collectors::execution_trace {

// Where tensors are that are on no device.
inline constexpr char kHostDevice[] = "cpu";
// What tensors are on that have shapes and no data.
inline constexpr char kShapesDevice[] = "meta";
inline constexpr uint32_t kNoNode = std::numeric_limits<uint32_t>::max();

// Which tensor an argument or a result is. Both numbers stand for addresses, which are used again once they are free.
struct TensorIdentity {
  uint64_t tensor = 0;
  // 0: not known, or there is none (no elements).
  uint64_t storage = 0;
  // Whether the operator changes its content.
  bool is_written = false;
};

enum class NodeKind : uint8_t {
  kOperator,
  // A range that the program or the profiler marked.
  kAnnotation,
  // What the writer puts above all nodes of a process and of a thread.
  kStructure,
};

struct Node {
  // The writer's number: nodes are numbered as they begin, and written as they end.
  uint64_t id = 0;
  uint64_t parent_id = 0;
  // What Kineto calls "Record function id".
  int64_t record_function = -1;
  // What joins forward and backward; below zero: none.
  int64_t sequence = -1;
  // Of a backward operator, the thread that its forward operator ran on; 0: not one.
  uint64_t forward_thread = 0;
  uint64_t writer_thread = 0;
  // Of a collective, its number in its group; below zero: none.
  int64_t communication_sequence = -1;
  // The node's first in Trace::tensors: one for each tensor of its signature, inputs before outputs.
  uint64_t first_tensor = 0;
  uint32_t inputs = 0;
  uint32_t outputs = 0;
  // Index into Trace::signatures.
  uint32_t signature = 0;
  // Index into Trace::nodes; kNoNode: none, or a structure.
  uint32_t parent = kNoNode;
  // Threads are numbered from 0, in order of first appearance.
  uint32_t thread = 0;
  // Index into Trace::devices: that of its first tensor on one.
  std::optional<uint32_t> device;
  NodeKind kind = NodeKind::kOperator;
  bool is_backward = false;
};

struct Trace {
  // As it is written: "1.1.0-chakra.0.0.4".
  std::string schema;
  // In order of id, parents before what they called.
  std::vector<Node> nodes;
  std::vector<TensorIdentity> tensors;
  // Without repetition.
  std::vector<v1::OpSignature> signatures;
  // Devices that tensors are on, as the file names them ("cuda:0"); the host is none.
  std::vector<std::string> devices;
  std::vector<v1::ProcessGroup> process_groups;
  std::optional<uint32_t> rank;
  std::optional<uint32_t> world_size;
  // Members of the outermost object, and what process groups say of themselves.
  std::map<std::string, std::string> extras;
  // What was not taken, by reason.
  std::map<std::string, uint64_t> dropped;
  // The first thing of each kind that was wrong with the file, with the byte where it is.
  std::vector<std::string> problems;
};

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_TRACE_H_
