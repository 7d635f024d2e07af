#include "collectors/importers/kineto/operators.h"

#include <algorithm>
#include <array>
#include <boost/sort/spinsort/spinsort.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "collectors/importers/format/busy_time.h"
#include "collectors/importers/format/torch_names.h"

namespace sandglass::collectors::kineto {
namespace {

constexpr int64_t kPsPerNs = 1000;

bool IsForward(const Event& event) {
  return event.kind == EventKind::kOperator && event.sequence != kNone && event.forward_thread <= 0;
}

bool HasArguments(const v1::OpSignature& signature) {
  return signature.inputs_size() > 0 || signature.attributes_size() > 0;
}

bool IsStep(const Trace& trace, const Event& event) {
  return event.kind == EventKind::kAnnotation && absl::StartsWith(trace.signatures[event.signature].name(), kStepName);
}

// Operators of a graph's capture have none here.
bool HasTime(const Event& event) { return event.duration_ps != kNone; }

int64_t EndNs(const Event& event) {
  return HasTime(event) ? event.start_ns + event.duration_ps / kPsPerNs : event.start_ns;
}

const char* CountName(EventKind kind) {
  switch (kind) {
    case EventKind::kOperator:
      return "operators";
    case EventKind::kAnnotation:
      return "annotations";
    case EventKind::kRuntime:
      return "runtime_calls";
    case EventKind::kKernel:
      return "kernels";
    case EventKind::kCopy:
      return "copies";
    case EventKind::kFill:
      return "fills";
  }
  return "";
}

}  // namespace

Operators::Operators(Trace& trace, GraphLaunches graphs, std::optional<JoinedNodes> nodes)
    : trace_(trace),
      graphs_(std::move(graphs)),
      tree_(trace),
      links_(LinkDeviceWork(trace, tree_)),
      nodes_(std::move(nodes)) {
  LinkGraphs();
  has_backward_ = graphs_.has_backward;
  for (const Event& event : trace_.events) {
    if (IsDeviceWork(event.kind)) continue;
    first_host_ns_ = std::min(first_host_ns_.value_or(event.start_ns), event.start_ns);
    if (event.kind != EventKind::kRuntime || event.correlation == kNone) continue;
    first_correlation_ = std::min(first_correlation_.value_or(event.correlation), event.correlation);
  }
  for (uint32_t i = 0; i < trace_.events.size(); ++i) {
    const Event& event = trace_.events[i];
    has_backward_ |= IsBackward(event);
    if (event.kind == EventKind::kRuntime) continue;
    if (IsBeforeRecording(i)) {
      ++before_recording_;
      continue;
    }
    order_.push_back(i);
  }
  // Equal starts stay as the file has them, callers before what they called.
  boost::sort::spinsort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) {
    const Event& first = trace_.events[a];
    const Event& second = trace_.events[b];
    if (first.start_ns != second.start_ns) return first.start_ns < second.start_ns;
    return first.duration_ps > second.duration_ps;
  });
  ids_.resize(trace_.events.size());
  for (size_t i = 0; i < order_.size(); ++i) ids_[order_[i]] = i + 1;
  FindForward();
  NumberTracks();
  NumberNodes();
}

void Operators::LinkGraphs() {
  for (uint32_t i = 0; i < graphs_.work.size(); ++i) {
    const GraphLaunches::Work& work = graphs_.work[i];
    graph_work_[work.event] = i;
    if (work.launcher == kNoEvent) continue;
    links_.of[work.event] = {.launcher = work.launcher, .method = v1::LINK_METHOD_CAPTURE, .has_call = true};
  }
}

bool Operators::IsBeforeRecording(uint32_t index) const {
  const Event& event = trace_.events[index];
  const Link& link = links_.of[index];
  if (!IsDeviceWork(event.kind) || link.launcher != kNoEvent || link.has_call) return false;
  // Calls are numbered in their order. What they launched may run much later, when a queue is full.
  if (event.correlation != kNone && first_correlation_.has_value()) return event.correlation < *first_correlation_;
  return !first_host_ns_.has_value() || event.start_ns < *first_host_ns_;
}

// Several operators may see a number before an autograd node takes it; the one that began last made the node.
void Operators::FindForward() {
  for (const uint32_t index : order_) {
    const Event& event = trace_.events[index];
    if (!IsForward(event)) continue;
    const auto [found, is_new] = forward_.try_emplace(event.sequence, index);
    if (is_new || found->second == kNoEvent) continue;
    // Numbers count on each thread alone, and the file does not say which of its threads a backward operator means.
    found->second = trace_.events[found->second].track == event.track ? index : kNoEvent;
  }
}

