#include "collectors/importers/kineto/node_join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/importers/execution_trace/execution_trace_text.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/kineto/importer.h"
#include "collectors/importers/kineto/kineto_text.h"

namespace sandglass::collectors::kineto {
namespace {

using execution_trace::ExecutionTraceFile;
using execution_trace::MmNode;
using execution_trace::NestedNode;
using execution_trace::NodeText;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Imports a Kineto file of those events with an ExecutionTrace of those nodes.
absl::StatusOr<ImportReport> ImportBoth(const std::vector<std::string>& events, const std::vector<NodeText>& nodes,
                                        KeepingSink& sink) {
  std::string folder = ::testing::TempDir() + "/joinXXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return absl::InternalError("no folder");
  std::vector<std::string> texts;
  for (const NodeText& node : nodes) texts.push_back(NestedNode(node));
  ImportOptions options;
  options.name = "test";
  options.execution_trace = folder + "/nodes.json";
  std::ofstream(options.execution_trace) << ExecutionTraceFile("1.1.0-chakra.0.0.4", texts);
  const std::string text = KinetoFile(events);
  const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
  return Import(*source, options, sink);
}

// Reads the result of MmNode.
NodeText Sum(int id, int record_function) {
  NodeText sum = {.id = id, .name = "aten::sum", .record_function = record_function};
  sum.inputs = R"j([[20,21,0,8,4,"cuda:0"],[1]])j";
  sum.input_shapes = "[[2,4],[[]]]";
  sum.input_types = R"j(["Tensor(float)","GenericList[Int]"])j";
  sum.outputs = R"j([[22,23,0,2,4,"cuda:0"]])j";
  sum.output_shapes = "[[2]]";
  sum.output_types = R"j(["Tensor(float)"])j";
  return sum;
}

constexpr char kMmShapes[] =
    R"(, "Input Dims": [[2, 3], [3, 4]], "Input type": ["float", "float"], "Input Strides": [[3, 1], [1, 3]])";

std::string Event(const std::string& name, int start, const std::string& arguments) {
  return KinetoEvent("cpu_op", name, absl::StrCat(start), "1", arguments);
}

TEST(NodeJoinTest, OperatorsGetTheirNodesResults) {
  KeepingSink sink;
  const auto report =
      ImportBoth({Event("aten::mm", 10, absl::StrCat(R"("External id": 1, "Record function id": 51)", kMmShapes)),
                  Event("aten::sum", 20, R"("External id": 2, "Record function id": 52)"),
                  Event("aten::relu", 30, R"("External id": 3, "Record function id": 53)")},
                 {MmNode(3, 51), Sum(4, 52), {.id = 5, .name = "aten::add", .record_function = 60}}, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::Operator mm = sink.Find("aten::mm");
  const v1::Operator sum = sink.Find("aten::sum");
  EXPECT_EQ(mm.start_ns(), 10000);
  EXPECT_EQ(mm.duration_ps(), 1'000'000);
  ASSERT_EQ(mm.signature().outputs_size(), 1);
  EXPECT_THAT(mm.signature().outputs(0).dims(), ElementsAre(2, 4));
  EXPECT_TRUE(mm.signature().outputs_recorded());
  EXPECT_THAT(mm.signature().op_schema(), HasSubstr("aten::mm("));
  // What Kineto alone says stays.
  EXPECT_THAT(mm.signature().inputs(1).strides(), ElementsAre(1, 3));
  EXPECT_THAT(mm.storage_ids(), ElementsAre(1, 2, 3));
  EXPECT_THAT(sum.storage_ids(), ElementsAre(3, 4));
  EXPECT_THAT(sum.data_dep_ids(), ElementsAre(mm.id()));
  EXPECT_THAT(sum.signature().attributes(0).integers().values(), ElementsAre(1));
  EXPECT_FALSE(sink.Find("aten::relu").signature().outputs_recorded());
  EXPECT_EQ(report->imported.at("joined_by_record_function_id"), 2);
  EXPECT_EQ(report->missing.at("operators_not_in_execution_trace"), 1);
  EXPECT_EQ(report->missing.at("execution_trace_nodes_not_joined"), 1);
  EXPECT_EQ(report->missing.at("operators_without_shapes"), 1);
}

// What is symbols to one file are sizes in the other; None is no tensor to one and a tensor without a type to the
// other.
TEST(NodeJoinTest, EachFileFillsWhatTheOtherLacks) {
  NodeText mm = MmNode(3, 51);
  mm.inputs = R"j([[5,6,0,6,4,"cuda:0"],[7,8,0,12,4,"cuda:0"],[9,9,0,5,4,"cuda:0"]])j";
  mm.input_shapes = "[[2,3],[],[5]]";
  mm.input_types = R"j(["Tensor(float)","Tensor(float)","Tensor(float)"])j";
  KeepingSink sink;
  const auto report = ImportBoth(
      {Event("aten::mm", 10, absl::StrCat(R"("External id": 1, "Record function id": 51)", kMmShapes))}, {mm}, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::Operator joined = sink.Find("aten::mm");
  ASSERT_EQ(joined.signature().inputs_size(), 3);
  EXPECT_EQ(joined.signature().inputs(1).shape_source(), v1::SHAPE_SOURCE_RECORDED);
  EXPECT_THAT(joined.signature().inputs(1).dims(), ElementsAre(3, 4));
  EXPECT_THAT(joined.signature().inputs(1).strides(), ElementsAre(1, 3));
  EXPECT_THAT(joined.signature().inputs(2).dims(), ElementsAre(5));
  EXPECT_THAT(joined.storage_ids(), ElementsAre(1, 2, 3, 4));
}

TEST(NodeJoinTest, ANodeWithoutArgumentsKeepsTheEvents) {
  KeepingSink sink;
  const auto report =
      ImportBoth({Event("aten::mm", 10, absl::StrCat(R"("External id": 1, "Record function id": 51)", kMmShapes))},
                 {{.id = 3, .name = "aten::mm", .record_function = 51}}, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::Operator mm = sink.Find("aten::mm");
  EXPECT_EQ(mm.signature().inputs_size(), 2);
  EXPECT_THAT(mm.storage_ids(), IsEmpty());
}

// Ids of which one in eleven is another operator's.
std::vector<NodeText> Eleven() {
  std::vector<NodeText> nodes;
  for (int i = 1; i <= 10; ++i) nodes.push_back(MmNode(i + 2, i));
  nodes.push_back(Sum(13, 11));
  return nodes;
}

TEST(NodeJoinTest, APairThatDisagreesIsCountedAndNotUsed) {
  const struct {
    const char* name;
    const char* arguments;
  } kOdd[] = {{"aten::mul", ""}, {"aten::sum", R"(, "Input Dims": [[2, 5]], "Input type": ["float"])"}};
  for (const auto& odd : kOdd) {
    std::vector<std::string> events;
    for (int i = 1; i <= 10; ++i)
      events.push_back(Event("aten::mm", 10 * i, absl::StrCat("\"Record function id\": ", i)));
    events.push_back(Event(odd.name, 200, absl::StrCat("\"Record function id\": 11", odd.arguments)));
    KeepingSink sink;
    const auto report = ImportBoth(events, Eleven(), sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->imported.at("joined_by_record_function_id"), 10);
    EXPECT_EQ(report->missing.at("joined_pairs_that_disagree"), 1);
    EXPECT_FALSE(sink.Find(odd.name).signature().outputs_recorded());
    EXPECT_THAT(sink.Find(odd.name).storage_ids(), IsEmpty());
  }
}

TEST(NodeJoinTest, FilesOfDifferentRunsAreRefused) {
  std::vector<std::string> events;
  for (int i = 1; i <= 11; ++i) {
    events.push_back(Event(i % 2 == 0 ? "aten::mm" : "aten::sum", 10 * i, absl::StrCat("\"Record function id\": ", i)));
  }
  KeepingSink sink;
  const auto report = ImportBoth(events, Eleven(), sink);
  EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(report.status().message()),
              HasSubstr("not of one run, or not of the same steps of it (joined_by_record_function_id: 11 pairs, of "
                        "which 6 agree)"));
  EXPECT_THAT(sink.operators(), IsEmpty());
}

TEST(NodeJoinTest, IdsThatSeveralBearJoinNothing) {
  KeepingSink sink;
  const auto report = ImportBoth(
      {Event("aten::mm", 10, "\"Record function id\": 1"), Event("aten::mm", 20, "\"Record function id\": 1"),
       Event("aten::mm", 30, "\"Record function id\": 2")},
      {MmNode(3, 1), MmNode(4, 2), MmNode(5, 2)}, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->imported.at("joined_by_record_function_id"), 1);
  EXPECT_EQ(report->missing.at("operators_not_in_execution_trace"), 2);
  EXPECT_EQ(report->missing.at("execution_trace_nodes_not_joined"), 2);
}

TEST(NodeJoinTest, EarlierReleasesHaveTheNumberAsExternalId) {
  KeepingSink sink;
  const auto report =
      ImportBoth({Event("aten::mm", 10, "\"External id\": 51"), Event("aten::sum", 20, "\"External id\": 52")},
                 {MmNode(3, 51), Sum(4, 52)}, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->imported.at("joined_by_external_id"), 2);
  EXPECT_TRUE(sink.Find("aten::sum").signature().outputs_recorded());
}

// Three steps, each of mm and sum, of which the nodes are the second.
std::vector<std::string> ThreeSteps() {
  std::vector<std::string> events;
  for (int step = 0; step < 3; ++step) {
    events.push_back(
        KinetoEvent("user_annotation", absl::StrCat("ProfilerStep#", step), absl::StrCat(100 * step + 1), "90"));
    events.push_back(Event("aten::mm", 100 * step + 10, absl::StrCat("\"Sequence number\": ", 7 + step)));
    events.push_back(Event("aten::sum", 100 * step + 20, ""));
  }
  return events;
}

TEST(NodeJoinTest, OneStepOfManyIsFoundByItsSequenceNumbers) {
  NodeText mm = MmNode(3, 1001);
  mm.sequence = 8;
  KeepingSink sink;
  const auto report = ImportBoth(ThreeSteps(), {mm, Sum(4, 1002)}, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->imported.at("joined_by_order"), 2);
  for (const v1::Operator& op : sink.operators()) {
    const bool second = op.start_ns() > 100'000 && op.start_ns() < 200'000;
    const bool marks = op.signature().kind() == v1::OPERATOR_KIND_ANNOTATION;
    EXPECT_EQ(op.signature().outputs_recorded(), second && !marks) << op.start_ns();
  }
}

TEST(NodeJoinTest, AStepThatIsNotThereIsNotJoinedToAnother) {
  NodeText mm = MmNode(3, 1001);
  for (const int sequence : {-1, 6, 10}) {
    mm.sequence = sequence;
    KeepingSink sink;
    EXPECT_EQ(ImportBoth(ThreeSteps(), {mm, Sum(4, 1002)}, sink).status().code(), absl::StatusCode::kInvalidArgument)
        << sequence;
  }
}

// The library's operator groups the collective, of which only the node knows the group.
TEST(NodeJoinTest, CollectivesGetTheirGroups) {
  NodeText record = {.id = 3, .name = "record_param_comms", .record_function = 1};
  record.inputs = R"j([[5,6,0,8,4,"cuda:0"],47,["3","tensor_parallel"],1,"allreduce",[],[],0,1,2])j";
  record.input_shapes = "[[8],[],[[],[]],[],[],[],[],[],[],[]]";
  record.input_types =
      R"j(["Tensor(float)","Int","Tuple[String,String]","Int","String","GenericList[]","GenericList[]","Int","Int","Int"])j";
  KeepingSink sink;
  ASSERT_TRUE(ImportBoth({Event("record_param_comms", 10, "\"Record function id\": 1")}, {record}, sink).ok());
  const v1::Operator op = sink.Find("record_param_comms");
  EXPECT_EQ(op.signature().kind(), v1::OPERATOR_KIND_COLLECTIVE);
  EXPECT_EQ(op.signature().communication().input_elements(), 8);
  EXPECT_EQ(op.communication_sequence(), 47);
  ASSERT_EQ(sink.header().process_groups_size(), 1);
  EXPECT_EQ(sink.header().process_groups(0).name(), "3");
  EXPECT_TRUE(op.signature().communication().has_process_group());
  EXPECT_EQ(op.signature().communication().process_group(), 0);
}

}  // namespace
}  // namespace sandglass::collectors::kineto
