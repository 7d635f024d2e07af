#include "analyzer/models/matrix_time.h"

#include <algorithm>
#include <cmath>
#include <optional>

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

// One choice of tile and split.
Tiling TilingOf(const ops::MatrixProblem& problem, double cores, double tile_m, double tile_n, double split) {
  Tiling tiling = {.tile_m = tile_m, .tile_n = tile_n, .split = split};
  tiling.blocks = static_cast<double>(problem.batch) * std::ceil(static_cast<double>(problem.m) / tile_m) *
                  std::ceil(static_cast<double>(problem.n) / tile_n) * split;
  tiling.waves = std::ceil(tiling.blocks / cores);
  const double depth = RoundUp(std::ceil(static_cast<double>(problem.k) / split), kInstructionDepth);
  tiling.busiest = Flop::Of(tiling.waves * 2 * tile_m * tile_n * depth);
  return tiling;
}

// The best over splits of k; more blocks than cores are not split further.
Tiling BestOverSplits(const ops::MatrixProblem& problem, double cores, double tile_m, double tile_n) {
  Tiling best = TilingOf(problem, cores, tile_m, tile_n, 1);
  const double blocks = best.blocks;
  for (int split = 2; split <= kLargestSplit && blocks * split < 2 * cores &&
                      split * kInstructionDepth <= static_cast<double>(problem.k);
       split *= 2) {
    const Tiling candidate = TilingOf(problem, cores, tile_m, tile_n, split);
    if (candidate.busiest < best.busiest) best = candidate;
  }
  return best;
}

// How much longer a core takes for the same FLOP with a smaller tile: operands fetched for each FLOP, against those of
// the full tile.
double ReusePenalty(double full_rows, double full_columns, double rows, double columns) {
  return (1 / rows + 1 / columns) / (1 / full_rows + 1 / full_columns);
}

}  // namespace

Tiling BestTiling(const ops::MatrixProblem& problem, double cores, double tile_rows, double tile_columns) {
  std::optional<Tiling> best;
  for (int i = 0; i <= kTileHalvings; ++i) {
    for (int j = 0; j <= kTileHalvings; ++j) {
      const double rows = std::max(kSmallestTileSide, std::ldexp(tile_rows, -i));
      const double columns = std::max(kSmallestTileSide, std::ldexp(tile_columns, -j));
      const double penalty = ReusePenalty(tile_rows, tile_columns, rows, columns);
      for (Tiling tiling :
           {BestOverSplits(problem, cores, rows, columns), BestOverSplits(problem, cores, columns, rows)}) {
        tiling.busiest = penalty * tiling.busiest;
        if (!best.has_value() || tiling.busiest < best->busiest) best = tiling;
      }
    }
  }
  return *best;
}

Seconds TiledMatrixTime(const ops::MatrixProblem& problem, double cores, double tile_rows, double tile_columns,
                        FlopPerSecond rate, double efficiency) {
  return BestTiling(problem, cores, tile_rows, tile_columns).busiest / (rate / cores * efficiency);
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
