#include "collectors/importers/kineto/graph_capture.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sandglass::collectors::kineto {
namespace {

// Of all launches together: some 10 GB.
constexpr size_t kMostCapturedOperators = size_t{1} << 26;

CallKind CallKindOf(const Trace& trace, const Event& event) {
  return event.kind == EventKind::kRuntime ? trace.calls[event.signature].kind : CallKind::kOther;
}

std::optional<EventKind> WorkOf(CallKind call) {
  switch (call) {
    case CallKind::kLaunchKernel:
      return EventKind::kKernel;
    case CallKind::kCopy:
      return EventKind::kCopy;
    case CallKind::kFill:
      return EventKind::kFill;
    case CallKind::kOther:
    case CallKind::kBeginCapture:
    case CallKind::kEndCapture:
    case CallKind::kLaunchGraph:
      break;
  }
  return std::nullopt;
}

// Host events of each track in order of start, callers before what they called.
std::vector<std::vector<uint32_t>> HostEventsInOrder(const Trace& trace) {
  std::vector<std::vector<uint32_t>> threads(trace.tracks.size());
  for (uint32_t i = 0; i < trace.events.size(); ++i) {
    if (!IsDeviceWork(trace.events[i].kind)) threads[trace.events[i].track].push_back(i);
  }
  for (std::vector<uint32_t>& thread : threads) {
    std::stable_sort(thread.begin(), thread.end(), [&](uint32_t a, uint32_t b) {
      const Event& first = trace.events[a];
      const Event& second = trace.events[b];
      if (first.start_ns != second.start_ns) return first.start_ns < second.start_ns;
      return first.duration_ps > second.duration_ps;
    });
  }
  return threads;
}

using WorkByCall = absl::flat_hash_map<int64_t, std::vector<uint32_t>>;

// The device work that each launch of a graph started, by correlation and in order of start.
WorkByCall WorkOfGraphs(const Trace& trace) {
  WorkByCall work;
  for (const Event& event : trace.events) {
    if (CallKindOf(trace, event) == CallKind::kLaunchGraph && event.correlation != kNone) work[event.correlation];
  }
  if (work.empty()) return work;
  for (uint32_t i = 0; i < trace.events.size(); ++i) {
    if (!IsDeviceWork(trace.events[i].kind)) continue;
    const auto found = work.find(trace.events[i].correlation);
    if (found != work.end()) found->second.push_back(i);
  }
  for (auto& [correlation, events] : work) {
    std::stable_sort(events.begin(), events.end(),
                     [&](uint32_t a, uint32_t b) { return trace.events[a].start_ns < trace.events[b].start_ns; });
  }
  return work;
}

// Which node of the graph each piece of work is; nullopt: it is another graph. Streams run side by side, so that the
// order of the capture is kept among kernels of one name only; where calls name no kernel, it must be kept by all.
std::optional<std::vector<uint32_t>> NodesOf(const CapturedGraph& graph, const Trace& trace,
                                             const std::vector<uint32_t>& work) {
  if (graph.nodes.size() != work.size()) return std::nullopt;
  std::map<std::pair<EventKind, absl::string_view>, std::vector<uint32_t>> nodes;
  bool has_names = true;
  for (const CapturedGraph::Node& node : graph.nodes)
    has_names &= node.kind != EventKind::kKernel || !node.name.empty();
  const auto key_of = [&](EventKind kind, absl::string_view name) {
    return std::make_pair(kind, has_names && kind == EventKind::kKernel ? name : absl::string_view());
  };
  for (uint32_t i = static_cast<uint32_t>(graph.nodes.size()); i-- > 0;) {
    nodes[key_of(graph.nodes[i].kind, graph.nodes[i].name)].push_back(i);
  }
  std::vector<uint32_t> found;
  for (const uint32_t index : work) {
    const Event& event = trace.events[index];
    const auto same = nodes.find(key_of(event.kind, trace.signatures[event.signature].name()));
    if (same == nodes.end() || same->second.empty()) return std::nullopt;
    found.push_back(same->second.back());
    same->second.pop_back();
    if (!has_names && graph.nodes[found.size() - 1].kind != event.kind) return std::nullopt;
  }
  return found;
}

// Puts the operators of captured graphs into a trace.
class Splicer {
 public:
  Splicer(const Trace& capture, const CallTree& tree, Trace& trace, GraphLaunches& launches)
      : capture_(capture), tree_(tree), trace_(trace), launches_(launches) {}

  // Whether the launches' operators, these among them, are no more than are taken.
  bool HasRoomFor(const CapturedGraph& graph) const {
    return launches_.operators.size() + graph.operators.size() <= kMostCapturedOperators;
  }

