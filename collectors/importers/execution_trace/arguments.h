// Reads the arguments and results of a node: what is a tensor, and what is a value.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_ARGUMENTS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_ARGUMENTS_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "collectors/importers/execution_trace/op_schema.h"
#include "collectors/importers/execution_trace/trace.h"
#include "collectors/importers/format/json_values.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::execution_trace {

// Lists with an entry for each argument; only schema 1.1.1 has strides.
struct ArgumentLists {
  Json values;
  Json shapes;
  Json types;
  Json strides;
};

// What a list of arguments holds.
struct Arguments {
  google::protobuf::RepeatedPtrField<v1::Tensor> tensors;
  google::protobuf::RepeatedPtrField<v1::Attribute> attributes;
  // One for each tensor.
  std::vector<TensorIdentity> identities;
  // Where the first tensor is that is not in the host's memory, as the file names it, or else the first; valid as long
  // as the JSON is.
  absl::string_view device;
  // Tensors whose size nobody could state, and values that are of no kind that is known.
  uint32_t without_shape = 0;
  uint32_t not_understood = 0;
  // Lists as long as the writer lets them get.
  uint32_t cut = 0;
};

// `schema` has the arguments' names, and which are written; it may be shorter than the lists.
Arguments ReadArgumentLists(const ArgumentLists& lists, const std::vector<OpArgument>& schema);

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_ARGUMENTS_H_
