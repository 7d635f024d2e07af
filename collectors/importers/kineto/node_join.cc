#include "collectors/importers/kineto/node_join.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/format/sound_signature.h"
#include "collectors/importers/format/torch_names.h"
#include "collectors/importers/kineto/call_tree.h"

namespace sandglass::collectors::kineto {
namespace {

using execution_trace::kNoNode;
using execution_trace::Node;
using execution_trace::NodeKind;
using Nodes = execution_trace::Trace;

// How many events may be tried for the place of a node; more alike are no place at all.
constexpr size_t kMostAnchors = 64;

bool IsOfHost(EventKind kind) { return kind == EventKind::kOperator || kind == EventKind::kAnnotation; }

bool HasShape(const v1::Tensor& tensor) { return tensor.shape_source() != v1::SHAPE_SOURCE_UNSPECIFIED; }

// The tensors at each position of the arguments; several are a list. Either file may have none where the other has one:
// of an optional argument, or of an element type that it does not know.
std::map<uint32_t, std::vector<const v1::Tensor*>> InputsByPosition(const v1::OpSignature& signature) {
  std::map<uint32_t, std::vector<const v1::Tensor*>> positions;
  for (const v1::Tensor& tensor : signature.inputs()) positions[tensor.position()].push_back(&tensor);
  return positions;
}

bool MayBeOneTensor(const v1::Tensor& a, const v1::Tensor& b) {
  return !HasShape(a) || !HasShape(b) || std::equal(a.dims().begin(), a.dims().end(), b.dims().begin(), b.dims().end());
}

// Whether what both know of the sizes of the inputs is the same.
bool HaveSameShapes(const v1::OpSignature& event, const v1::OpSignature& node) {
  const auto of_node = InputsByPosition(node);
  for (const auto& [position, tensors] : InputsByPosition(event)) {
    const auto found = of_node.find(position);
    if (found == of_node.end()) continue;
    if (found->second.size() != tensors.size()) return false;
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (!MayBeOneTensor(*tensors[i], *found->second[i])) return false;
    }
  }
  return true;
}

class Joiner {
 public:
  Joiner(const Trace& trace, const Nodes& nodes) : trace_(trace), nodes_(nodes) {}

  // Joins by a number that both bear. False: it is not taken.
  bool ByNumber(const std::function<int64_t(const Event&)>& number, const char* way) {
    absl::flat_hash_map<int64_t, uint32_t> events;
    for (uint32_t i = 0; i < trace_.events.size(); ++i) {
      const Event& event = trace_.events[i];
      if (!IsOfHost(event.kind) || number(event) < 0) continue;
      const auto [found, is_new] = events.try_emplace(number(event), i);
      if (!is_new) found->second = kNoEvent;
    }
    std::vector<std::pair<uint32_t, uint32_t>> pairs;
    for (uint32_t n = 0; n < nodes_.nodes.size(); ++n) {
      if (nodes_.nodes[n].kind == NodeKind::kStructure) continue;
      const auto found = events.find(nodes_.nodes[n].record_function);
      if (found == events.end() || found->second == kNoEvent) continue;
      pairs.emplace_back(found->second, n);
      // Another node of that number has no event.
      found->second = kNoEvent;
    }
    return Take(pairs, way);
  }

  bool ByOrder() {
    std::map<uint32_t, std::vector<uint32_t>> threads;
    std::map<uint32_t, std::vector<uint32_t>> tracks;
    for (uint32_t n = 0; n < nodes_.nodes.size(); ++n) {
      const Node& node = nodes_.nodes[n];
      if (node.kind != NodeKind::kStructure && !IsStep(NameOf(node))) threads[node.thread].push_back(n);
    }
    for (const uint32_t e : HostEventsInOrder()) tracks[trace_.events[e].track].push_back(e);
    std::vector<std::pair<uint32_t, uint32_t>> pairs;
    for (const auto& [thread, nodes] : threads) {
      for (const auto& [track, events] : tracks) AddStretch(nodes, events, pairs);
    }
    return Take(pairs, "joined_by_order");
  }

  const std::string& tried() const { return tried_; }
  NodeJoin TakeResult() { return std::move(join_); }

