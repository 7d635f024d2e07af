#include "analyzer/models/matrix_time.h"

#include <algorithm>
#include <cmath>

#include "analyzer/models/tiled_product.h"

namespace sandglass::models {

double SystolicCycles(const ops::MatrixProblem& problem, double side) {
  const auto cycles = [&](double streamed, double stationary) {
    return std::max(streamed, side) * std::ceil(stationary / side) * std::ceil(static_cast<double>(problem.k) / side) +
           3 * side - 2;
  };
  const auto m = static_cast<double>(problem.m);
  const auto n = static_cast<double>(problem.n);
  return std::min(cycles(m, n), cycles(n, m));
}

Seconds SystolicMatrixTime(const ops::MatrixProblem& problem, double arrays, double side, const UnitSpeed& speed) {
  // One product can be cut along its free side over the arrays, so work spreads evenly; what is left of the fill and
  // drain is in the cycles of each product.
  const double cycles = static_cast<double>(problem.batch) * SystolicCycles(problem, side) / arrays;
  const Flop per_cycle = Flop::Of(2 * side * side);
  return cycles * per_cycle / (speed.reached() / arrays);
}

Seconds VectorLaneTime(const silicon::GpuCores& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed) {
  return BestTiling(problem, VectorLanesOf(chip, speed.kernel_floor), speed.reached()).time;
}

Seconds MatrixTime(const silicon::GpuCores& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed) {
  return BestTiling(problem, MatrixUnitsOf(chip, speed), speed.reached()).time;
}

Seconds MatrixTime(const silicon::SystolicArrays& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed) {
  return SystolicMatrixTime(problem, chip.arrays.value, chip.side.value, speed);
}

Seconds MatrixTime(const silicon::NeuronCores& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed) {
  return SystolicMatrixTime(problem, chip.cores.value, chip.side.value, speed);
}

Seconds MatrixTime(const silicon::MatrixVectorEngines& chip, const ops::MatrixProblem& problem,
                   const UnitSpeed& speed) {
  return BestTiling(problem, MatrixUnitsOf(chip), speed.reached()).time;
}

Seconds MatrixTime(const silicon::CpuCores& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed) {
  return BestTiling(problem, VectorRegistersOf(chip), speed.reached()).time;
}

Flop SpreadFlop(const ops::MatrixProblem& problem, double cores) {
  const auto k = static_cast<double>(problem.k);
  const auto flop = [&](double streamed, double kept) {
    const double elements = static_cast<double>(problem.batch) * kept * k;
    return Flop::Of(2 * streamed * cores * std::ceil(elements / cores));
  };
  const auto m = static_cast<double>(problem.m);
  const auto n = static_cast<double>(problem.n);
  return std::min(flop(m, n), flop(n, m));
}

Seconds MatrixTime(const silicon::DataflowCores& chip, const ops::MatrixProblem& problem, const UnitSpeed& speed) {
  return SpreadFlop(problem, chip.cores.value) / speed.reached();
}

}  // namespace sandglass::models
