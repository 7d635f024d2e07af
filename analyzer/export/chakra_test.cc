#include "analyzer/export/chakra.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "proto/chakra.pb.h"

namespace sandglass::chakra_export {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

void AddTensor(google::protobuf::RepeatedPtrField<v1::Tensor>& tensors, std::initializer_list<int64_t> dims) {
  v1::Tensor& tensor = *tensors.Add();
  tensor.set_dtype(v1::DATA_TYPE_FLOAT32);
  tensor.set_shape_source(v1::SHAPE_SOURCE_RECORDED);
  tensor.set_position(static_cast<uint32_t>(tensors.size() - 1));
  for (const int64_t dim : dims) tensor.add_dims(dim);
}

class ChakraExportTest : public ::testing::Test {
 protected:
  ChakraExportTest() { header_.add_process_groups()->set_name("0"); }

  v1::Operator& Add(v1::OperatorKind kind, const std::string& name, int64_t duration_ps) {
    const uint64_t id = operators_.size() + 1;
    v1::Operator& op = operators_.emplace_back();
    op.set_id(id);
    if (duration_ps >= 0) op.set_duration_ps(duration_ps);
    op.mutable_signature()->set_kind(kind);
    op.mutable_signature()->set_name(name);
    return op;
  }

  // A product of [2, 3] by [3, 4]: 48 FLOP, 72 bytes read and 32 written.
  v1::Operator& AddProduct(int64_t duration_ps) {
    v1::Operator& op = Add(v1::OPERATOR_KIND_HOST_OP, "aten::mm", duration_ps);
    op.set_thread(0);
    AddTensor(*op.mutable_signature()->mutable_inputs(), {2, 3});
    AddTensor(*op.mutable_signature()->mutable_inputs(), {3, 4});
    return op;
  }

  v1::Operator& AddAllReduce(int64_t duration_ps) {
    v1::Operator& op = Add(v1::OPERATOR_KIND_COLLECTIVE, "sum", duration_ps);
    op.set_thread(0);
    v1::Communication& communication = *op.mutable_signature()->mutable_communication();
    communication.set_type(v1::Communication::TYPE_ALL_REDUCE);
    communication.set_dtype(v1::DATA_TYPE_FLOAT32);
    communication.set_input_elements(8);
    communication.set_process_group(0);
    return op;
  }

  v1::Operator& AddKernel(const std::string& name, uint64_t launcher, int64_t duration_ps) {
    v1::Operator& op = Add(v1::OPERATOR_KIND_DEVICE_KERNEL, name, duration_ps);
    op.set_queue(7);
    if (launcher != 0) op.set_launcher_id(launcher);
    return op;
  }

  std::string Export() {
    ColumnBuilder builder;
    for (const v1::Operator& op : operators_) builder.Add(op);
    v1::OperatorColumns columns = builder.Take();
    v1::TraceManifest manifest;
    manifest.set_trace_id("T");
    manifest.set_operators(operators_.size());
    *manifest.mutable_header() = header_;
    const std::vector<v1::OpSignature> signatures(columns.new_signatures().begin(), columns.new_signatures().end());
    // As an analysis gives them.
    columns.set_first_signature(static_cast<uint32_t>(columns.new_signatures_size()));
    columns.clear_new_signatures();
    ChakraExport exported(manifest, signatures);
    EXPECT_TRUE(exported.Add(columns).ok());
    std::string file;
    const auto report = std::move(exported).Write([&file](absl::string_view piece) {
      absl::StrAppend(&file, piece);
      return absl::OkStatus();
    });
    EXPECT_TRUE(report.ok()) << report.status();
    if (report.ok()) report_ = *report;
    return file;
  }

  // The nodes by their numbers; 0 is none.
  std::vector<chakra_et::Node> Nodes() {
    const std::string file = Export();
    google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(file.data()),
                                                  static_cast<int>(file.size()));
    std::vector<chakra_et::Node> nodes;
    uint32_t size = 0;
    while (stream.ReadVarint32(&size)) {
      std::string bytes;
      EXPECT_TRUE(stream.ReadString(&bytes, static_cast<int>(size)));
      chakra_et::Node& node = nodes.emplace_back();
      // The metadata stand first, in place of node 0.
      if (nodes.size() > 1) {
        EXPECT_TRUE(node.ParseFromString(bytes));
      }
    }
    return nodes;
  }

