#include "analyzer/models/tiled_product.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sandglass::models {
namespace {

constexpr int kLargestSplit = 32;
// A part of the depth is no shorter than this.
constexpr double kLeastSplitDepth = 64;
// Longer and narrower tiles than this are not made.
constexpr double kMostAspect = 8;

// Fitted on published rows, which are scored rows too: NOTES.md, 2026-11-28, says which, and what leaving systems out
// changes.
constexpr double kMatrixOverheadDepth = 180;
constexpr auto kMatrixOverheadRate = FlopPerSecond::Of(2.5e12);
constexpr double kMatrixFeed = 60;
constexpr auto kMatrixDepthLatency = Seconds::Of(0.09e-6 / 64);
constexpr double kLaneOverheadDepth = 4;
constexpr double kLaneFeed = 8;
constexpr double kLaneDepth = 8;
constexpr double kLaneTileSide = 128;
constexpr double kLaneLeastSide = 32;
constexpr double kBatchTileSide = 64;

// Operands that a tile fetches for each FLOP pair.
double Fetches(double rows, double columns) { return 1 / rows + 1 / columns; }

bool IsMade(const TiledUnit& unit, double rows, double columns) {
  const double area = std::max(unit.tile_rows * unit.tile_columns, unit.least_side * unit.least_side);
  return rows * columns <= area && std::max(rows, columns) <= kMostAspect * std::min(rows, columns);
}

}  // namespace

TiledUnit MatrixUnitsOf(const silicon::GpuCores& chip, Seconds kernel_floor) {
  return {.cores = chip.cores.value,
          .tile_rows = chip.tile_rows.value,
          .tile_columns = chip.tile_columns.value,
          .overhead_depth = kMatrixOverheadDepth,
          .overhead_rate = kMatrixOverheadRate,
          .feed = kMatrixFeed,
          .depth_latency = kMatrixDepthLatency,
          .split_cost = kernel_floor};
}

TiledUnit VectorLanesOf(const silicon::GpuCores& chip, Seconds kernel_floor) {
  return {.cores = chip.cores.value,
          .tile_rows = kLaneTileSide,
          .tile_columns = kLaneTileSide,
          .least_side = kLaneLeastSide,
          .instruction_depth = kLaneDepth,
          .overhead_depth = kLaneOverheadDepth,
          .overhead_rate = {},
          .feed = kLaneFeed,
          .depth_latency = {},
          .split_cost = kernel_floor,
          .batch_tile_side = chip.batch_tile_side.has_value() ? chip.batch_tile_side->value : kBatchTileSide};
}

TiledUnit MatrixUnitsOf(const silicon::MatrixVectorEngines& chip) {
  return {.cores = chip.matrix_engines.value,
          .tile_rows = chip.tile_rows.value,
          .tile_columns = chip.tile_columns.value,
          .overhead_rate = {},
          // The largest tile is the smallest that an engine is fed fast enough for.
          .feed = std::numeric_limits<float>::max(),
          .depth_latency = {},
          .split_cost = {}};
}

Tiling BestTiling(const ops::MatrixProblem& problem, const TiledUnit& unit, FlopPerSecond rate) {
  const FlopPerSecond core = rate / unit.cores;
  const FlopPerSecond overhead_rate = std::max(core, unit.overhead_rate);
  const double full = 1 + unit.feed * Fetches(unit.tile_rows, unit.tile_columns);
  const auto m = static_cast<double>(problem.m);
  const auto n = static_cast<double>(problem.n);
  const auto k = static_cast<double>(problem.k);
  const double largest = std::max({unit.tile_rows, unit.tile_columns, unit.least_side});
  const bool batched = problem.batch > 1 && unit.batch_tile_side > 0;
  const double least = batched ? std::min(largest, unit.batch_tile_side) : unit.least_side;
  const int splits = batched ? 1 : kLargestSplit;
  Tiling best;
  best.time = Seconds::Of(std::numeric_limits<double>::infinity());
  for (double rows = largest; rows >= least; rows /= 2) {
    for (double columns = largest; columns >= least; columns /= 2) {
      if (!IsMade(unit, rows, columns)) continue;
      const double tiles = static_cast<double>(problem.batch) * std::ceil(m / rows) * std::ceil(n / columns);
      const double penalty = (1 + unit.feed * Fetches(rows, columns)) / full;
      for (int split = 1; split <= splits; split *= 2) {
        if (split > 1 && (k < split * kLeastSplitDepth || tiles * split >= 2 * unit.cores)) break;
        const double depth = std::ceil(std::ceil(k / split) / unit.instruction_depth) * unit.instruction_depth;
        const double waves = std::ceil(tiles * split / unit.cores);
        const Flop of_depth = Flop::Of(2 * rows * columns * penalty);
        const Seconds tile = std::max(depth * of_depth / core + unit.overhead_depth * of_depth / overhead_rate,
                                      depth * unit.depth_latency);
        const Seconds time = waves * tile + (split > 1 ? unit.split_cost : Seconds());
        if (time < best.time) best = {rows, columns, static_cast<double>(split), tiles * split, waves, time};
      }
    }
  }
  return best;
}

}  // namespace sandglass::models
