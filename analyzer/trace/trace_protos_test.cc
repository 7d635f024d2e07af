#include "analyzer/trace/trace_protos.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace sandglass::trace {
namespace {

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

v1::TraceManifest Manifest(int operators) {
  v1::TraceManifest manifest = Parse<v1::TraceManifest>(R"pb(
    trace_id: "01HF"
    header {
      name: "toy"
      model: "toy d=8"
      phase: PHASE_DECODE
      run_mode: RUN_MODE_SHAPES_ONLY
      memory { parameter_bytes: 100 cache_bytes: 0 }
      devices { raw_name: "RX" silicon_class: "rx" asserted_by: "user" }
      devices {}
    }
    summary {
      work_done { unit: WORK_UNIT_TOKEN count: 16 }
      work_done { unit: WORK_UNIT_STEP count: 1 }
      completeness {
        dropped_operators: 3
        truncated: true
        rejected { count: 4 }
        rejected { count: 5 }
      }
      window { end_ns: 99 }
    }
    content_digest: "\001\377")pb");
  manifest.set_operators(static_cast<uint64_t>(operators));
  return manifest;
}

v1::Operator Row(uint64_t id, const std::string& name) {
  v1::Operator op;
  op.set_id(id);
  op.mutable_signature()->set_name(name);
  op.mutable_signature()->set_kind(v1::OPERATOR_KIND_HOST_OP);
  return op;
}

// Decodes rows sent as blocks of `block` rows.
absl::StatusOr<Trace> Decode(const std::vector<v1::Operator>& rows, size_t block, int declared) {
  TraceDecoder decoder(Manifest(declared), {});
  ColumnBuilder builder;
  for (size_t i = 0; i < rows.size(); ++i) {
    builder.Add(rows[i]);
    if (builder.rows() < block && i + 1 < rows.size()) continue;
    if (const absl::Status status = decoder.Add(builder.Take()); !status.ok()) return status;
  }
  return std::move(decoder).Finish();
}

TEST(TraceDecoderTest, HeaderAndSummary) {
  const absl::StatusOr<Trace> trace = Decode({}, 1, 0);
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->id, "01HF");
  EXPECT_EQ(trace->name, "toy");
  EXPECT_EQ(trace->model, "toy d=8");
  EXPECT_EQ(trace->content_digest_hex, "01ff");
  EXPECT_EQ(trace->phase, Phase::kDecode);
  EXPECT_TRUE(trace->shapes_only);
  EXPECT_EQ(trace->declared_parameter_bytes, 100);
  EXPECT_EQ(trace->declared_optimizer_bytes, std::nullopt);
  EXPECT_EQ(trace->declared_cache_bytes, 0);
  ASSERT_EQ(trace->devices.size(), 2u);
  EXPECT_EQ(trace->devices[0].raw_name, "RX");
  EXPECT_EQ(trace->devices[0].silicon_class, "rx");
  EXPECT_EQ(trace->devices[0].asserted_by, "user");
  ASSERT_EQ(trace->work_done.size(), 2u);
  EXPECT_EQ(trace->work_done[0].unit, WorkUnit::kToken);
  EXPECT_EQ(trace->work_done[0].count, 16);
  EXPECT_EQ(trace->window_start_ns, std::nullopt);
  EXPECT_EQ(trace->window_end_ns, 99);
  EXPECT_EQ(trace->dropped_operators, 3u);
  EXPECT_TRUE(trace->truncated);
  EXPECT_EQ(trace->rejected_operators, 9u);  // 4 + 5
}

