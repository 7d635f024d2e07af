// How long the matrix units of each chip kind take for a product, padding included.
//
// One pure function a chip kind. All take `rate`, the peak in the format used, and `efficiency`, the share of it that
// the best large products reach; a product that fills the units exactly takes FLOP / (rate · efficiency).
#ifndef SANDGLASS_ANALYZER_MODELS_MATRIX_TIME_H_
#define SANDGLASS_ANALYZER_MODELS_MATRIX_TIME_H_

#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// How a product is laid out over cores.
struct Tiling {
  // Rows and columns of the tile that one core makes at a time, in elements.
  double tile_m = 0;
  double tile_n = 0;
  // Parts that k is split into.
  double split = 1;
  double blocks = 0;
  // Blocks that the busiest core makes one after the other.
  double waves = 0;
  // FLOP of the busiest core, padding and the slower feeding of a small tile included.
  Flop busiest = {};
};

// A product in output tiles over `cores` equal cores:
//   t = ⌈blocks·s / cores⌉ · 2·tm·tn·⌈k/s⌉₁₆ · p / (rate·efficiency / cores),   blocks = batch·⌈m/tm⌉·⌈n/tn⌉
// the best over tiles (the given one, halved up to three times along each side, in both orientations) and over split-K
// s = 1, 2, 4, 8, 16 while there are fewer blocks than cores; ⌈·⌉₁₆ rounds up to the 16 of one matrix instruction.
// A tile feeds 1/tm + 1/tn operands to each FLOP pair; the given tile is taken to be the smallest that a core is fed
// fast enough for, and smaller ones take p = (1/tm + 1/tn) / (1/tm₀ + 1/tn₀) times as long. What split-K costs in
// partial sums is not modelled.
// Example: 4096³ on 132 cores with tiles of 128×256: 512 blocks, 4 waves, 0.9697 full.
Tiling BestTiling(const ops::MatrixProblem& problem, double cores, double tile_rows, double tile_columns);
Seconds TiledMatrixTime(const ops::MatrixProblem& problem, double cores, double tile_rows, double tile_columns,
                        FlopPerSecond rate, double efficiency);

// Cycles of one square array of side S for one product, weights loaded while the one before streams:
//   max(m, S)·⌈n/S⌉·⌈k/S⌉ + 3S − 2,   the better of (m, n) and (n, m).
// Example: m 512, n = k = 4096, S 256: 131,838.
double SystolicCycles(const ops::MatrixProblem& problem, double side);

// batch · SystolicCycles spread over `arrays` arrays of which one does 2·S² FLOP a cycle at the peak rate.
Seconds SystolicMatrixTime(const ops::MatrixProblem& problem, double arrays, double side, FlopPerSecond rate,
                           double efficiency);

// The chip kinds. `rate` is of the whole chip.
Seconds MatrixTime(const silicon::GpuCores& chip, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency);
Seconds MatrixTime(const silicon::SystolicArrays& chip, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency);
Seconds MatrixTime(const silicon::NeuronCores& chip, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency);
Seconds MatrixTime(const silicon::MatrixVectorEngines& chip, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency);
// SIMD lanes are short; padding to them is not modelled.
Seconds MatrixTime(const silicon::CpuCores& chip, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency);
// SRAM machines keep the roofline: no padding is modelled.
Seconds MatrixTime(const silicon::DataflowCores& chip, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_MATRIX_TIME_H_
