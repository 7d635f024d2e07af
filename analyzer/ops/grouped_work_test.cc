// Products of groups, worked by hand. An fp32 element is 4 bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "analyzer/ops/work_case.h"

namespace sandglass::ops {
namespace {

using ::testing::HasSubstr;

Op GroupedProduct(Dims rows, Dims matrices) {
  return Op("aten::_grouped_mm").In(kF32, std::move(rows)).In(kF32, std::move(matrices));
}

// Tokens [t, 6] through `chosen` of 8 experts of 4 inner elements; `up` is 8 with a gate, and 4 without.
Op Experts(int64_t tokens, int64_t chosen, int64_t up) {
  Op op("vllm::inplace_fused_experts");
  op.In(kF32, {tokens, 6}).In(kF32, {8, up, 6}).In(kF32, {8, 6, 4});
  return op.In(kF32, {tokens, chosen}).In(kI64, {tokens, chosen});
}

void ExpectProblem(const std::optional<MatrixProblem>& problem, int64_t batch, int64_t m, int64_t n, int64_t k) {
  ASSERT_TRUE(problem.has_value());
  EXPECT_EQ(problem->batch, batch);
  EXPECT_EQ(problem->m, m);
  EXPECT_EQ(problem->n, n);
  EXPECT_EQ(problem->k, k);
}

TEST(GroupedWorkTest, RowsOfGroups) {
  const Op many = GroupedProduct({10, 3}, {4, 3, 5});
  const Op few = GroupedProduct({2, 3}, {4, 3, 5});
  const Op columns = GroupedProduct({3, 10}, {10, 5}).Out(kF32, {4, 3, 5});
  ExpectWork({
      // 2·10·3·5; read 30 + 60, written 50.
      {"many rows", many, OpClass::kGroupedGemm, 300, 0, 360, 200},
      // Two of four matrices: read 6 + 30, written 10.
      {"few rows", few, OpClass::kGroupedGemm, 60, 0, 144, 40},
      // Read 30 + 50, written 60.
      {"columns of groups", columns, OpClass::kGroupedGemm, 300, 0, 320, 240},
  });
  ExpectProblem(WorkOf(many)->problem, 4, 3, 5, 3);
  ExpectProblem(WorkOf(few)->problem, 2, 1, 5, 3);
  ExpectProblem(WorkOf(columns)->problem, 4, 3, 5, 3);
}

TEST(GroupedWorkTest, BlocksOfExperts) {
  ExpectWork({
      // 10 rows: 2·10·6·8 + 2·10·4·6 = 1440. Vector 10·(18·4 + 2·6) = 840. Between kernels 10·(8 + 4 + 6) = 180. Read
      // 180
      // + 384 + 192 + 30 + 10 and indices of 8 bytes; written 180 + 30.
      {"with a gate", Experts(5, 2, 8), OpClass::kGroupedGemm, 1440, 840, 4.0 * (180 + 384 + 192 + 30 + 10) + 80,
       4.0 * 210},
      // 2·10·6·4 + 2·10·4·6 = 960. Vector 10·(2·4 + 12) = 200. Between 10·(4 + 4 + 6).
      {"without a gate", Experts(5, 2, 4), OpClass::kGroupedGemm, 960, 200, 4.0 * (140 + 192 + 192 + 30 + 10) + 80,
       4.0 * 170},
      // 3 rows go to 3 of 8 experts: 144 and 72 elements of weights.
      {"few tokens", Experts(3, 1, 8), OpClass::kGroupedGemm, 432, 252, 4.0 * (54 + 144 + 72 + 18 + 3) + 24,
       4.0 * (54 + 18)},
  });
  const absl::StatusOr<Work> work = WorkOf(Experts(5, 2, 8));
  ASSERT_TRUE(work.ok()) << work.status();
  ExpectProblem(work->problem, 8, 2, 8, 6);
  ExpectProblem(work->second_problem, 8, 2, 6, 4);
  EXPECT_EQ(work->kernels, 6);
  EXPECT_EQ(work->matrix_dtype, kF32);
}

// Weights in FP8 are multiplied so; packed integers are unpacked before.
TEST(GroupedWorkTest, WeightsSayTheFormatWhereTheyAreFloats) {
  const auto type_with = [](trace::DataType weights) {
    Op op("vllm::outplace_fused_experts");
    op.In(kBf16, {5, 6}).In(weights, {8, 8, 6}).In(weights, {8, 6, 4}).In(kF32, {5, 2}).In(kI64, {5, 2});
    return WorkOf(op)->matrix_dtype;
  };
  EXPECT_EQ(type_with(trace::DataType::kFloat8E4m3), trace::DataType::kFloat8E4m3);
  EXPECT_EQ(type_with(trace::DataType::kUint8), kBf16);
}

TEST(GroupedWorkTest, NothingIsNoWork) {
  ExpectWork({{"no rows", GroupedProduct({0, 3}, {4, 3, 5}), OpClass::kGroupedGemm, 0, 0, 0, 0},
              {"no tokens", Experts(0, 2, 8), OpClass::kGroupedGemm, 0, 0, 0, 0}});
}

TEST(GroupedWorkTest, WhatContradicts) {
  const auto message = [](const trace::Signature& signature) {
    return std::string(WorkOf(signature).status().message());
  };
  EXPECT_THAT(message(GroupedProduct({10, 3}, {4, 2, 5})), HasSubstr("inputs[1].dims: a depth of 2, rows have 3"));
  EXPECT_THAT(message(GroupedProduct({3, 10}, {10, 5})), HasSubstr("outputs[0]"));
  EXPECT_THAT(message(Experts(5, 2, 6)), HasSubstr("experts do not fit tokens of 6"));
}

}  // namespace
}  // namespace sandglass::ops
