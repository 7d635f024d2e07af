#include "analyzer/models/operator_model.h"

#include <gtest/gtest.h>

#include <cmath>

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
  return EstimateOperator(work, {.support = Support::kNative}, chip, chip.stacks.front(), options);
}

absl::StatusOr<OperatorEstimate> EstimateAs(Support support, const ops::Work& work, const silicon::SiliconClass& chip,
                                            OperatorOptions options = {}) {
  return EstimateOperator(work, {.support = support}, chip, chip.stacks.front(), options);
}

// What is emulated runs on the vector units, whatever matrix units there are.
TEST(OperatorModelTest, EmulatedProductsRunOnVectorUnits) {
  const silicon::SiliconClass chip = RoundChip();
  const auto native = EstimateAs(Support::kNative, Product(), chip);
  const auto emulated = EstimateAs(Support::kEmulated, Product(), chip);
  ASSERT_TRUE(native.ok() && emulated.ok()) << native.status() << emulated.status();
  EXPECT_GT(native->matrix, Seconds());
  EXPECT_EQ(native->vector, Seconds());
  EXPECT_EQ(emulated->matrix, Seconds());
  EXPECT_GT(emulated->vector, native->matrix);
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
  const auto tf32 = Estimate(Product(DataType::kFloat32), RoundChip(), {.allow_tf32 = true});
  ASSERT_TRUE(tf32.ok());
  EXPECT_NEAR(tf32->matrix.value(), 42.94967296e-6, 1e-11);
  EXPECT_EQ(tf32->matrix_format, Format::kTf32);
}

// Four bits in their own units where a chip has them, else as the next wider format; never on the vector units.
TEST(OperatorModelTest, Fp4RunsInTheNarrowestFormatThatIsWideEnough) {
  const auto in_bf16 = Estimate(Product(DataType::kFloat4E2m1), RoundChip());
  ASSERT_TRUE(in_bf16.ok()) << in_bf16.status();
  EXPECT_EQ(in_bf16->matrix_format, Format::kBf16);
  silicon::SiliconClass chip = RoundChip();
  chip.matrix_rates.push_back(testing::MakeRate(Format::kFp4, 400e12, 0.25));
  const auto in_fp4 = Estimate(Product(DataType::kFloat4E2m1), chip);
  ASSERT_TRUE(in_fp4.ok()) << in_fp4.status();
  EXPECT_EQ(in_fp4->matrix_format, Format::kFp4);
  EXPECT_NEAR(in_fp4->matrix.value(), 21.47483648e-6 / 4, 1e-12);
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
  const auto decomposed = EstimateAs(Support::kDecomposed, Scan(), chip);
  ASSERT_TRUE(decomposed.ok());
  // 1000 turns of 5 floors of 1 us and a turn of .5 us: 5.5 ms. The state, 1e5 · 4 B, fits the 1 MB on the chip.
  EXPECT_NEAR(decomposed->serial.value(), 5.5e-3, 1e-9);
  EXPECT_EQ(decomposed->limit, Limit::kSerial);
  EXPECT_NEAR(decomposed->device.value(), 5.5e-3 + 51e-6, 1e-9);
  chip.memory->on_chip_bytes = MakeFigure(1e5);
  const auto spilled = EstimateAs(Support::kDecomposed, Scan(), chip);
  ASSERT_TRUE(spilled.ok());
  // Now three elements of 4 B move for each of 5e8 operations: 6 GB, 6 ms.
  EXPECT_NEAR(spilled->memory.value(), 6e-3, 1e-9);
}

// On a GPU units and memory overlap but for the tiles' beginnings and ends, and attention's softmax waits for its
// products.
TEST(OperatorModelTest, HowUnitsOfAGpuOverlap) {
  silicon::SiliconClass gpu = RoundChip();
  gpu.chip = silicon::GpuCores{.cores = MakeFigure(1), .tile_rows = MakeFigure(128), .tile_columns = MakeFigure(128)};
  ops::Work both = Product();
  both.vector = Flop::Of(1e8);  // 10 us, and twice that where lanes add alone
  both.vector_dtype = DataType::kFloat32;
  const auto single = Estimate(both, gpu);
  both.op_class = ops::OpClass::kBatchedGemm;
  const auto mixed = Estimate(both, gpu);
  both.op_class = ops::OpClass::kAttention;
  const auto attention = Estimate(both, gpu);
  ASSERT_TRUE(single.ok() && mixed.ok() && attention.ok());
  const double matrix = mixed->matrix.value();
  const double memory = 6.291456e-6;
  EXPECT_NEAR(mixed->device.value(), 1e-6 + std::sqrt(matrix * matrix + 20e-6 * 20e-6 + memory * memory), 1e-12);
  const double cubes = std::pow(matrix, 3) + std::pow(20e-6, 3) + std::pow(memory, 3);
  EXPECT_NEAR(single->device.value(), 1e-6 + std::cbrt(cubes), 1e-12);
  EXPECT_NEAR(attention->device.value(), 1e-6 + std::sqrt((matrix + 10e-6) * (matrix + 10e-6) + memory * memory),
              1e-12);
  // Each of the two is shorter than the memory, and both in a chain are longer.
  both.read = Bytes::Of(22e6);
  EXPECT_EQ(Estimate(both, gpu)->limit, Limit::kMatrix);
  both.op_class = ops::OpClass::kGemm;
  EXPECT_EQ(Estimate(both, gpu)->limit, matrix > 24e-6 ? Limit::kMatrix : Limit::kMemory);
  // Half the clock: units take twice as long, three tenths of memory's time as well, the floor as long as before.
  const double slower = 1.3 * memory;
  EXPECT_NEAR(DeviceAt(*mixed, 0.5).value(), 1e-6 + std::sqrt(4 * matrix * matrix + 40e-6 * 40e-6 + slower * slower),
              1e-12);
  EXPECT_EQ(DeviceAt(*mixed, 1), mixed->device);
}