TEST(SignatureFromProtoTest, EveryFieldArrives) {
  const Signature signature = SignatureFromProto(Parse<v1::OpSignature>(R"pb(
    kind: OPERATOR_KIND_MD_PHASE
    name: "md::bonded"
    op_schema: "md::bonded(Tensor x) -> Tensor"
    op_class: "md_bonded"
    inputs {
      dtype: DATA_TYPE_BFLOAT16
      dims: [ 2, 3 ]
      strides: [ 3, 1 ]
      shape_source: SHAPE_SOURCE_RECORDED
      storage_bytes: 12
      position: 1
      in_list: true
      is_parameter: true
    }
    inputs { dtype: DATA_TYPE_FLOAT32 }
    outputs { dtype: DATA_TYPE_INT64 shape_source: SHAPE_SOURCE_INFERRED }
    outputs_recorded: true
    attributes { position: 2 name: "atoms" integer: 7 }
    attributes { position: 3 real: 0.5 }
    attributes { position: 4 boolean: true }
    attributes { position: 5 text: "mean" }
    attributes {
      position: 6
      integers { values: [ 1, -1 ] }
    }
    attributes { position: 7 name: "bias" }
    flops_flop { value: 10 }
    read_bytes { value: 0 })pb"));
  EXPECT_EQ(signature.kind, Kind::kMdPhase);
  EXPECT_EQ(signature.name, "md::bonded");
  EXPECT_EQ(signature.op_schema, "md::bonded(Tensor x) -> Tensor");
  EXPECT_EQ(signature.op_class, "md_bonded");
  ASSERT_EQ(signature.inputs.size(), 2u);
  EXPECT_EQ(signature.inputs[0].dtype, DataType::kBfloat16);
  EXPECT_EQ(signature.inputs[0].dims, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(signature.inputs[0].strides, (std::vector<int64_t>{3, 1}));
  EXPECT_TRUE(signature.inputs[0].shape_known);
  EXPECT_EQ(signature.inputs[0].storage_bytes, 12);
  EXPECT_EQ(signature.inputs[0].position, 1u);
  EXPECT_TRUE(signature.inputs[0].in_list);
  EXPECT_TRUE(signature.inputs[0].is_parameter);
  // Neither a shape nor a size of storage was recorded: unknown, which is neither scalar nor zero.
  EXPECT_FALSE(signature.inputs[1].shape_known);
  EXPECT_EQ(signature.inputs[1].storage_bytes, std::nullopt);
  ASSERT_EQ(signature.outputs.size(), 1u);
  EXPECT_TRUE(signature.outputs[0].shape_known);
  EXPECT_TRUE(signature.outputs_recorded);
  ASSERT_EQ(signature.attributes.size(), 6u);
  EXPECT_EQ(signature.attributes[0].name, "atoms");
  EXPECT_EQ(std::get<int64_t>(signature.attributes[0].value), 7);
  EXPECT_EQ(std::get<double>(signature.attributes[1].value), 0.5);
  EXPECT_EQ(std::get<bool>(signature.attributes[2].value), true);
  EXPECT_EQ(std::get<std::string>(signature.attributes[3].value), "mean");
  EXPECT_EQ(std::get<std::vector<int64_t>>(signature.attributes[4].value), (std::vector<int64_t>{1, -1}));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(signature.attributes[5].value));
  EXPECT_EQ(signature.stated_flop, 10);
  EXPECT_EQ(signature.stated_read_bytes, 0);
  EXPECT_EQ(signature.stated_written_bytes, std::nullopt);
}

TEST(TraceDecoderTest, OperatorsKeepPresenceAndStorages) {
  v1::Operator first = Row(5, "aten::mm");
  first.set_start_ns(-3);
  first.set_duration_ps(0);
  first.add_storage_ids(11);
  first.add_storage_ids(12);
  v1::Operator second = Row(6, "aten::add");
  second.set_self_ps(4);
  second.set_thread(0);
  second.set_occurrences(500);
  second.add_storage_ids(13);
  for (const size_t block : {1u, 2u}) {
    const absl::StatusOr<Trace> trace = Decode({first, second}, block, 2);
    ASSERT_TRUE(trace.ok()) << trace.status();
    ASSERT_EQ(trace->operators.size(), 2u);
    const Operator& a = trace->operators[0];
    EXPECT_EQ(a.id, 5u);
    EXPECT_EQ(a.start_ns, -3);
    EXPECT_EQ(a.duration_ps, 0);
    EXPECT_EQ(a.self_ps, std::nullopt);
    EXPECT_EQ(a.thread, std::nullopt);
    EXPECT_EQ(a.occurrences, 1u);
    EXPECT_EQ(a.first_storage, 0u);
    EXPECT_EQ(a.storage_count, 2u);
    const Operator& b = trace->operators[1];
    EXPECT_EQ(b.start_ns, std::nullopt);
    EXPECT_EQ(b.self_ps, 4);
    EXPECT_EQ(b.thread, 0u);
    EXPECT_EQ(b.occurrences, 500u);
    EXPECT_EQ(b.first_storage, 2u);
    EXPECT_EQ(b.storage_count, 1u);
    EXPECT_EQ(trace->storages, (std::vector<uint64_t>{11, 12, 13}));
    EXPECT_EQ(trace->signatures[b.signature].name, "aten::add");
  }
}

TEST(TraceDecoderTest, ParentsAndLaunchersBecomeIndicesWhereverTheyStand) {
  v1::Operator child = Row(7, "child");
  child.set_parent_id(9);
  v1::Operator orphan = Row(8, "orphan");
  orphan.set_parent_id(1000);
  v1::Operator early = Row(10, "early orphan");
  early.set_parent_id(2);
  early.set_launcher_id(9);
  const v1::Operator parent = Row(9, "parent");
  // Increasing ids, the parent last; and the same rows out of order.
  for (const std::vector<v1::Operator>& rows : {std::vector<v1::Operator>{child, orphan, parent, early},
                                                std::vector<v1::Operator>{parent, orphan, early, child}}) {
    const absl::StatusOr<Trace> trace = Decode(rows, 2, 4);
    ASSERT_TRUE(trace.ok()) << trace.status();
    for (const Operator& op : trace->operators) {
      if (op.id != 7) {
        EXPECT_EQ(op.parent, Operator::kNoParent);
      } else {
        ASSERT_LT(op.parent, 4u);
        EXPECT_EQ(trace->operators[op.parent].id, 9u);
      }
      if (op.id != 10) {
        EXPECT_EQ(op.launcher, Operator::kNoParent);
      } else {
        ASSERT_LT(op.launcher, 4u);
        EXPECT_EQ(trace->operators[op.launcher].id, 9u);
      }
    }
  }
}

void ExpectDataLoss(const absl::Status& status, const std::string& text) {
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "trace 01HF")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), text)) << status;
}

