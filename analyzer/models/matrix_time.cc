#include "analyzer/models/matrix_time.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sandglass::models {
namespace {

// Depth of one matrix instruction; k is padded to it.
constexpr double kInstructionDepth = 16;
constexpr int kTileHalvings = 3;
constexpr double kSmallestTileSide = 16;
constexpr int kLargestSplit = 16;

double RoundUp(double value, double multiple) { return std::ceil(value / multiple) * multiple; }

Flop ProblemFlop(const ops::MatrixProblem& problem) {
  return Flop::Of(2.0 * static_cast<double>(problem.batch) * static_cast<double>(problem.m) *
                  static_cast<double>(problem.n) * static_cast<double>(problem.k));
}

// FLOP of the busiest core for one choice of tile and split.
double BusiestCoreFlop(const ops::MatrixProblem& problem, double cores, double tile_m, double tile_n, double split) {
  const double blocks = static_cast<double>(problem.batch) * std::ceil(static_cast<double>(problem.m) / tile_m) *
                        std::ceil(static_cast<double>(problem.n) / tile_n);
  const double depth = RoundUp(std::ceil(static_cast<double>(problem.k) / split), kInstructionDepth);
  return std::ceil(blocks * split / cores) * 2 * tile_m * tile_n * depth;
}

// The best over splits of k; more blocks than cores are not split further.
double BestOverSplits(const ops::MatrixProblem& problem, double cores, double tile_m, double tile_n) {
  const double blocks = static_cast<double>(problem.batch) * std::ceil(static_cast<double>(problem.m) / tile_m) *
                        std::ceil(static_cast<double>(problem.n) / tile_n);
  double best = BusiestCoreFlop(problem, cores, tile_m, tile_n, 1);
  for (int split = 2; split <= kLargestSplit && blocks * split < 2 * cores &&
                      split * kInstructionDepth <= static_cast<double>(problem.k);
       split *= 2) {
    best = std::min(best, BusiestCoreFlop(problem, cores, tile_m, tile_n, split));
  }
  return best;
}

// How much longer a core takes for the same FLOP with a smaller tile: operands fetched for each FLOP, against those of
// the full tile.
double ReusePenalty(double full_rows, double full_columns, double rows, double columns) {
  return (1 / rows + 1 / columns) / (1 / full_rows + 1 / full_columns);
}

}  // namespace

Seconds TiledMatrixTime(const ops::MatrixProblem& problem, double cores, double tile_rows, double tile_columns,
                        FlopPerSecond rate, double efficiency) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i <= kTileHalvings; ++i) {
    for (int j = 0; j <= kTileHalvings; ++j) {
      const double rows = std::max(kSmallestTileSide, std::ldexp(tile_rows, -i));
      const double columns = std::max(kSmallestTileSide, std::ldexp(tile_columns, -j));
      const double penalty = ReusePenalty(tile_rows, tile_columns, rows, columns);
      best = std::min(best, penalty * BestOverSplits(problem, cores, rows, columns));
      best = std::min(best, penalty * BestOverSplits(problem, cores, columns, rows));
    }
  }
  return Flop::Of(best) / (rate / cores * efficiency);
}

double SystolicCycles(const ops::MatrixProblem& problem, double side) {
  const auto cycles = [&](double streamed, double stationary) {
    return std::max(streamed, side) * std::ceil(stationary / side) * std::ceil(static_cast<double>(problem.k) / side) +
           3 * side - 2;
  };
  const auto m = static_cast<double>(problem.m);
  const auto n = static_cast<double>(problem.n);
  return std::min(cycles(m, n), cycles(n, m));
}

Seconds SystolicMatrixTime(const ops::MatrixProblem& problem, double arrays, double side, FlopPerSecond rate,
                           double efficiency) {
  // One product can be cut along its free side over the arrays, so work spreads evenly; what is left of the fill and
  // drain is in the cycles of each product.
  const double cycles = static_cast<double>(problem.batch) * SystolicCycles(problem, side) / arrays;
  const Flop per_cycle = Flop::Of(2 * side * side);
  return cycles * per_cycle / (rate / arrays * efficiency);
}

Seconds MatrixTime(const silicon::GpuCores& chip, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency) {
  return TiledMatrixTime(problem, chip.cores.value, chip.tile_rows.value, chip.tile_columns.value, rate, efficiency);
}

Seconds MatrixTime(const silicon::SystolicArrays& chip, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency) {
  return SystolicMatrixTime(problem, chip.arrays.value, chip.side.value, rate, efficiency);
}

Seconds MatrixTime(const silicon::NeuronCores& chip, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency) {
  return SystolicMatrixTime(problem, chip.cores.value, chip.side.value, rate, efficiency);
}

Seconds MatrixTime(const silicon::MatrixVectorEngines& chip, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency) {
  return TiledMatrixTime(problem, chip.matrix_engines.value, chip.tile_rows.value, chip.tile_columns.value, rate,
                         efficiency);
}

Seconds MatrixTime(const silicon::CpuCores&, const ops::MatrixProblem& problem, FlopPerSecond rate, double efficiency) {
  return ProblemFlop(problem) / (rate * efficiency);
}

Seconds MatrixTime(const silicon::DataflowCores&, const ops::MatrixProblem& problem, FlopPerSecond rate,
                   double efficiency) {
  return ProblemFlop(problem) / (rate * efficiency);
}

}  // namespace sandglass::models
