#include "analyzer/models/operator_model.h"

#include <gtest/gtest.h>

#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::models {
namespace {

using ::sandglass::testing::MakeFigure;
using ::sandglass::testing::RoundChip;
using silicon::Format;
using silicon::Support;
using trace::DataType;

// 1024³ in BF16: 2.147e9 FLOP, three operands of 2 MiB.
ops::Work Product(DataType dtype = DataType::kBfloat16) {
  ops::Work work;
  work.op_class = ops::OpClass::kGemm;
  work.problem = ops::MatrixProblem{.batch = 1, .m = 1024, .n = 1024, .k = 1024};
  work.matrix = Flop::Of(2.0 * 1024 * 1024 * 1024);
  work.matrix_dtype = dtype;
  work.read = Bytes::Of(4 * 1024 * 1024);
  work.written = Bytes::Of(2 * 1024 * 1024);
  return work;
}

// A million FP32 additions: 8 MB read, 4 MB written.
ops::Work Addition() {
  ops::Work work;
  work.op_class = ops::OpClass::kElementwise;
  work.vector = Flop::Of(1e6);
  work.vector_dtype = DataType::kFloat32;
  work.read = Bytes::Of(8e6);
  work.written = Bytes::Of(4e6);
  return work;
}

// A scan of 1000 turns of 5 primitives over 1e5 elements: 5e8 FLOP.
ops::Work Scan() {
  ops::Work work;
  work.op_class = ops::OpClass::kSelectiveScan;
  work.vector = Flop::Of(5e8);
  work.vector_dtype = DataType::kFloat32;
  work.read = Bytes::Of(1e6);
  work.written = Bytes::Of(1e6);
  work.loop = ops::SerialLoop{.steps = 1000, .operators_per_step = 5};
  return work;
}

absl::StatusOr<OperatorEstimate> Estimate(const ops::Work& work, const silicon::SiliconClass& chip,
                                          OperatorOptions options = {}) {
  return EstimateOperator(work, chip, chip.stacks.front(), options);
}

TEST(OperatorModelTest, ProductOnTheMatrixUnit) {
  const auto estimate = Estimate(Product(), RoundChip());
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  // Tiles of 16 divide 1024: no padding. 2.147483648e9 / 100e12 = 21.47 us; memory 6.29 MB / 1e12 = 6.29 us.
  EXPECT_NEAR(estimate->matrix.value(), 21.47483648e-6, 1e-12);
  EXPECT_NEAR(estimate->memory.value(), 6.291456e-6, 1e-12);
  EXPECT_NEAR(estimate->device.value(), 22.47483648e-6, 1e-12);  // floor of 1 us on top
  EXPECT_EQ(estimate->limit, Limit::kMatrix);
  EXPECT_EQ(estimate->matrix_format, Format::kBf16);
  EXPECT_NEAR(estimate->matrix_energy.value(), 2.147483648e-3, 1e-9);  // 1 pJ/FLOP
  EXPECT_NEAR(estimate->memory_energy.value(), 62.91456e-6, 1e-12);    // 10 pJ/B
}

TEST(OperatorModelTest, Fp32ProductsNeedPermissionForTf32) {
  const auto strict = Estimate(Product(DataType::kFloat32), RoundChip());
  ASSERT_TRUE(strict.ok());
  // No FP32 matrix rate: 2.147e9 / 10e12 = 214.7 us on the vector unit.
  EXPECT_EQ(strict->matrix.value(), 0);
  EXPECT_NEAR(strict->vector.value(), 214.7483648e-6, 1e-11);
  EXPECT_EQ(strict->limit, Limit::kVector);
  const auto tf32 = Estimate(Product(DataType::kFloat32), RoundChip(), {.allow_tf32 = true, .devices = 1});
  ASSERT_TRUE(tf32.ok());
  EXPECT_NEAR(tf32->matrix.value(), 42.94967296e-6, 1e-11);
  EXPECT_EQ(tf32->matrix_format, Format::kTf32);
}

TEST(OperatorModelTest, Fp8FallsBackToBf16AndFp64HasNoUnit) {
  const auto fp8 = Estimate(Product(DataType::kFloat8E4m3), RoundChip());
  ASSERT_TRUE(fp8.ok());
  EXPECT_EQ(fp8->matrix_format, Format::kBf16);
  const auto fp64 = Estimate(Product(DataType::kFloat64), RoundChip());
  EXPECT_EQ(fp64.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(fp64.status().message(),
            "gemm: round-chip has no matrix or vector rate for its element type; try another --precision");
}

TEST(OperatorModelTest, AdditionIsMemoryBound) {
  const auto estimate = Estimate(Addition(), RoundChip());
  ASSERT_TRUE(estimate.ok());
  EXPECT_NEAR(estimate->memory.value(), 12e-6, 1e-15);
  EXPECT_NEAR(estimate->vector.value(), 0.1e-6, 1e-15);
  EXPECT_NEAR(estimate->device.value(), 13e-6, 1e-15);
  EXPECT_EQ(estimate->limit, Limit::kMemory);
  EXPECT_NEAR(estimate->vector_energy.value(), 2e-6, 1e-15);
}

TEST(OperatorModelTest, ScanWithAndWithoutAKernel) {
  silicon::SiliconClass chip = RoundChip();
  const auto native = Estimate(Scan(), chip);
  ASSERT_TRUE(native.ok());
  EXPECT_NEAR(native->device.value(), 51e-6, 1e-12);  // 5e8 / 10e12 = 50 us, floor 1 us
  chip.stacks[0].named = {{ops::OpClass::kSelectiveScan, {Support::kDecomposed, "test"}}};
  const auto decomposed = Estimate(Scan(), chip);
  ASSERT_TRUE(decomposed.ok());
  // 1000 turns of 5 floors of 1 us and a turn of .5 us: 5.5 ms. The state, 1e5 · 4 B, fits the 1 MB on the chip.
  EXPECT_NEAR(decomposed->serial.value(), 5.5e-3, 1e-9);
  EXPECT_EQ(decomposed->limit, Limit::kSerial);
  EXPECT_NEAR(decomposed->device.value(), 5.5e-3 + 51e-6, 1e-9);
  chip.memory->on_chip_bytes = MakeFigure(1e5);
  const auto spilled = Estimate(Scan(), chip);
  ASSERT_TRUE(spilled.ok());
  // Now three elements of 4 B move for each of 5e8 operations: 6 GB, 6 ms.
  EXPECT_NEAR(spilled->memory.value(), 6e-3, 1e-9);
}

TEST(OperatorModelTest, WhatDoesNotRunIsAnErrorNotANumber) {
  silicon::SiliconClass chip = RoundChip();
  struct Case {
    Support support;
    absl::StatusCode code;
  };
  for (const Case& c : {Case{Support::kUnsupported, absl::StatusCode::kUnimplemented},
                        Case{Support::kHostFallback, absl::StatusCode::kFailedPrecondition},
                        Case{Support::kUnknown, absl::StatusCode::kFailedPrecondition}}) {
    chip.stacks[0].others = silicon::OperatorSupport{c.support, "test"};
    EXPECT_EQ(Estimate(Addition(), chip).status().code(), c.code);
  }
}

TEST(OperatorModelTest, DevicesShareWorkButNotFloors) {
  const auto one = Estimate(Product(), RoundChip());
  const auto four = Estimate(Product(), RoundChip(), {.allow_tf32 = false, .devices = 4});
  ASSERT_TRUE(one.ok() && four.ok());
  EXPECT_NEAR(four->matrix / one->matrix, 0.25, 1e-12);
  EXPECT_EQ(four->floor, one->floor);
  EXPECT_EQ(four->matrix_energy, one->matrix_energy);
}

// More of anything good is never slower.
TEST(OperatorModelTest, BetterSiliconIsNeverSlower) {
  for (const ops::Work& work : {Product(), Addition(), Scan()}) {
    const Seconds base = Estimate(work, RoundChip())->device;
    const auto faster = [&](void (*improve)(silicon::SiliconClass&)) {
      silicon::SiliconClass chip = RoundChip();
      improve(chip);
      return Estimate(work, chip)->device;
    };
    EXPECT_LE(faster([](auto& c) { c.memory->bandwidth_bytes_per_s.value *= 2; }), base);
    EXPECT_LE(faster([](auto& c) { c.matrix_rates[0].flop_per_s.value *= 2; }), base);
    EXPECT_LE(faster([](auto& c) { c.vector_rates[0].flop_per_s.value *= 2; }), base);
    EXPECT_LE(faster([](auto& c) { c.stacks[0].operator_floor_s.value /= 2; }), base);
  }
}

}  // namespace
}  // namespace sandglass::models
