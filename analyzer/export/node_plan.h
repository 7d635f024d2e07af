// What each operator of a trace becomes in a Chakra file, and which work it bears there.
//
// Chakra's simulators time the computations of a device by their operations and bytes, transfers by their bytes, and
// the host by recorded durations. A trace of Sandglass has work at the operators of the framework. So:
//
//  * A kernel, a copy or a fill of a device is a computation of the device. The work of the operator that is costed
//    (replay/work_list.h) stands at what it and those that it called launched, in proportion to their durations, or
//    evenly where one of these is not known.
//  * An operator is a computation of the host. In a trace without kernels and copies nothing else is the device's;
//    there an operator that is costed is a computation of the device, with its work. So is one that the device itself
//    ran (an instruction of a compiled program), unless it holds others of the device, or launched kernels: then its
//    time is theirs.
//  * A collective or a transfer between two ranks is one on the device. Where it launched kernels, the first of them is
//    it, and the operator the host's call of it.
//  * An annotation is metadata: it takes no time. So is what has its time within another node's: what a computation of
//    the device called, and what holds such computations.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_EXPORT_NODE_PLAN_H_
#define SANDGLASS_ANALYZER_EXPORT_NODE_PLAN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/trace/trace.h"

namespace sandglass::chakra_export {

enum class NodeKind : uint8_t { kMetadata, kComputation, kCollective, kSend, kReceive };

// Operations in FLOP and bytes read and written, of all occurrences of an operator together.
struct NodeWork {
  double flop = 0;
  double bytes = 0;
};

struct NodePlan {
  NodeKind kind = NodeKind::kComputation;
  bool on_host = true;
  // nullopt: not known, or borne by another node.
  std::optional<NodeWork> work;
  // For a transfer, the operator that says what it moves: itself, or what launched it.
  uint32_t transfer_of = trace::Operator::kNoParent;
};

// A plan for each operator, in the order of the trace. `on_device` says of each whether the trace names a device for
// it; it is as long as the trace.
std::vector<NodePlan> PlanNodes(const trace::Trace& trace, const std::vector<bool>& on_device);

}  // namespace sandglass::chakra_export

#endif  // SANDGLASS_ANALYZER_EXPORT_NODE_PLAN_H_