void Operators::NumberTracks() {
  devices_ = trace_.devices;
  // Where a process sees one device of several, ROCm lists it as number 0 and calls it by its own number elsewhere.
  std::optional<uint32_t> only_used;
  bool several_used = false;
  for (const Track& track : trace_.tracks) {
    if (!track.device.has_value()) continue;
    several_used |= only_used.has_value() && only_used != track.device;
    only_used = track.device;
  }
  if (devices_.size() == 1 && only_used.has_value() && !several_used) devices_[0].ordinal = *only_used;
  for (const Track& track : trace_.tracks) {
    const bool is_listed = std::any_of(devices_.begin(), devices_.end(),
                                       [&](const DeviceProperties& device) { return device.ordinal == track.device; });
    if (track.device.has_value() && !is_listed) devices_.push_back({.name = "", .ordinal = *track.device});
  }
  std::sort(devices_.begin(), devices_.end(),
            [](const DeviceProperties& a, const DeviceProperties& b) { return a.ordinal < b.ordinal; });
  track_numbers_.resize(trace_.tracks.size());
  uint32_t threads = 0;
  for (const uint32_t index : order_) {
    const uint32_t track = trace_.events[index].track;
    if (!track_numbers_[track].has_value() && !trace_.tracks[track].is_device) track_numbers_[track] = threads++;
  }
  for (size_t i = 0; i < trace_.tracks.size(); ++i) {
    if (!trace_.tracks[i].device.has_value()) continue;
    for (uint32_t device = 0; device < devices_.size(); ++device) {
      if (devices_[device].ordinal == trace_.tracks[i].device) track_numbers_[i] = device;
    }
  }
}

void Operators::FillDeviceWork(uint32_t index, v1::Operator& op) const {
  const Event& event = trace_.events[index];
  const Link& link = links_.of[index];
  if (track_numbers_[event.track].has_value()) op.set_device(*track_numbers_[event.track]);
  if (trace_.tracks[event.track].queue.has_value()) op.set_queue(*trace_.tracks[event.track].queue);
  if (const auto found = graph_work_.find(index); found != graph_work_.end()) {
    op.set_graph_id(graphs_.work[found->second].graph);
    op.set_graph_node(graphs_.work[found->second].node);
  }
  if (link.launcher == kNoEvent) return;
  op.set_launcher_id(ids_[link.launcher]);
  op.set_link_method(link.method);
}

void Operators::NumberNodes() {
  if (!nodes_.has_value()) return;
  node_ids_.resize(nodes_->trace.nodes.size());
  // Operators of captures, which were added behind, have no node.
  for (size_t i = 0; i < nodes_->join.node_of.size(); ++i) {
    if (const uint32_t node = nodes_->join.node_of[i]; node != execution_trace::kNoNode) node_ids_[node] = ids_[i];
  }
}

void Operators::FillFromNode(uint32_t index, v1::Operator& op) const {
  const uint32_t joined = nodes_->join.node_of[index];
  if (joined == execution_trace::kNoNode) return;
  const execution_trace::Node& node = nodes_->trace.nodes[joined];
  if (node.communication_sequence >= 0) op.set_communication_sequence(node.communication_sequence);
  const uint64_t end = node.first_tensor + node.inputs + node.outputs;
  const v1::OpSignature& signature = trace_.signatures[trace_.events[index].signature];
  // Not where the signature has other tensors than the node: those of the event, or none that a store would take.
  const auto tensors = static_cast<uint64_t>(signature.inputs_size()) + static_cast<uint64_t>(signature.outputs_size());
  const bool fits = tensors == end - node.first_tensor;
  for (uint64_t k = node.first_tensor; fits && k < end; ++k) op.add_storage_ids(nodes_->flow.storages[k]);
  for (const uint32_t source : nodes_->flow.SourcesOf(joined)) {
    if (node_ids_[source] != 0) op.add_data_dep_ids(node_ids_[source]);
  }
}

void Operators::FillHost(uint32_t index, v1::Operator& op) const {
  const Event& event = trace_.events[index];
  if (track_numbers_[event.track].has_value()) op.set_thread(*track_numbers_[event.track]);
  op.set_self_ps(tree_.SelfPs(index));
  if (const uint32_t caller = tree_.CallerOf(index); caller != kNoEvent) op.set_parent_id(ids_[caller]);
  if (event.sequence >= 0) op.set_sequence_number(event.sequence);
  if (nodes_.has_value()) FillFromNode(index, op);
  if (!IsBackward(event)) return;
  const auto forward = forward_.find(event.sequence);
  if (forward != forward_.end() && forward->second != kNoEvent) op.set_forward_id(ids_[forward->second]);
}

// What the capture's run took is nothing of this run.
void Operators::FillCaptured(uint32_t index, v1::Operator& op) const {
  const GraphLaunches::Operator& captured = graphs_.operators[index - graphs_.first];
  const uint32_t track = trace_.events[index].track;
  if (track_numbers_[track].has_value()) op.set_thread(*track_numbers_[track]);
  const uint32_t caller = captured.caller != kNoEvent ? captured.caller : tree_.CallerOf(captured.launch);
  if (caller != kNoEvent) op.set_parent_id(ids_[caller]);
  op.set_graph_id(captured.graph);
}

