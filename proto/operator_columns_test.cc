#include "proto/operator_columns.h"

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace sandglass {
namespace {

using google::protobuf::util::MessageDifferencer;

v1::Operator FullOperator(uint64_t id, const std::string& name) {
  v1::Operator op;
  op.set_id(id);
  op.set_parent_id(7);
  op.add_data_dep_ids(std::numeric_limits<uint64_t>::max());
  op.add_data_dep_ids(1);
  op.add_control_dep_ids(3);
  op.set_forward_id(0);
  op.mutable_signature()->set_kind(v1::OPERATOR_KIND_HOST_OP);
  op.mutable_signature()->set_name(name);
  op.set_start_ns(std::numeric_limits<int64_t>::min());
  op.set_duration_ps(std::numeric_limits<int64_t>::max());
  op.set_self_ps(0);
  op.set_thread(std::numeric_limits<uint32_t>::max());
  op.set_device(0);
  op.set_queue(5);
  op.set_sequence_number(-1);
  op.set_launcher_id(std::numeric_limits<uint64_t>::max());
  op.set_link_method(v1::LINK_METHOD_CONTAINMENT);
  op.set_communication_sequence(9);
  op.add_storage_ids(0);
  op.add_storage_ids(11);
  op.set_energy_pj(1);
  op.set_energy_provenance(v1::PROVENANCE_MEASURED);
  op.set_energy_window_ns(100000000);
  op.set_occurrences(1);
  op.set_graph_id(0);
  op.set_graph_node(0);
  return op;
}

v1::Operator BareOperator(uint64_t id, const std::string& name) {
  v1::Operator op;
  op.set_id(id);
  op.mutable_signature()->set_name(name);
  return op;
}

// Clears each field with probability one half, so that presence has runs of every kind.
v1::Operator RandomOperator(std::mt19937_64& random, uint64_t id) {
  v1::Operator op = FullOperator(id, "op" + std::to_string(random() % 5));
  const google::protobuf::Descriptor* descriptor = op.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->name() == "id" || field->name() == "signature") continue;
    if (random() % 2 == 0) op.GetReflection()->ClearField(&op, field);
  }
  if (op.has_start_ns()) op.set_start_ns(static_cast<int64_t>(random()));
  return op;
}

std::vector<v1::Operator> RoundTrip(const std::vector<v1::Operator>& in, size_t per_message) {
  ColumnBuilder builder;
  std::vector<v1::OpSignature> signatures;
  std::vector<v1::Operator> out;
  for (size_t i = 0; i < in.size(); ++i) {
    builder.Add(in[i]);
    if (builder.rows() < per_message && i + 1 < in.size()) continue;
    v1::OperatorColumns columns;
    EXPECT_TRUE(columns.ParseFromString(builder.Take().SerializeAsString()));
    EXPECT_EQ(columns.first_signature(), signatures.size());
    absl::StatusOr<v1::OperatorRows> rows = RowsOf(columns, signatures);
    EXPECT_TRUE(rows.ok()) << rows.status();
    if (!rows.ok()) return out;
    signatures.insert(signatures.end(), columns.new_signatures().begin(), columns.new_signatures().end());
    out.insert(out.end(), rows->operators().begin(), rows->operators().end());
  }
  return out;
}

TEST(OperatorColumns, RowsComeBackExactly) {
  std::mt19937_64 random(20261123);
  std::vector<v1::Operator> in = {BareOperator(1, "a"), FullOperator(2, "b"), BareOperator(3, "a")};
  for (uint64_t id = 4; id < 500; ++id) in.push_back(RandomOperator(random, id));
  for (size_t per_message : {1, 2, 7, 1000}) {
    const std::vector<v1::Operator> out = RoundTrip(in, per_message);
    ASSERT_EQ(out.size(), in.size());
    for (size_t i = 0; i < in.size(); ++i) {
      EXPECT_TRUE(MessageDifferencer::Equals(in[i], out[i])) << in[i].DebugString() << out[i].DebugString();
    }
  }
}