// Only where the chip has engines that copy, and the kernels use them, do products of attention reach their rate.
TEST(OperatorModelTest, AttentionUsesEnginesWhereBothHaveThem) {
  silicon::SiliconClass gpu = RoundChip();
  silicon::GpuCores cores = {.cores = MakeFigure(1), .tile_rows = MakeFigure(128), .tile_columns = MakeFigure(128)};
  ops::Work work = Product();
  work.op_class = ops::OpClass::kAttention;
  work.matrix *= 100.0;
  work.attention = ops::AttentionProblem{.heads = 1, .sharing = 1, .queries = 1024, .keys = 1024};
  work.vector = Flop::Of(1);
  work.vector_dtype = DataType::kFloat32;
  const auto matrix = [&](bool engines, bool used) {
    cores.copy_engines = engines ? std::make_optional(MakeFigure(1)) : std::nullopt;
    gpu.chip = cores;
    work.attention->beside_threads = used;
    return Estimate(work, gpu)->matrix;
  };
  EXPECT_EQ(matrix(true, false), matrix(false, false));
  EXPECT_EQ(matrix(false, true), matrix(false, false));
  EXPECT_LT(matrix(true, true), matrix(false, false));
  // What next to no work waits for are cycles: 64 tiles of 128 rows, 8 one after the other in each of 8 blocks, whose
  // waits of 4.6 us do not follow the clock.
  work.matrix = Flop::Of(1);
  const Seconds blocks = 8 * Seconds::Of(4.6e-6);
  gpu.power.clock_hz = MakeFigure(1.83e9);
  EXPECT_NEAR((matrix(false, false) - blocks).value(), 64 * 1e-6 / 2, 1e-9);
  gpu.power.clock_hz = MakeFigure(1.83e9 / 2);
  EXPECT_NEAR((matrix(false, false) - blocks).value(), 64 * 1e-6, 1e-9);
}

// A million elements at 40 instructions each, on 100 cores of 64 lanes at 1 GHz: 6.25 us beside 10 us of additions.
TEST(OperatorModelTest, PlacesOfElementsTakeTheIntegerLanesOfAGpu) {
  silicon::SiliconClass gpu = RoundChip();
  gpu.chip = silicon::GpuCores{.cores = MakeFigure(100), .tile_rows = MakeFigure(128), .tile_columns = MakeFigure(128)};
  gpu.power.clock_hz = MakeFigure(1e9);
  ops::Work work;
  work.op_class = ops::OpClass::kElementwise;
  work.vector = Flop::Of(5e7);
  work.vector_dtype = DataType::kFloat32;
  EXPECT_EQ(Estimate(work, gpu)->addressing, Seconds());
  work.addressed = 1e6;
  const auto estimate = Estimate(work, gpu);
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  EXPECT_NEAR(estimate->addressing.value(), 6.25e-6, 1e-15);
  EXPECT_NEAR(estimate->device.value(), 1e-6 + 16.25e-6, 1e-12);
  // It goes with the clock; and engines that a compiler feeds do not do it.
  EXPECT_NEAR(DeviceAt(*estimate, 0.5).value(), 1e-6 + 32.5e-6, 1e-12);
  EXPECT_EQ(Estimate(work, RoundChip())->addressing, Seconds());
}

