#include "analyzer/models/tiled_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <queue>
#include <vector>

#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::models {
namespace {

using ops::MatrixProblem;
using ::sandglass::testing::MakeFigure;

// 132 cores at 1 FLOP/s each: times are FLOP of the busiest core.
constexpr auto kUnitRate = FlopPerSecond::Of(132);

// Tiles of 128 × 256 without overhead, whose operands cost nothing to multiply and all to fetch.
TiledUnit PlainUnit() {
  TiledUnit unit;
  unit.cores = 132;
  unit.tile_rows = 128;
  unit.tile_columns = 256;
  unit.feed = 1e30;
  return unit;
}

silicon::GpuCores Gpu(double cores) {
  return {.cores = MakeFigure(cores), .tile_rows = MakeFigure(128), .tile_columns = MakeFigure(256)};
}

TEST(TiledProductTest, FullSizedTilesInWaves) {
  // 4096³ in tiles of 128 × 256 is 32 · 16 = 512 blocks; on 132 cores 4 waves, 512 / 528 = .9697 full. Tiles of 64 ×
  // 256 fill as well (1,024 blocks, 8 waves) but are fed 1.67 times as much.
  const Tiling tiling = BestTiling({.batch = 1, .m = 4096, .n = 4096, .k = 4096}, PlainUnit(), kUnitRate);
  EXPECT_NEAR(tiling.time.value(), 4 * 2.0 * 128 * 256 * 4096, 1);
  EXPECT_EQ(tiling.blocks, 512);
  EXPECT_EQ(tiling.waves, 4);
  EXPECT_EQ(tiling.tile_m * tiling.tile_n, 128 * 256);
}

TEST(TiledProductTest, OneElementCostsOneSmallTile) {
  // 1 × 1 × 1 still takes a tile, of one instruction's depth 16: of 16 × 16, 2·16·16·16 = 8,192 FLOP at (2/16) / (1/128
  // + 1/256) = 10.67 times the feed.
  const Tiling tiling = BestTiling({.batch = 1, .m = 1, .n = 1, .k = 1}, PlainUnit(), kUnitRate);
  EXPECT_NEAR(tiling.time.value(), 8192 * 32.0 / 3, 1e-6);
}

TEST(TiledProductTest, DeepProductsAreSplit) {
  // A result of 128 × 256 of depth 4096 on 132 cores. In tiles of 64 × 64: 8 blocks split 16 ways keep 128 cores busy
  // once, 2·64·64·256 = 2,097,152, fed (2/64) / (1/128 + 1/256) = 8/3 times as much. In tiles of 128 × 64: 4 blocks
  // split 32 ways, 2·128·64·128 as well, fed (1/128 + 1/64) / (1/128 + 1/256) = twice as much: the best.
  const MatrixProblem problem = {.batch = 1, .m = 128, .n = 256, .k = 4096};
  const Tiling tiling = BestTiling(problem, PlainUnit(), kUnitRate);
  EXPECT_NEAR(tiling.time.value(), 2097152.0 * 2, 1e-3);
  EXPECT_EQ(tiling.split, 32);
  // A sum that costs more than splitting saves is not made: whole, 32 tiles of 32 × 32 … or as 128 × 256 alone.
  TiledUnit dear = PlainUnit();
  dear.split_cost = Seconds::Of(1e12);
  EXPECT_EQ(BestTiling(problem, dear, kUnitRate).split, 1);
}

// A tile of depth 64 whose beginning and end cost as much as a depth of 192 takes four times its FLOP.
TEST(TiledProductTest, ShallowProductsPayForTheirTilesBeginningAndEnd) {
  TiledUnit unit = PlainUnit();
  const MatrixProblem problem = {.batch = 132, .m = 128, .n = 256, .k = 64};
  const Seconds plain = BestTiling(problem, unit, kUnitRate).time;
  unit.overhead_depth = 192;
  EXPECT_NEAR(BestTiling(problem, unit, kUnitRate).time / plain, 4, 1e-9);
  // A core of 1 FLOP/s that passes them at 3 FLOP/s: one part of depth, and one of three thirds.
  unit.overhead_rate = FlopPerSecond::Of(3);
  EXPECT_NEAR(BestTiling(problem, unit, kUnitRate).time / plain, 2, 1e-9);
}

// 1,024 elements of depth in one tile at 1 us each, unless the depth is split.
TEST(TiledProductTest, DepthTakesItsLatencyHoweverSmallTheTile) {
  TiledUnit unit = PlainUnit();
  unit.depth_latency = Seconds::Of(1e-6);
  unit.split_cost = Seconds::Of(1);
  const Tiling tiling = BestTiling({.batch = 1, .m = 16, .n = 16, .k = 1024}, unit, FlopPerSecond::Of(1e15));
  EXPECT_NEAR(tiling.time.value(), 1024e-6, 1e-12);
}

// A load of elements of 8 bits or fewer has twice as many.
TEST(TiledProductTest, NarrowFormatsLoadMoreElementsAtOnce) {
  const auto time_of = [](bool narrow) {
    const TiledUnit unit = MatrixUnitsOf(Gpu(1), {.kernel_floor = Seconds::Of(1), .element_bytes = narrow ? 1.0 : 2.0});
    return BestTiling({.batch = 1, .m = 16, .n = 16, .k = 1024}, unit, FlopPerSecond::Of(1e18)).time.value();
  };
  EXPECT_NEAR(time_of(false), 1024 * 90e-9 / 64, 1e-12);
  EXPECT_NEAR(time_of(true), 1024 * 45e-9 / 64, 1e-12);
}

// Idle cores stay idle where kernels leave the depth whole.
TEST(TiledProductTest, KernelsMayLeaveTheDepthWhole) {
  TiledUnit unit = PlainUnit();
  unit.depth_latency = Seconds::Of(1e-6);
  MatrixProblem deep = {.batch = 1, .m = 16, .n = 16, .k = 4096};
  EXPECT_GT(BestTiling(deep, unit, kUnitRate).split, 1);
  deep.whole_depth = true;
  const Tiling whole = BestTiling(deep, unit, kUnitRate);
  EXPECT_EQ(whole.split, 1);
  EXPECT_GE(whole.time.value(), 4096e-6);
}

// A class that states tiles smaller than any that is made has the smallest.
TEST(TiledProductTest, TilesHaveALeastSize) {
  TiledUnit unit = PlainUnit();
  unit.tile_rows = 8;
  unit.tile_columns = 8;
  const Tiling tiling = BestTiling({.batch = 1, .m = 64, .n = 64, .k = 64}, unit, kUnitRate);
  EXPECT_EQ(tiling.tile_m, 16);
  EXPECT_EQ(tiling.tile_n, 16);
  EXPECT_EQ(tiling.blocks, 16);
}

// On a GPU's lanes libraries make batches in tiles of at least 64 (or what the class says), unsplit.
TEST(TiledProductTest, BatchesOnLanesKeepToLargeTiles) {
  const MatrixProblem narrow = {.batch = 8, .m = 512, .n = 32, .k = 4096};
  const TiledUnit lanes = VectorLanesOf(Gpu(108), Seconds::Of(1e-6));
  const Tiling batched = BestTiling(narrow, lanes, kUnitRate);
  EXPECT_EQ(batched.tile_n, 64);
  EXPECT_EQ(batched.split, 1);
  silicon::GpuCores ampere = Gpu(108);
  ampere.batch_tile_side = MakeFigure(128);
  EXPECT_EQ(BestTiling(narrow, VectorLanesOf(ampere, Seconds::Of(1e-6)), kUnitRate).tile_n, 128);
  // Alone, the same product is made in narrower tiles.
  EXPECT_EQ(BestTiling({.batch = 1, .m = 512, .n = 32, .k = 4096}, lanes, kUnitRate).tile_n, 32);
}

// A tile of 128 x 32 fetches 1/128 + 1/32 elements for each FLOP, one of 128 x 256 1/128 + 1/256: through registers
// that takes (1 + 120 · .0390625) ÷ (1 + 120 · .01171875) = 2.36 times as long, by engines that copy 1.244 times.
TEST(TiledProductTest, OperandsThatEnginesCopyAreFedFaster) {
  silicon::GpuCores gpu = Gpu(1);
  const MatrixProblem narrow = {.batch = 1, .m = 128, .n = 32, .k = 1 << 20};
  const Seconds registers = BestTiling(narrow, MatrixUnitsOf(gpu, {.kernel_floor = Seconds::Of(1)}), kUnitRate).time;
  gpu.copy_engines = MakeFigure(1);
  const Seconds copied = BestTiling(narrow, MatrixUnitsOf(gpu, {.kernel_floor = Seconds::Of(1)}), kUnitRate).time;
  EXPECT_NEAR((registers / copied), 2.364 / 1.244, 2e-3);
}

// Lanes ask for .7 TB/s of FP32 and are fed as if 8 elements; units that ask for four times as much as if 32, and no
// format more than halves, however much it asks for.
TEST(TiledProductTest, WideOperandsAreFedByWhatACoreAsksFor) {
  const auto feed_of = [](double element_bytes, double rate) {
    return MatrixUnitsOf(Gpu(100), {.rate = FlopPerSecond::Of(rate), .element_bytes = element_bytes}).feed;
  };
  EXPECT_NEAR(feed_of(4, 70e12), 32, 1e-9);
  EXPECT_NEAR(feed_of(8, 17.5e12), 16, 1e-9);
  EXPECT_EQ(feed_of(4, 1e15), 120);
  EXPECT_EQ(feed_of(2, 19e12), 120);
  EXPECT_EQ(feed_of(0, 19e12), 120);
}

// 49 · (1 / 49) is less than 1: one wave all the same, and 99 blocks are three.
TEST(TiledProductTest, WavesAreWhole) {
  TiledUnit unit = PlainUnit();
  unit.cores = 49;
  unit.largest_split = 1;
  const auto waves = [&unit](int64_t batch) {
    return BestTiling({.batch = batch, .m = 16, .n = 16, .k = 16}, unit, kUnitRate).waves;
  };
  EXPECT_EQ(waves(49), 1);
  EXPECT_EQ(waves(98), 2);
  EXPECT_EQ(waves(99), 3);
}

// The least of the header's formula over all tiles and splits, tried one by one.
double LeastOfAll(const MatrixProblem& problem, const TiledUnit& unit, FlopPerSecond rate) {
  const double largest = std::max({unit.tile_rows, unit.tile_columns, unit.least_side});
  const auto penalty = [&unit](double feed, double rows, double columns) {
    return (1 + feed * (1 / rows + 1 / columns)) / (1 + feed * (1 / unit.tile_rows + 1 / unit.tile_columns));
  };
  const double core = (rate / unit.cores).value();
  double least = std::numeric_limits<double>::infinity();
  for (double m = largest; m >= unit.least_side; m /= 2) {
    for (double n = largest; n >= unit.least_side; n /= 2) {
      if (m * n > unit.tile_rows * unit.tile_columns || std::max(m, n) > 8 * std::min(m, n)) continue;
      const double tiles = static_cast<double>(problem.batch) * std::ceil(static_cast<double>(problem.m) / m) *
                           std::ceil(static_cast<double>(problem.n) / n);
      for (double split = 1; split <= unit.largest_split; split *= 2) {
        const bool splits = static_cast<double>(problem.k) / split >= 64 && tiles * split < 2 * unit.cores;
        if (split > 1 && !splits) break;
        const double depth = std::ceil(std::ceil(static_cast<double>(problem.k) / split) / unit.instruction_depth) *
                             unit.instruction_depth;
        const double tile = std::max(2 * m * n *
                                         (penalty(unit.feed, m, n) * depth / core +
                                          penalty(unit.overhead_feed.value_or(unit.feed), m, n) * unit.overhead_depth /
                                              std::max(core, unit.overhead_rate.value())),
                                     depth * unit.depth_latency.value());
        least =
            std::min(least, std::ceil(tiles * split / unit.cores) * tile + (split > 1 ? unit.split_cost.value() : 0));
      }
    }
  }
  return least;
}

TEST(TiledProductTest, NothingIsLeftOutThatIsBetter) {
  const auto wide = UnitSpeed{.rate = FlopPerSecond::Of(46e12), .kernel_floor = Seconds::Of(2e-6), .element_bytes = 4};
  const auto rate = FlopPerSecond::Of(46e12);
  for (const TiledUnit& unit : {PlainUnit(), MatrixUnitsOf(Gpu(120), {.kernel_floor = Seconds::Of(2e-6)}),
                                MatrixUnitsOf(Gpu(120), wide), VectorLanesOf(Gpu(108), Seconds::Of(2e-6))}) {
    for (int64_t m = 1; m < 20000; m = m * 5 / 2 + 1) {
      for (int64_t n = 2; n < 20000; n = n * 3 + 1) {
        for (int64_t k = 16; k < 40000; k = k * 4 + 3) {
          const MatrixProblem problem = {.batch = 1, .m = m, .n = n, .k = k};
          const double least = LeastOfAll(problem, unit, rate);
          EXPECT_NEAR(BestTiling(problem, unit, rate).time.value() / least, 1, 1e-9) << m << " x " << n << " x " << k;
        }
      }
    }
  }
}

// The time when each core takes the next block as soon as it is free, for one tile and split.
double Simulated(const MatrixProblem& problem, const TiledUnit& unit, const Tiling& tiling, FlopPerSecond rate) {
  const double depth = std::ceil(std::ceil(static_cast<double>(problem.k) / tiling.split) / unit.instruction_depth) *
                       unit.instruction_depth;
  const auto fetches = [](double rows, double columns) { return 1 / rows + 1 / columns; };
  const double penalty = (1 + unit.feed * fetches(tiling.tile_m, tiling.tile_n)) /
                         (1 + unit.feed * fetches(unit.tile_rows, unit.tile_columns));
  const double core = (rate / unit.cores).value();
  const double block = std::max(2 * tiling.tile_m * tiling.tile_n * penalty *
                                    (depth / core + unit.overhead_depth / std::max(core, unit.overhead_rate.value())),
                                depth * unit.depth_latency.value());
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (int core = 0; core < static_cast<int>(unit.cores); ++core) free_at.push(0);
  double end = 0;
  for (int64_t batch = 0; batch < problem.batch; ++batch) {
    for (double m = 0; m < static_cast<double>(problem.m); m += tiling.tile_m) {
      for (double n = 0; n < static_cast<double>(problem.n); n += tiling.tile_n) {
        for (int part = 0; part < static_cast<int>(tiling.split); ++part) {
          const double done = free_at.top() + block;
          free_at.pop();
          free_at.push(done);
          end = std::max(end, done);
        }
      }
    }
  }
  return end + (tiling.split > 1 ? unit.split_cost.value() : 0);
}

TEST(TiledProductTest, AgreesWithASimulationBlockByBlock) {
  const auto rate = FlopPerSecond::Of(1e15);
  for (const TiledUnit& unit : {PlainUnit(), MatrixUnitsOf(Gpu(132), {.kernel_floor = Seconds::Of(2e-6)}),
                                VectorLanesOf(Gpu(108), Seconds::Of(2e-6))}) {
    for (const int64_t m : {1, 100, 777, 4096}) {
      for (const int64_t n : {64, 1000, 5120}) {
        for (const int64_t k : {16, 300, 8192}) {
          for (const int64_t batch : {1, 12}) {
            const MatrixProblem problem = {.batch = batch, .m = m, .n = n, .k = k};
            const Tiling tiling = BestTiling(problem, unit, rate);
            EXPECT_NEAR(Simulated(problem, unit, tiling, rate) / tiling.time.value(), 1, 0.02)
                << batch << " of " << m << " x " << n << " x " << k;
          }
        }
      }
    }
  }
}

// Laws of the GPU's units.
TEST(TiledProductTest, MoreIsNeverSlowerAndTwoAreBetweenOneAndTwice) {
  const auto rate = FlopPerSecond::Of(1e15);
  const TiledUnit unit = MatrixUnitsOf(Gpu(132), {.kernel_floor = Seconds::Of(2e-6)});
  for (const int64_t m : {1, 100, 777, 4096}) {
    for (const int64_t k : {16, 300, 8192}) {
      const MatrixProblem problem = {.batch = 1, .m = m, .n = 1000, .k = k};
      const Seconds time = BestTiling(problem, unit, rate).time;
      EXPECT_LE(BestTiling(problem, unit, 1.1 * rate).time, time);
      // More cores, each as fast as before.
      const TiledUnit wider = MatrixUnitsOf(Gpu(264), {.kernel_floor = Seconds::Of(2e-6)});
      EXPECT_LE(BestTiling(problem, wider, 2 * rate).time, time * (1 + 1e-12));
      const MatrixProblem twice = {.batch = 2, .m = m, .n = 1000, .k = k};
      const double ratio = BestTiling(twice, unit, rate).time / time;
      EXPECT_GE(ratio, 1 - 1e-12) << m << " x " << k;
      EXPECT_LE(ratio, 2 + 1e-12) << m << " x " << k;
    }
  }
}

// Also where what a smaller tile fetches goes with the rate.
TEST(TiledProductTest, AHigherRateIsNeverSlowerInAnyFormat) {
  for (const double bytes : {0.5, 1.0, 2.0, 4.0, 8.0}) {
    for (const int64_t m : {16, 256, 4096}) {
      for (const int64_t k : {16, 300, 8192}) {
        const MatrixProblem problem = {.batch = 1, .m = m, .n = m, .k = k};
        auto before = Seconds::Of(std::numeric_limits<double>::infinity());
        for (double rate = 1e12; rate < 1e15; rate *= 1.3) {
          const UnitSpeed speed = {.rate = FlopPerSecond::Of(rate),
                                   .kernel_floor = Seconds::Of(2e-6),
                                   .halves = FlopPerSecond::Of(300e12),
                                   .element_bytes = bytes};
          const Seconds time = BestTiling(problem, MatrixUnitsOf(Gpu(120), speed), speed.reached()).time;
          EXPECT_LE(time, before * (1 + 1e-12)) << bytes << " bytes, " << m << ", " << k << ", " << rate;
          before = time;
        }
      }
    }
  }
}

// One tile of 128 x 256 on one core, 1,024 deep, at 2 TFLOP/s: (1,024 + 180) · 65,536 FLOP; where halves run at 1
// TFLOP/s, its beginning and end take twice as long.
TEST(TiledProductTest, NarrowFormatsBeginAndEndAsHalvesDo) {
  TiledUnit unit = {.cores = 1,
                    .tile_rows = 128,
                    .tile_columns = 256,
                    .overhead_depth = 180,
                    .overhead_rate = {},
                    .depth_latency = {},
                    .split_cost = {}};
  const ops::MatrixProblem problem = {.batch = 1, .m = 128, .n = 256, .k = 1024};
  const auto rate = FlopPerSecond::Of(2e12);
  EXPECT_NEAR(BestTiling(problem, unit, rate).time.value(), 1204 * 65536 / 2e12, 1e-12);
  unit.most_overhead_rate = FlopPerSecond::Of(1e12);
  EXPECT_NEAR(BestTiling(problem, unit, rate).time.value(), (1024 + 2 * 180) * 65536 / 2e12, 1e-12);
  // Halves themselves, and wider formats, are as they were.
  unit.most_overhead_rate = FlopPerSecond::Of(4e12);
  EXPECT_NEAR(BestTiling(problem, unit, rate).time.value(), 1204 * 65536 / 2e12, 1e-12);
}

}  // namespace
}  // namespace sandglass::models
