#include "analyzer/models/product_time.h"

#include <gtest/gtest.h>

#include "analyzer/models/matrix_time.h"
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

}  // namespace
}  // namespace sandglass::models
