#include "analyzer/models/convolution_time.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::models {
namespace {

using ops::ConvolutionPass;
using ops::ConvolvedProduct;
using testing::MakeFigure;

constexpr double kMicro = 1e-6;
// 1 TFLOP/s, a kernel in 1 us; 1 TB/s.
const UnitSpeed kSpeed = {.rate = FlopPerSecond::Of(1e12), .efficiency = 1, .kernel_floor = Seconds::Of(kMicro)};
constexpr auto kMemory = BytesPerSecond::Of(1e12);

silicon::GpuCores Chip(double cores) {
  return {.cores = MakeFigure(cores), .tile_rows = MakeFigure(128), .tile_columns = MakeFigure(128)};
}

ops::ConvolutionProblem One(const ConvolvedProduct& product) { return {.products = {product}, .count = 1}; }

// 2,048 positions, 128 channels of each side, 3 × 3 taps.
ConvolvedProduct Result() {
  return {.pass = ConvolutionPass::kResult,
          .problem = {.batch = 1, .m = 2048, .n = 128, .k = 1152},
          .channels = 128,
          .transformed = std::nullopt};
}

// A tile of 128 × 128 over 1,152 of depth, and 4 of overhead, is 37.88 MFLOP; there are 16.
constexpr double kImplicit = 16 * 2.0 * 128 * 128 * (1152 + 4) / 1e12;

TEST(ConvolutionOnLanesTest, TilesOfTheImplicitProduct) {
  const ProductTime one = ConvolutionOnLanes(Chip(1), One(Result()), 4, kSpeed, kMemory);
  EXPECT_NEAR(one.time.value(), kImplicit, 1e-12);
  EXPECT_DOUBLE_EQ(one.flop.value(), 2.0 * 2048 * 128 * 1152);
  // Two products, one after the other.
  const ProductTime two =
      ConvolutionOnLanes(Chip(1), {.products = {Result(), Result()}, .count = 2}, 4, kSpeed, kMemory);
  EXPECT_NEAR(two.time.value(), 2 * kImplicit, 1e-12);
  EXPECT_DOUBLE_EQ(two.flop.value(), 2 * one.flop.value());
}

// A product for each of 36 elements of a tile: 128 tiles, over 128 channels.
TEST(ConvolutionOnLanesTest, WinogradTakesFewerMultiplicationsAndMoreTraffic) {
  ConvolvedProduct product = Result();
  product.transformed = ops::MatrixProblem{.batch = 36, .m = 128, .n = 128, .k = 128};
  product.transformed_elements = 1e6;
  product.tap_side = 3;
  const double transformed = 36 * 2.0 * 128 * 128 * 132 / 1e12 + 8 * kMicro;
  const ProductTime apart = ConvolutionOnLanes(Chip(1), One(product), 4, kSpeed, kMemory);
  EXPECT_NEAR(apart.time.value(), transformed, 1e-12);
  EXPECT_DOUBLE_EQ(apart.flop.value(), 36 * 2.0 * 128 * 128 * 128);
  EXPECT_DOUBLE_EQ(apart.moved.value(), 8e6);
  EXPECT_EQ(apart.more_kernels, 3);
  // With a millisecond of traffic the fused kernel is better: 4/9 of the multiplications at .6 of the speed.
  product.transformed_elements = 125e6;
  const ProductTime fused = ConvolutionOnLanes(Chip(1), One(product), 4, kSpeed, kMemory);
  EXPECT_NEAR(fused.time.value(), kImplicit * 4 / 9 / 0.6, 1e-12);
  EXPECT_DOUBLE_EQ(fused.flop.value(), 4.0 / 9 * 2.0 * 2048 * 128 * 1152);
  EXPECT_EQ(fused.moved, Bytes());
  // There is none of 5 × 5 taps, however many products nine groups have.
  product.transformed->batch = 576;
  product.tap_side = 5;
  EXPECT_NEAR(ConvolutionOnLanes(Chip(1), One(product), 4, kSpeed, kMemory).time.value(), kImplicit, 1e-12);
}

// One channel is a column of a tile of 32; with a column for each tap, 32 of them are 9, and there and back again.
TEST(ConvolutionOnLanesTest, GradientsOfInputsMayHaveAColumnForEachTap) {
  ConvolvedProduct product = {.pass = ConvolutionPass::kInputGradient,
                              .problem = {.batch = 1, .m = 2048, .n = 1, .k = 1152},
                              .channels = 128,
                              .transformed = std::nullopt};
  const Seconds columns = ConvolutionOnLanes(Chip(1), One(product), 4, kSpeed, kMemory).time;
  // The same as a result, of which there are no columns, takes 9 times the depth.
  product.pass = ConvolutionPass::kResult;
  const Seconds implicit = ConvolutionOnLanes(Chip(1), One(product), 4, kSpeed, kMemory).time;
  EXPECT_NEAR((implicit / columns), 1156.0 / 132, 0.5);
  // Where memory is slow, columns are too dear.
  product.pass = ConvolutionPass::kInputGradient;
  EXPECT_EQ(ConvolutionOnLanes(Chip(1), One(product), 4, kSpeed, BytesPerSecond::Of(1e8)).time, implicit);
}

// On 64 cores, results of 128 × 128 over 65,536 positions are four tiles, or sixteen parts of them: only the gradient
// of weights is split.
TEST(ConvolutionOnLanesTest, OnlyGradientsOfWeightsAreSplit) {
  ConvolvedProduct product = {.pass = ConvolutionPass::kWeightGradient,
                              .problem = {.batch = 1, .m = 128, .n = 128, .k = 65536},
                              .channels = 128,
                              .transformed = std::nullopt};
  const Seconds split = ConvolutionOnLanes(Chip(64), One(product), 4, kSpeed, kMemory).time;
  product.pass = ConvolutionPass::kResult;
  const Seconds whole = ConvolutionOnLanes(Chip(64), One(product), 4, kSpeed, kMemory).time;
  EXPECT_GT(whole / split, 15);
}

TEST(ConvolutionOnMatrixUnitsTest, ChannelsAreFilledUp) {
  ConvolvedProduct product = Result();
  product.problem.k = 27;
  product.channels = 3;
  ConvolvedProduct filled = Result();
  filled.problem.k = 72;
  filled.channels = 8;
  const auto time = [](const ConvolvedProduct& of, double element_bytes) {
    return ConvolutionOnMatrixUnits(Chip(1), One(of), element_bytes, kSpeed, kMemory).time;
  };
  EXPECT_EQ(time(product, 2), time(filled, 2));
  // Four bytes are filled up to four channels.
  filled.problem.k = 36;
  filled.channels = 4;
  EXPECT_EQ(time(product, 4), time(filled, 4));
  // Rows, where positions are the depth.
  product.pass = filled.pass = ConvolutionPass::kWeightGradient;
  product.problem = {.batch = 1, .m = 135, .n = 128, .k = 640};
  product.channels = 15;
  filled.problem = {.batch = 1, .m = 144, .n = 128, .k = 640};
  filled.channels = 16;
  EXPECT_EQ(time(product, 2), time(filled, 2));
}

// A million elements of two bytes there and back, and two kernels. FP32 is taken as it lies.
TEST(ConvolutionOnMatrixUnitsTest, ChannelsAreMovedSideBySide) {
  ConvolvedProduct product = Result();
  const auto time = [&product](double element_bytes) {
    return ConvolutionOnMatrixUnits(Chip(1), One(product), element_bytes, kSpeed, kMemory);
  };
  const Seconds last = time(2).time;
  const Seconds wide = time(4).time;
  product.channels_first_elements = 1e6;
  EXPECT_NEAR((time(2).time - last).value(), 4 * kMicro, 1e-12);
  EXPECT_EQ(time(2).more_kernels, 2);
  EXPECT_DOUBLE_EQ(time(2).moved.value(), 4e6);
  EXPECT_EQ(time(4).time, wide);
  EXPECT_EQ(time(4).more_kernels, 0);
}

// Sizes that no memory holds are no reason to overflow.
TEST(ConvolutionTest, TheLargestSizesFit) {
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  for (const ConvolutionPass pass :
       {ConvolutionPass::kResult, ConvolutionPass::kInputGradient, ConvolutionPass::kWeightGradient}) {
    for (const int64_t channels : {int64_t{1}, int64_t{3}, kLargest}) {
      const ConvolvedProduct product = {.pass = pass,
                                        .problem = {.batch = 1, .m = kLargest, .n = kLargest, .k = kLargest},
                                        .channels = channels,
                                        .transformed = std::nullopt};
      EXPECT_GT(ConvolutionOnMatrixUnits(Chip(1), One(product), 2, kSpeed, kMemory).time, Seconds());
      EXPECT_GT(ConvolutionOnLanes(Chip(1), One(product), 4, kSpeed, kMemory).time, Seconds());
    }
  }
}

TEST(ConvolutionTest, MoreIsNeverSlower) {
  ConvolvedProduct product = Result();
  product.transformed = ops::MatrixProblem{.batch = 36, .m = 128, .n = 128, .k = 128};
  product.transformed_elements = 1e7;
  product.channels_first_elements = 1e7;
  for (const ConvolutionPass pass :
       {ConvolutionPass::kResult, ConvolutionPass::kInputGradient, ConvolutionPass::kWeightGradient}) {
    product.pass = pass;
    for (const double cores : {1.0, 10.0, 81.0}) {
      UnitSpeed faster = kSpeed;
      faster.rate = 2 * faster.rate;
      const auto on_lanes = [&](const UnitSpeed& speed, BytesPerSecond memory) {
        const ProductTime time = ConvolutionOnLanes(Chip(cores), One(product), 4, speed, memory);
        return time.time + time.more_kernels * speed.kernel_floor;
      };
      EXPECT_LE(on_lanes(faster, kMemory), on_lanes(kSpeed, kMemory));
      EXPECT_LE(on_lanes(kSpeed, 2 * kMemory), on_lanes(kSpeed, kMemory));
      const auto on_matrix = [&](const UnitSpeed& speed, BytesPerSecond memory) {
        return ConvolutionOnMatrixUnits(Chip(cores), One(product), 2, speed, memory).time;
      };
      EXPECT_LE(on_matrix(faster, kMemory), on_matrix(kSpeed, kMemory));
      EXPECT_LE(on_matrix(kSpeed, 2 * kMemory), on_matrix(kSpeed, kMemory));
    }
  }
}

}  // namespace
}  // namespace sandglass::models
