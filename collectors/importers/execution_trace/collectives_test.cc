// Collectives, as each schema writes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collectors/importers/execution_trace/execution_trace_text.h"
#include "collectors/importers/execution_trace/import_text.h"
#include "collectors/importers/format/keeping_sink.h"

namespace sandglass::collectors::execution_trace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A collective in three nodes, and a fourth that waits for it.
std::vector<NodeText> Collective(const std::string& arguments, const std::string& types,
                                 const std::string& attributes = "") {
  NodeText library = {.id = 10, .parent = 2, .name = "c10d::allreduce_"};
  library.inputs = R"([[[5,6,0,8,4,"cuda:0"]],"<Object>",-1])";
  library.input_shapes = "[[[8]],[],[]]";
  library.input_types = R"j(["GenericList[Tensor(float)]","Object","Int"])j";
  library.op_schema = "c10d::allreduce_(Tensor[] tensors, __torch__.ProcessGroup pg, int timeout) -> (Tensor[], Work)";
  NodeText record = {.id = 11, .parent = 10, .name = "record_param_comms"};
  record.inputs = absl::StrCat(R"([[[5,6,0,8,4,"cuda:0"]],)", arguments, "]");
  record.input_shapes = "[[[8]],[],[],[],[],[],[],[],[],[]]";
  record.input_types = absl::StrCat(R"j(["GenericList[Tensor(float)]",)j", types, "]");
  record.outputs = R"([[[5,6,0,8,4,"cuda:0"]]])";
  record.output_shapes = "[[[8]]]";
  record.output_types = R"j(["GenericList[Tensor(float)]"])j";
  record.attributes = attributes;
  NodeText call = {.id = 12, .parent = 11, .name = "nccl:all_reduce", .scope = 7};
  NodeText wait = {.id = 13, .parent = 2, .name = "record_param_comms"};
  wait.inputs = R"([47,0,0,"wait",[],[]])";
  wait.input_shapes = "[[],[],[],[],[],[]]";
  wait.input_types = R"(["Int","Int","Int","String","GenericList[]","GenericList[]"])";
  return {call, record, library, wait};
}

void ExpectOneCollective(const KeepingSink& sink) {
  EXPECT_EQ(sink.Find("c10d::allreduce_").signature().kind(), v1::OPERATOR_KIND_ANNOTATION);
  EXPECT_EQ(sink.Find("nccl:all_reduce").signature().kind(), v1::OPERATOR_KIND_ANNOTATION);
  int collectives = 0;
  for (const v1::Operator& op : sink.operators()) {
    if (op.signature().kind() != v1::OPERATOR_KIND_COLLECTIVE) continue;
    ++collectives;
    EXPECT_EQ(op.signature().communication().type(), v1::Communication::TYPE_ALL_REDUCE);
    EXPECT_EQ(op.signature().communication().dtype(), v1::DATA_TYPE_FLOAT32);
    EXPECT_EQ(op.signature().communication().input_elements(), 8);
    EXPECT_EQ(op.signature().communication().output_elements(), 8);
    EXPECT_EQ(op.communication_sequence(), 47);
    EXPECT_THAT(op.signature().attributes(), IsEmpty());
  }
  EXPECT_EQ(collectives, 1);
}

