// What collectives and transfers move, worked by hand. An fp32 element is 4 bytes, a bf16 one 2.
#include <gtest/gtest.h>

#include <optional>

#include "absl/strings/match.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/ops/work.h"

namespace sandglass::ops {
namespace {

using trace::Communication;
using trace::TransferType;

constexpr std::nullopt_t kNone = std::nullopt;

trace::Signature Signature(trace::Kind kind, const Communication& communication) {
  trace::Signature signature = Op("record_param_comms").Kind(kind);
  signature.communication = communication;
  return signature;
}

trace::Signature Collective(const Communication& communication) {
  return Signature(trace::Kind::kCollective, communication);
}

struct TransferCase {
  const char* what;
  trace::Kind kind;
  Communication communication;
  double bytes;
  int64_t ranks;
};

constexpr auto kCollective = trace::Kind::kCollective;
constexpr auto kPair = trace::Kind::kPointToPoint;

TEST(TransferWorkTest, BytesAndRanks) {
  const TransferCase cases[] = {
      // 1000 elements of 4 bytes, in and out alike.
      {"all-reduce", kCollective, {TransferType::kAllReduce, 1000, 1000, kF32, 8}, 4000, 8},
      {"all-reduce in bf16", kCollective, {TransferType::kAllReduce, 1000, 1000, kBf16, 8}, 2000, 8},
      // Each of 8 gives 125 and ends with all 1000: the output counts.
      {"all-gather", kCollective, {TransferType::kAllGather, 125, 1000, kF32, 8}, 4000, 8},
      // Each of 8 begins with 1000 and keeps 125: the input counts.
      {"reduce-scatter", kCollective, {TransferType::kReduceScatter, 1000, 125, kF32, 8}, 4000, 8},
      {"all-to-all", kCollective, {TransferType::kAllToAll, 1000, 1000, kF32, 4}, 4000, 4},
      {"broadcast", kCollective, {TransferType::kBroadcast, 1000, 1000, kF32, 4}, 4000, 4},
      {"reduce", kCollective, {TransferType::kReduce, 1000, 1000, kF32, 4}, 4000, 4},
      // One side is enough.
      {"only the output", kCollective, {TransferType::kAllReduce, kNone, 1000, kF32, 8}, 4000, 8},
      {"only the input", kCollective, {TransferType::kAllReduce, 1000, kNone, kF32, 8}, 4000, 8},
      // A share of 125 elements, 8 times.
      {"only what a rank gives to a gather", kCollective, {TransferType::kAllGather, 125, kNone, kF32, 8}, 4000, 8},
      {"only what a rank keeps of a scatter",
       kCollective,
       {TransferType::kReduceScatter, kNone, 125, kF32, 8},
       4000,
       8},
      // 7 booleans of one byte.
      {"booleans", kCollective, {TransferType::kAllReduce, 7, 7, kBool, 2}, 7, 2},
      {"nothing to reduce", kCollective, {TransferType::kAllReduce, 0, 0, kF32, 2}, 0, 2},
      // A barrier moves nothing, and says no type.
      {"barrier", kCollective, {TransferType::kBarrier, kNone, kNone, trace::DataType::kUnspecified, 8}, 0, 8},
      {"barrier with a token", kCollective, {TransferType::kBarrier, 1, 1, kF32, 8}, 0, 8},
      // Two take part, whatever the size of the group.
      {"send", kPair, {TransferType::kSend, 1000, kNone, kF32, 16}, 4000, 2},
      {"receive", kPair, {TransferType::kReceive, kNone, 1000, kF32, kNone}, 4000, 2},
  };
  for (const TransferCase& expected : cases) {
    SCOPED_TRACE(expected.what);
    const trace::Signature signature = Signature(expected.kind, expected.communication);
    EXPECT_EQ(Classify(signature).role, Role::kWork);
    const absl::StatusOr<Work> work = WorkOf(signature);
    ASSERT_TRUE(work.ok()) << work.status();
    EXPECT_EQ(work->op_class, expected.kind == kPair ? OpClass::kPointToPoint : OpClass::kCollective);
    ASSERT_TRUE(work->transfer.has_value());
    EXPECT_EQ(work->transfer->type, expected.communication.type);
    EXPECT_DOUBLE_EQ(work->transfer->bytes.value(), expected.bytes);
    EXPECT_EQ(work->transfer->ranks, expected.ranks);
    // All of it goes over links; nothing is charged to the devices themselves.
    EXPECT_EQ((work->matrix + work->vector).value(), 0);
    EXPECT_EQ((work->read + work->written).value(), 0);
  }
}

TEST(TransferWorkTest, WithoutARecordNothingIsKnown) {
  for (const trace::Kind kind : {kCollective, kPair}) {
    const absl::StatusOr<Work> work = WorkOf(Op("record_param_comms").Kind(kind));
    EXPECT_EQ(work.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(work.status().message(), "communication: what it moves")) << work.status();
  }
}

struct MissingCase {
  Communication communication;
  const char* field;
};

TEST(TransferWorkTest, WhatIsMissingIsNamed) {
  const MissingCase cases[] = {
      {{TransferType::kUnspecified, 1000, 1000, kF32, 8}, "communication.type"},
      {{TransferType::kOther, 1000, 1000, kF32, 8}, "communication.type"},
      {{TransferType::kAllReduce, 1000, 1000, kF32, kNone}, "communication.process_group"},
      {{TransferType::kBarrier, kNone, kNone, kF32, kNone}, "communication.process_group"},
      {{TransferType::kAllReduce, 1000, 1000, trace::DataType::kUnspecified, 8}, "communication.dtype"},
      {{TransferType::kAllReduce, kNone, kNone, kF32, 8}, "input_elements"},
  };
  for (const MissingCase& expected : cases) {
    SCOPED_TRACE(expected.field);
    const absl::StatusOr<Work> work = WorkOf(Collective(expected.communication));
    EXPECT_EQ(work.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(work.status().message(), expected.field)) << work.status();
  }
}

// An all-reduce is a reduce-scatter and an all-gather of the same buffer, which one group of ranks shares.
TEST(TransferWorkTest, AllReduceIsAboutWhatItsHalvesAreAbout) {
  const Bytes whole = WorkOf(Collective({TransferType::kAllReduce, 4096, 4096, kBf16, 8}))->transfer->bytes;
  const Bytes scatter = WorkOf(Collective({TransferType::kReduceScatter, 4096, 512, kBf16, 8}))->transfer->bytes;
  const Bytes gather = WorkOf(Collective({TransferType::kAllGather, 512, 4096, kBf16, 8}))->transfer->bytes;
  EXPECT_EQ(whole, scatter);
  EXPECT_EQ(whole, gather);
}

}  // namespace
}  // namespace sandglass::ops