 private:
  const std::string& NameOf(const Event& event) const { return trace_.signatures[event.signature].name(); }
  const std::string& NameOf(const Node& node) const { return nodes_.signatures[node.signature].name(); }
  // A step that is marked in one of the files only does not part it.
  static bool IsStep(absl::string_view name) { return absl::StartsWith(name, kStepName); }

  // Whether the two may be one call.
  bool Agree(const Event& event, const Node& node) const {
    if (NameOf(event) != NameOf(node)) return false;
    if (event.sequence >= 0 && node.sequence >= 0 && event.sequence != node.sequence) return false;
    return HaveSameShapes(trace_.signatures[event.signature], nodes_.signatures[node.signature]);
  }

  bool Take(const std::vector<std::pair<uint32_t, uint32_t>>& pairs, const char* way) {
    NodeJoin join;
    join.way = way;
    join.node_of.resize(trace_.events.size(), kNoNode);
    std::vector<bool> is_paired(nodes_.nodes.size());
    for (const auto& [event, node] : pairs) {
      if (join.node_of[event] != kNoNode || is_paired[node]) continue;
      is_paired[node] = true;
      const bool agree = Agree(trace_.events[event], nodes_.nodes[node]);
      if (agree) join.node_of[event] = node;
      ++(agree ? join.joined : join.mismatches);
    }
    absl::StrAppend(&tried_, tried_.empty() ? "" : ", ", way, ": ", pairs.size(), " pairs, of which ", join.joined,
                    " agree");
    if (join.joined == 0 || join.joined < 9 * join.mismatches) return false;
    for (const Event& event : trace_.events) join.events_alone += IsOfHost(event.kind) ? 1 : 0;
    for (const Node& node : nodes_.nodes) join.nodes_alone += node.kind == NodeKind::kStructure ? 0 : 1;
    join.events_alone -= join.joined + join.mismatches;
    join.nodes_alone -= join.joined + join.mismatches;
    join_ = std::move(join);
    return true;
  }

  // As they began, callers before what they called.
  std::vector<uint32_t> HostEventsInOrder() const {
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < trace_.events.size(); ++i) {
      if (IsOfHost(trace_.events[i].kind) && !IsStep(NameOf(trace_.events[i]))) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
      const Event& first = trace_.events[a];
      const Event& second = trace_.events[b];
      if (first.start_ns != second.start_ns) return first.start_ns < second.start_ns;
      // Clocks of whole microseconds: ids count as operators begin.
      if (first.external_id >= 0 && second.external_id >= 0) return first.external_id < second.external_id;
      return first.duration_ps > second.duration_ps;
    });
    return order;
  }

  // Adds the pairs of the nodes and that stretch of the events which has the same names and sequence numbers, if there
  // is one.
  void AddStretch(const std::vector<uint32_t>& nodes, const std::vector<uint32_t>& events,
                  std::vector<std::pair<uint32_t, uint32_t>>& pairs) const {
    const auto anchor =
        std::find_if(nodes.begin(), nodes.end(), [this](uint32_t node) { return nodes_.nodes[node].sequence >= 0; });
    // Without a number there is no telling a step from another.
    if (anchor == nodes.end()) return;
    const auto before = static_cast<size_t>(anchor - nodes.begin());
    size_t tried = 0;
    for (size_t e = before; e + (nodes.size() - before) <= events.size(); ++e) {
      const Event& event = trace_.events[events[e]];
      if (event.sequence != nodes_.nodes[*anchor].sequence || NameOf(event) != NameOf(nodes_.nodes[*anchor])) continue;
      if (++tried > kMostAnchors) return;
      const size_t first = e - before;
      size_t same = 0;
      while (same < nodes.size() && Agree(trace_.events[events[first + same]], nodes_.nodes[nodes[same]])) ++same;
      if (same < nodes.size()) continue;
      for (size_t i = 0; i < nodes.size(); ++i) pairs.emplace_back(events[first + i], nodes[i]);
      return;
    }
  }

  const Trace& trace_;
  const Nodes& nodes_;
  NodeJoin join_;
  // What came of each way, in words.
  std::string tried_;
};

// The number that a group of the nodes has in the trace.
uint32_t GroupIn(const v1::ProcessGroup& group, Trace& trace) {
  for (size_t i = 0; i < trace.process_groups.size(); ++i) {
    if (trace.process_groups[i].name() == group.name()) return static_cast<uint32_t>(i);
  }
  trace.process_groups.push_back(group);
  return static_cast<uint32_t>(trace.process_groups.size() - 1);
}

