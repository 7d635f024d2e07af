#include "analyzer/models/convolution_time.h"

#include <algorithm>
#include <cstdint>

#include "analyzer/models/matrix_time.h"
#include "analyzer/models/tiled_product.h"

namespace sandglass::models {
namespace {

// What a core loads side by side for its matrix units.
constexpr double kLoadBytes = 16;
// Elements that matrix units take channels last alone, and the kernels that move operands so.
constexpr double kTransposedBytes = 2;
constexpr int kTransposes = 2;
// Transforms of two operands and a result.
constexpr int kTransforms = 3;
// Of 3 × 3 taps: 16 multiplications for 4 results instead of 36.
constexpr int kFusedTaps = 3;
constexpr double kFusedMultiplications = 16.0 / 36;
constexpr double kFusedSpeed = 0.6;
// Rows that tiles of kernels on lanes have at least.
constexpr double kLeastRows = 128;

struct Memory {
  double element_bytes = 0;
  BytesPerSecond bandwidth;

  // Elements that are written once and read once.
  Bytes ThereAndBack(double elements) const { return Bytes::Of(2 * elements * element_bytes); }
};

const ProductTime& Shorter(const ProductTime& a, const ProductTime& b, Seconds kernel_floor) {
  const auto with_floors = [kernel_floor](const ProductTime& of) { return of.time + of.more_kernels * kernel_floor; };
  return with_floors(b) < with_floors(a) ? b : a;
}

// `problem`: the product's own, filled up or not.
ProductTime Implicit(const ops::ConvolvedProduct& product, const ops::MatrixProblem& problem, TiledUnit unit,
                     const UnitSpeed& speed, const Memory& memory) {
  if (product.pass != ops::ConvolutionPass::kWeightGradient) unit.largest_split = 1;
  const Flop flop = ops::FlopOf(product.problem);
  const ProductTime implicit = {.time = BestTiling(problem, unit, speed.reached()).time, .flop = flop, .moved = {}};
  if (product.pass != ops::ConvolutionPass::kInputGradient || product.channels <= 0) return implicit;
  ops::MatrixProblem columns = product.problem;
  if (__builtin_mul_overflow(columns.n, columns.k / product.channels, &columns.n)) return implicit;
  columns.k = product.channels;
  const Bytes moved = memory.ThereAndBack(static_cast<double>(columns.batch) * static_cast<double>(columns.m) *
                                          static_cast<double>(columns.n));
  const Seconds time = BestTiling(columns, unit, speed.reached()).time + moved / memory.bandwidth;
  return Shorter(implicit, {.time = time, .flop = flop, .moved = moved, .more_kernels = 1}, speed.kernel_floor);
}

// Channels filled up, in whichever axis they lie.
ops::MatrixProblem FilledUp(const ops::ConvolvedProduct& product, double element_bytes) {
  ops::MatrixProblem problem = product.problem;
  const auto together = static_cast<int64_t>(std::max(1.0, kLoadBytes / element_bytes));
  if (product.channels <= 0 || product.channels % together == 0) return problem;
  int64_t& axis = product.pass == ops::ConvolutionPass::kWeightGradient ? problem.m : problem.k;
  int64_t filled = 0;
  // What does not fit 63 bits is no less for a few channels more.
  if (__builtin_mul_overflow(product.channels / together + 1, together, &filled)) return problem;
  int64_t longer = 0;
  if (!__builtin_mul_overflow(axis / product.channels, filled, &longer)) axis = longer;
  return problem;
}

ProductTime Transformed(const silicon::GpuCores& chip, const ops::ConvolvedProduct& product, const UnitSpeed& speed,
                        const Memory& memory) {
  const Bytes moved = memory.ThereAndBack(product.transformed_elements);
  return {.time = moved / memory.bandwidth + VectorLaneTime(chip, *product.transformed, speed),
          .flop = ops::FlopOf(*product.transformed),
          .moved = moved,
          .more_kernels = kTransforms};
}

ProductTime OnMatrixUnits(const silicon::GpuCores& chip, const ops::ConvolvedProduct& product, const UnitSpeed& speed,
                          const Memory& memory) {
  ProductTime time =
      Implicit(product, FilledUp(product, memory.element_bytes), MatrixUnitsOf(chip, speed), speed, memory);
  if (memory.element_bytes > kTransposedBytes || product.channels_first_elements <= 0) return time;
  const Bytes moved = memory.ThereAndBack(product.channels_first_elements);
  time += {.time = moved / memory.bandwidth, .flop = {}, .moved = moved, .more_kernels = kTransposes};
  return time;
}

ProductTime OnLanes(const silicon::GpuCores& chip, const ops::ConvolvedProduct& product, const UnitSpeed& speed,
                    const Memory& memory) {
  TiledUnit lanes = VectorLanesOf(chip, speed.kernel_floor);
  lanes.least_rows = kLeastRows;
  if (product.pass != ops::ConvolutionPass::kWeightGradient) lanes.largest_split = 1;
  const ProductTime implicit = Implicit(product, product.problem, lanes, speed, memory);
  if (!product.transformed.has_value()) return implicit;
  const ProductTime apart = Shorter(implicit, Transformed(chip, product, speed, memory), speed.kernel_floor);
  if (product.tap_side != kFusedTaps) return apart;
  const Seconds fused = kFusedMultiplications / kFusedSpeed * BestTiling(product.problem, lanes, speed.reached()).time;
  return Shorter(apart, {.time = fused, .flop = kFusedMultiplications * implicit.flop, .moved = {}},
                 speed.kernel_floor);
}

template <typename Units>
ProductTime SumOver(const ops::ConvolutionProblem& convolution, const Units& units) {
  ProductTime total;
  for (int i = 0; i < convolution.count; ++i) total += units(convolution.products.at(i));
  return total;
}

}  // namespace

ProductTime ConvolutionOnMatrixUnits(const silicon::GpuCores& chip, const ops::ConvolutionProblem& convolution,
                                     double element_bytes, const UnitSpeed& speed, BytesPerSecond memory) {
  return SumOver(convolution, [&](const ops::ConvolvedProduct& product) {
    return OnMatrixUnits(chip, product, speed, {element_bytes, memory});
  });
}

ProductTime ConvolutionOnLanes(const silicon::GpuCores& chip, const ops::ConvolutionProblem& convolution,
                               double element_bytes, const UnitSpeed& speed, BytesPerSecond memory) {
  return SumOver(convolution, [&](const ops::ConvolvedProduct& product) {
    return OnLanes(chip, product, speed, {element_bytes, memory});
  });
}

}  // namespace sandglass::models
