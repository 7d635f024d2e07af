#include "collectors/importers/execution_trace/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "collectors/importers/execution_trace/execution_trace_text.h"
#include "collectors/importers/execution_trace/import_text.h"
#include "collectors/importers/execution_trace/trace_reader.h"
#include "collectors/importers/format/keeping_sink.h"

namespace sandglass::collectors::execution_trace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// aten::linear calls aten::t and aten::addmm; nodes are written as they end, and numbered as they begin.
std::vector<NodeText> Linear() {
  NodeText t = {.id = 4, .parent = 3, .name = "aten::t"};
  t.inputs = R"([[12,13,0,8,4,"cuda:0"]])";
  t.input_shapes = "[[4,2]]";
  t.input_types = R"j(["Tensor(float)"])j";
  t.outputs = R"([[14,13,0,8,4,"cuda:0"]])";
  t.output_shapes = "[[2,4]]";
  t.output_types = R"j(["Tensor(float)"])j";
  t.op_schema = "aten::t(Tensor(a) self) -> Tensor(a)";
  NodeText addmm = {.id = 5, .parent = 3, .name = "aten::addmm"};
  addmm.inputs = R"(["<None>",[10,11,0,6,2,"cuda:0"],[14,13,0,8,4,"cuda:0"],1,0.500000,true])";
  addmm.input_shapes = "[[],[3,2],[2,4],[],[],[]]";
  addmm.input_types = R"j(["None","Tensor(c10::Half)","Tensor(float)","Int","Double","Bool"])j";
  addmm.outputs = R"([[20,21,0,12,4,"cuda:0"]])";
  addmm.output_shapes = "[[3,4]]";
  addmm.output_types = R"j(["Tensor(float)"])j";
  addmm.op_schema = "aten::addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1, bool b) -> T";
  addmm.sequence = 7;
  NodeText linear = addmm;
  linear.id = 3;
  linear.parent = 2;
  linear.name = "aten::linear";
  linear.op_schema = "aten::linear(Tensor input, Tensor weight) -> Tensor";
  linear.inputs = R"([[10,11,0,6,2,"cuda:0"],[12,13,0,8,4,"cuda:0"]])";
  linear.input_shapes = "[[3,2],[4,2]]";
  linear.input_types = R"j(["Tensor(c10::Half)","Tensor(float)"])j";
  return {t, addmm, linear};
}

class LayoutTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string File(const std::vector<NodeText>& nodes) {
    std::vector<std::string> texts;
    for (const NodeText& node : nodes) {
      texts.push_back(std::string(GetParam()) == "1.0.1" ? FlatNode(node) : NestedNode(node));
    }
    return ExecutionTraceFile(GetParam(), texts);
  }
};

