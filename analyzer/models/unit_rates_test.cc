#include "analyzer/models/unit_rates.h"

#include <gtest/gtest.h>

#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::models {
namespace {

using silicon::Format;
using testing::MakeFigure;
using testing::MakeRate;
using testing::RoundChip;
using trace::DataType;

silicon::SiliconClass WithHalves(bool gpu) {
  silicon::SiliconClass chip = RoundChip();
  chip.vector_rates.push_back(MakeRate(Format::kFp16, 40e12, 1));
  if (!gpu) return chip;
  chip.chip = silicon::GpuCores{.cores = MakeFigure(10), .tile_rows = MakeFigure(128), .tile_columns = MakeFigure(128)};
  return chip;
}

ops::Work Elements(ops::OpClass op_class, DataType dtype) {
  ops::Work work;
  work.op_class = op_class;
  work.vector = Flop::Of(100);
  work.vector_dtype = dtype;
  work.reread.vector = Flop::Of(10);
  return work;
}

TEST(UnitRatesTest, AGpuComputesElementsOfHalvesInFp32) {
  const ops::Work work = Elements(ops::OpClass::kElementwise, DataType::kFloat16);
  const silicon::SiliconClass gpu = WithHalves(true);
  EXPECT_EQ(RatesFor(work, gpu, false).vector->format, Format::kFp32);
  const silicon::SiliconClass other = WithHalves(false);
  EXPECT_EQ(RatesFor(work, other, false).vector->format, Format::kFp16);
  // Products of halves for want of a matrix rate run in pairs.
  ops::Work product;
  product.matrix = Flop::Of(100);
  product.matrix_dtype = DataType::kFloat16;
  silicon::SiliconClass lanes = WithHalves(true);
  lanes.matrix_rates.clear();
  EXPECT_EQ(RatesFor(product, lanes, false).moved->format, Format::kFp16);
}

TEST(UnitRatesTest, ProductsOfSinglesRunInTf32WhereThatIsAllowed) {
  ops::Work product;
  product.matrix = Flop::Of(100);
  product.matrix_dtype = DataType::kFloat32;
  const silicon::SiliconClass chip = RoundChip();
  EXPECT_EQ(RatesFor(product, chip, true).matrix->format, Format::kTf32);
  const Rates rates = RatesFor(product, chip, false);
  EXPECT_EQ(rates.matrix, nullptr);
  EXPECT_EQ(rates.moved->format, Format::kFp32);
}

TEST(UnitRatesTest, LanesOfAGpuTakeTwoForAnOperationAlone) {
  const silicon::SiliconClass gpu = WithHalves(true);
  EXPECT_DOUBLE_EQ(LaneWork(Elements(ops::OpClass::kSoftmax, DataType::kFloat32), gpu).value(), 220);
  for (const ops::OpClass op_class :
       {ops::OpClass::kElementwise, ops::OpClass::kReduction, ops::OpClass::kNormalization}) {
    EXPECT_DOUBLE_EQ(LaneWork(Elements(op_class, DataType::kFloat32), gpu).value(), 220);
  }
  EXPECT_DOUBLE_EQ(LaneWork(Elements(ops::OpClass::kSelectiveScan, DataType::kFloat32), gpu).value(), 110);
  // What is done to a product's result, and a convolution of multiply-adds.
  ops::Work convolution = Elements(ops::OpClass::kConvolution, DataType::kFloat32);
  EXPECT_DOUBLE_EQ(LaneWork(convolution, gpu).value(), 110);
  convolution.matrix = Flop::Of(1);
  EXPECT_DOUBLE_EQ(LaneWork(convolution, gpu).value(), 220);
  EXPECT_DOUBLE_EQ(VectorWork(Elements(ops::OpClass::kSoftmax, DataType::kFloat32), gpu).value(), 110);
  // What a row's second reading does again is done once where the row stays.
  EXPECT_DOUBLE_EQ(LaneWork(Elements(ops::OpClass::kSoftmax, DataType::kFloat32), RoundChip()).value(), 100);
}

// The pace of 16-bit formats is what they reach, as that of the format is.
TEST(UnitRatesTest, HalvesReachTheSameShare) {
  silicon::SiliconClass chip = RoundChip();
  chip.matrix_efficiency = MakeFigure(0.5);
  chip.matrix_rates.push_back(MakeRate(Format::kFp8, 200e12, 1));
  const UnitSpeed speed = MatrixSpeedOf(chip.matrix_rates.back(), chip, chip.stacks.front());
  EXPECT_DOUBLE_EQ(speed.reached().value(), 100e12);
  EXPECT_DOUBLE_EQ(speed.halves.value(), 50e12);
}

// As they are loaded: TF32 is rounded in the units.
TEST(UnitRatesTest, FormatsHaveElementsOfTheirSize) {
  const silicon::SiliconClass chip = RoundChip();
  const auto bytes_of = [&chip](silicon::Format format) {
    return MatrixSpeedOf(MakeRate(format, 1e12, 1), chip, chip.stacks.front()).element_bytes;
  };
  EXPECT_EQ(bytes_of(Format::kFp64), 8);
  EXPECT_EQ(bytes_of(Format::kFp32), 4);
  EXPECT_EQ(bytes_of(Format::kTf32), 4);
  EXPECT_EQ(bytes_of(Format::kFp16), 2);
  EXPECT_EQ(bytes_of(Format::kBf16), 2);
  EXPECT_EQ(bytes_of(Format::kFp8), 1);
  EXPECT_EQ(bytes_of(Format::kInt8), 1);
  EXPECT_EQ(bytes_of(Format::kFp4), 0.5);
  EXPECT_EQ(bytes_of(Format::kUnspecified), 0);
}

}  // namespace
}  // namespace sandglass::models
