#include "analyzer/replay/work_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzer/replay/trace_fixture.h"

namespace sandglass::replay {
namespace {

using ::sandglass::testing::AddProductSignature;
using ::sandglass::testing::MakeTensor;
using ::sandglass::testing::TraceBuilder;
using ::testing::ElementsAre;
using trace::DataType;
using trace::Kind;

TEST(WorkListTest, WorkIsCountedOnceHoweverDeepItIsRecorded) {
  TraceBuilder builder;
  const trace::Tensor matrix = MakeTensor({1024, 1024}, DataType::kBfloat16);
  const uint32_t node =
      builder.AddSignature("autograd::engine::evaluate_function: MmBackward0", {}, {}, Kind::kAnnotation);
  const uint32_t matmul = builder.AddSignature("aten::matmul", {matrix, matrix}, {matrix});
  const uint32_t mm = AddProductSignature(builder);
  const uint32_t copy = builder.AddSignature("aten::copy_", {matrix, matrix}, {matrix});
  const uint32_t a = builder.AddOperator(node);
  const uint32_t b = builder.AddOperator(matmul, a);
  const uint32_t c = builder.AddOperator(mm, b);
  builder.AddOperator(copy, c);  // inside the product: part of it
  const WorkList list = ListWork(builder.trace(), Precision::kSource);
  EXPECT_THAT(list.costed, ElementsAre(c));
  EXPECT_EQ(list.coverage.operators, 1);
  EXPECT_DOUBLE_EQ(list.coverage.operator_share, 1);
  EXPECT_FALSE(list.coverage.time_share.has_value());
}

TEST(WorkListTest, WhatIsUnknownLowersCoverageByItsOwnTime) {
  TraceBuilder builder;
  const uint32_t mystery = builder.AddSignature("vendor::mystery", {MakeTensor({8})}, {MakeTensor({8})});
  const uint32_t mm = AddProductSignature(builder);
  const uint32_t a = builder.AddOperator(mystery, trace::Operator::kNoParent, 1000, 250);
  builder.AddOperator(mm, a, 750, 750);
  const WorkList list = ListWork(builder.trace(), Precision::kSource);
  EXPECT_EQ(list.coverage.operators, 2);
  EXPECT_EQ(list.coverage.known, 1);
  EXPECT_DOUBLE_EQ(*list.coverage.time_share, 0.75);
  ASSERT_EQ(list.coverage.unknown.size(), 1);
  EXPECT_EQ(list.coverage.unknown[0].name, "vendor::mystery");
  EXPECT_DOUBLE_EQ(*list.coverage.unknown[0].time_share, 0.25);
}

TEST(WorkListTest, AMissingShapeMakesTheWholeOperatorUnknown) {
  TraceBuilder builder;
  trace::Tensor shapeless = MakeTensor({4, 4});
  shapeless.shape_known = false;
  const uint32_t mm = builder.AddSignature("aten::mm", {shapeless, shapeless}, {shapeless});
  builder.AddOperator(mm, trace::Operator::kNoParent, 100, 100);
  const WorkList list = ListWork(builder.trace(), Precision::kSource);
  EXPECT_TRUE(list.costed.empty());
  EXPECT_EQ(list.coverage.known, 0);
  EXPECT_DOUBLE_EQ(*list.coverage.time_share, 0);
  EXPECT_DOUBLE_EQ(list.coverage.Share(), 0);
}

TEST(WorkListTest, OccurrencesCount) {
  TraceBuilder builder;
  const uint32_t op = builder.AddOperator(AddProductSignature(builder));
  builder.trace().operators[op].occurrences = 7;
  EXPECT_EQ(ListWork(builder.trace(), Precision::kSource).coverage.operators, 7);
}

TEST(WorkListTest, ParentsMayComeLaterAndCyclesEnd) {
  TraceBuilder builder;
  const uint32_t mm = AddProductSignature(builder);
  const uint32_t child = builder.AddOperator(mm);
  const uint32_t parent = builder.AddOperator(mm);
  builder.trace().operators[child].parent = parent;
  EXPECT_THAT(ListWork(builder.trace(), Precision::kSource).costed, ElementsAre(parent));

  const uint32_t annotation = builder.AddSignature("range", {}, {}, Kind::kAnnotation);
  const uint32_t x = builder.AddOperator(annotation);
  const uint32_t y = builder.AddOperator(annotation, x);
  builder.trace().operators[x].parent = y;
  const uint32_t below = builder.AddOperator(mm, y);
  EXPECT_THAT(ListWork(builder.trace(), Precision::kSource).costed, ElementsAre(parent, below));
}

TEST(WorkListTest, AMillionDeepChainIsWalkedOnce) {
  TraceBuilder builder;
  const uint32_t annotation = builder.AddSignature("range", {}, {}, Kind::kAnnotation);
  const uint32_t mm = AddProductSignature(builder);
  uint32_t above = builder.AddOperator(annotation);
  for (int i = 0; i < 1'000'000; ++i) above = builder.AddOperator(annotation, above);
  const uint32_t leaf = builder.AddOperator(mm, above);
  EXPECT_THAT(ListWork(builder.trace(), Precision::kSource).costed, ElementsAre(leaf));
}

// Host times say nothing of the device: here the unknown operator is quick to call and slow to run.
TEST(WorkListTest, WhereKernelsAreRecordedTimeIsTheDevicesAndWorkIsCountedOnce) {
  TraceBuilder builder;
  const trace::Tensor matrix = MakeTensor({1024, 1024}, DataType::kBfloat16);
  const uint32_t linear = builder.AddSignature("aten::linear", {matrix, matrix}, {matrix});
  const uint32_t copy = builder.AddSignature("aten::copy_", {matrix, matrix}, {matrix});
  const uint32_t mystery = builder.AddSignature("vendor::mystery", {}, {});
  const uint32_t outer = builder.AddOperator(linear, trace::Operator::kNoParent, 900, 100);
  const uint32_t product = builder.AddOperator(AddProductSignature(builder), outer, 800, 500);
  const uint32_t inside = builder.AddOperator(copy, product, 300, 300);
  const uint32_t unknown = builder.AddOperator(mystery, trace::Operator::kNoParent, 10, 10);
  builder.AddKernel("gemm", product, 50);
  builder.AddKernel("copy", inside, 10);
  builder.AddKernel("mystery", unknown, 140);
  const WorkList list = ListWork(builder.trace(), Precision::kSource);
  EXPECT_THAT(list.costed, ElementsAre(product));
  EXPECT_EQ(list.coverage.operators, 2);
  EXPECT_DOUBLE_EQ(*list.coverage.time_share, 0.3);
  ASSERT_EQ(list.coverage.unknown.size(), 1);
  EXPECT_EQ(list.coverage.unknown[0].name, "vendor::mystery");
}

TEST(WorkListTest, DeviceWorkWithoutAnOperatorIsUnknown) {
  TraceBuilder builder;
  const uint32_t product = builder.AddOperator(AddProductSignature(builder), trace::Operator::kNoParent, 5, 5);
  builder.AddKernel("gemm", product, 60);
  builder.AddKernel("orphan", trace::Operator::kNoParent, 40);
  const WorkList list = ListWork(builder.trace(), Precision::kSource);
  EXPECT_THAT(list.costed, ElementsAre(product));
  EXPECT_DOUBLE_EQ(*list.coverage.time_share, 0.6);
  ASSERT_EQ(list.coverage.unknown.size(), 1);
  EXPECT_EQ(list.coverage.unknown[0].name, "orphan");
}

// A profiler of the device knows no operators. What a kernel is called says nothing certain of its work.
TEST(WorkListTest, KernelsAloneAreAllUnknownWithTheirShareOfTime) {
  TraceBuilder builder;
  const uint32_t none = trace::Operator::kNoParent;
  builder.AddKernel("view", none, 10);
  builder.AddKernel("gemm", none, 30);
  builder.AddKernel("gemm", none, 30);
  builder.AddKernel("add", none, 30);
  const WorkList list = ListWork(builder.trace(), Precision::kSource);
  EXPECT_TRUE(list.costed.empty());
  EXPECT_EQ(list.coverage.operators, 4);
  EXPECT_EQ(list.coverage.known, 0);
  EXPECT_DOUBLE_EQ(*list.coverage.time_share, 0);
  ASSERT_EQ(list.coverage.unknown.size(), 3);
  EXPECT_EQ(list.coverage.unknown[0].name, "gemm");
  EXPECT_EQ(list.coverage.unknown[0].count, 2);
  EXPECT_DOUBLE_EQ(*list.coverage.unknown[0].time_share, 0.6);
  EXPECT_EQ(list.coverage.unknown[1].name, "add");
  EXPECT_DOUBLE_EQ(*list.coverage.unknown[2].time_share, 0.1);
}

// Runs of a session are annotations; what the table lacks, or what lacks shapes, is listed.
TEST(WorkListTest, OperatorsOfOtherFrameworksAreCosted) {
  TraceBuilder builder;
  const uint32_t none = trace::Operator::kNoParent;
  const trace::Tensor matrix = MakeTensor({8, 8});
  const uint32_t run = builder.AddOperator(builder.AddSignature("model_run", {}, {}, Kind::kAnnotation), none, 100, 10);
  const uint32_t product = builder.AddOperator(builder.AddSignature("onnx::MatMul", {matrix}, {matrix}), run, 60, 60);
  builder.AddOperator(builder.AddSignature("onnx::Reshape", {matrix}, {matrix}), run, 2, 2);
  builder.AddOperator(builder.AddSignature("onnx::Novel", {matrix}, {matrix}), run, 20, 20);
  const WorkList list = ListWork(builder.trace(), Precision::kSource);
  EXPECT_THAT(list.costed, ElementsAre(product));
  EXPECT_EQ(list.coverage.operators, 2);
  EXPECT_DOUBLE_EQ(*list.coverage.time_share, 0.75);
  ASSERT_EQ(list.coverage.unknown.size(), 1);
  EXPECT_EQ(list.coverage.unknown[0].name, "onnx::Novel");
}

// A composite has no work of its own; a kernel that it launches itself is work that nobody knows.
TEST(WorkListTest, AKernelOfACompositeIsNotLost) {
  TraceBuilder builder;
  const trace::Tensor matrix = MakeTensor({1024, 1024}, DataType::kBfloat16);
  const uint32_t linear = builder.AddSignature("aten::linear", {matrix, matrix}, {matrix});
  const uint32_t launching = builder.AddOperator(linear, trace::Operator::kNoParent, 5, 5);
  builder.AddOperator(linear, trace::Operator::kNoParent, 5, 5);
  builder.AddKernel("fused", launching, 60);
  const WorkList list = ListWork(builder.trace(), Precision::kSource);
  EXPECT_TRUE(list.costed.empty());
  EXPECT_EQ(list.coverage.operators, 1);
  EXPECT_DOUBLE_EQ(*list.coverage.time_share, 0);
}

}  // namespace
}  // namespace sandglass::replay
