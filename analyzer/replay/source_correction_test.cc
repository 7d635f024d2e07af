#include "analyzer/replay/source_correction.h"

#include <gtest/gtest.h>

#include <cmath>

#include "absl/status/status.h"
#include "analyzer/replay/trace_fixture.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/silicon_fixture.h"
#include "analyzer/trace/trace.h"

namespace sandglass::replay {
namespace {

using ::sandglass::testing::AddProductSignature;
using ::sandglass::testing::MakeTensor;
using ::sandglass::testing::RoundChip;
using ::sandglass::testing::TraceBuilder;

silicon::Target TargetOf(const silicon::SiliconClass& chip) {
  return {.silicon = &chip, .stack = &chip.stacks.front(), .host = nullptr};
}

// A product, and an addition that is not timed on the device. On RoundChip the product takes 2·1024³ FLOP at 100
// TFLOP/s and 1 us: 22.475 us.
constexpr double kProductUs = 2.0 * 1024 * 1024 * 1024 / 100e12 * 1e6 + 1;

TraceBuilder Timed(double product_us) {
  TraceBuilder builder;
  const uint32_t product = builder.AddOperator(AddProductSignature(builder), trace::Operator::kNoParent, 5);
  builder.AddKernel("gemm", product, static_cast<int64_t>(product_us * 1e6));
  const trace::Tensor vector = MakeTensor({1 << 20});
  builder.AddOperator(builder.AddSignature("aten::add", {vector, vector}, {vector}), trace::Operator::kNoParent, 7);
  return builder;
}

TEST(SourceCorrectionTest, TheSourceIsTheClassOfTheFirstDevice) {
  const auto catalog = silicon::Catalog::Embedded();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  trace::Trace run;
  EXPECT_EQ(SourceOf(run, *catalog).status(), absl::FailedPreconditionError("nobody says what it ran on"));
  run.devices.resize(2);
  run.devices[0].silicon_class = "h100-sxm";
  run.devices[1].silicon_class = "a100-sxm-80gb";
  const auto source = SourceOf(run, *catalog);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(source->silicon->id, "nvidia-h100-sxm");
  EXPECT_EQ(source->stack, &source->silicon->stacks.front());
  run.devices[0].silicon_class = "h1";
  EXPECT_EQ(SourceOf(run, *catalog).status(), absl::FailedPreconditionError("the catalog lacks h1, which it ran on"));
}

TEST(SourceCorrectionTest, TheRootOfWhatTheModelsMissed) {
  const silicon::SiliconClass chip = RoundChip();
  struct Case {
    double measured_us;
    double factor;
  };
  for (const Case& c : {Case{kProductUs, 1}, Case{2.25 * kProductUs, 1.5}, Case{kProductUs / 4, 0.5},
                        // Not what the record says: at most twice, or half.
                        Case{100 * kProductUs, 2}, Case{kProductUs / 100, 0.5}}) {
    TraceBuilder builder = Timed(c.measured_us);
    const auto correction = SourceCorrection(builder.trace(), TargetOf(chip));
    ASSERT_TRUE(correction.ok()) << correction.status();
    EXPECT_NEAR((*correction)[0], c.factor, 1e-6);
    // The kernel's signature, and the addition that launched nothing.
    EXPECT_EQ((*correction)[1], 1);
    EXPECT_EQ((*correction)[2], 1);
  }
}

TEST(SourceCorrectionTest, AReplayIsLongerByIt) {
  const silicon::SiliconClass chip = RoundChip();
  TraceBuilder builder = Timed(2.25 * kProductUs);
  PreparedTrace prepared = Prepare(builder.trace(), Precision::kSource);
  const ClassReplay predicted = ReplayOn(prepared, TargetOf(chip));
  prepared.correction = *SourceCorrection(builder.trace(), TargetOf(chip));
  const ClassReplay scaled = ReplayOn(prepared, TargetOf(chip));
  EXPECT_NEAR((scaled.device - predicted.device).value(), 0.5 * kProductUs * 1e-6, 1e-12);
  EXPECT_NEAR(scaled.time.correction.value(), 0.5 * kProductUs * 1e-6, 1e-12);
  EXPECT_EQ(predicted.time.correction, Seconds());
  // The work, and what it takes of energy beside the longer idling, is the same.
  EXPECT_EQ(scaled.energy.matrix, predicted.energy.matrix);
  EXPECT_GT(scaled.energy.idle, predicted.energy.idle);
}

TEST(SourceCorrectionTest, WithoutTimesOfTheDeviceThereIsNone) {
  const silicon::SiliconClass chip = RoundChip();
  TraceBuilder builder;
  builder.AddOperator(AddProductSignature(builder), trace::Operator::kNoParent, 5'000'000);
  EXPECT_EQ(SourceCorrection(builder.trace(), TargetOf(chip)).status().code(), absl::StatusCode::kFailedPrecondition);
  // Nor where kernels are linked to other operators only.
  builder.AddKernel("none", 0, 0);
  EXPECT_EQ(SourceCorrection(builder.trace(), TargetOf(chip)).status().code(), absl::StatusCode::kFailedPrecondition);
}

// Two equal products, of which one's kernel is missing.
TEST(SourceCorrectionTest, WhatLaunchedNothingWasNotMeasured) {
  const silicon::SiliconClass chip = RoundChip();
  TraceBuilder builder;
  const uint32_t product = AddProductSignature(builder);
  builder.AddKernel("gemm", builder.AddOperator(product), static_cast<int64_t>(kProductUs * 1e6));
  builder.AddOperator(product);
  const auto correction = SourceCorrection(builder.trace(), TargetOf(chip));
  ASSERT_TRUE(correction.ok()) << correction.status();
  EXPECT_NEAR((*correction)[0], 1, 1e-6);
}

TEST(SourceCorrectionTest, OperatorsOfACpuAreItsDevices) {
  TraceBuilder builder;
  builder.AddOperator(AddProductSignature(builder), trace::Operator::kNoParent, 5'000'000);
  // A CPU is its own host: there the operators' times are the device's.
  silicon::SiliconClass cpu = RoundChip();
  cpu.chip = silicon::CpuCores{.cores = ::sandglass::testing::MakeFigure(8),
                               .clock_hz = ::sandglass::testing::MakeFigure(3e9)};
  const auto correction = SourceCorrection(builder.trace(), TargetOf(cpu));
  ASSERT_TRUE(correction.ok()) << correction.status();
  EXPECT_NE((*correction)[0], 1);
}

}  // namespace
}  // namespace sandglass::replay
