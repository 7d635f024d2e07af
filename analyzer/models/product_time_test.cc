#include "analyzer/models/product_time.h"

#include <gtest/gtest.h>

#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::models {
namespace {

using testing::MakeFigure;
using testing::RoundChip;

// 16 x 32 x 64, and behind it three turns of 8 x 4 x 2.
ops::Work InTurns() {
  ops::Work work;
  work.problem = ops::MatrixProblem{.batch = 1, .m = 16, .n = 32, .k = 64};
  work.second_problem = ops::MatrixProblem{.batch = 1, .m = 8, .n = 4, .k = 2};
  work.second_turns = 3;
  work.matrix = FlopOf(*work.problem) + 3 * FlopOf(*work.second_problem);
  return work;
}

TEST(ProductTimeTest, TurnsFollowEachOther) {
  silicon::SiliconClass chip = RoundChip();
  chip.chip = silicon::DataflowCores{.cores = MakeFigure(1), .sram_bytes = {}, .sram_bytes_per_s = {}};
  const UnitSpeed speed = {.rate = FlopPerSecond::Of(1e9), .efficiency = 1, .kernel_floor = {}};
  // 65,536 FLOP, and three times 128.
  EXPECT_DOUBLE_EQ(OnMatrixUnits(InTurns(), chip, speed).time.value(), 65920e-9);
}

// A CPU without matrix units multiplies in the same tiles.
TEST(ProductTimeTest, CpusMakeTilesOnEitherUnits) {
  silicon::SiliconClass chip = RoundChip();
  chip.chip = silicon::CpuCores{.cores = MakeFigure(4), .clock_hz = MakeFigure(1e9)};
  const UnitSpeed speed = {.rate = FlopPerSecond::Of(1e9), .efficiency = 1, .kernel_floor = {}};
  EXPECT_EQ(OnVectorUnits(InTurns(), chip, speed).time, OnMatrixUnits(InTurns(), chip, speed).time);
  EXPECT_GT(OnVectorUnits(InTurns(), chip, speed).time.value(), 65920e-9);
}

TEST(ProductTimeTest, TurnsOnLanesFillTilesEach) {
  silicon::SiliconClass chip = RoundChip();
  const silicon::GpuCores gpu = {
      .cores = MakeFigure(10), .tile_rows = MakeFigure(128), .tile_columns = MakeFigure(128)};
  chip.chip = gpu;
  const UnitSpeed speed = {.rate = FlopPerSecond::Of(1e12), .efficiency = 1, .kernel_floor = Seconds::Of(1e-6)};
  const ops::Work work = InTurns();
  const Seconds expected =
      VectorLaneTime(gpu, *work.problem, speed) + 3 * VectorLaneTime(gpu, *work.second_problem, speed);
  EXPECT_DOUBLE_EQ(OnVectorUnits(work, chip, speed).time.value(), expected.value());
}

// The pace of 16-bit formats is what they reach, as that of the format is.
TEST(ProductTimeTest, HalvesReachTheSameShare) {
  silicon::SiliconClass chip = RoundChip();
  chip.matrix_efficiency = MakeFigure(0.5);
  chip.matrix_rates.push_back(testing::MakeRate(silicon::Format::kFp8, 200e12, 1));
  const UnitSpeed speed = MatrixSpeedOf(chip.matrix_rates.back(), chip, chip.stacks.front());
  EXPECT_DOUBLE_EQ(speed.reached().value(), 100e12);
  EXPECT_DOUBLE_EQ(speed.halves.value(), 50e12);
}

TEST(ProductTimeTest, EightBitsAndFewerAreNarrow) {
  const silicon::SiliconClass chip = RoundChip();
  const auto narrow = [&chip](silicon::Format format) {
    return MatrixSpeedOf(testing::MakeRate(format, 1e12, 1), chip, chip.stacks.front()).narrow;
  };
  for (const auto format : {silicon::Format::kFp8, silicon::Format::kInt8, silicon::Format::kFp4}) {
    EXPECT_TRUE(narrow(format)) << static_cast<int>(format);
  }
  for (const auto format : {silicon::Format::kBf16, silicon::Format::kFp16, silicon::Format::kTf32}) {
    EXPECT_FALSE(narrow(format)) << static_cast<int>(format);
  }
}

}  // namespace
}  // namespace sandglass::models
