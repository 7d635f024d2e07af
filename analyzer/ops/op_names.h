// What one operation is called in different frameworks: the table op_names.textproto, which is part of the binary.
//
// Lists of what a stack runs are published in the names of its own framework; this table carries a traced operator's
// name over into them. Pure functions over a table that is built once; safe from any thread.
#ifndef SANDGLASS_ANALYZER_OPS_OP_NAMES_H_
#define SANDGLASS_ANALYZER_OPS_OP_NAMES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyzer/ops/op_taxonomy.h"

namespace sandglass::ops {

// Whose names: PyTorch's (as keys of ParseOpName); HLO, StableHLO and CHLO in snake case; ONNX; the Neuron Kernel
// Interface; TT-NN.
enum class NameSpace : uint8_t { kAten = 0, kHlo = 1, kOnnx = 2, kNki = 3, kTtnn = 4 };
inline constexpr int kNameSpaces = 5;

// "aten", "hlo", "onnx", "nki", "ttnn".
absl::string_view NameSpaceName(NameSpace name_space);
std::optional<NameSpace> NameSpaceFromName(absl::string_view name);

// A traced operator's name in the words of its own framework.
struct TracedName {
  NameSpace name_space = NameSpace::kAten;
  std::string name;
};

// "onnx::MatMul" is ONNX's "MatMul", "hlo::get-tuple-element" HLO's "get_tuple_element"; all other names are keys of
// ParseOpName.
TracedName TracedNameOf(absl::string_view framework_name);

// One operation.
struct OpConcept {
  // "cumulative_sum"
  std::string name;
  // kUnknown where no class fits, and for control flow.
  OpClass op_class = OpClass::kUnknown;
  bool control_flow = false;
  // Its names, by NameSpace.
  std::array<std::vector<std::string>, kNameSpaces> names;
};

// All of them, in the order of the table.
const std::vector<OpConcept>& OpConcepts();

// The operation of that name; nullptr: the table does not have it. Lives forever.
const OpConcept* FindOpConcept(NameSpace name_space, absl::string_view name);

// The key under which lists and statements know an operator of that framework name: "aten::add_.Tensor" is "add".
std::string OpKey(absl::string_view framework_name);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_OP_NAMES_H_
