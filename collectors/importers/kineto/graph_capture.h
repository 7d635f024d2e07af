// Graphs of kernels, which CUDA and HIP capture once and launch many times.
//
// One call launches all kernels of a graph, and no operator runs: what they compute is known from the file of the
// capture alone, where the operators ran and launched nothing. A launch is joined to the captured graph that has the
// same kernels, if there is one such graph; then the graph's operators stand in the trace once for each launch, without
// a time of their own, and each of its kernels is linked to the operator that had it captured.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_GRAPH_CAPTURE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_GRAPH_CAPTURE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "collectors/importers/kineto/call_tree.h"
#include "collectors/importers/kineto/trace.h"

namespace sandglass::collectors::kineto {

// A graph as it was captured. Indices are those of events in the capture's trace.
struct CapturedGraph {
  struct Node {
    // What it does when the graph is launched.
    EventKind kind = EventKind::kKernel;
    // Of the kernel; empty: the file does not say.
    std::string name;
    // The operator that had it captured; kNoEvent: none.
    uint32_t launcher = kNoEvent;
  };
  // In the order in which they were captured.
  std::vector<Node> nodes;
  // Those of the thread that captured, callers before what they called.
  std::vector<uint32_t> operators;
};

// The graphs that a trace shows being captured, from the begin of each capture to its end on the same thread.
std::vector<CapturedGraph> FindCapturedGraphs(const Trace& capture, const CallTree& tree);

// What was added to a trace for the launches of its graphs.
struct GraphLaunches {
  struct Operator {
    // An event of the trace; kNoEvent: no operator of the graph called it.
    uint32_t caller = kNoEvent;
    // The call that launched the graph.
    uint32_t launch = kNoEvent;
    // Which graph; counts from 1.
    uint64_t graph = 0;
  };
  struct Work {
    uint32_t event = kNoEvent;
    // An operator that was added; kNoEvent: the node had none.
    uint32_t launcher = kNoEvent;
    uint64_t graph = 0;
    uint32_t node = 0;
  };
  // Operators were added from this event on, one after the other; one entry each.
  uint32_t first = 0;
  std::vector<Operator> operators;
  std::vector<Work> work;
  // Whether one of the operators is of a backward pass.
  bool has_backward = false;
  // Graphs that the capture's file shows.
  uint64_t captured = 0;
  // Launches of graphs, and of them those whose kernels no captured graph has, and those where several have them.
  uint64_t launches = 0;
  uint64_t not_captured = 0;
  uint64_t ambiguous = 0;
};

// Adds to `trace` the operators of each launch of a graph that `capture` shows. Errors: ResourceExhausted, where they
// are too many.
absl::StatusOr<GraphLaunches> JoinCapture(const Trace& capture, Trace& trace);

// How many pieces of device work were launched by how many graphs.
std::pair<uint64_t, uint64_t> CountGraphWork(const Trace& trace);

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_GRAPH_CAPTURE_H_
