#include "analyzer/models/residency.h"

#include <gtest/gtest.h>

#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::models {
namespace {

using testing::MakeFigure;
using testing::RoundChip;

// Ten cores, and 1 MB on chip.
silicon::SiliconClass Gpu() {
  silicon::SiliconClass gpu = RoundChip();
  gpu.chip = silicon::GpuCores{.cores = MakeFigure(10), .tile_rows = MakeFigure(128), .tile_columns = MakeFigure(128)};
  return gpu;
}

double Again(double bytes, double row, const silicon::SiliconClass& silicon, bool fuses = false) {
  silicon::Stack stack = silicon.stacks.front();
  stack.fuses = fuses;
  return ReadAgainOn({.bytes = Bytes::Of(bytes),
                      .row = Bytes::Of(row),
                      .rows_a_core = 16,
                      .vector = Flop(),
                      .between_kernels = false},
                     silicon, stack)
      .in_time.value();
}

TEST(ResidencyTest, RowsUnderWayThatFitTheCacheCostHalf) {
  // 160 rows of 6,250 bytes are the whole cache.
  EXPECT_DOUBLE_EQ(Again(1e9, 6250, Gpu()), 0.5e9);
  EXPECT_DOUBLE_EQ(Again(1e9, 6251, Gpu()), 1e9);
  // Fewer rows than cores could have under way: all of them.
  EXPECT_DOUBLE_EQ(Again(1e6, 1e5, Gpu()), 0.5e6);
  EXPECT_DOUBLE_EQ(Again(2e6, 1e5, Gpu()), 2e6);
  EXPECT_DOUBLE_EQ(Again(0, 0, Gpu()), 0);
}

TEST(ResidencyTest, WhatAllCoresShareIsThereOnce) {
  const auto again = [](double row) {
    const ops::Reread shared = {
        .bytes = Bytes::Of(1e9), .row = Bytes::Of(row), .rows_a_core = 0, .vector = Flop(), .between_kernels = false};
    return ReadAgainOn(shared, Gpu(), Gpu().stacks.front()).in_time.value();
  };
  EXPECT_DOUBLE_EQ(again(1e6), 0.5e9);
  EXPECT_DOUBLE_EQ(again(1.1e6), 1e9);
}

// A cache's hits take time, and none of memory's energy.
TEST(ResidencyTest, WhatMemoryReads) {
  const auto memory = [](double row) {
    const ops::Reread reread = {
        .bytes = Bytes::Of(1e9), .row = Bytes::Of(row), .rows_a_core = 16, .vector = Flop(), .between_kernels = false};
    return ReadAgainOn(reread, Gpu(), Gpu().stacks.front()).from_memory.value();
  };
  EXPECT_DOUBLE_EQ(memory(6250), 0);
  EXPECT_DOUBLE_EQ(memory(6251), 1e9);
}

// Each of a CPU's cores has one row under way, and its caches are no one's to decide about.
TEST(ResidencyTest, CpusHaveCaches) {
  silicon::SiliconClass cpu = RoundChip();
  cpu.chip = silicon::CpuCores{.cores = MakeFigure(10), .clock_hz = MakeFigure(1e9)};
  EXPECT_DOUBLE_EQ(Again(1e9, 1e5, cpu), 0.5e9);
  EXPECT_DOUBLE_EQ(Again(1e9, 1.1e5, cpu), 1e9);
}

// 20 cores have twice as many rows under way.
TEST(ResidencyTest, MoreCoresKeepLessOfEach) {
  silicon::SiliconClass gpu = Gpu();
  EXPECT_DOUBLE_EQ(Again(1e9, 6250, gpu), 0.5e9);
  std::get<silicon::GpuCores>(gpu.chip).cores = MakeFigure(20);
  EXPECT_DOUBLE_EQ(Again(1e9, 6250, gpu), 1e9);
}

TEST(ResidencyTest, CompilersKeepThemForNothing) {
  EXPECT_DOUBLE_EQ(Again(1e9, 6250, Gpu(), true), 0);
  EXPECT_DOUBLE_EQ(Again(1e9, 6251, Gpu(), true), 1e9);
}

// A GPU's library alone runs one more kernel.
TEST(ResidencyTest, CompilersAndOtherChipsMakeOneKernel) {
  const ops::Reread reread = {
      .bytes = Bytes::Of(1e9), .row = Bytes::Of(1e9), .rows_a_core = 0, .vector = Flop(), .between_kernels = true};
  const auto again = [&reread](const silicon::SiliconClass& chip, bool fuses) {
    silicon::Stack stack = chip.stacks.front();
    stack.fuses = fuses;
    return ReadAgainOn(reread, chip, stack);
  };
  EXPECT_DOUBLE_EQ(again(Gpu(), false).in_time.value(), 1e9);
  EXPECT_DOUBLE_EQ(again(Gpu(), false).from_memory.value(), 1e9);
  EXPECT_EQ(again(Gpu(), true).in_time, Bytes());
  EXPECT_EQ(again(Gpu(), true).from_memory, Bytes());
  EXPECT_EQ(again(RoundChip(), false).in_time, Bytes());
  ops::Work work;
  work.kernels = 2;
  work.reread = reread;
  silicon::Stack fusing = Gpu().stacks.front();
  fusing.fuses = true;
  EXPECT_EQ(KernelsOn(work, Gpu(), Gpu().stacks.front()), 2);
  EXPECT_EQ(KernelsOn(work, Gpu(), fusing), 1);
  EXPECT_EQ(KernelsOn(work, RoundChip(), RoundChip().stacks.front()), 1);
  work.reread.between_kernels = false;
  EXPECT_EQ(KernelsOn(work, Gpu(), fusing), 2);
}

TEST(ResidencyTest, OneRowStaysWhereSoftwareDecides) {
  EXPECT_DOUBLE_EQ(Again(1e9, 1e6, RoundChip()), 0);
  EXPECT_DOUBLE_EQ(Again(1e9, 1.1e6, RoundChip()), 1e9);
}

TEST(ResidencyTest, WithoutKnownMemoryOnChipNothingIsKept) {
  silicon::SiliconClass chip = Gpu();
  chip.memory->on_chip_bytes.reset();
  EXPECT_DOUBLE_EQ(Again(1e9, 1, chip), 1e9);
  chip.memory.reset();
  EXPECT_DOUBLE_EQ(Again(1e9, 1, chip), 1e9);
}

// More on-chip memory never makes more traffic.
TEST(ResidencyTest, MoreCacheIsNeverSlower) {
  silicon::SiliconClass chip = Gpu();
  double before = 1e9;
  for (double on_chip = 1e3; on_chip < 1e9; on_chip *= 3) {
    chip.memory->on_chip_bytes = MakeFigure(on_chip);
    const double now = Again(1e9, 5e4, chip);
    EXPECT_LE(now, before);
    before = now;
  }
  EXPECT_DOUBLE_EQ(before, 0.5e9);
}

}  // namespace
}  // namespace sandglass::models