  v1::TraceHeader header_;
  std::vector<v1::Operator> operators_;
  ExportReport report_;
};

// An attribute as text; "": there is none of that name.
std::string AttributeOf(const chakra_et::Node& node, absl::string_view name) {
  for (const chakra_et::Attribute& attribute : node.attr()) {
    if (attribute.name() != name) continue;
    chakra_et::Attribute value = attribute;
    value.clear_name();
    return value.ShortDebugString();
  }
  return "";
}

// Worked by hand. A message is its length and its fields, each a tag (number * 8, and 2 where a length follows) and a
// value; tags above 127 take two bytes: bool_val is d801, string_val ea01.
TEST_F(ChakraExportTest, TwoNodesToTheByte) {
  AddProduct(1'500'000);
  AddAllReduce(3'000'000);
  const auto text = [](absl::string_view word) { return absl::BytesToHexString(word); };
  const std::string metadata = absl::StrCat("1e",                                           // 30 bytes
                                            "0a05", text("0.0.4"),                          // version
                                            "1215", "0a0f", text("sandglass_trace"),        // attr
                                            "ea0101", text("T"));                           //
  const std::string on_device = absl::StrCat("520e", "0a09", text("is_cpu_op"), "d80100");  // false
  const std::string thread = absl::StrCat("5207", "0a03", text("tid"), "4800");             // 0
  const std::string product = absl::StrCat("63",                                            // 99 bytes
                                           "0801", "1208", text("aten::mm"), "1804",        // id, name, COMP
                                           "3802",                                          // 1.5 us, rounded up
                                           on_device,                                       //
                                           "520b", "0a07", text("num_ops"), "4830",         // 48
                                           "520f", "0a0b", text("tensor_size"), "6868",     // 104
                                           "521a", "0a0e", text("sandglass_kind"),          //
                                           "ea0107", text("host_op"),                       //
                                           thread);                                         //
  const std::string all_reduce = absl::StrCat("54",                                         // 84 bytes
                                              "0802", "1203", text("sum"), "1807",          // id, name, COMM_COLL
                                              "2a0101",                                     // waits for node 1
                                              "3803",                                       // 3 us
                                              on_device,                                    //
                                              "520d", "0a09", text("comm_type"), "4800",    // ALL_REDUCE
                                              "520d", "0a09", text("comm_size"), "4820",    // 8 elements of 4 bytes
                                              "520d", "0a07", text("pg_name"), "ea010130",  // "0"
                                              thread);                                      //
  EXPECT_EQ(absl::BytesToHexString(Export()), absl::StrCat(metadata, product, all_reduce));
  EXPECT_EQ(report_.nodes, 2);
  EXPECT_THAT(report_.notes,
              ElementsAre(Pair("durations_rounded_up_to_microseconds", 1), Pair("operators_without_their_tensors", 1),
                          Pair("order_for_dependencies", 1), Pair("process_groups_without_their_ranks", 1)));
}

