// How long a GPU's kernels take for a convolution: the best of what libraries have for each of its products.
//
//   implicit     tiles of the implicit product (tiled_product.h), whose depth only gradients of weights split. Matrix
//                units load 16 bytes side by side: channels are filled up to that, and operands of 16 bits or less
//                whose channels lie apart are transposed before, in two kernels that read and write them
//   columns      of gradients of inputs: a column for each tap of each channel, written and read again to be added up
//   transformed  on vector lanes, Winograd's F(4 × 4) as four kernels: operands and results transformed, each written
//                once and read once, and between them one batched product
//   fused        on vector lanes, Winograd's F(2 × 2) of 3 × 3 taps in one kernel: 4/9 of the multiplications, at six
//                tenths of the speed
//
// FFT is left out. NOTES.md says what six tenths were found on. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_CONVOLUTION_TIME_H_
#define SANDGLASS_ANALYZER_MODELS_CONVOLUTION_TIME_H_

#include "analyzer/models/unit_rates.h"
#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// Products of an operator on the units that run them.
struct ProductTime {
  // Products, and what goes to memory and back between their kernels, one after the other.
  Seconds time;
  // Done in products: fewer than the operator's where Winograd's algorithm is the better.
  Flop flop;
  // What goes there and back.
  Bytes moved;
  // Kernels beside the products' own.
  int more_kernels = 0;

  ProductTime& operator+=(const ProductTime& other) {
    time += other.time;
    flop += other.flop;
    moved += other.moved;
    more_kernels += other.more_kernels;
    return *this;
  }
};

// On a GPU's matrix units, beside memory of that bandwidth; an element of an operand has so many bytes.
ProductTime ConvolutionOnMatrixUnits(const silicon::GpuCores& chip, const ops::ConvolutionProblem& convolution,
                                     double element_bytes, const UnitSpeed& speed, BytesPerSecond memory);

// On its vector lanes.
ProductTime ConvolutionOnLanes(const silicon::GpuCores& chip, const ops::ConvolutionProblem& convolution,
                               double element_bytes, const UnitSpeed& speed, BytesPerSecond memory);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_CONVOLUTION_TIME_H_