absl::Status Operators::Write(const TakeOperator& take) {
  v1::Operator op;
  for (const uint32_t index : order_) {
    const Event& event = trace_.events[index];
    op.Clear();
    op.set_id(ids_[index]);
    if (HasTime(event)) {
      op.set_start_ns(event.start_ns);
      op.set_duration_ps(event.duration_ps);
      IsDeviceWork(event.kind) ? FillDeviceWork(index, op) : FillHost(index, op);
    } else {
      FillCaptured(index, op);
    }
    if (absl::Status status = TakeWith(trace_.signatures[event.signature], op, take); !status.ok()) return status;
  }
  return absl::OkStatus();
}

bool Operators::IsWithinOperator(uint32_t index) const {
  do index = tree_.CallerOf(index);
  while (index != kNoEvent && trace_.events[index].kind != EventKind::kOperator);
  return index != kNoEvent;
}

void Operators::CountLink(uint32_t index, ImportReport& report) const {
  const int64_t duration_ps = trace_.events[index].duration_ps;
  AddTime(duration_ps, report.times.device_work_ps);
  const Link& link = links_.of[index];
  if (link.launcher == kNoEvent) {
    ++report.missing["device_work_not_linked"];
    return;
  }
  AddTime(duration_ps, report.times.linked_device_work_ps);
  ++report.linked[link.method == v1::LINK_METHOD_EXTERNAL_ID   ? "by_external_id"
                  : link.method == v1::LINK_METHOD_CAPTURE     ? "by_capture"
                  : link.method == v1::LINK_METHOD_CONTAINMENT ? "by_containment"
                                                               : "by_correlation"];
}

void Operators::CountNodes(ImportReport& report) const {
  const NodeJoin& join = nodes_->join;
  report.imported[join.way] = join.joined;
  if (join.mismatches > 0) report.missing["joined_pairs_that_disagree"] = join.mismatches;
  if (join.events_alone > 0) report.missing["operators_not_in_execution_trace"] = join.events_alone;
  if (join.nodes_alone > 0) report.missing["execution_trace_nodes_not_joined"] = join.nodes_alone;
}

void Operators::Count(ImportReport& report) const {
  BusyTime device;
  // By their kind, with and without a time.
  std::array<std::array<uint64_t, 2>, kEventKinds> imported{};
  uint64_t without_shapes = 0;
  for (const uint32_t index : order_) {
    const Event& event = trace_.events[index];
    ++imported[static_cast<size_t>(event.kind)][HasTime(event) ? 1 : 0];
    if (event.kind == EventKind::kOperator && !HasArguments(trace_.signatures[event.signature])) ++without_shapes;
    if (IsDeviceWork(event.kind)) {
      CountLink(index, report);
      device.Add(event.start_ns, event.duration_ps);
    }
    if (event.kind == EventKind::kOperator && HasTime(event) && !IsWithinOperator(index)) {
      AddTime(event.duration_ps, report.times.host_ps);
    }
  }
  report.times.device_busy_ps = device.ps();
  for (size_t kind = 0; kind < kEventKinds; ++kind) {
    const auto& [captured, timed] = imported[kind];
    if (captured > 0) report.imported["operators_of_captures"] += captured;
    if (timed > 0) report.imported[CountName(static_cast<EventKind>(kind))] = timed;
  }
  if (without_shapes > 0) report.missing["operators_without_shapes"] = without_shapes;
  if (nodes_.has_value()) CountNodes(report);
  const auto calls =
      static_cast<uint64_t>(std::count_if(trace_.events.begin(), trace_.events.end(),
                                          [](const Event& event) { return event.kind == EventKind::kRuntime; }));
  if (calls > 0) report.left_out[CountName(EventKind::kRuntime)] = calls;
  if (before_recording_ > 0) report.left_out["device_work_before_recording"] = before_recording_;
  if (links_.disagreements > 0) report.missing["links_that_disagree"] = links_.disagreements;
  if (graphs_.not_captured > 0) report.missing["graph_launches_not_in_capture"] = graphs_.not_captured;
  if (graphs_.ambiguous > 0) report.missing["graph_launches_of_several_captures"] = graphs_.ambiguous;
  if (tree_.overlaps() > 0) report.missing["operators_that_overlap"] = tree_.overlaps();
}

v1::TraceSummary Operators::Summary() const {
  v1::TraceSummary summary;
  uint64_t steps = 0;
  std::optional<int64_t> first;
  std::optional<int64_t> last;
  for (const uint32_t index : order_) {
    const Event& event = trace_.events[index];
    if (IsStep(trace_, event)) ++steps;
    first = std::min(first.value_or(event.start_ns), event.start_ns);
    last = std::max(last.value_or(EndNs(event)), EndNs(event));
  }
  if (first.has_value()) {
    summary.mutable_window()->set_start_ns(*first);
    summary.mutable_window()->set_end_ns(*last);
  }
  if (steps > 0) {
    v1::WorkDone& done = *summary.add_work_done();
    done.set_unit(v1::WORK_UNIT_STEP);
    done.set_count(static_cast<double>(steps));
  }
  return summary;
}

}  // namespace sandglass::collectors::kineto