TEST_F(ChakraExportTest, KernelsShareTheWorkOfWhatLaunchedThem) {
  v1::Operator& linear = Add(v1::OPERATOR_KIND_HOST_OP, "aten::linear", 50'000'000);
  linear.set_thread(0);
  linear.set_self_ps(20'000'000);
  AddProduct(30'000'000).set_parent_id(1);
  AddKernel("gemm", 2, 3'000'000);
  AddKernel("reduce", 2, 1'000'000);
  AddKernel("orphan", 0, 5'000'000);
  const std::vector<chakra_et::Node> nodes = Nodes();
  ASSERT_EQ(nodes.size(), 6);
  for (const int host : {1, 2}) {
    EXPECT_EQ(AttributeOf(nodes[host], "is_cpu_op"), "bool_val: true");
    EXPECT_EQ(AttributeOf(nodes[host], "num_ops"), "");
  }
  EXPECT_EQ(nodes[1].duration_micros(), 20);
  EXPECT_EQ(nodes[2].duration_micros(), 30);
  EXPECT_EQ(AttributeOf(nodes[3], "is_cpu_op"), "bool_val: false");
  EXPECT_EQ(AttributeOf(nodes[3], "num_ops"), "int64_val: 36");
  EXPECT_EQ(AttributeOf(nodes[3], "tensor_size"), "uint64_val: 78");
  EXPECT_EQ(AttributeOf(nodes[4], "num_ops"), "int64_val: 12");
  EXPECT_EQ(AttributeOf(nodes[4], "tensor_size"), "uint64_val: 26");
  EXPECT_EQ(AttributeOf(nodes[5], "num_ops"), "");
  EXPECT_EQ(report_.notes["device_nodes_of_unknown_work"], 1);
  EXPECT_EQ(report_.notes["callers_left_out"], 1);
  EXPECT_EQ(report_.notes["launchers_as_dependencies"], 2);
  // The order of the thread and of the queue, and the launch.
  EXPECT_THAT(nodes[1].data_deps(), IsEmpty());
  EXPECT_THAT(nodes[2].data_deps(), ElementsAre(1));
  EXPECT_THAT(nodes[3].data_deps(), ElementsAre(2));
  EXPECT_THAT(nodes[4].data_deps(), ElementsAre(3, 2));
  EXPECT_THAT(nodes[5].data_deps(), ElementsAre(4));
}

TEST_F(ChakraExportTest, WhereADurationIsNotKnownSharesAreEven) {
  AddProduct(30'000'000);
  AddKernel("gemm", 1, 3'000'000);
  AddKernel("reduce", 1, -1);
  const std::vector<chakra_et::Node> nodes = Nodes();
  EXPECT_EQ(AttributeOf(nodes[2], "num_ops"), "int64_val: 24");
  EXPECT_EQ(AttributeOf(nodes[3], "num_ops"), "int64_val: 24");
  EXPECT_EQ(nodes[3].duration_micros(), 0);
  EXPECT_EQ(report_.notes["nodes_without_duration"], 1);
}

TEST_F(ChakraExportTest, TheKernelOfACollectiveIsTheTransfer) {
  AddAllReduce(9'000'000);
  AddKernel("ncclDevKernel_AllReduce", 1, 3'000'000);
  const std::vector<chakra_et::Node> nodes = Nodes();
  EXPECT_EQ(nodes[1].type(), chakra_et::NODE_TYPE_COMP);
  EXPECT_EQ(AttributeOf(nodes[1], "is_cpu_op"), "bool_val: true");
  EXPECT_EQ(AttributeOf(nodes[1], "comm_size"), "");
  EXPECT_EQ(nodes[2].type(), chakra_et::NODE_TYPE_COMM_COLL);
  // ASTRA-sim refuses transfers of the host.
  EXPECT_EQ(AttributeOf(nodes[2], "is_cpu_op"), "bool_val: false");
  EXPECT_EQ(AttributeOf(nodes[2], "comm_size"), "int64_val: 32");
  EXPECT_EQ(AttributeOf(nodes[2], "pg_name"), "string_val: \"0\"");
}

TEST_F(ChakraExportTest, WhatTheTraceSaysOfDependenciesIsKept) {
  AddProduct(1'000'000);
  v1::Operator& second = AddProduct(1'000'000);
  second.add_data_dep_ids(3);
  second.add_data_dep_ids(99);
  second.add_control_dep_ids(1);
  AddProduct(1'000'000);
  const std::vector<chakra_et::Node> nodes = Nodes();
  EXPECT_THAT(nodes[1].data_deps(), IsEmpty());
  EXPECT_THAT(nodes[2].data_deps(), ElementsAre(3));
  EXPECT_THAT(nodes[2].ctrl_deps(), ElementsAre(1));
  EXPECT_THAT(nodes[3].data_deps(), IsEmpty());
  EXPECT_EQ(report_.notes["dependencies_on_absent_operators"], 1);
  EXPECT_EQ(report_.notes.count("order_for_dependencies"), 0);
}

