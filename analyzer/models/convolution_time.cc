#include "analyzer/models/convolution_time.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "analyzer/models/tiled_product.h"

namespace sandglass::models {
namespace {

// What a core loads side by side for its matrix units.
constexpr double kLoadBytes = 16;
// Elements that matrix units take channels last alone.
constexpr double kTransposedBytes = 2;
constexpr int kOperands = 2;
// Transforms of two operands and a result, and the product.
constexpr int kTransformedKernels = 4;
// Of 3 × 3 taps: 16 multiplications for 4 results instead of 36.
constexpr double kFusedMultiplications = 16.0 / 36;
constexpr double kFusedSpeed = 0.6;
constexpr int64_t kFusedElements = 36;

// Rows that tiles of kernels on lanes have at least.
constexpr double kLeastRows = 128;

// Memory of that bandwidth, and how large an element of it is.
struct ElementsInMemory {
  double bytes = 0;
  BytesPerSecond bandwidth;

  // Written once and read once.
  Seconds ThereAndBack(double elements) const { return Bytes::Of(2 * elements * bytes) / bandwidth; }
};

// Kernels for convolutions split the depth only of gradients of weights. Those of inputs may be made with a column for
// each tap of each channel, over output channels alone, and the columns added up.
Seconds ImplicitTime(const ops::ConvolvedProduct& product, const ops::MatrixProblem& problem, TiledUnit unit,
                     FlopPerSecond rate, const ElementsInMemory& memory) {
  if (product.pass != ops::ConvolutionPass::kWeightGradient) unit.largest_split = 1;
  const Seconds time = BestTiling(problem, unit, rate).time;
  if (product.pass != ops::ConvolutionPass::kInputGradient || product.channels <= 0) return time;
  ops::MatrixProblem columns = product.problem;
  columns.n *= columns.k / product.channels;
  columns.k = product.channels;
  const double elements =
      static_cast<double>(columns.batch) * static_cast<double>(columns.m) * static_cast<double>(columns.n);
  return std::min(time, BestTiling(columns, unit, rate).time + memory.ThereAndBack(elements));
}

// Channels filled up, in whichever axis they lie.
ops::MatrixProblem FilledUp(const ops::ConvolvedProduct& product, double element_bytes) {
  ops::MatrixProblem problem = product.problem;
  const auto together = static_cast<int64_t>(std::max(1.0, kLoadBytes / element_bytes));
  if (product.channels <= 0 || product.channels % together == 0) return problem;
  const int64_t filled = (product.channels / together + 1) * together;
  int64_t& axis = product.pass == ops::ConvolutionPass::kWeightGradient ? problem.m : problem.k;
  axis = axis / product.channels * filled;
  return problem;
}

}  // namespace

Seconds ConvolutionOnMatrixUnits(const silicon::GpuCores& chip, const ops::ConvolutionProblem& convolution,
                                 double element_bytes, const UnitSpeed& speed, BytesPerSecond memory) {
  const ElementsInMemory elements = {element_bytes, memory};
  Seconds time;
  for (int i = 0; i < convolution.count; ++i) {
    const ops::ConvolvedProduct& product = convolution.products.at(i);
    time += ImplicitTime(product, FilledUp(product, element_bytes), MatrixUnitsOf(chip, speed.kernel_floor),
                         speed.reached(), elements);
    if (element_bytes > kTransposedBytes || product.channels_first_elements <= 0) continue;
    time += elements.ThereAndBack(product.channels_first_elements) + kOperands * speed.kernel_floor;
  }
  return time;
}

LaneProducts ConvolutionOnLanes(const silicon::GpuCores& chip, const ops::ConvolutionProblem& convolution,
                                double element_bytes, const UnitSpeed& speed, BytesPerSecond memory) {
  const ElementsInMemory elements = {element_bytes, memory};
  TiledUnit lanes = VectorLanesOf(chip, speed.kernel_floor);
  lanes.least_rows = kLeastRows;
  LaneProducts total;
  for (int i = 0; i < convolution.count; ++i) {
    const ops::ConvolvedProduct& product = convolution.products.at(i);
    const Seconds implicit = ImplicitTime(product, product.problem, lanes, speed.reached(), elements);
    LaneProducts best = {implicit, ops::FlopOf(product.problem)};
    if (product.transformed.has_value()) {
      const Seconds transforms =
          elements.ThereAndBack(product.transformed_elements) + (kTransformedKernels - 1) * speed.kernel_floor;
      const Seconds transformed = transforms + VectorLaneTime(chip, *product.transformed, speed);
      const Seconds fused = kFusedMultiplications / kFusedSpeed * implicit;
      if (product.transformed->batch % kFusedElements == 0 && fused < best.time) {
        best = {fused, kFusedMultiplications * best.flop};
      }
      if (transformed < best.time) best = {transformed, ops::FlopOf(*product.transformed)};
    }
    total.time += best.time;
    total.flop += best.flop;
  }
  return total;
}

}  // namespace sandglass::models