TEST_P(LayoutTest, OperatorsHaveShapesAndWhoTheyReadFrom) {
  KeepingSink sink;
  const auto report = ImportText(File(Linear()), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(sink.operators().size(), 3);
  const v1::Operator& linear = sink.operators()[0];
  const v1::Operator& t = sink.operators()[1];
  const v1::Operator& addmm = sink.operators()[2];
  EXPECT_EQ(linear.signature().name(), "aten::linear");
  EXPECT_EQ(linear.id(), 1);
  EXPECT_FALSE(linear.has_parent_id());
  EXPECT_EQ(t.parent_id(), 1);
  EXPECT_EQ(addmm.parent_id(), 1);
  EXPECT_TRUE(addmm.has_thread());
  EXPECT_EQ(addmm.thread(), 0);
  EXPECT_EQ(addmm.sequence_number(), 7);
  EXPECT_FALSE(addmm.has_start_ns());
  EXPECT_FALSE(addmm.has_duration_ps());
  EXPECT_FALSE(addmm.has_self_ps());
  EXPECT_THAT(addmm.data_dep_ids(), ElementsAre(t.id()));
  EXPECT_THAT(t.storage_ids(), ElementsAre(2, 2));
  EXPECT_THAT(addmm.storage_ids(), ElementsAre(1, 2, 3));
  EXPECT_TRUE(addmm.has_device());
  EXPECT_EQ(addmm.device(), 0);
  const v1::OpSignature& signature = addmm.signature();
  EXPECT_EQ(signature.kind(), v1::OPERATOR_KIND_HOST_OP);
  EXPECT_THAT(signature.op_schema(), HasSubstr("aten::addmm("));
  ASSERT_EQ(signature.inputs_size(), 2);
  EXPECT_EQ(signature.inputs(0).dtype(), v1::DATA_TYPE_FLOAT16);
  EXPECT_EQ(signature.inputs(0).position(), 1);
  EXPECT_THAT(signature.inputs(0).dims(), ElementsAre(3, 2));
  EXPECT_EQ(signature.inputs(0).shape_source(), v1::SHAPE_SOURCE_RECORDED);
  EXPECT_TRUE(signature.outputs_recorded());
  ASSERT_EQ(signature.outputs_size(), 1);
  EXPECT_THAT(signature.outputs(0).dims(), ElementsAre(3, 4));
  EXPECT_EQ(signature.outputs(0).dtype(), v1::DATA_TYPE_FLOAT32);
  ASSERT_EQ(signature.attributes_size(), 4);
  EXPECT_EQ(signature.attributes(0).value_case(), v1::Attribute::VALUE_NOT_SET);
  EXPECT_EQ(signature.attributes(0).name(), "self");
  EXPECT_EQ(signature.attributes(1).integer(), 1);
  EXPECT_EQ(signature.attributes(1).name(), "beta");
  EXPECT_EQ(signature.attributes(2).real(), 0.5);
  EXPECT_TRUE(signature.attributes(3).boolean());
}

TEST_P(LayoutTest, TheHeaderSaysWhereItIsFrom) {
  KeepingSink sink;
  const auto report = ImportText(File(Linear()), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.header().source_format(), "pytorch-execution-trace");
  EXPECT_EQ(sink.header().source_generation(), GetParam());
  EXPECT_EQ(sink.header().clock_base(), "");
  EXPECT_EQ(sink.header().run_mode(), v1::RUN_MODE_MEASURED);
  EXPECT_EQ(sink.header().phase(), v1::PHASE_INFER);
  ASSERT_EQ(sink.header().devices_size(), 1);
  EXPECT_EQ(sink.header().devices(0).raw_name(), "cuda:0");
  EXPECT_EQ(sink.header().devices(0).silicon_class(), "");
  EXPECT_EQ(sink.header().devices(0).ordinal(), 0);
  EXPECT_FALSE(sink.summary().has_window());
  EXPECT_THAT(report->imported, ElementsAre(Pair("data_dependencies", 1), Pair("operators", 3)));
  EXPECT_THAT(report->left_out, ElementsAre(Pair("process_and_thread_nodes", 2)));
  EXPECT_THAT(report->missing, ElementsAre(Pair("operators_without_times", 3)));
  EXPECT_THAT(report->problems, IsEmpty());
}

// A thread is no operator, whatever numbers and tensors it bears.
TEST_P(LayoutTest, NoOperatorFollowsFromAThread) {
  std::vector<NodeText> nodes = Linear();
  NodeText thread = MmNode(30, 0);
  thread.parent = 1;
  thread.name = "[pytorch|profiler|execution_trace|thread]";
  thread.sequence = 70;
  thread.outputs = R"j([[90,91,0,8,4,"cuda:0"]])j";
  NodeText backward = {.id = 31, .parent = 30, .name = "AddmmBackward0", .sequence = 70, .scope = 1};
  backward.thread = 2;
  backward.forward_thread = 1;
  NodeText reader = MmNode(32, 0);
  reader.parent = 30;
  reader.inputs = R"j([[90,91,0,8,4,"cuda:0"],[92,93,0,12,4,"cuda:0"]])j";
  nodes.insert(nodes.end(), {backward, reader, thread});
  KeepingSink sink;
  ASSERT_TRUE(ImportText(File(nodes), sink).ok());
  EXPECT_FALSE(sink.Find("AddmmBackward0").has_forward_id());
  EXPECT_EQ(sink.Find("aten::mm").data_dep_ids_size(), 0);
  for (const v1::Operator& op : sink.operators()) {
    for (const uint64_t source : op.data_dep_ids()) EXPECT_NE(source, 0u);
  }
}

TEST_P(LayoutTest, BackwardOperatorsNameTheirForward) {
  std::vector<NodeText> nodes = Linear();
  NodeText thread = {.id = 30, .parent = 1, .name = "[pytorch|profiler|execution_trace|thread]", .scope = 7};
  thread.thread = 2;
  NodeText backward = {.id = 31, .parent = 30, .name = "AddmmBackward0", .sequence = 7, .scope = 1};
  backward.thread = 2;
  backward.forward_thread = 1;
  NodeText step = {.id = 29, .parent = 2, .name = "ProfilerStep#6", .scope = 7};
  nodes.insert(nodes.end(), {backward, thread, step});
  KeepingSink sink;
  ASSERT_TRUE(ImportText(File(nodes), sink).ok());
  const v1::Operator addmm_backward = sink.Find("AddmmBackward0");
  EXPECT_EQ(addmm_backward.forward_id(), sink.Find("aten::addmm").id());
  EXPECT_EQ(addmm_backward.thread(), 1);
  EXPECT_FALSE(addmm_backward.has_parent_id());
  EXPECT_FALSE(addmm_backward.signature().outputs_recorded());
  EXPECT_EQ(sink.Find("ProfilerStep#6").signature().kind(), v1::OPERATOR_KIND_ANNOTATION);
  EXPECT_EQ(sink.header().phase(), v1::PHASE_TRAIN);
  ASSERT_EQ(sink.summary().work_done_size(), 1);
  EXPECT_EQ(sink.summary().work_done(0).unit(), v1::WORK_UNIT_STEP);
  EXPECT_EQ(sink.summary().work_done(0).count(), 1);
}

INSTANTIATE_TEST_SUITE_P(Schemas, LayoutTest,
                         ::testing::Values("1.0.1", "1.0.2-chakra.0.0.4", "1.0.3-chakra.0.0.4", "1.0.4-chakra.0.0.4",
                                           "1.1.0-chakra.0.0.4", "1.1.1-chakra.0.0.4"),
                         [](const auto& info) {
                           return absl::StrReplaceAll(info.param, {{".", "_"}, {"-", "_"}});
                         });

std::string OneNode(const NodeText& node, absl::string_view schema = "1.1.1-chakra.0.0.4") {
  return ExecutionTraceFile(schema, {NestedNode(node)});
}

TEST(ExecutionTraceImporterTest, ListsOfTensorsMayBeWithinEachOther) {
  NodeText node = {.id = 3, .name = "x"};
  node.inputs =
      R"([[[[5,6,0,1,4,"cpu"],[7,8,0,2,8,"cpu"]],["<None>"]],[1,-1],[],[true,false],["a"],"<Object>","cuda:0"])";
  node.input_shapes = "[[[[1],[2]],[[]]],[[],[]],[],[[],[]],[[]],[],[]]";
  node.input_types =
      R"j(["GenericList[GenericList[Tensor(float),Tensor(long int)],GenericList[None]]","GenericList[Int,Int]",)j"
      R"("GenericList[]","GenericList[Bool,Bool]","GenericList[String]","Object","Device"])";
  KeepingSink sink;
  const auto report = ImportText(OneNode(node), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::OpSignature signature = sink.Find("x").signature();
  ASSERT_EQ(signature.inputs_size(), 2);
  EXPECT_TRUE(signature.inputs(0).in_list());
  EXPECT_EQ(signature.inputs(1).position(), 0);
  EXPECT_EQ(signature.inputs(1).dtype(), v1::DATA_TYPE_INT64);
  EXPECT_THAT(signature.inputs(1).dims(), ElementsAre(2));
  ASSERT_EQ(signature.attributes_size(), 5);
  EXPECT_THAT(signature.attributes(0).integers().values(), ElementsAre(1, -1));
  EXPECT_TRUE(signature.attributes(1).has_integers());
  EXPECT_EQ(signature.attributes(2).text(), "[true,false]");
  EXPECT_EQ(signature.attributes(3).text(), R"(["a"])");
  EXPECT_EQ(signature.attributes(4).text(), "cuda:0");
  EXPECT_EQ(signature.attributes(4).position(), 6);
  EXPECT_THAT(report->missing, ElementsAre(Pair("operators_without_times", 1)));
}

TEST(ExecutionTraceImporterTest, TensorsWithoutElementsAreNotGuessedAt) {
  NodeText node = {.id = 3, .name = "x"};
  // Never given anything; empty; of sizes that are symbols; of sizes that do not fit its elements; of a new type.
  node.inputs = R"([[4,0,0,0,0,""],[5,6,0,0,1,"cuda:0"],[7,0,0,0,0,""],[8,9,0,5,4,"cuda:0"],[8,9,0,1,1,"cuda:0"]])";
  node.input_shapes = "[[],[0],[],[2,2],[]]";
  node.input_types = R"j(["Tensor(nullptr (uninitialized))","Tensor(unsigned char)","Tensor(float)","Tensor(float)",)j"
                     R"j("Tensor(c10::NewType)"])j";
  KeepingSink sink;
  const auto report = ImportText(OneNode(node), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::OpSignature signature = sink.Find("x").signature();
  ASSERT_EQ(signature.inputs_size(), 4);
  EXPECT_THAT(signature.inputs(0).dims(), ElementsAre(0));
  EXPECT_EQ(signature.inputs(0).dtype(), v1::DATA_TYPE_UINT8);
  EXPECT_EQ(signature.inputs(1).shape_source(), v1::SHAPE_SOURCE_UNSPECIFIED);
  EXPECT_EQ(signature.inputs(2).shape_source(), v1::SHAPE_SOURCE_UNSPECIFIED);
  EXPECT_THAT(signature.inputs(2).dims(), IsEmpty());
  EXPECT_EQ(signature.inputs(3).dtype(), v1::DATA_TYPE_OTHER);
  EXPECT_EQ(signature.inputs(3).shape_source(), v1::SHAPE_SOURCE_RECORDED);
  ASSERT_EQ(signature.attributes_size(), 1);
  EXPECT_EQ(signature.attributes(0).value_case(), v1::Attribute::VALUE_NOT_SET);
  EXPECT_THAT(sink.Find("x").storage_ids(), ElementsAre(0, 0, 1, 1));
  EXPECT_EQ(report->missing.at("tensors_without_shapes"), 2);
}

// What the user says of the device is not said of the host beside it.
TEST(ExecutionTraceImporterTest, TheHostIsADeviceOnlyWhereThereIsNoOther) {
  NodeText copy = {.id = 3, .name = "aten::_to_copy"};
  copy.inputs = R"j([[5,6,0,1,4,"cpu"]])j";
  copy.input_shapes = "[[1]]";
  copy.input_types = R"j(["Tensor(float)"])j";
  ImportOptions options;
  options.silicon_class = "nvidia-a100-sxm-80gb";
  KeepingSink on_host;
  ASSERT_TRUE(ImportText(OneNode(copy), on_host, options).ok());
  ASSERT_EQ(on_host.header().devices_size(), 1);
  EXPECT_EQ(on_host.header().devices(0).raw_name(), "cpu");
  EXPECT_EQ(on_host.header().devices(0).silicon_class(), "nvidia-a100-sxm-80gb");
  EXPECT_FALSE(on_host.operators()[0].has_device());
  copy.outputs = R"j([[7,8,0,1,4,"cuda:1"]])j";
  copy.output_shapes = "[[1]]";
  copy.output_types = R"j(["Tensor(float)"])j";
  KeepingSink on_device;
  ASSERT_TRUE(ImportText(OneNode(copy), on_device, options).ok());
  ASSERT_EQ(on_device.header().devices_size(), 1);
  EXPECT_EQ(on_device.header().devices(0).raw_name(), "cuda:1");
  EXPECT_EQ(on_device.header().devices(0).ordinal(), 1);
  EXPECT_TRUE(on_device.operators()[0].has_device());
  EXPECT_EQ(on_device.operators()[0].device(), 0);
  EXPECT_EQ(on_device.header().run_mode(), v1::RUN_MODE_MEASURED);
}

TEST(ExecutionTraceImporterTest, TensorsWithoutDataAreShapesOnly) {
  NodeText node = {.id = 3, .name = "aten::relu"};
  node.inputs = R"j([[5,6,0,1,4,"meta"]])j";
  node.input_shapes = "[[1]]";
  node.input_types = R"j(["Tensor(float)"])j";
  node.outputs = R"j([[7,6,0,1,4,"meta"]])j";
  node.output_shapes = "[[1]]";
  node.output_types = R"j(["Tensor(float)"])j";
  KeepingSink sink;
  ASSERT_TRUE(ImportText(OneNode(node), sink).ok());
  EXPECT_EQ(sink.header().run_mode(), v1::RUN_MODE_SHAPES_ONLY);
  // All of them are at the address that is none.
  EXPECT_THAT(sink.operators()[0].storage_ids(), ElementsAre(0, 0));
}

// The writer stops after so many, and does not say so.
TEST(ExecutionTraceImporterTest, ListsThatMayBeCutAreCounted) {
  for (const size_t entries : {4095, 4096}) {
    NodeText node = {.id = 3, .name = "x"};
    node.inputs = absl::StrCat("[[", absl::StrJoin(std::vector<int>(entries, 7), ","), "]]");
    node.input_shapes = "[[]]";
    node.input_types = R"(["GenericList[Int]"])";
    KeepingSink sink;
    const auto report = ImportText(OneNode(node), sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->missing.count("lists_that_may_be_cut"), entries == 4096 ? 1 : 0);
    EXPECT_EQ(sink.Find("x").signature().attributes(0).integers().values_size(), entries);
  }
}

// From schema 1.1.1 on.
TEST(ExecutionTraceImporterTest, StridesAreTaken) {
  NodeText node = {.id = 3, .name = "x"};
  node.inputs = R"([[5,6,0,6,4,"cpu"],[[7,8,0,6,4,"cpu"]]])";
  node.input_shapes = "[[2,3],[[3,2]]]";
  node.input_types = R"j(["Tensor(float)","GenericList[Tensor(float)]"])j";
  node.input_strides = R"(, "strides": [[1,2],[[2,1]]])";
  KeepingSink sink;
  ASSERT_TRUE(ImportText(OneNode(node), sink).ok());
  EXPECT_THAT(sink.Find("x").signature().inputs(0).strides(), ElementsAre(1, 2));
  EXPECT_THAT(sink.Find("x").signature().inputs(1).strides(), ElementsAre(2, 1));
}

NodeText Named(int id, int parent, const std::string& name) { return {.id = id, .parent = parent, .name = name}; }

TEST(DamageTest, IsCountedAndTheRestIsTaken) {
  NodeText deep = Named(10, 2, "deep");
  deep.inputs = std::string(1'000'000, '[');
  NodeText infinite = Named(11, 2, "infinite");
  infinite.inputs = "[-inf,nan]";
  infinite.input_shapes = "[[],[]]";
  infinite.input_types = R"(["Double","Double"])";
  NodeText huge = Named(12, 2, "huge");
  huge.inputs = "[99999999999999999999999]";
  huge.input_shapes = "[[]]";
  huge.input_types = R"(["Int"])";
  const std::string text = ExecutionTraceFile(
      "1.1.0-chakra.0.0.4",
      {NestedNode(Named(3, 2, "good")), NestedNode(Named(4, 2, "a \"quote\" of its own")),
       NestedNode(Named(3, 2, "twice")), NestedNode(Named(5, 99, "an orphan")),
       NestedNode(Named(6, 7, "before its parent")), NestedNode(Named(7, 7, "itself")),
       NestedNode(Named(8, 2, "control \x01 byte")), NestedNode(Named(9, 2, "no \xff UTF-8")), NestedNode(deep),
       NestedNode(infinite), NestedNode(huge), "\n    {\n      \"id\": 13, \"name\": \"no parent\"}", "\n 42",
       NestedNode(Named(14, 2, "last"))});
  KeepingSink sink;
  const auto report = ImportText(text, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  std::vector<std::string> names;
  for (const v1::Operator& op : sink.operators()) names.push_back(op.signature().name());
  EXPECT_THAT(names, ElementsAre("good", "an orphan", "before its parent", "itself", "control   byte", "no ? UTF-8",
                                 "infinite", "huge", "last"));
  EXPECT_THAT(report->missing,
              ElementsAre(Pair("damaged_nodes", 3), Pair("damaged_pieces", 1), Pair("duplicate_ids", 1),
                          Pair("operators_without_times", 9), Pair("parents_not_found", 3), Pair("texts_mended", 4)));
  EXPECT_EQ(report->problems.size(), 4);
  EXPECT_LT(sink.Find("infinite").signature().attributes(0).real(), -1e300);
  EXPECT_FALSE(sink.Find("an orphan").has_parent_id());
}

TEST(DamageTest, MembersThatAreNoTextAreCounted) {
  KeepingSink sink;
  const auto report = ImportText(
      "{\"schema\": \"1.0.1\", \"a\xff\": 1, \"b\": \"\xff\", \"nodes\": [" + FlatNode(Named(3, 2, "x")) + "]}", sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->missing.at("damaged_members"), 2);
  EXPECT_THAT(sink.header().extras(), IsEmpty());
}

TEST(DamageTest, MembersBehindTheNodesAreTaken) {
  const std::string text = "{\"nodes\": [" + FlatNode(Named(3, 2, "x")) + "], \"schema\": \"1.0.1\", \"pid\": 5}";
  EXPECT_TRUE(Matches(text));
  KeepingSink sink;
  ASSERT_TRUE(ImportText(text, sink).ok());
  EXPECT_EQ(sink.header().source_generation(), "1.0.1");
}

TEST(DamageTest, ASchemaOfAnotherVersionIsSaid) {
  for (const char* schema : {"2.0.0", "1.7.0", "", "x", "1"}) {
    KeepingSink sink;
    const auto report = ImportText(ExecutionTraceFile(schema, {NestedNode(Named(3, 2, "x"))}), sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->missing.at("schema_not_known"), 1) << schema;
    EXPECT_EQ(report->problems.size(), 1) << schema;
  }
}

TEST(DamageTest, AFileThatIsCutOffAnywhereSaysSo) {
  const std::string text = ExecutionTraceFile("1.0.1", {FlatNode(Linear()[0]), FlatNode(Linear()[1])});
  const size_t whole = text.rfind('}') + 1;
  for (size_t size = 0; size < whole; ++size) {
    KeepingSink sink;
    const auto report = ImportText(text.substr(0, size), sink);
    if (report.ok()) {
      EXPECT_EQ(report->missing.count("file_cut_off"), 1) << size;
    } else {
      EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << size;
      EXPECT_THAT(sink.operators(), IsEmpty()) << size;
    }
  }
}

TEST(DamageTest, OtherFilesAreRefused) {
  KeepingSink sink;
  for (const char* text : {"", "   ", "trace", "{}", "[]", R"({"schema": "1.0.1", "nodes": []})", R"({"nodes": {}})"}) {
    const auto report = ImportText(text, sink);
    EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << text << ": " << report.status();
  }
  EXPECT_THAT(sink.operators(), IsEmpty());
}

TEST(DamageTest, WhatAStoreWouldRefuseIsLeftOutOfTheSignature) {
  NodeText node = Named(3, 2, "x");
  node.inputs = R"([[5,6,0,1,4,"cpu"]])";
  node.input_shapes = absl::StrCat("[[1", absl::StrReplaceAll(std::string(100, 'x'), {{"x", ",1"}}), "]]");
  node.input_types = R"j(["Tensor(float)"])j";
  KeepingSink sink;
  const auto report = ImportText(OneNode(node), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(sink.Find("x").signature().inputs(), IsEmpty());
  EXPECT_THAT(sink.Find("x").storage_ids(), IsEmpty());
  EXPECT_EQ(report->missing.at("arguments_not_understood"), 1);
}

TEST(ExecutionTraceImporterTest, AStoppedImportEndsWithCancelled) {
  std::vector<std::string> nodes;
  for (int i = 3; i < 5003; ++i) nodes.push_back(FlatNode(Named(i, 2, "x")));
  ImportOptions options;
  options.progress = [](absl::string_view, uint64_t) { return false; };
  KeepingSink sink;
  EXPECT_EQ(ImportText(ExecutionTraceFile("1.0.1", nodes), sink, options).status().code(),
            absl::StatusCode::kCancelled);
}

TEST(MatchesTest, KnowsItsOwn) {
  EXPECT_TRUE(Matches(ExecutionTraceFile("1.0.1", {})));
  EXPECT_TRUE(Matches(OneNode(Named(3, 2, "x"))));
  EXPECT_FALSE(Matches("[{\"nodes\": 1, \"rf_id\": 2}]"));
  EXPECT_FALSE(Matches("{\"nodes\": [], \"schema\": 1}"));
  EXPECT_FALSE(Matches("{\"traceEvents\": [], \"rf_id\": 1}"));
}

}  // namespace
}  // namespace sandglass::collectors::execution_trace