// Nothing depends on what comes later, so that order cannot close a circle.
TEST_F(ChakraExportTest, NodesWithoutDependenciesWaitInOrder) {
  AddProduct(1'000'000);
  AddProduct(1'000'000);
  AddProduct(1'000'000).add_data_dep_ids(1);
  AddKernel("gemm", 3, 1'000'000);
  v1::Operator& joined = AddKernel("gemm", 3, 1'000'000);
  joined.add_data_dep_ids(1);
  AddKernel("gemm", 0, 1'000'000);
  const std::vector<chakra_et::Node> nodes = Nodes();
  EXPECT_THAT(nodes[1].data_deps(), IsEmpty());
  EXPECT_THAT(nodes[2].data_deps(), ElementsAre(1));
  EXPECT_THAT(nodes[3].data_deps(), ElementsAre(1));
  EXPECT_THAT(nodes[4].data_deps(), ElementsAre(3));
  EXPECT_THAT(nodes[5].data_deps(), ElementsAre(1, 3));
  EXPECT_THAT(nodes[6].data_deps(), ElementsAre(5));
  EXPECT_EQ(report_.notes["order_for_dependencies"], 2);
}

TEST_F(ChakraExportTest, AnOperatorOfTheDeviceThatHoldsOthersTakesNoTimeItself) {
  // Instructions of a device: a loop of two, of which one launched kernels, and an instruction alone.
  const auto instruction = [this](const std::string& name, int64_t duration_ps, uint64_t parent) {
    v1::Operator& op = Add(v1::OPERATOR_KIND_HOST_OP, name, duration_ps);
    op.set_device(0);
    if (parent != 0) op.set_parent_id(parent);
  };
  instruction("hlo::while", 90'000'000, 0);
  instruction("hlo::fusion", 30'000'000, 1);
  instruction("hlo::dot", 50'000'000, 1);
  AddKernel("a", 3, 20'000'000).set_device(0);
  AddKernel("b", 3, 25'000'000).set_device(0);
  instruction("hlo::custom-call", 7'000'000, 0);
  const std::vector<chakra_et::Node> nodes = Nodes();
  uint64_t device_us = 0;
  for (const chakra_et::Node& node : nodes) {
    if (AttributeOf(node, "is_cpu_op") == "bool_val: false") device_us += node.duration_micros();
  }
  EXPECT_EQ(device_us, 30 + 20 + 25 + 7);
  for (const int holder : {1, 3}) {
    EXPECT_EQ(nodes[holder].type(), chakra_et::NODE_TYPE_METADATA);
    EXPECT_EQ(AttributeOf(nodes[holder], "sandglass_kind"), "string_val: \"host_op\"");
  }
  EXPECT_EQ(report_.notes["operators_within_the_time_of_others"], 2);
}

// A run on a CPU: the product is the device's, with all of its time, and what it called is within that.
TEST_F(ChakraExportTest, WhatAComputationOfTheDeviceCalledIsPartOfIt) {
  AddProduct(9'000'000).set_self_ps(4'000'000);
  v1::Operator& part = Add(v1::OPERATOR_KIND_HOST_OP, "aten::resolve_conj", 5'000'000);
  part.set_thread(0);
  part.set_parent_id(1);
  part.set_self_ps(5'000'000);
  AddProduct(1'000'000);
  const std::vector<chakra_et::Node> nodes = Nodes();
  EXPECT_EQ(nodes[1].duration_micros(), 9);
  EXPECT_EQ(nodes[2].type(), chakra_et::NODE_TYPE_METADATA);
  EXPECT_EQ(nodes[2].duration_micros(), 0);
  EXPECT_THAT(nodes[3].data_deps(), ElementsAre(1));
}

// ASTRA-sim divides by the number of operations.
TEST_F(ChakraExportTest, WhatOnlyMovesBytesHasOneOperation) {
  v1::Operator& copy = Add(v1::OPERATOR_KIND_HOST_OP, "aten::copy_", 1'000'000);
  AddTensor(*copy.mutable_signature()->mutable_inputs(), {2, 3});
  AddTensor(*copy.mutable_signature()->mutable_inputs(), {2, 3});
  const std::vector<chakra_et::Node> nodes = Nodes();
  EXPECT_EQ(AttributeOf(nodes[1], "num_ops"), "int64_val: 1");
  EXPECT_EQ(AttributeOf(nodes[1], "tensor_size"), "uint64_val: 48");
  EXPECT_EQ(report_.notes["copies_of_one_operation"], 1);
}