TEST(TraceDecoderTest, DamageIsNamed) {
  ExpectDataLoss(Decode({Row(1, "a")}, 1, 2).status(), "1 operators read, but its manifest says 2");

  v1::Operator self = Row(1, "a");
  self.set_parent_id(1);
  ExpectDataLoss(Decode({self}, 1, 1).status(), "operator 0: its parents form a circle");

  v1::Operator one = Row(1, "a");
  one.set_parent_id(2);
  v1::Operator two = Row(2, "a");
  two.set_parent_id(1);
  ExpectDataLoss(Decode({Row(3, "b"), one, two}, 3, 3).status(), "its parents form a circle");

  ExpectDataLoss(Decode({Row(2, "a"), Row(1, "a"), Row(2, "a")}, 3, 3).status(), "operator 2: id 2 occurs twice");

  TraceDecoder decoder(Manifest(1), {});
  ExpectDataLoss(decoder.Add(Parse<v1::OperatorColumns>(R"pb(
    rows: 1
    first_signature: 5
    signature: 4
    id { deltas: 1 })pb")),
                 "signature 4 of 0");

  TraceDecoder gap(Manifest(1), {});
  ExpectDataLoss(gap.Add(Parse<v1::OperatorColumns>(R"pb(
    rows: 1
    first_signature: 5
    new_signatures { name: "a" }
    signature: 5
    id { deltas: 1 })pb")),
                 "first_signature is 5, but the trace has 0 signatures");

  TraceDecoder torn(Manifest(2), {});
  ExpectDataLoss(torn.Add(Parse<v1::OperatorColumns>(R"pb(
    rows: 2
    new_signatures { name: "a" }
    signature: [ 0, 0 ]
    id { deltas: 1 })pb")),
                 "id");
}

}  // namespace
}  // namespace sandglass::trace
