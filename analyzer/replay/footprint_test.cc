#include "analyzer/replay/footprint.h"

#include <gtest/gtest.h>

#include "analyzer/replay/trace_fixture.h"

namespace sandglass::replay {
namespace {

using ::sandglass::testing::MakeTensor;
using ::sandglass::testing::TraceBuilder;
constexpr uint32_t kRoot = trace::Operator::kNoParent;

// w (storage 1) lives on; h1 (2), h2 (3), h3 (4) are temporaries of 4 KiB in FP32; h1 dies at the second operator.
TraceBuilder Chain() {
  TraceBuilder builder;
  const trace::Tensor t = MakeTensor({1024});
  const uint32_t add = builder.AddSignature("aten::add", {t, t}, {t});
  builder.AddOperator(add, kRoot, -1, -1, {1, 1, 2});
  builder.AddOperator(add, kRoot, -1, -1, {2, 1, 3});
  builder.AddOperator(add, kRoot, -1, -1, {3, 1, 4});
  return builder;
}

TEST(FootprintTest, PersistentAndPeakTransient) {
  TraceBuilder builder = Chain();
  const Footprint footprint = MeasureFootprint(builder.trace(), Precision::kSource);
  EXPECT_EQ(footprint.method, "storages");
  EXPECT_DOUBLE_EQ(footprint.persistent->value(), 4096);
  // At the second operator h1 and h2 are alive, at the third h2 and h3: two of 4 KiB.
  EXPECT_DOUBLE_EQ(footprint.transient->value(), 8192);
}

TEST(FootprintTest, PrecisionNarrowsButNotATrainersState) {
  TraceBuilder builder = Chain();
  builder.trace().phase = trace::Phase::kInfer;
  EXPECT_DOUBLE_EQ(MeasureFootprint(builder.trace(), Precision::kBf16).persistent->value(), 2048);
  EXPECT_DOUBLE_EQ(MeasureFootprint(builder.trace(), Precision::kBf16).transient->value(), 4096);
  builder.trace().phase = trace::Phase::kTrain;
  EXPECT_DOUBLE_EQ(MeasureFootprint(builder.trace(), Precision::kBf16).persistent->value(), 4096);
}

TEST(FootprintTest, AViewDoesNotShrinkItsStorage) {
  TraceBuilder builder;
  trace::Tensor view = MakeTensor({16});
  view.storage_bytes = 4096;
  const uint32_t add = builder.AddSignature("aten::add", {view}, {MakeTensor({16})});
  builder.AddOperator(add, kRoot, -1, -1, {1, 2});
  EXPECT_DOUBLE_EQ(MeasureFootprint(builder.trace(), Precision::kSource).persistent->value(), 4096);
}

TEST(FootprintTest, DeclarationWhereNoStorageIsKnown) {
  TraceBuilder builder;
  EXPECT_EQ(MeasureFootprint(builder.trace(), Precision::kSource).method, "");
  EXPECT_FALSE(MeasureFootprint(builder.trace(), Precision::kSource).persistent.has_value());
  builder.trace().declared_parameter_bytes = 100;
  builder.trace().declared_cache_bytes = 20;
  const Footprint footprint = MeasureFootprint(builder.trace(), Precision::kSource);
  EXPECT_EQ(footprint.method, "declared");
  EXPECT_DOUBLE_EQ(footprint.Total().value(), 120);
}

}  // namespace
}  // namespace sandglass::replay