TEST_F(ChakraExportTest, TheTransferIsAKernelRatherThanACopyBeforeIt) {
  AddAllReduce(9'000'000);
  Add(v1::OPERATOR_KIND_MEMCPY, "Memcpy DtoD", 1'000'000).set_launcher_id(1);
  AddKernel("ncclDevKernel_AllReduce", 1, 3'000'000);
  AddKernel("cleanup", 1, 1'000'000);
  const std::vector<chakra_et::Node> nodes = Nodes();
  EXPECT_EQ(nodes[2].type(), chakra_et::NODE_TYPE_COMP);
  EXPECT_EQ(nodes[3].type(), chakra_et::NODE_TYPE_COMM_COLL);
  EXPECT_EQ(nodes[4].type(), chakra_et::NODE_TYPE_COMP);
}

TEST_F(ChakraExportTest, WhatIsNotKnownIsNotZero) {
  v1::Operator& send = Add(v1::OPERATOR_KIND_POINT_TO_POINT, "send", -1);
  send.mutable_signature()->mutable_communication()->set_type(v1::Communication::TYPE_SEND);
  v1::Operator& other = Add(v1::OPERATOR_KIND_COLLECTIVE, "scatter", -1);
  other.mutable_signature()->mutable_communication()->set_type(v1::Communication::TYPE_OTHER);
  Add(v1::OPERATOR_KIND_ANNOTATION, "step", 10'000'000);
  v1::Operator& stated = AddKernel("stated", 0, 1'000'000);
  stated.mutable_signature()->mutable_flops_flop()->set_value(5);
  stated.mutable_signature()->mutable_flops_flop()->set_provenance(v1::PROVENANCE_STATED);
  stated.mutable_signature()->mutable_read_bytes()->set_value(6);
  stated.mutable_signature()->mutable_read_bytes()->set_provenance(v1::PROVENANCE_STATED);
  stated.set_occurrences(2);
  const std::vector<chakra_et::Node> nodes = Nodes();
  EXPECT_EQ(nodes[1].type(), chakra_et::NODE_TYPE_COMM_SEND);
  EXPECT_EQ(AttributeOf(nodes[1], "comm_size"), "");
  EXPECT_EQ(AttributeOf(nodes[1], "comm_dst"), "");
  EXPECT_EQ(AttributeOf(nodes[1], "comm_tag"), "int32_val: 0");
  EXPECT_EQ(AttributeOf(nodes[2], "comm_type"), "");
  EXPECT_EQ(nodes[3].type(), chakra_et::NODE_TYPE_METADATA);
  EXPECT_EQ(nodes[3].duration_micros(), 0);
  EXPECT_EQ(AttributeOf(nodes[4], "num_ops"), "int64_val: 10");
  EXPECT_EQ(AttributeOf(nodes[4], "tensor_size"), "uint64_val: 12");
  EXPECT_EQ(report_.notes["transfers_of_unknown_size"], 2);
  EXPECT_EQ(report_.notes["transfers_of_unknown_peer"], 1);
  EXPECT_EQ(report_.notes["collectives_of_unknown_type"], 1);
  EXPECT_EQ(report_.notes["nodes_without_duration"], 2);
  EXPECT_EQ(report_.notes["repeated_operators_as_one_node"], 1);
}

TEST_F(ChakraExportTest, ErrorsOfWritingAreHandedOn) {
  AddProduct(1);
  ColumnBuilder builder;
  builder.Add(operators_[0]);
  v1::OperatorColumns columns = builder.Take();
  v1::TraceManifest manifest;
  manifest.set_operators(1);
  ChakraExport exported(manifest, {columns.new_signatures(0)});
  columns.set_first_signature(static_cast<uint32_t>(columns.new_signatures_size()));
  columns.clear_new_signatures();
  ASSERT_TRUE(exported.Add(columns).ok());
  const auto report =
      std::move(exported).Write([](absl::string_view) { return absl::UnavailableError("the disk is full"); });
  EXPECT_EQ(report.status(), absl::UnavailableError("the disk is full"));
}

}  // namespace
}  // namespace sandglass::chakra_export