TEST(CollectiveTest, OfSchema101HasAnAddressForItsGroup) {
  std::vector<std::string> nodes;
  for (const NodeText& node : Collective(R"(47,94594108284448,1,"allreduce",[],[])",
                                         R"("Int","Int","Int","String","GenericList[]","GenericList[]")")) {
    nodes.push_back(FlatNode(node));
  }
  KeepingSink sink;
  const auto report = ImportText(ExecutionTraceFile("1.0.1", nodes), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectOneCollective(sink);
  EXPECT_EQ(report->missing.at("collectives_without_group"), 1);
  EXPECT_FALSE(sink.Find("record_param_comms").signature().communication().has_process_group());
  EXPECT_FALSE(sink.header().has_rank());
}

std::string NestedCollective(const std::vector<NodeText>& nodes, const std::string& groups = "") {
  std::vector<std::string> texts;
  if (!groups.empty()) {
    NodeText list = {.id = 3, .parent = 2, .name = "## process_group:init ##", .scope = 7};
    list.inputs = absl::StrCat("[\"", absl::StrReplaceAll(groups, {{"\"", "\\\""}}), "\"]");
    list.input_shapes = "[[]]";
    list.input_types = R"(["String"])";
    texts.push_back(NestedNode(list));
  }
  for (const NodeText& node : nodes) texts.push_back(NestedNode(node));
  return ExecutionTraceFile("1.0.2-chakra.0.0.4", texts);
}

TEST(CollectiveTest, OfSchema102NamesItsGroupsBackEnd) {
  KeepingSink sink;
  ASSERT_TRUE(
      ImportText(NestedCollective(Collective(R"(47,82149104,1,"allreduce",[],[],2)",
                                             R"("Int","Int","Int","String","GenericList[]","GenericList[]","Int")"),
                                  R"([{"pg_name": "0", "backend_id": 82149104, "ranks": [], "group_size": 2}])"),
                 sink)
          .ok());
  ExpectOneCollective(sink);
  ASSERT_EQ(sink.header().process_groups_size(), 1);
  EXPECT_THAT(sink.header().process_groups(0).ranks(), ElementsAre(0, 1));
  EXPECT_TRUE(sink.Find("record_param_comms").signature().communication().has_process_group());
  EXPECT_EQ(sink.header().rank(), 1);
  EXPECT_EQ(sink.header().world_size(), 2);
}

TEST(CollectiveTest, OfSchema103HasNameAndEvenlySpacedRanks) {
  KeepingSink sink;
  ASSERT_TRUE(
      ImportText(
          NestedCollective(Collective(
              R"(47,["3","tensor_parallel"],1,"allreduce",[],[],4,2,3)",
              R"("Int","Tuple[String,String]","Int","String","GenericList[]","GenericList[]","Int","Int","Int")")),
          sink)
          .ok());
  ExpectOneCollective(sink);
  ASSERT_EQ(sink.header().process_groups_size(), 1);
  EXPECT_EQ(sink.header().process_groups(0).name(), "3");
  EXPECT_THAT(sink.header().process_groups(0).ranks(), ElementsAre(4, 6, 8));
  EXPECT_EQ(sink.header().rank(), 6);
  EXPECT_FALSE(sink.header().has_world_size());
  bool described = false;
  for (const v1::Extra& extra : sink.header().extras()) {
    described |= extra.key() == "process_group 3 pg_desc" && extra.value() == "tensor_parallel";
  }
  EXPECT_TRUE(described);
}

TEST(CollectiveTest, OfSchema110SaysItInAttributes) {
  const std::string attributes = R"(, {"name": "collective_name", "type": "string", "value": "allreduce"},)"
                                 R"( {"name": "dtype", "type": "string", "value": "BFloat16"},)"
                                 R"( {"name": "in_msg_nelems", "type": "uint64", "value": 100},)"
                                 R"( {"name": "out_msg_nelems", "type": "uint64", "value": 200},)"
                                 R"( {"name": "in_split_size", "type": "string", "value": "[1, 99]"},)"
                                 R"( {"name": "out_split_size", "type": "string", "value": "[]"},)"
                                 R"( {"name": "global_rank_start", "type": "uint64", "value": 0},)"
                                 R"( {"name": "global_rank_stride", "type": "uint64", "value": 1},)"
                                 R"( {"name": "pg_name", "type": "string", "value": "0"},)"
                                 R"( {"name": "pg_desc", "type": "string", "value": "default_pg"},)"
                                 R"( {"name": "pg_size", "type": "uint64", "value": 2})";
  KeepingSink sink;
  ASSERT_TRUE(
      ImportText(NestedCollective(Collective(
                     R"(47,["0","default_pg"],0,"allreduce",[],[],0,1,2)",
                     R"("Int","Tuple[String,String]","Int","String","GenericList[]","GenericList[]","Int","Int","Int")",
                     attributes)),
                 sink)
          .ok());
  const v1::Communication communication = sink.Find("record_param_comms").signature().communication();
  EXPECT_EQ(communication.input_elements(), 100);
  EXPECT_EQ(communication.output_elements(), 200);
  EXPECT_EQ(communication.dtype(), v1::DATA_TYPE_BFLOAT16);
  EXPECT_THAT(communication.input_split_elements(), ElementsAre(1, 99));
  EXPECT_THAT(sink.header().process_groups(0).ranks(), ElementsAre(0, 1));
}

// Releases before those that record the call's parameters.
TEST(CollectiveTest, WithoutParametersTheLibrarysOperatorIsTheCollective) {
  KeepingSink sink;
  std::vector<NodeText> nodes = Collective("0", "\"Int\"");
  ASSERT_TRUE(ImportText(NestedCollective({nodes[2]}), sink).ok());
  const v1::OpSignature signature = sink.Find("c10d::allreduce_").signature();
  EXPECT_EQ(signature.kind(), v1::OPERATOR_KIND_COLLECTIVE);
  EXPECT_EQ(signature.communication().type(), v1::Communication::TYPE_ALL_REDUCE);
  EXPECT_EQ(signature.communication().input_elements(), 8);
}

}  // namespace
}  // namespace sandglass::collectors::execution_trace
