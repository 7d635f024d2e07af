#include "analyzer/models/matrix_time.h"

#include <gtest/gtest.h>

namespace sandglass::models {
namespace {

using ops::MatrixProblem;

TEST(SystolicTest, HandWorkedCycles) {
  // max(512, 256) · 16 · 16 + 3·256 − 2 = 131,072 + 766 = 131,838. The other orientation streams n = 4096:
  // 4096 · 2 · 16 + 766 = 131,838 too.
  EXPECT_DOUBLE_EQ(SystolicCycles({.batch = 1, .m = 512, .n = 4096, .k = 4096}, 256), 131838);
}

TEST(SystolicTest, FewRowsAreFlippedOrPadded) {
  // One row through 128 × 128: streamed as m: max(1,128)·32·32 + 382 = 131,454; flipped: 4096·1·32 + 382 = 131,454.
  EXPECT_DOUBLE_EQ(SystolicCycles({.batch = 1, .m = 1, .n = 4096, .k = 4096}, 128), 131454);
  // Not flipping n = 64 pays for padding: m 4096 streamed: 4096·1·1 + 382; flipped: max(64,128)·32·1 + 382 = 4,478.
  EXPECT_DOUBLE_EQ(SystolicCycles({.batch = 1, .m = 4096, .n = 64, .k = 128}, 128), 4478);
}

TEST(SystolicTest, AFullArrayReachesThePeak) {
  // Long streams hide the fill: 2·m·n·k FLOP at the peak rate, to within the 3S − 2 cycles.
  const MatrixProblem problem = {.batch = 1, .m = 1 << 20, .n = 128, .k = 128};
  const auto rate = FlopPerSecond::Of(2.0 * 128 * 128 * 1e9);  // one array at 1 GHz
  EXPECT_NEAR(SystolicMatrixTime(problem, 1, 128, {.rate = rate, .efficiency = 1, .kernel_floor = {}}).value(),
              (1 << 20) * 1e-9, 1e-6);
}

// 10 rows stream by 10,000 elements on 9,000 cores, two a core; or 100 by 1,000, one a core.
TEST(DataflowTest, CoresKeepAShareOfOneOperand) {
  const MatrixProblem problem = {.batch = 1, .m = 10, .n = 100, .k = 100};
  EXPECT_EQ(SpreadFlop(problem, 9000), Flop::Of(2.0 * 10 * 9000 * 2));
  EXPECT_EQ(SpreadFlop({.batch = 1, .m = 100, .n = 10, .k = 100}, 9000), SpreadFlop(problem, 9000));
  // Few cores are full either way.
  EXPECT_EQ(SpreadFlop(problem, 10), Flop::Of(200000));
  // A batch is kept side by side.
  EXPECT_EQ(SpreadFlop({.batch = 9, .m = 10, .n = 100, .k = 100}, 9000), Flop::Of(2.0 * 10 * 90000));
}

// On 56 cores 64 × 64 results are 4 tiles of 32 × 32 on 4 cores, or 32 of 16 × 8, which are fed (1 + 4·(1/16 + 1/8)) /
// (1 + 4/32 + 4/32) = 1.4 as slowly, on 32.
TEST(CpuTest, SmallProductsLeaveCoresIdle) {
  silicon::Figure cores;
  cores.value = 56;
  const silicon::CpuCores cpu = {cores, {}};
  const UnitSpeed speed = {.rate = FlopPerSecond::Of(56e9), .efficiency = 1, .kernel_floor = {}};
  EXPECT_NEAR(MatrixTime(cpu, {.batch = 1, .m = 64, .n = 64, .k = 1000}, speed).value(), 1.4 * 2 * 16 * 8 * 1000 / 1e9,
              1e-12);
  // One row by one column: one core, fed 9 / 1.25 as slowly.
  EXPECT_NEAR(MatrixTime(cpu, {.batch = 1, .m = 1, .n = 1, .k = 63}, speed).value(), 7.2 * 2 * 63 / 1e9, 1e-15);
}

// Laws that hold for every kind of chip.
class EveryChip : public ::testing::TestWithParam<int> {
 protected:
  static Seconds Time(const MatrixProblem& problem, FlopPerSecond rate) {
    const UnitSpeed speed = {.rate = rate, .efficiency = 0.8, .kernel_floor = Seconds::Of(1e-6)};
    const auto figure = [](double value) {
      silicon::Figure result;
      result.value = value;
      return result;
    };
    switch (GetParam()) {
      case 0:
        return MatrixTime(silicon::GpuCores{figure(108), figure(128), figure(128), {}}, problem, speed);
      case 1:
        return MatrixTime(silicon::SystolicArrays{figure(4), figure(128), figure(1e9)}, problem, speed);
      case 2:
        return MatrixTime(silicon::NeuronCores{figure(8), figure(128), figure(1e9)}, problem, speed);
      case 3:
        return MatrixTime(silicon::MatrixVectorEngines{figure(8), figure(256), figure(256)}, problem, speed);
      case 4:
        return MatrixTime(silicon::CpuCores{figure(56), figure(2e9)}, problem, speed);
      default:
        return MatrixTime(silicon::DataflowCores{figure(1000), {}, {}}, problem, speed);
    }
  }
};

constexpr auto kRate = FlopPerSecond::Of(1e12);

TEST_P(EveryChip, NeverBeatsTheRoofline) {
  for (const int64_t m : {1, 7, 128, 1000, 4096}) {
    for (const int64_t n : {1, 64, 129, 4096}) {
      const MatrixProblem problem = {.batch = 3, .m = m, .n = n, .k = 300};
      const double flop = 2.0 * 3 * static_cast<double>(m) * static_cast<double>(n) * 300;
      EXPECT_GE(Time(problem, kRate).value(), flop / 0.8e12 * (1 - 1e-12)) << m << " x " << n;
    }
  }
}

TEST_P(EveryChip, AFasterUnitIsNeverSlower) {
  const MatrixProblem problem = {.batch = 2, .m = 500, .n = 700, .k = 900};
  EXPECT_LT(Time(problem, 2 * kRate), Time(problem, kRate));
}

TEST_P(EveryChip, MoreWorkIsNeverFaster) {
  Seconds last;
  for (const int64_t m : {1, 16, 100, 128, 129, 512, 5000}) {
    const Seconds time = Time({.batch = 1, .m = m, .n = 256, .k = 256}, kRate);
    EXPECT_GE(time, last) << m;
    last = time;
  }
}

INSTANTIATE_TEST_SUITE_P(Chips, EveryChip, ::testing::Range(0, 6));

}  // namespace
}  // namespace sandglass::models
