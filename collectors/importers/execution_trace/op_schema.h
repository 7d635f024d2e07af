// Reads what PyTorch prints of an operator's schema: "aten::add_(Tensor(a!) self, Tensor other) -> Tensor(a!)".
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_OP_SCHEMA_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_OP_SCHEMA_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sandglass::collectors::execution_trace {

struct OpArgument {
  std::string name;
  // Whether the operator changes the tensor's content, which the schema marks by '!'.
  bool is_written = false;
};

// The arguments, in order; as many as could be read.
std::vector<OpArgument> ReadArguments(absl::string_view op_schema);

// "GenericList[Tensor(float),GenericList[Int]]" has two parts; what has no brackets has none. A list of all of the
// parts of a comma-separated text that stand in no inner brackets.
std::vector<absl::string_view> PartsOfType(absl::string_view type);

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_OP_SCHEMA_H_