// Gives a tensor what only the same one of the event tells: sizes that are symbols to an ExecutionTrace, and strides,
// which only its last schema has.
void KeepShape(const v1::Tensor& event, v1::Tensor& tensor) {
  if (tensor.dtype() == v1::DATA_TYPE_UNSPECIFIED || tensor.dtype() == v1::DATA_TYPE_OTHER) {
    if (event.dtype() != v1::DATA_TYPE_UNSPECIFIED) tensor.set_dtype(event.dtype());
  }
  if (!HasShape(event)) return;
  if (!HasShape(tensor)) {
    tensor.set_shape_source(event.shape_source());
    *tensor.mutable_dims() = event.dims();
    tensor.clear_strides();
  }
  if (tensor.strides().empty() && event.strides_size() == tensor.dims_size()) {
    *tensor.mutable_strides() = event.strides();
  }
}

void KeepInputs(const v1::OpSignature& event, v1::OpSignature& merged) {
  if (merged.inputs().empty() && merged.attributes().empty()) {
    *merged.mutable_inputs() = event.inputs();
    *merged.mutable_attributes() = event.attributes();
    return;
  }
  const auto of_event = InputsByPosition(event);
  std::map<uint32_t, size_t> seen;
  for (v1::Tensor& tensor : *merged.mutable_inputs()) {
    const size_t index = seen[tensor.position()]++;
    const auto found = of_event.find(tensor.position());
    if (found != of_event.end() && index < found->second.size()) KeepShape(*found->second[index], tensor);
  }
}

// The node's signature, with what the event's alone says. What is a collective is for the event to say, if it does.
v1::OpSignature Merged(const v1::OpSignature& event, const v1::OpSignature& node, const Nodes& nodes, Trace& trace) {
  v1::OpSignature merged = node;
  KeepInputs(event, merged);
  if (event.has_communication()) {
    *merged.mutable_communication() = event.communication();
    merged.set_kind(event.kind());
  } else if (merged.communication().has_process_group()) {
    const v1::ProcessGroup& group = nodes.process_groups[merged.communication().process_group()];
    merged.mutable_communication()->set_process_group(GroupIn(group, trace));
  }
  return merged;
}

}  // namespace

absl::StatusOr<NodeJoin> JoinNodes(const Trace& trace, const execution_trace::Trace& nodes) {
  Joiner joiner(trace, nodes);
  const bool has_ids = std::any_of(trace.events.begin(), trace.events.end(),
                                   [](const Event& event) { return event.record_function >= 0; });
  const auto record_function = [](const Event& event) { return event.record_function; };
  const auto external_id = [](const Event& event) { return event.external_id; };
  const bool joined = has_ids ? joiner.ByNumber(record_function, "joined_by_record_function_id")
                              : joiner.ByNumber(external_id, "joined_by_external_id") || joiner.ByOrder();
  if (joined) return joiner.TakeResult();
  return absl::InvalidArgumentError(absl::StrCat("the two files are not of one run, or not of the same steps of it (",
                                                 joiner.tried(), "): import each by itself"));
}

void AddSignatures(const NodeJoin& join, const execution_trace::Trace& nodes, Trace& trace) {
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint32_t> merged;
  for (size_t i = 0; i < trace.events.size(); ++i) {
    if (join.node_of[i] == kNoNode) continue;
    Event& event = trace.events[i];
    const uint32_t of_node = nodes.nodes[join.node_of[i]].signature;
    const auto [found, is_new] =
        merged.try_emplace({event.signature, of_node}, static_cast<uint32_t>(trace.signatures.size()));
    if (is_new) {
      v1::OpSignature signature = Merged(trace.signatures[event.signature], nodes.signatures[of_node], nodes, trace);
      TraceLimits limits;
      limits.process_groups = static_cast<uint32_t>(trace.process_groups.size());
      if (!KeepSound(signature, limits)) ++trace.dropped["signatures_not_sound"];
      trace.signatures.push_back(std::move(signature));
    }
    event.signature = found->second;
  }
}

}  // namespace sandglass::collectors::kineto
