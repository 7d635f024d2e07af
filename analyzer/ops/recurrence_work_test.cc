// Recurrences in chunks and causal convolutions, worked by hand. An fp32 element is 4 bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "analyzer/ops/work_case.h"

namespace sandglass::ops {
namespace {

using ::testing::HasSubstr;

// Queries and keys [1, length, 1, 2], values [1, length, 2, 4], decays and factors of both heads.
Op DeltaRule(const char* name, int64_t length) {
  Op op(name);
  op.In(kF32, {1, length, 1, 2}).In(kF32, {1, length, 1, 2}).In(kF32, {1, length, 2, 4});
  return op.In(kF32, {1, length, 2}).In(kF32, {1, length, 2});
}

// x [1, 4, 2, 3], dt, A, B and C [1, 4, 1, 2], in chunks of 2.
Op StateSpace() {
  Op op("MambaChunkScanCombinedFn");
  op.In(kF32, {1, 4, 2, 3}).In(kF32, {1, 4, 2}).In(kF32, {2}).In(kF32, {1, 4, 1, 2}).In(kF32, {1, 4, 1, 2});
  return op.Int("chunk_size", 2);
}

TEST(RecurrenceWorkTest, ChunksByTheDeltaRule) {
  // A chunk of 3 for each of 2 heads: 9·(6·2 + 4·4) + 6·3·2·4 + 27/3 = 405 FLOP, as [3, 17]·[17, 4] 408. Vector: 9·9 +
  // 8 + 3·(6 + 8 + 2) = 137. Operands: 6 + 6 + 24 + 6 + 6 = 48 elements. Between kernels: 9 scores, and 9 + 3·(2 + 8)
  // + 8 elements; keys three times more: 18.
  Op with_states = DeltaRule("ChunkGatedDeltaRuleFunction", 3);
  with_states.Real("scale", 1).In(kF32, {1, 2, 2, 4});
  Op with_final_states = DeltaRule("ChunkGatedDeltaRuleFunction", 3);
  with_final_states.Real("scale", 1).None().Flag("output_final_state", true);
  ExpectWork({
      {"chunk", DeltaRule("ChunkGatedDeltaRuleFunction", 3), OpClass::kSelectiveScan, 816, 274,
       2.0 * 4 * (9 + 47 + 18) + 192, 2.0 * 4 * (9 + 47) + 96},
      // 16 elements of states more, in and out.
      {"with states", with_states, OpClass::kSelectiveScan, 816, 274, 784 + 64, 544 + 64},
      {"with final states", with_final_states, OpClass::kSelectiveScan, 816, 274, 784, 544 + 64},
  });
  const absl::StatusOr<Work> work = WorkOf(DeltaRule("ChunkGatedDeltaRuleFunction", 130));
  ASSERT_TRUE(work.ok() && work->recurrence.has_value() && work->loop.has_value());
  EXPECT_EQ(work->recurrence->heads, 2);
  EXPECT_EQ(work->recurrence->chunks, 3);
  EXPECT_EQ(work->recurrence->chunk, 64);
  EXPECT_EQ(work->recurrence->passes, 5);
  EXPECT_EQ(work->kernels, 5);
  EXPECT_EQ(work->problem->batch, 6);
  // 63 rows of 6 operators are 21 turns of 18.
  EXPECT_EQ(work->loop->steps, 3 + 21);
}

// 4 sequences of 100 positions each lie one after the other, and their ends in a list of 5.
TEST(RecurrenceWorkTest, PackedSequencesAreTakenApart) {
  const auto packed = [](const char* name, int64_t positions) {
    Op op = DeltaRule(name, positions);
    op.Real("scale", 1).None().None().In(kI64, {5});
    return WorkOf(op);
  };
  const absl::StatusOr<Work> chunks = packed("ChunkGatedDeltaRuleFunction", 400);
  ASSERT_TRUE(chunks.ok() && chunks->recurrence.has_value()) << chunks.status();
  EXPECT_EQ(chunks->recurrence->heads, 4 * 2);
  EXPECT_EQ(chunks->recurrence->chunks, 2);
  // Decoding: one position of each.
  const absl::StatusOr<Work> steps = packed("FusedRecurrentFunction", 4);
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_EQ(steps->thread_turns, 4 * 2 * 4);
  EXPECT_EQ(steps->loop->steps, 1);
  Op state_space = StateSpace();
  state_space.In(kF32, {2}).None().None().None().None().In(kI64, {3});
  EXPECT_EQ(WorkOf(state_space)->recurrence->heads, 2 * 2);
  EXPECT_EQ(WorkOf(state_space)->recurrence->chunks, 1);
}

TEST(RecurrenceWorkTest, StepsByTheDeltaRule) {
  // 3 steps of 2 heads: 7·8 + 2·4 + 8 = 72 each. Of a pool of 5 slots, 2 states of 8 are read and written.
  Op with_states = DeltaRule("FusedRecurrentFunction", 3);
  with_states.Real("scale", 1).In(kF32, {5, 2, 2, 4});
  ExpectWork({
      {"steps", DeltaRule("FusedRecurrentFunction", 3), OpClass::kSelectiveScan, 0, 432, 192, 96},
      {"with states", with_states, OpClass::kSelectiveScan, 0, 432, 192 + 64, 96 + 64},
  });
  const absl::StatusOr<Work> work = WorkOf(with_states);
  ASSERT_TRUE(work.ok() && work->loop.has_value());
  EXPECT_EQ(work->loop->steps, 3);
  EXPECT_EQ(work->thread_turns, 2 * 4);
  EXPECT_FALSE(work->recurrence.has_value());
}

TEST(RecurrenceWorkTest, ChunksOfStateSpaces) {
  // 2 chunks of each of 2 heads, which share a group: 2·4·(2/2 + 3) + 4·2·2·3 = 80 FLOP, as [2, 7]·[7, 3] 84. Vector:
  // 5·4 + 2·2·3 + 3·2·3 = 50. Between kernels 2 sums, 4/2 scores, 2·6 states; inputs once more.
  Op gated = StateSpace();
  gated.In(kF32, {2}).In(kF32, {1, 4, 2, 3});
  ExpectWork({
      {"chunks", StateSpace(), OpClass::kSelectiveScan, 336, 200, 256 + 96 + 200, 256 + 96},
      // D, and 19 for each of 6 elements of a chunk; 2 + 24 elements read.
      {"gated", gated, OpClass::kSelectiveScan, 336, 200 + 4 * 19 * 6, 552 + 104, 352},
  });
  const absl::StatusOr<Work> work = WorkOf(StateSpace());
  ASSERT_TRUE(work.ok() && work->recurrence.has_value());
  EXPECT_EQ(work->recurrence->chunks, 2);
  EXPECT_EQ(work->recurrence->heads, 2);
}

TEST(RecurrenceWorkTest, CausalConvolutions) {
  const Op convolution = Op("CausalConv1dFn").In(kF32, {2, 3, 5}).In(kF32, {3, 4}).In(kF32, {3});
  // x, weight, bias, and a result that is given; the pool of states has 9 slots.
  const Op in_place = Op("DaoAILab::_causal_conv1d_fwd_cpp")
                          .In(kF32, {2, 3, 5})
                          .In(kF32, {3, 4})
                          .In(kF32, {3})
                          .None()
                          .None()
                          .In(kF32, {2, 3, 5});
  const Op step = Op("DaoAILab::_causal_conv1d_update_cpp").In(kF32, {2, 3}).In(kF32, {9, 3, 4}).In(kF32, {3, 4});
  ExpectWork({
      // 30·(2·4 + 18); read 30 + 12 + 3 elements.
      {"convolution", convolution, OpClass::kConvolution, 0, 780, 180, 120},
      {"result given", in_place, OpClass::kConvolution, 0, 780, 180, 120},
      // 6·26; states of 24 elements both ways; read 6 + 12 elements, written 6.
      {"step", step, OpClass::kConvolution, 0, 156, 96 + 72, 96 + 24},
  });
  // States before the sequence, [2, 3, 3], are read as well.
  EXPECT_EQ(WorkOf(Op(convolution).None().In(kF32, {2, 3, 3}))->read.value(), 180 + 4 * 18);
  EXPECT_EQ(WorkOf(convolution)->thread_turns, 6 * 128);
  EXPECT_EQ(WorkOf(step)->thread_turns, 6);
  // 2,400 bytes are two turns of 128 threads of 16.
  EXPECT_EQ(WorkOf(Op("CausalConv1dFn").In(kF32, {2, 3, 600}).In(kF32, {3, 4}))->thread_turns, 6 * 256);
}

TEST(RecurrenceWorkTest, WhatContradicts) {
  const auto message = [](const trace::Signature& signature) {
    return std::string(WorkOf(signature).status().message());
  };
  const auto delta = [](const Dims& query, const Dims& key, const Dims& value) {
    const Dims gates = {value[0], value[1], value[2]};
    return Op("ChunkGatedDeltaRuleFunction")
        .In(kF32, query)
        .In(kF32, key)
        .In(kF32, value)
        .In(kF32, gates)
        .In(kF32, gates);
  };
  // Another recurrence of that name: decays of elements where the delta rule has its factors.
  Op other("FusedRecurrentFunction");
  other.In(kF32, {1, 4, 2, 8}).In(kF32, {1, 4, 2, 8}).In(kF32, {1, 4, 2, 8}).None().In(kF32, {1, 4, 2, 8});
  EXPECT_THAT(message(other), HasSubstr("inputs[3]"));
  EXPECT_THAT(
      message(Op("FusedRecurrentFunction").In(kF32, {1, 4, 2, 8}).In(kF32, {1, 4, 2, 8}).In(kF32, {1, 4, 2, 8})),
      HasSubstr("argument 4"));
  EXPECT_THAT(message(delta({1, 4, 2, 8}, {1, 4, 2, 8}, {1, 4, 3, 8})), HasSubstr("2 heads do not divide the 3"));
  EXPECT_THAT(message(delta({1, 4, 2, 8}, {1, 4, 2, 9}, {1, 4, 2, 8})), HasSubstr("inputs[1].dims: not those of"));
  EXPECT_THAT(message(delta({1, 4, 2, 8}, {1, 4, 2, 8}, {1, 5, 2, 8})), HasSubstr("inputs[2].dims: 5 along axis 1"));
  EXPECT_THAT(message(delta({1, 0, 2, 8}, {1, 0, 2, 8}, {1, 0, 2, 8})), HasSubstr("no length"));
  const int64_t large = int64_t{1} << 61;
  EXPECT_THAT(message(delta({1, 1, 1, large}, {1, 1, 1, large}, {1, 1, 1, 1})), HasSubstr("depth"));
  EXPECT_THAT(message(Op("CausalConv1dFn").In(kF32, {2, 3, 5}).In(kF32, {4, 4})), HasSubstr("4 channels, x has 3"));
  EXPECT_THAT(message(StateSpace().In(kF32, {2}).get()), ::testing::IsEmpty());
  Op groups("MambaChunkScanCombinedFn");
  groups.In(kF32, {1, 4, 2, 3}).In(kF32, {1, 4, 2}).In(kF32, {2}).In(kF32, {1, 4, 3, 2}).In(kF32, {1, 4, 3, 2});
  EXPECT_THAT(message(groups), HasSubstr("3 groups of 2 heads"));
  EXPECT_THAT(message(groups.Int("chunk_size", 0)), HasSubstr("chunks of 0"));
}

}  // namespace
}  // namespace sandglass::ops
