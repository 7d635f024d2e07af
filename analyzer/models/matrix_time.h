// How long the matrix units of each chip kind take for a product, padding included.
//
// One pure function a chip kind; a product that fills the units exactly takes FLOP / (rate · efficiency), and on a GPU
// what each tile's beginning and end cost on top (tiled_product.h).
#ifndef SANDGLASS_ANALYZER_MODELS_MATRIX_TIME_H_
#define SANDGLASS_ANALYZER_MODELS_MATRIX_TIME_H_

#include "analyzer/models/unit_rates.h"
#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// Cycles of one square array of side S for one product, weights loaded while the one before streams:
//   max(m, S)·⌈n/S⌉·⌈k/S⌉ + 3S − 2,   the better of (m, n) and (n, m).
// Example: m 512, n = k = 4096, S 256: 131,838.
double SystolicCycles(const ops::MatrixProblem& problem, double side);

// batch · SystolicCycles spread over `arrays` arrays of which one does 2·S² FLOP a cycle at the peak rate.
Seconds SystolicMatrixTime(const ops::MatrixProblem& problem, double arrays, double side, const UnitSpeed& speed);

// FLOP of a product on cores that keep a share of one operand each, rounded up, and multiply it by each row of the
// other that streams by: 2·m·cores·⌈batch·n·k/cores⌉, the better of (m, n) and (n, m). Example: m 10, n = k = 100,
// 9,000 cores: 360,000 where 200,000 are needed, or with 1,000 elements kept by as many cores and 8,000 idle 1,800,000.
Flop SpreadFlop(const ops::MatrixProblem& problem, double cores);

// A product on a GPU's vector lanes, for want of matrix units in its format.
Seconds VectorLaneTime(const silicon::GpuCores& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed);

// The chip kinds.
Seconds MatrixTime(const silicon::GpuCores& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed);
Seconds MatrixTime(const silicon::SystolicArrays& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed);
Seconds MatrixTime(const silicon::NeuronCores& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed);
Seconds MatrixTime(const silicon::MatrixVectorEngines& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed);
// In tiles of what registers hold, over cores: small products leave cores idle. Short SIMD lanes are not padded to.
Seconds MatrixTime(const silicon::CpuCores& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed);
// SpreadFlop at the rate.
Seconds MatrixTime(const silicon::DataflowCores& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_MATRIX_TIME_H_
