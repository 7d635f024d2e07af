// ExecutionTrace files for tests, put together node by node.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_EXECUTION_TRACE_TEXT_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_EXECUTION_TRACE_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors::execution_trace {

// What the writer says of one call. Lists are JSON.
struct NodeText {
  int id = 0;
  int parent = 2;
  std::string name;
  std::string inputs = "[]";
  std::string input_shapes = "[]";
  std::string input_types = "[]";
  std::string outputs = "[]";
  std::string output_shapes = "[]";
  std::string output_types = "[]";
  std::string op_schema = "";
  int record_function = 0;
  int sequence = -1;
  int scope = 0;
  int thread = 1;
  int forward_thread = 0;
  // Of the nested layout: further attributes, each with a comma before it; and members behind "types".
  std::string attributes = "";
  std::string input_strides = "";
};

// A product of [2, 3] by [3, 4] on a GPU.
inline NodeText MmNode(int id, int record_function) {
  NodeText mm = {.id = id, .name = "aten::mm", .record_function = record_function};
  mm.inputs = R"j([[5,6,0,6,4,"cuda:0"],[7,8,0,12,4,"cuda:0"]])j";
  mm.input_shapes = "[[2,3],[3,4]]";
  mm.input_types = R"j(["Tensor(float)","Tensor(float)"])j";
  mm.outputs = R"j([[20,21,0,8,4,"cuda:0"]])j";
  mm.output_shapes = "[[2,4]]";
  mm.output_types = R"j(["Tensor(float)"])j";
  mm.op_schema = "aten::mm(Tensor self, Tensor mat2) -> Tensor";
  return mm;
}

// In the layout of schema 1.0.1.
inline std::string FlatNode(const NodeText& node) {
  return absl::StrCat(
      "\n    {\n      \"name\": \"", node.name, "\", \"id\": ", node.id, ", \"rf_id\": ", node.record_function,
      ", \"parent\": ", node.parent, ", \"fw_parent\": 0, \"seq_id\": ", node.sequence, ", \"scope\": ", node.scope,
      ", \"tid\": ", node.thread, ", \"fw_tid\": ", node.forward_thread, ", \"op_schema\": \"", node.op_schema,
      "\",\n      \"inputs\": ", node.inputs, ", \"input_shapes\": ", node.input_shapes,
      ", \"input_types\": ", node.input_types, ",\n      \"outputs\": ", node.outputs,
      ", \"output_shapes\": ", node.output_shapes, ", \"output_types\": ", node.output_types, "\n    }");
}

// In the layout of schema 1.0.2 and later.
inline std::string NestedNode(const NodeText& node) {
  const auto attribute = [](absl::string_view name, absl::string_view type, const auto& value) {
    return absl::StrCat("{\"name\": \"", name, "\", \"type\": \"", type, "\", \"value\": ", value, "}");
  };
  const std::vector<std::string> attributes = {
      attribute("rf_id", "uint64", node.record_function),
      attribute("fw_parent", "uint64", 0),
      attribute("seq_id", "int64", node.sequence),
      attribute("scope", "uint64", node.scope),
      attribute("tid", "uint64", node.thread),
      attribute("fw_tid", "uint64", node.forward_thread),
      attribute("op_schema", "string", absl::StrCat("\"", node.op_schema, "\""))};
  return absl::StrCat("\n    {\n      \"id\": ", node.id, ", \"name\": \"", node.name,
                      "\", \"ctrl_deps\": ", node.parent, ",\n      \"inputs\": {\"values\": ", node.inputs,
                      ", \"shapes\": ", node.input_shapes, ", \"types\": ", node.input_types, node.input_strides,
                      "},\n      \"outputs\": {\"values\": ", node.outputs, ", \"shapes\": ", node.output_shapes,
                      ", \"types\": ", node.output_types, "},\n      \"attrs\": [", absl::StrJoin(attributes, ", "),
                      node.attributes, "]\n    }");
}

// A file of those nodes, and of those that the writer puts above them: 1 is the process, 2 its first thread.
inline std::string ExecutionTraceFile(absl::string_view schema, std::vector<std::string> nodes) {
  const auto layout = schema == "1.0.1" ? FlatNode : NestedNode;
  const NodeText thread = {.id = 2, .parent = 1, .name = "[pytorch|profiler|execution_trace|thread]", .scope = 7};
  NodeText process = {.id = 1, .parent = 1, .name = "[pytorch|profiler|execution_trace|process]", .scope = 7};
  process.thread = 0;
  nodes.insert(nodes.begin(), layout(thread));
  nodes.push_back(layout(process));
  return absl::StrCat("{\n  \"schema\": \"", schema, "\", \"pid\": 77, \"time\": \"2024-06-30 11:23:59\", ",
                      "\"start_ts\": 100,\n  \"nodes\": [", absl::StrJoin(nodes, ","),
                      "\n  ],\n  \"finish_ts\": 200\n}\n");
}

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_EXECUTION_TRACE_TEXT_H_
