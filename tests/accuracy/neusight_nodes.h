// Nodes of the graphs that NeuSight's authors measured: one layer of a model, with what is before and behind all
// layers.
#ifndef SANDGLASS_TESTS_ACCURACY_NEUSIGHT_NODES_H_
#define SANDGLASS_TESTS_ACCURACY_NEUSIGHT_NODES_H_

#include <compare>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/trace/trace.h"
#include "tests/accuracy/other_devices.h"

namespace sandglass::accuracy {

// A pass of a node: what runs, how long that was measured to take, and what others said.
struct NeusightPass {
  std::vector<trace::Signature> work;
  Seconds measured;
  std::map<std::string, double> published;
};

// One step of a model, as the end-to-end rows name it.
struct NeusightStep {
  std::string device;
  std::string model;
  // "inf" or "train".
  std::string mode;
  std::string batch;

  auto operator<=>(const NeusightStep&) const = default;
};

struct NeusightNode {
  NeusightStep step;
  int layers = 1;
  // In the graph ("transformer_h_0_ln_1", "add_10").
  std::string name;
  // As the published scores name it ("FC"); empty: they leave such nodes out.
  std::string op_class;
  // Does nothing: what its time is, is the timer's.
  bool idle = false;
  // Starts a kernel that does next to nothing: its time is the host's.
  bool tiny = false;
  NeusightPass forward;
  // Gradients of operands; and adding them to those that are there.
  NeusightPass backward;
  std::vector<trace::Signature> accumulation;
};

// Nodes that do no work, or whose work is not known, have none. Errors: as ReadCsv.
absl::StatusOr<std::vector<NeusightNode>> ReadNeusightNodes(const std::string& folder);

// What the timer reads for nodes of a kind, in s: the median of each device.
Readings TimerMedians(const std::vector<NeusightNode>& nodes, bool NeusightNode::*which);

// Which of a step's nodes, in the graph's order, are of a layer: from the first that is named after layer 0 to the last
// before a module behind all layers. Empty if there is none.
struct LayerSpan {
  size_t begin = 0;
  size_t end = 0;
};
LayerSpan LayerOf(const std::vector<const NeusightNode*>& nodes);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_NEUSIGHT_NODES_H_