// 4,096 turns of threads on one core of a GPU: two waits of 2.3 us, which go with the clock. No other chip kind waits
// so, nor does a loop of primitives.
TEST(OperatorModelTest, BlocksOfAGpuWaitForTheirLoads) {
  silicon::SiliconClass gpu = RoundChip();
  gpu.chip = silicon::GpuCores{.cores = MakeFigure(1), .tile_rows = MakeFigure(128), .tile_columns = MakeFigure(128)};
  ops::Work work;
  work.op_class = ops::OpClass::kSelectiveScan;
  work.thread_turns = 4096;
  work.loop = ops::SerialLoop{.steps = 1, .operators_per_step = 1};
  const auto estimate = Estimate(work, gpu);
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  EXPECT_NEAR(estimate->waiting.value(), 4.6e-6, 1e-15);
  EXPECT_NEAR(estimate->device.value(), 1e-6 + 4.6e-6, 1e-12);
  EXPECT_EQ(estimate->limit, Limit::kSerial);
  EXPECT_NEAR(DeviceAt(*estimate, 0.5).value(), 1e-6 + 9.2e-6, 1e-12);
  EXPECT_EQ(Estimate(work, RoundChip())->waiting, Seconds());
  const auto decomposed =
      EstimateOperator(work, {.support = silicon::Support::kDecomposed}, gpu, gpu.stacks.front(), OperatorOptions());
  ASSERT_TRUE(decomposed.ok()) << decomposed.status();
  EXPECT_EQ(decomposed->waiting, Seconds());
  // Two devices have twice the cores.
  const auto shared =
      EstimateOperator(work, {.support = silicon::Support::kNative}, gpu, gpu.stacks.front(), {.devices = 2});
  ASSERT_TRUE(shared.ok()) << shared.status();
  EXPECT_NEAR(shared->waiting.value(), 2.3e-6, 1e-15);
}

// What a class is called is nothing to the models.
TEST(OperatorModelTest, NamesChangeNothing) {
  silicon::SiliconClass renamed = RoundChip();
  renamed.id = "nvidia-h100-sxm";
  renamed.display_name = "NVIDIA H100";
  renamed.vendor = "NVIDIA";
  renamed.aliases = {"H100"};
  for (const ops::Work& work : {Product(), Addition(), Scan()}) {
    EXPECT_EQ(Estimate(work, renamed)->device, Estimate(work, RoundChip())->device);
  }
}

TEST(OperatorModelTest, WhatDoesNotRunIsAnErrorNotANumber) {
  const silicon::SiliconClass chip = RoundChip();
  struct Case {
    Support support;
    absl::StatusCode code;
  };
  for (const Case& c : {Case{Support::kUnsupported, absl::StatusCode::kUnimplemented},
                        Case{Support::kHostFallback, absl::StatusCode::kFailedPrecondition},
                        Case{Support::kUnknown, absl::StatusCode::kFailedPrecondition}}) {
    EXPECT_EQ(EstimateAs(c.support, Addition(), chip).status().code(), c.code);
  }
}

// Without a loop, what is decomposed keeps a share of its speed: half of 12 us of memory time, and the floor.
TEST(OperatorModelTest, DecompositionCostsAShareOfSpeed) {
  silicon::SiliconClass chip = RoundChip();
  chip.stacks[0].decomposed_retained = MakeFigure(0.5);
  const auto estimate = EstimateAs(Support::kDecomposed, Addition(), chip);
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  EXPECT_NEAR(estimate->device.value(), 12e-6 / 0.5 + 1e-6, 1e-15);
  EXPECT_EQ(estimate->retained, 0.5);
  // What is known of the operator itself goes first, also where it is a loop.
  const silicon::OperatorSupport known = {.support = Support::kDecomposed, .retained = MakeFigure(0.8)};
  const auto scan = EstimateOperator(Scan(), known, chip, chip.stacks[0], {});
  ASSERT_TRUE(scan.ok());
  EXPECT_NEAR(scan->device.value(), 50e-6 / 0.8 + 1e-6, 1e-12);
  EXPECT_EQ(scan->serial.value(), 0);
}

// The host (RoundChip again) takes 13 us; 12 MB at 10 GB/s take 1.2 ms; two waits of 5 us.
TEST(OperatorModelTest, HostFallbackPaysCopiesAndWaits) {
  silicon::SiliconClass chip = RoundChip();
  const silicon::SiliconClass host = RoundChip();
  chip.host =
      silicon::HostPath{.bytes_per_s = MakeFigure(10e9), .sync_s = MakeFigure(5e-6), .host_class = "round-chip"};
  OperatorOptions options;
  options.host = &host;
  const auto estimate = EstimateAs(Support::kHostFallback, Addition(), chip, options);
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  EXPECT_NEAR(estimate->host.value(), 13e-6, 1e-15);
  EXPECT_NEAR(estimate->host_transfer.value(), 1.2e-3 + 10e-6, 1e-12);
  EXPECT_NEAR(estimate->device.value(), 13e-6 + 1.21e-3, 1e-12);
  EXPECT_EQ(estimate->limit, Limit::kHost);
  EXPECT_EQ(estimate->memory_energy.value() + estimate->vector_energy.value(), 0);
}

TEST(OperatorModelTest, DevicesShareWorkButNotFloors) {
  const auto one = Estimate(Product(), RoundChip());
  const auto four = Estimate(Product(), RoundChip(), {.devices = 4});
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