// Every field of Operator but the signature has a column of its name; a field added to the schema must not be lost.
TEST(OperatorColumns, EveryFieldHasAColumn) {
  const auto* op = v1::Operator::descriptor();
  const auto* columns = v1::OperatorColumns::descriptor();
  for (int i = 0; i < op->field_count(); ++i) {
    EXPECT_NE(columns->FindFieldByName(op->field(i)->name()), nullptr) << op->field(i)->name();
  }
  EXPECT_EQ(static_cast<size_t>(op->field_count()), kRowFields + kRowLists + 1);
}

TEST(OperatorColumns, AllOrNonePresentTakesNoRuns) {
  ColumnBuilder builder;
  builder.Add(BareOperator(10, "a"));
  builder.Add(BareOperator(12, "a"));
  const v1::OperatorColumns columns = builder.Take();
  EXPECT_EQ(columns.rows(), 2u);
  EXPECT_EQ(columns.id().presence_runs_size(), 0);
  EXPECT_EQ(columns.id().deltas(0), 10);
  EXPECT_EQ(columns.id().deltas(1), 2);
  EXPECT_FALSE(columns.has_parent_id());
  EXPECT_FALSE(columns.has_storage_ids());
  EXPECT_EQ(columns.new_signatures_size(), 1);
}

TEST(OperatorColumns, PrimedBuilderKnowsItsSignatures) {
  const std::vector<v1::OpSignature> known = {BareOperator(1, "a").signature(), BareOperator(1, "b").signature()};
  ColumnBuilder builder(known);
  builder.Add(BareOperator(1, "b"));
  builder.Add(BareOperator(2, "c"));
  const v1::OperatorColumns columns = builder.Take();
  EXPECT_EQ(columns.first_signature(), 2u);
  EXPECT_EQ(columns.signature(0), 1u);
  EXPECT_EQ(columns.signature(1), 2u);
  ASSERT_EQ(columns.new_signatures_size(), 1);
  EXPECT_EQ(columns.new_signatures(0).name(), "c");
  EXPECT_FALSE(RowsOf(columns, {}).ok());
}

// Each entry breaks a sound message of two rows in one way.
struct BadCase {
  const char* name;
  void (*spoil)(v1::OperatorColumns&);
  const char* message;
};

class BadColumns : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadColumns, AreRefusedByName) {
  ColumnBuilder builder;
  builder.Add(FullOperator(1, "a"));
  builder.Add(BareOperator(2, "b"));
  v1::OperatorColumns columns = builder.Take();
  ASSERT_TRUE(RowReader::Create(columns).ok());
  GetParam().spoil(columns);
  const absl::Status status = RowReader::Create(columns).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), GetParam().message);
}

constexpr uint32_t kMax32 = std::numeric_limits<uint32_t>::max();

INSTANTIATE_TEST_SUITE_P(
    Table, BadColumns,
    ::testing::Values(
        BadCase{"RowsWithoutSignatures", [](v1::OperatorColumns& c) { c.set_rows(kMax32); },
                "operators.signature: has 2 values for 4294967295 rows"},
        BadCase{"UnknownSignature", [](v1::OperatorColumns& c) { c.set_signature(1, 2); },
                "operators.signature: row 1 has signature 2 of 2"},
        BadCase{"TooFewValues", [](v1::OperatorColumns& c) { c.mutable_id()->mutable_deltas()->RemoveLast(); },
                "operators.id: has 1 values for 2 rows and no presence_runs"},
        BadCase{"RunsTooShort", [](v1::OperatorColumns& c) { c.mutable_queue()->set_presence_runs(1, 0); },
                "operators.queue: presence_runs[1] is 0"},
        BadCase{"RunsTooLong", [](v1::OperatorColumns& c) { c.mutable_queue()->set_presence_runs(1, kMax32); },
                "operators.queue: presence_runs cover 4294967296 rows of 2"},
        BadCase{"RunsWithoutValues", [](v1::OperatorColumns& c) { c.mutable_queue()->clear_deltas(); },
                "operators.queue: presence_runs say 1 values, deltas has 0"},
        BadCase{"TooWide", [](v1::OperatorColumns& c) { c.mutable_thread()->set_deltas(0, int64_t{1} << 32); },
                "operators.thread: value 4294967296 does not fit in 32 bits"},
        BadCase{"NegativeInUnsigned", [](v1::OperatorColumns& c) { c.mutable_device()->set_deltas(0, -1); },
                "operators.device: value 18446744073709551615 does not fit in 32 bits"},
        BadCase{"EnumTooWide", [](v1::OperatorColumns& c) { c.mutable_link_method()->set_deltas(0, int64_t{1} << 31); },
                "operators.link_method: value 2147483648 does not fit in 32 bits"},
        BadCase{"LengthsMissing",
                [](v1::OperatorColumns& c) { c.mutable_storage_ids()->mutable_lengths()->RemoveLast(); },
                "operators.storage_ids: has 1 lengths for 2 rows"},
        BadCase{"LengthsTooLong", [](v1::OperatorColumns& c) { c.mutable_data_dep_ids()->set_lengths(0, kMax32); },
                "operators.data_dep_ids: lengths sum to 4294967295, deltas has 2"},
        BadCase{"ListsWithoutLengths", [](v1::OperatorColumns& c) { c.mutable_control_dep_ids()->clear_lengths(); },
                "operators.control_dep_ids: lengths sum to 0, deltas has 1"}),
    [](const auto& info) { return std::string(info.param.name); });

