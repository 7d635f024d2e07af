// Bytes as an ExecutionTrace: they are refused, or what comes of them is a trace that a store takes.
#include <string>
#include <vector>

#include "collectors/importers/execution_trace/execution_trace_text.h"
#include "collectors/importers/execution_trace/importer.h"
#include "collectors/importers/execution_trace/trace_reader.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/real_seeds.h"
#include "tests/fuzz/sound_import.h"

namespace sandglass::fuzz {
namespace {

using collectors::execution_trace::ExecutionTraceFile;
using collectors::execution_trace::FlatNode;
using collectors::execution_trace::NestedNode;
using collectors::execution_trace::NodeText;

NodeText Operator() {
  NodeText node = {.id = 4, .parent = 3, .name = "aten::add_"};
  node.inputs = R"([[5,6,0,6,4,"cuda:0"],[[7,8,2,3,2,"cpu"],"<None>"],[1,-1],0.5,true,"<Object>"])";
  node.input_shapes = "[[2,3],[[3],[]],[[],[]],[],[],[]]";
  node.input_types =
      R"j(["Tensor(float)","GenericList[Tensor(c10::Half),None]","GenericList[Int,Int]","Double","Bool","Object"])j";
  node.outputs = R"([[5,6,0,6,4,"cuda:0"]])";
  node.output_shapes = "[[2,3]]";
  node.output_types = R"j(["Tensor(float)"])j";
  node.op_schema = "aten::add_(Tensor(a!) self, Tensor[] other, int[] dims=[], *, Scalar alpha=1) -> Tensor(a!)";
  node.sequence = 3;
  return node;
}

NodeText Collective() {
  NodeText node = {.id = 6, .parent = 4, .name = "record_param_comms"};
  node.inputs = R"([[[5,6,0,6,4,"cuda:0"]],47,["0","default_pg"],1,"allreduce",[1,2],[3],0,1,2])";
  node.input_shapes = "[[[2,3]],[],[[],[]],[],[],[[],[]],[[]],[],[],[]]";
  node.input_types =
      R"j(["GenericList[Tensor(float)]","Int","Tuple[String,String]","Int","String","GenericList[Int,Int]",)j"
      R"("GenericList[Int]","Int","Int","Int"])";
  node.attributes =
      R"(, {"name": "in_msg_nelems", "type": "uint64", "value": 6}, {"name": "pg_size", "type": "uint64", "value": 2})";
  return node;
}

NodeText Backward() {
  NodeText node = {.id = 7, .parent = 2, .name = "AddBackward0", .sequence = 3, .scope = 1, .thread = 2};
  node.forward_thread = 1;
  return node;
}

NodeText Groups() {
  NodeText node = {.id = 3, .parent = 2, .name = "## process_group:init ##", .scope = 7};
  node.inputs = R"(["[{\"pg_name\": \"0\", \"ranks\": [], \"group_size\": 2}, {\"pg_name\": \"1\", \"ranks\": [0]}]"])";
  node.input_shapes = "[[]]";
  node.input_types = R"(["String"])";
  return node;
}

}  // namespace

std::vector<std::string> Seeds() {
  return WithRealTraces(
      {
          ExecutionTraceFile("1.0.1", {FlatNode(Operator()), FlatNode(Backward()), FlatNode(Collective())}),
          ExecutionTraceFile("1.1.1-chakra.0.0.4", {NestedNode(Groups()), NestedNode(Operator()),
                                                    NestedNode(Collective()), NestedNode(Backward())}),
      },
      {"HolisticTraceAnalysis/execution_trace/benchmark_simple_add_et.json.gz"});
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sandglass::fuzz::RequireSoundImport(sandglass::collectors::execution_trace::Matches,
                                      sandglass::collectors::execution_trace::Import, data, size);
  return 0;
}
