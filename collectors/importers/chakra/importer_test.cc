#include "collectors/importers/chakra/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/importers/chakra/chakra_bytes.h"
#include "collectors/importers/format/keeping_sink.h"

namespace sandglass::collectors::chakra {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

absl::StatusOr<ImportReport> ImportBytes(const std::string& bytes, KeepingSink& sink, ImportOptions options = {}) {
  options.name = "test";
  const std::unique_ptr<ByteSource> source = MemoryByteSource(bytes);
  return Import(*source, options, sink);
}

// A whole file of ASTRA-sim's examples, byte for byte.
TEST(ChakraImporterTest, TheBytesAreAstraSims) {
  const std::string bytes(
      "\x07\x0a\x05"
      "0.0.4"
      "\x4a\x08\x01\x12\x14"
      "all_reduce_8npus_1MB"
      "\x18\x07\x52\x0e\x0a\x09"
      "is_cpu_op"
      "\xd8\x01\x00\x52\x0d\x0a\x09"
      "comm_type"
      "\x48\x00\x52\x0f\x0a\x09"
      "comm_size"
      "\x48\x80\x80\x40",
      83);
  KeepingSink sink;
  ImportOptions options;
  options.path = "8npus_1MB/all_reduce.1.et";
  options.ranks = 8;
  const auto report = ImportBytes(bytes, sink, options);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(sink.operators().size(), 1);
  const v1::Operator& op = sink.operators()[0];
  EXPECT_EQ(op.id(), 1);
  EXPECT_EQ(op.signature().name(), "all_reduce_8npus_1MB");
  EXPECT_EQ(op.signature().kind(), v1::OPERATOR_KIND_COLLECTIVE);
  EXPECT_EQ(op.signature().communication().type(), v1::Communication::TYPE_ALL_REDUCE);
  EXPECT_FALSE(op.signature().communication().has_input_elements());
  EXPECT_EQ(op.signature().read_bytes().value(), 1 << 20);
  EXPECT_EQ(op.signature().read_bytes().provenance(), v1::PROVENANCE_STATED);
  EXPECT_FALSE(op.has_duration_ps());
  EXPECT_FALSE(op.has_start_ns());
  EXPECT_EQ(op.device(), 0);
  EXPECT_EQ(sink.header().source_generation(), "0.0.4");
  EXPECT_EQ(sink.header().run_mode(), v1::RUN_MODE_SHAPES_ONLY);
  EXPECT_EQ(sink.header().rank(), 1);
  EXPECT_EQ(sink.header().world_size(), 8);
  EXPECT_EQ(sink.header().phase(), v1::PHASE_UNSPECIFIED);
  EXPECT_THAT(report->imported, ElementsAre(Pair("collectives", 1)));
  EXPECT_THAT(report->missing, IsEmpty());
}

TEST(ChakraImporterTest, KindsFollowTypes) {
  std::vector<chakra_et::Node> nodes = {
      ChakraNode(1, "load", chakra_et::NODE_TYPE_MEM_LOAD, false),
      ChakraNode(2, "store", chakra_et::NODE_TYPE_MEM_STORE, false),
      ChakraNode(3, "kernel", chakra_et::NODE_TYPE_COMP, false),
      ChakraNode(4, "host", chakra_et::NODE_TYPE_COMP, true),
      ChakraNode(5, "send", chakra_et::NODE_TYPE_COMM_SEND, false),
      ChakraNode(6, "receive", chakra_et::NODE_TYPE_COMM_RECV, false),
      ChakraNode(7, "groups", chakra_et::NODE_TYPE_METADATA, true),
      ChakraNode(8, "Memcpy HtoD (Pinned -> Device)", chakra_et::NODE_TYPE_COMP, false),
      ChakraNode(9, "of the future", static_cast<chakra_et::NodeType>(8), false),
  };
  AddAttribute("tensor_size", nodes[0]).set_uint64_val(64);
  AddAttribute("tensor_size", nodes[1]).set_uint64_val(32);
  AddAttribute("tensor_size", nodes[2]).set_uint64_val(16);
  AddAttribute("num_ops", nodes[2]).set_int64_val(1000);
  for (const int node : {4, 5}) {
    AddAttribute("comm_src", nodes[node]).set_int32_val(3);
    AddAttribute("comm_dst", nodes[node]).set_int32_val(4);
    AddAttribute("comm_tag", nodes[node]).set_int32_val(9);
    AddAttribute("comm_size", nodes[node]).set_int64_val(128);
  }
  nodes[2].set_start_time_micros(7);
  nodes[2].set_duration_micros(5);
  KeepingSink sink;
  const auto report = ImportBytes(ChakraFile(nodes), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::OperatorKind kinds[] = {
      v1::OPERATOR_KIND_MEMORY,     v1::OPERATOR_KIND_MEMORY,         v1::OPERATOR_KIND_DEVICE_KERNEL,
      v1::OPERATOR_KIND_HOST_OP,    v1::OPERATOR_KIND_POINT_TO_POINT, v1::OPERATOR_KIND_POINT_TO_POINT,
      v1::OPERATOR_KIND_ANNOTATION, v1::OPERATOR_KIND_MEMCPY,         v1::OPERATOR_KIND_ANNOTATION};
  ASSERT_EQ(sink.operators().size(), 9);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(sink.operators()[i].signature().kind(), kinds[i]) << i;
  EXPECT_EQ(sink.Find("load").signature().read_bytes().value(), 64);
  EXPECT_FALSE(sink.Find("load").signature().has_written_bytes());
  EXPECT_EQ(sink.Find("store").signature().written_bytes().value(), 32);
  EXPECT_EQ(sink.Find("kernel").signature().flops_flop().value(), 1000);
  EXPECT_EQ(sink.Find("kernel").signature().flops_flop().provenance(), v1::PROVENANCE_STATED);
  EXPECT_EQ(sink.Find("kernel").signature().read_bytes().value(), 16);
  EXPECT_EQ(sink.Find("kernel").start_ns(), 7000);
  EXPECT_EQ(sink.Find("kernel").duration_ps(), 5'000'000);
  EXPECT_EQ(sink.Find("send").signature().communication().peer_rank(), 4);
  EXPECT_EQ(sink.Find("send").signature().read_bytes().value(), 128);
  EXPECT_EQ(sink.Find("receive").signature().communication().peer_rank(), 3);
  EXPECT_EQ(sink.Find("receive").signature().written_bytes().value(), 128);
  ASSERT_EQ(sink.Find("send").signature().extras_size(), 1);
  EXPECT_EQ(sink.Find("send").signature().extras(0).value(), "9");
  EXPECT_FALSE(sink.Find("host").has_duration_ps());
  // Others have none, but this is a time.
  EXPECT_EQ(sink.Find("host").start_ns(), 0);
  EXPECT_EQ(sink.summary().window().end_ns(), 12000);
  EXPECT_EQ(report->missing.at("nodes_of_unknown_type"), 1);
  EXPECT_EQ(report->missing.at("durations_of_less_than_1_us_or_unknown"), 6);
  EXPECT_EQ(report->missing.count("start_times"), 0);
}

// Ids follow from the names: each has one of its own.
chakra_et::Node Timed(absl::string_view name, uint64_t start_us, uint64_t duration_us) {
  chakra_et::Node node = ChakraNode(name.size() * 1000 + name[0], name, chakra_et::NODE_TYPE_COMP, false);
  node.set_start_time_micros(start_us);
  node.set_duration_micros(duration_us);
  return node;
}

// 1970 is when nothing was recorded.
TEST(ChakraImporterTest, StartsMayCountFrom1970) {
  KeepingSink sink;
  const auto report = ImportBytes(
      ChakraFile({Timed("a", 1'700'000'000'000'007, 5), Timed("b", 0, 2), Timed("c", 1'700'000'000'000'003, 1)}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.header().clock_base(), "unix");
  EXPECT_EQ(sink.header().run_mode(), v1::RUN_MODE_MEASURED);
  EXPECT_EQ(sink.Find("a").start_ns(), 1'700'000'000'000'007'000);
  EXPECT_EQ(sink.Find("a").duration_ps(), 5'000'000);
  EXPECT_FALSE(sink.Find("b").has_start_ns());
  EXPECT_EQ(sink.Find("b").duration_ps(), 2'000'000);
  EXPECT_EQ(sink.summary().window().start_ns(), 1'700'000'000'000'003'000);
  EXPECT_EQ(sink.summary().window().end_ns(), 1'700'000'000'000'012'000);
  EXPECT_THAT(report->missing, ElementsAre(Pair("starts_unknown", 1)));
  EXPECT_EQ(report->times.device_work_ps, 8'000'000);
}

TEST(ChakraImporterTest, TimesThatNoClockShowsAreAbsentEachOnItsOwn) {
  KeepingSink sink;
  const auto report = ImportBytes(ChakraFile({Timed("early", 0, 5), Timed("late", UINT64_MAX, 5),
                                              Timed("long", 9, UINT64_MAX), Timed("longest", 10, 2'300'000'000'000)}),
                                  sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.header().clock_base(), "run");
  EXPECT_EQ(sink.header().run_mode(), v1::RUN_MODE_MEASURED);
  // Of a run's own clock it is a time.
  EXPECT_TRUE(sink.Find("early").has_start_ns());
  EXPECT_FALSE(sink.Find("late").has_start_ns());
  EXPECT_EQ(sink.Find("late").duration_ps(), 5'000'000);
  EXPECT_EQ(sink.Find("long").start_ns(), 9000);
  EXPECT_FALSE(sink.Find("long").has_duration_ps());
  EXPECT_EQ(sink.Find("longest").duration_ps(), 2'300'000'000'000'000'000);
  EXPECT_EQ(sink.summary().window().start_ns(), 0);
  EXPECT_EQ(sink.summary().window().end_ns(), 2'300'000'000'010'000);
  EXPECT_EQ(report->missing.at("times_out_of_range"), 2);
  EXPECT_EQ(report->missing.at("starts_unknown"), 1);
}

// Chakra's own converter gives a number, its schema's documents a truth value.
TEST(ChakraImporterTest, WhereANodeRanMayBeSaidInNumbers) {
  std::vector<chakra_et::Node> nodes(3);
  for (size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].set_name(absl::StrCat("n", i));
    nodes[i].set_type(chakra_et::NODE_TYPE_COMP);
    AddAttribute("is_cpu_op", nodes[i]).set_int32_val(static_cast<int32_t>(i));
  }
  KeepingSink sink;
  const auto report = ImportBytes(ChakraFile(nodes), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.Find("n0").signature().kind(), v1::OPERATOR_KIND_DEVICE_KERNEL);
  EXPECT_EQ(sink.Find("n1").signature().kind(), v1::OPERATOR_KIND_HOST_OP);
  EXPECT_FALSE(sink.Find("n1").has_device());
  // 2 is neither.
  EXPECT_EQ(report->missing.at("attributes_not_understood"), 1);
}

TEST(ChakraImporterTest, ValuesOfRareTypesAreToldInWords) {
  std::vector<chakra_et::Node> nodes = {ChakraNode(1, "a", chakra_et::NODE_TYPE_COMP, false)};
  chakra_et::Attribute& attribute = AddAttribute("weights", nodes[0]);
  attribute.set_doc("for people");
  attribute.mutable_float_list()->add_values(1.5);
  KeepingSink sink;
  ASSERT_TRUE(ImportBytes(ChakraFile(nodes), sink).ok());
  ASSERT_EQ(sink.operators()[0].signature().extras_size(), 1);
  EXPECT_EQ(sink.operators()[0].signature().extras(0).key(), "weights");
  EXPECT_EQ(sink.operators()[0].signature().extras(0).value(), "float_list { values: 1.5 }");
}

TEST(ChakraImporterTest, DependenciesAreNumberedAnew) {
  std::vector<chakra_et::Node> nodes;
  for (const uint64_t id : {70, 0, 5})
    nodes.push_back(ChakraNode(id, absl::StrCat(id), chakra_et::NODE_TYPE_COMP, false));
  // On a later node, on one twice, on itself, on one that is not there.
  nodes[0].add_data_deps(5);
  nodes[0].add_data_deps(0);
  nodes[0].add_data_deps(5);
  nodes[1].add_data_deps(0);
  nodes[2].add_ctrl_deps(70);
  nodes[2].add_ctrl_deps(71);
  nodes[2].set_duration_micros(1);
  KeepingSink sink;
  const auto report = ImportBytes(ChakraFile(nodes), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(sink.operators()[0].data_dep_ids(), ElementsAre(3, 2));
  EXPECT_THAT(sink.operators()[1].data_dep_ids(), IsEmpty());
  EXPECT_THAT(sink.operators()[2].control_dep_ids(), ElementsAre(1));
  EXPECT_EQ(report->missing.at("dependencies_on_absent_nodes"), 1);
  EXPECT_EQ(report->missing.at("dependencies_on_themselves"), 1);
  EXPECT_EQ(report->missing.at("start_times"), 1);
}

// An operator in two parts, each of which launches a kernel.
std::vector<chakra_et::Node> TwoParts() {
  std::vector<chakra_et::Node> nodes = {
      TorchOperator(1, "aten::mm(0)", 8), ChakraNode(2, "gemm<float>(int)", chakra_et::NODE_TYPE_COMP, false),
      TorchOperator(3, "aten::mm(1)", 8), ChakraNode(4, "split", chakra_et::NODE_TYPE_COMP, false)};
  for (const int part : {0, 2}) {
    chakra_et::Arguments& inputs = *nodes[part].mutable_inputs();
    inputs.set_values(
        "[[62, 63, 0, 6, 4, 'cuda:0'], [7, 64, 0, 12, 4, 'cuda:0'], [[1, 9, 0, 2, 8, 'cpu']], [1, 1], "
        "True, '<None>', [0, 0, 0, 0, 0, '']]");
    inputs.set_shapes("[[2, 3], [3, 4], [[2]], [[], []], [], [], []]");
    inputs.set_types(
        "['Tensor(float)', 'Tensor(c10::Half)', 'GenericList[Tensor(long int)]', 'GenericList[Int,Int]', "
        "'Bool', 'None', 'Tensor(nullptr (uninitialized))']");
    chakra_et::Arguments& outputs = *nodes[part].mutable_outputs();
    outputs.set_values("[[80, 65, 0, 8, 4, 'cuda:0']]");
    outputs.set_shapes("[[2, 4]]");
    outputs.set_types("['Tensor(float)']");
    AddAttribute("op_schema", nodes[part]).set_string_val("aten::mm(Tensor self, Tensor mat2) -> Tensor");
  }
  nodes[1].add_data_deps(1);
  nodes[2].add_data_deps(1);
  nodes[3].add_data_deps(3);
  nodes[3].add_data_deps(1);
  for (chakra_et::Node& node : nodes) node.set_duration_micros(node.id());
  AddAttribute("stream", nodes[1]).set_int64_val(7);
  nodes[3].add_ctrl_deps(2);
  return nodes;
}

TEST(ChakraImporterTest, PartsOfPyTorchsOperatorsAreOneOperator) {
  KeepingSink sink;
  const auto report = ImportBytes(ChakraFile(TwoParts(), ""), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::Operator mm = sink.Find("aten::mm");
  const v1::Operator rest = sink.Find("aten::mm(1)");
  EXPECT_EQ(mm.signature().kind(), v1::OPERATOR_KIND_HOST_OP);
  EXPECT_EQ(mm.signature().op_schema(), "aten::mm(Tensor self, Tensor mat2) -> Tensor");
  ASSERT_EQ(mm.signature().inputs_size(), 3);
  EXPECT_THAT(mm.signature().inputs(0).dims(), ElementsAre(2, 3));
  EXPECT_EQ(mm.signature().inputs(0).dtype(), v1::DATA_TYPE_FLOAT32);
  EXPECT_EQ(mm.signature().inputs(1).dtype(), v1::DATA_TYPE_FLOAT16);
  EXPECT_TRUE(mm.signature().inputs(2).in_list());
  EXPECT_EQ(mm.signature().inputs(2).dtype(), v1::DATA_TYPE_INT64);
  EXPECT_TRUE(mm.signature().outputs_recorded());
  EXPECT_THAT(mm.signature().outputs(0).dims(), ElementsAre(2, 4));
  EXPECT_THAT(mm.storage_ids(), ElementsAre(63, 64, 9, 65));
  ASSERT_EQ(mm.signature().attributes_size(), 4);
  EXPECT_THAT(mm.signature().attributes(0).integers().values(), ElementsAre(1, 1));
  EXPECT_TRUE(mm.signature().attributes(1).boolean());
  EXPECT_EQ(mm.signature().attributes(2).value_case(), v1::Attribute::VALUE_NOT_SET);
  EXPECT_EQ(mm.signature().attributes(3).position(), 6);
  EXPECT_EQ(mm.self_ps(), 1'000'000);
  EXPECT_EQ(mm.thread(), 0);
  EXPECT_EQ(rest.signature().kind(), v1::OPERATOR_KIND_ANNOTATION);
  EXPECT_THAT(rest.signature().inputs(), IsEmpty());
  EXPECT_EQ(rest.parent_id(), mm.id());
  EXPECT_EQ(rest.duration_ps(), 3'000'000);
  // A kernel's parentheses are no mark.
  EXPECT_EQ(sink.Find("gemm<float>(int)").launcher_id(), mm.id());
  EXPECT_EQ(sink.Find("gemm<float>(int)").queue(), 7);
  EXPECT_EQ(sink.Find("split").launcher_id(), mm.id());
  EXPECT_EQ(sink.header().source_generation(), "schema 1.0.1");
  EXPECT_EQ(sink.header().run_mode(), v1::RUN_MODE_MEASURED);
  EXPECT_EQ(sink.header().phase(), v1::PHASE_INFER);
  EXPECT_THAT(report->linked, ElementsAre(Pair("by_dependency", 2)));
  EXPECT_EQ(report->imported.at("later_parts_of_operators"), 1);
  // Where operators were cut into parts, these are numbers of what there was before.
  EXPECT_THAT(sink.Find("split").control_dep_ids(), IsEmpty());
  EXPECT_EQ(report->missing.at("control_dependencies_of_another_numbering"), 1);
  EXPECT_EQ(report->times.linked_device_work_ps, 6'000'000);
}

TEST(ChakraImporterTest, LinksThatDisagreeAreNotBelieved) {
  std::vector<chakra_et::Node> nodes = TwoParts();
  nodes[3].clear_data_deps();
  nodes[3].add_data_deps(1);
  nodes[3].add_data_deps(3);
  KeepingSink sink;
  const auto report = ImportBytes(ChakraFile(nodes, ""), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(sink.Find("split").has_launcher_id());
  EXPECT_EQ(report->missing.at("links_that_disagree"), 1);
  EXPECT_EQ(report->missing.at("device_work_not_linked"), 1);
}

// The host's node of a collective says only that it was called.
TEST(ChakraImporterTest, ACollectiveIsTakenOnce) {
  std::vector<chakra_et::Node> nodes = {TorchOperator(1, "c10d::allreduce_", 3), AllReduce(24)};
  nodes[0].set_type(chakra_et::NODE_TYPE_COMM_COLL);
  nodes[1].set_id(2);
  nodes[1].add_data_deps(1);
  nodes[1].mutable_inputs()->set_values("[[1, 2, 0, 6, 4, 'cuda:0']]");
  nodes[1].mutable_inputs()->set_shapes("[[2, 3]]");
  nodes[1].mutable_inputs()->set_types("['Tensor(float)']");
  AddAttribute("pg_name", nodes[1]).set_string_val("7");
  KeepingSink sink;
  ASSERT_TRUE(ImportBytes(ChakraFile(nodes, ""), sink).ok());
  EXPECT_EQ(sink.operators()[0].signature().kind(), v1::OPERATOR_KIND_HOST_OP);
  const v1::OpSignature& transfer = sink.operators()[1].signature();
  EXPECT_EQ(transfer.kind(), v1::OPERATOR_KIND_COLLECTIVE);
  EXPECT_FALSE(sink.operators()[1].has_launcher_id());
  EXPECT_EQ(transfer.communication().dtype(), v1::DATA_TYPE_FLOAT32);
  EXPECT_EQ(transfer.communication().input_elements(), 6);
  EXPECT_EQ(transfer.extras(0).key(), "pg_name");
  // Where its tensors are not as many bytes, elements are not known.
  nodes[1].mutable_attr(2)->set_int64_val(25);
  KeepingSink other;
  ASSERT_TRUE(ImportBytes(ChakraFile(nodes, ""), other).ok());
  EXPECT_FALSE(other.operators()[1].signature().communication().has_input_elements());
}

TEST(ChakraImporterTest, DamageIsCountedAndTheRestTaken) {
  std::vector<chakra_et::Node> nodes = {ChakraNode(1, "a", chakra_et::NODE_TYPE_COMP, false),
                                        ChakraNode(2, "b\xff\x1b", chakra_et::NODE_TYPE_COMP, false)};
  nodes[0].mutable_inputs()->set_values("(1, 2)");
  nodes[1].mutable_outputs()->set_types("['Tensor(float)']");
  AddAttribute("num_ops", nodes[1]).set_int64_val(-1);
  AddAttribute("tensor_size", nodes[1]).set_string_val("12");
  // An empty node is a node; eight bytes of nonsense are none.
  const std::string file = absl::StrCat(ChakraFile(nodes), std::string(1, '\0'), Framed("nonsense"));
  const std::string cut = absl::StrCat(file, Framed(nodes[0].SerializeAsString()).substr(0, 9));
  KeepingSink sink;
  const auto report = ImportBytes(cut, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(sink.operators().size(), 3);
  EXPECT_EQ(sink.operators()[1].signature().name(), "b?");
  EXPECT_EQ(sink.operators()[2].signature().name(), "chakra::node_type_0");
  EXPECT_EQ(sink.operators()[2].signature().kind(), v1::OPERATOR_KIND_ANNOTATION);
  EXPECT_FALSE(sink.operators()[1].signature().has_flops_flop());
  EXPECT_EQ(report->missing.at("inputs_not_understood"), 1);
  EXPECT_EQ(report->missing.at("outputs_not_understood"), 1);
  EXPECT_EQ(report->missing.at("attributes_not_understood"), 2);
  EXPECT_EQ(report->missing.at("damaged_nodes"), 1);
  EXPECT_EQ(report->missing.at("file_cut_off"), 1);
  ASSERT_EQ(report->problems.size(), 2);
  EXPECT_THAT(report->problems[0], HasSubstr(absl::StrCat("byte ", file.size() - 8, ": 8 bytes that are no node")));
  EXPECT_THAT(report->problems[1], HasSubstr(absl::StrCat("byte ", file.size(), ": the file ends within a node")));
}

// Larger than what is read at once.
TEST(ChakraImporterTest, PlacesAreThoseOfTheWholeFile) {
  chakra_et::Node large = AllReduce(1);
  AddAttribute("comment", large).set_string_val(std::string(3 << 20, 'x'));
  const std::string file = absl::StrCat(ChakraFile({large, AllReduce(2), large}), Framed("nonsense"));
  KeepingSink sink;
  const auto report = ImportBytes(file, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.operators().size(), 3);
  ASSERT_EQ(report->problems.size(), 1);
  EXPECT_THAT(report->problems[0], HasSubstr(absl::StrCat("byte ", file.size() - 8, ": ")));
  // More than a store takes of one signature.
  EXPECT_EQ(report->missing.at("signatures_not_sound"), 2);
  EXPECT_THAT(sink.operators()[0].signature().extras(), IsEmpty());
  EXPECT_EQ(sink.operators()[0].signature().kind(), v1::OPERATOR_KIND_COLLECTIVE);
}

TEST(ChakraImporterTest, ShapesThatAreNoneAreLeftOut) {
  chakra_et::Node node = TorchOperator(1, "aten::mm", 8);
  node.mutable_inputs()->set_values("[[62, 63, 0, 6, 4, 'cuda:0']]");
  node.mutable_inputs()->set_shapes("[[2, -3]]");
  node.mutable_inputs()->set_types("['Tensor(float)']");
  KeepingSink sink;
  const auto report = ImportBytes(ChakraFile({node}, ""), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(sink.operators()[0].signature().inputs(), IsEmpty());
  EXPECT_THAT(sink.operators()[0].storage_ids(), IsEmpty());
  EXPECT_EQ(report->missing.at("signatures_not_sound"), 1);
}

TEST(ChakraImporterTest, CutAnywhereItGivesWhatItHolds) {
  const std::string file = ChakraFile(TwoParts(), "");
  for (size_t size = 0; size < file.size(); ++size) {
    KeepingSink sink;
    const auto report = ImportBytes(file.substr(0, size), sink);
    if (!report.ok()) {
      EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
      EXPECT_LT(size, file.size() / 4);
    } else {
      EXPECT_LT(sink.operators().size(), 4);
    }
  }
}

TEST(ChakraImporterTest, LengthsThatAreNoneEndTheFile) {
  for (const absl::string_view length : {"\xff\xff\xff\xff\xff\x01", "\xff\xff\xff\xff\x0f", "\x80\x80\x80\x80\x80"}) {
    KeepingSink sink;
    const auto report = ImportBytes(absl::StrCat(ChakraFile({AllReduce(1)}), length), sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(sink.operators().size(), 1);
    EXPECT_THAT(report->problems[0], HasSubstr("no length of a node stands here"));
  }
}

TEST(ChakraImporterTest, OtherFilesAreNone) {
  EXPECT_TRUE(Matches(ChakraFile({AllReduce(1)})));
  EXPECT_TRUE(Matches(ChakraFile({})));
  EXPECT_TRUE(Matches(absl::StrCat(std::string(1, '\0'), Framed(AllReduce(1).SerializeAsString()))));
  // The first node may be longer than what is shown.
  EXPECT_TRUE(Matches(ChakraFile(TwoParts(), "").substr(0, 40)));
  for (const std::string& other : {std::string(), std::string(1, '\0'), std::string("\n{\"traceEvents\": []}"),
                                   std::string("{}"), std::string("\x08\x07\x12\x04onnx\x3a\x02\x0a\x00", 12),
                                   std::string("\x0a\x04\x12\x02/d", 6), std::string(300, 'a'),
                                   Framed("\x0a\x05"
                                          "0.0.4") +
                                       Framed("nonsense"),
                                   std::string(600, '\0')}) {
    EXPECT_FALSE(Matches(other)) << other;
  }
}

TEST(ChakraImporterTest, RanksAreInNames) {
  EXPECT_EQ(RankOf("a/b.12.et"), 12);
  EXPECT_EQ(RankOf("b.0.et.gz"), 0);
  for (const char* path : {"", "b.et", "b.x.et", "b..et", "b.-1.et", "b.99999999999.et", "b.1.json", "1.et/b"}) {
    EXPECT_FALSE(RankOf(path).has_value()) << path;
  }
}

}  // namespace
}  // namespace sandglass::collectors::chakra