  // For the launch of graph number `number`, of whose work nodes[i] is the node of work[i].
  void Add(uint32_t launch, const CapturedGraph& graph, uint64_t number, const std::vector<uint32_t>& work,
           const std::vector<uint32_t>& nodes) {
    absl::flat_hash_map<uint32_t, uint32_t> added;
    const auto added_as = [&](uint32_t captured) {
      const auto found = added.find(captured);
      return found == added.end() ? kNoEvent : found->second;
    };
    for (const uint32_t index : graph.operators) {
      // Ranges that were marked around operators of the capture are not added; what called those is.
      uint32_t caller = tree_.CallerOf(index);
      while (caller != kNoEvent && capture_.events[caller].kind != EventKind::kOperator)
        caller = tree_.CallerOf(caller);
      launches_.operators.push_back({.caller = added_as(caller), .launch = launch, .graph = number});
      launches_.has_backward |= IsBackward(capture_.events[index]);
      added[index] = static_cast<uint32_t>(trace_.events.size());
      Event event;
      event.start_ns = trace_.events[launch].start_ns;
      event.duration_ps = kNone;
      event.track = trace_.events[launch].track;
      event.signature = SignatureOf(capture_.events[index].signature);
      trace_.events.push_back(event);
    }
    for (size_t i = 0; i < work.size(); ++i) {
      launches_.work.push_back(
          {.event = work[i], .launcher = added_as(graph.nodes[nodes[i]].launcher), .graph = number, .node = nodes[i]});
    }
  }

 private:
  uint32_t SignatureOf(uint32_t captured) {
    const auto [found, is_new] = signatures_.try_emplace(captured, static_cast<uint32_t>(trace_.signatures.size()));
    if (is_new) trace_.signatures.push_back(capture_.signatures[captured]);
    return found->second;
  }

  const Trace& capture_;
  const CallTree& tree_;
  Trace& trace_;
  GraphLaunches& launches_;
  absl::flat_hash_map<uint32_t, uint32_t> signatures_;
};

}  // namespace

std::vector<CapturedGraph> FindCapturedGraphs(const Trace& capture, const CallTree& tree) {
  std::vector<CapturedGraph> graphs;
  for (const std::vector<uint32_t>& thread : HostEventsInOrder(capture)) {
    std::optional<CapturedGraph> open;
    for (const uint32_t index : thread) {
      const Event& event = capture.events[index];
      const CallKind call = CallKindOf(capture, event);
      if (call == CallKind::kBeginCapture) {
        open.emplace();
      } else if (!open.has_value()) {
        continue;
      } else if (call == CallKind::kEndCapture) {
        CapturedGraph graph = *std::exchange(open, std::nullopt);
        if (!graph.nodes.empty()) graphs.push_back(std::move(graph));
      } else if (event.kind == EventKind::kOperator) {
        open->operators.push_back(index);
      } else if (const std::optional<EventKind> work = WorkOf(call)) {
        open->nodes.push_back(
            {.kind = *work, .name = capture.calls[event.signature].kernel, .launcher = tree.CallerOf(index)});
      }
    }
  }
  return graphs;
}

absl::StatusOr<GraphLaunches> JoinCapture(const Trace& capture, Trace& trace) {
  GraphLaunches launches;
  launches.first = static_cast<uint32_t>(trace.events.size());
  const CallTree tree(capture);
  const std::vector<CapturedGraph> graphs = FindCapturedGraphs(capture, tree);
  launches.captured = graphs.size();
  WorkByCall work = WorkOfGraphs(trace);
  Splicer splicer(capture, tree, trace, launches);
  for (uint32_t launch = 0; launch < launches.first; ++launch) {
    if (CallKindOf(trace, trace.events[launch]) != CallKind::kLaunchGraph) continue;
    const auto started = work.find(trace.events[launch].correlation);
    // Its kernels were not recorded.
    if (started == work.end() || started->second.empty()) continue;
    ++launches.launches;
    // Where the runtime's call and the driver's are both recorded, they bear one number and started one graph.
    const std::vector<uint32_t> events = std::exchange(started->second, {});
    std::vector<std::pair<size_t, std::vector<uint32_t>>> fitting;
    for (size_t i = 0; i < graphs.size() && fitting.size() < 2; ++i) {
      if (auto nodes = NodesOf(graphs[i], trace, events)) fitting.emplace_back(i, *std::move(nodes));
    }
    if (fitting.empty()) ++launches.not_captured;
    if (fitting.size() > 1) ++launches.ambiguous;
    if (fitting.size() != 1) continue;
    const CapturedGraph& graph = graphs[fitting[0].first];
    if (!splicer.HasRoomFor(graph)) {
      return absl::ResourceExhaustedError(absl::StrCat("the launches of graphs stand for more than ",
                                                       kMostCapturedOperators,
                                                       " operators: record fewer steps, or leave --capture out"));
    }
    splicer.Add(launch, graph, fitting[0].first + 1, events, fitting[0].second);
  }
  return launches;
}

std::pair<uint64_t, uint64_t> CountGraphWork(const Trace& trace) {
  std::pair<uint64_t, uint64_t> counts;
  for (const auto& [correlation, events] : WorkOfGraphs(trace)) {
    counts.first += events.size();
    if (!events.empty()) ++counts.second;
  }
  return counts;
}

}  // namespace sandglass::collectors::kineto