// 2^64 - 1 then 0: the delta is 1 modulo 2^64.
TEST(OperatorColumns, DeltasWrapAround) {
  ColumnBuilder builder;
  builder.Add(BareOperator(std::numeric_limits<uint64_t>::max(), "a"));
  builder.Add(BareOperator(0, "a"));
  const v1::OperatorColumns columns = builder.Take();
  EXPECT_EQ(columns.id().deltas(0), -1);
  EXPECT_EQ(columns.id().deltas(1), 1);
  std::vector<uint64_t> ids;
  ASSERT_TRUE(ForEachRow(columns, [&](const OperatorRow& row) {
                ids.push_back(row.Unsigned(RowField::kId));
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(ids, (std::vector<uint64_t>{std::numeric_limits<uint64_t>::max(), 0}));
}

TEST(OperatorColumns, NoRows) {
  ColumnBuilder builder;
  const v1::OperatorColumns columns = builder.Take();
  EXPECT_EQ(columns.ByteSizeLong(), 0u);
  absl::StatusOr<v1::OperatorRows> rows = RowsOf(columns, {});
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->operators_size(), 0);
}

TEST(OperatorColumns, ApproximateBytesIsNear) {
  std::mt19937_64 random(1);
  ColumnBuilder builder;
  for (uint64_t id = 1; id < 2000; ++id) builder.Add(RandomOperator(random, id));
  const size_t approximate = builder.ApproximateBytes();
  const size_t exact = builder.Take().ByteSizeLong();
  EXPECT_GT(approximate, exact / 2);
  EXPECT_LT(approximate, exact * 2);
}

// Whatever is added to Operator must be added to RawOperator, or a store would lose it.
TEST(RawOperatorTest, HasTheFieldsOfOperator) {
  const google::protobuf::Descriptor& op = *v1::Operator::descriptor();
  const google::protobuf::Descriptor& raw = *v1::RawOperator::descriptor();
  ASSERT_EQ(raw.field_count(), op.field_count());
  for (int i = 0; i < op.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *op.field(i);
    const google::protobuf::FieldDescriptor* twin = raw.FindFieldByNumber(field.number());
    ASSERT_NE(twin, nullptr) << field.name();
    EXPECT_EQ(twin->name(), field.name());
    if (field.name() == "signature") continue;
    EXPECT_EQ(twin->type(), field.type()) << field.name();
    EXPECT_EQ(twin->label(), field.label()) << field.name();
    EXPECT_EQ(twin->has_presence(), field.has_presence()) << field.name();
    EXPECT_EQ(twin->enum_type(), field.enum_type()) << field.name();
  }
}

TEST(SignatureInternerTest, FindsByBytes) {
  v1::OpSignature signature;
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  signature.set_name("aten::mm");
  SignatureInterner interner;
  EXPECT_FALSE(interner.Find(signature.SerializeAsString()).has_value());
  interner.Intern(v1::OpSignature());
  EXPECT_EQ(interner.Intern(signature).number, 1u);
  EXPECT_EQ(interner.Find(signature.SerializeAsString()), std::optional<uint32_t>(1));
  EXPECT_EQ(interner.Find(""), std::optional<uint32_t>(0));
}

}  // namespace
}  // namespace sandglass
