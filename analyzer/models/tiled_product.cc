#include "analyzer/models/tiled_product.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/container/inlined_vector.h"

namespace sandglass::models {
namespace {

// A part of the depth is no shorter than this.
constexpr double kLeastSplitDepth = 64;
// Longer and narrower tiles than this are not made.
constexpr double kMostAspect = 8;
constexpr double kAlmostOne = 1 - 1e-12;

// Fitted on published rows, which are scored rows too: NOTES.md, 2026-11-28, says which, and what leaving systems out
// changes.
constexpr double kMatrixOverheadDepth = 180;
constexpr auto kMatrixOverheadRate = FlopPerSecond::Of(2.5e12);
// Of operands that engines copy beside the threads, and of those that pass through registers.
constexpr double kCopiedFeed = 10;
constexpr double kRegisterFeed = 120;
constexpr auto kMatrixDepthLatency = Seconds::Of(0.09e-6 / 64);
// Loads are of so many bytes: of 8-bit formats they have twice the elements of halves. Of 4-bit formats, with a scale
// for 16 elements, no more are seen.
constexpr double kNarrowLatencyShare = 0.5;
constexpr double kLaneOverheadDepth = 4;
constexpr double kLaneFeed = 8;
// What cores ask for that this was fitted on: elements of four bytes at .17 to .18 TFLOP/s (P100, V100 and A100).
constexpr double kLaneAsked = 4 * 0.175e12;
constexpr double kHalfBytes = 2;
constexpr double kLaneDepth = 8;
constexpr double kLaneTileSide = 128;
constexpr double kLaneLeastSide = 32;
constexpr double kBatchTileSide = 64;
// What registers of a core hold: 32 × 32 in four tiles of AMX, as much as 32 registers of AVX-512 in FP32.
constexpr double kRegisterTileSide = 32;
// Of two loads and two multiply-adds a cycle, one operand by vectors of 16 and the other element by element: 1 in rows
// and 16 in columns, and their geometric mean for both.
constexpr double kRegisterTileFeed = 4;

bool IsMade(const TiledUnit& unit, double rows, double columns) {
  const double area = std::max(unit.tile_rows * unit.tile_columns, unit.least_side * unit.least_side);
  return rows * columns <= area && std::max(rows, columns) <= kMostAspect * std::min(rows, columns);
}

// As std::ceil of what is not negative, without a call. Beyond 2^53 there is nothing to round.
double RoundUp(double value) {
  if (!(value < 9e15)) return value;
  const auto whole = static_cast<double>(static_cast<int64_t>(value));
  return whole < value ? whole + 1 : whole;
}

// A length that one side of a tile may have, and how many tiles lie along that axis of the result.
struct Side {
  double length = 0;
  double inverse = 0;
  double tiles = 0;
};
constexpr size_t kMostSides = 10;
using Sides = absl::InlinedVector<Side, kMostSides>;

// The lengths of one side, the largest first. Halves and doubles are exact, so that one division does for all.
Sides SidesOf(double largest, double least, double axis) {
  Sides sides;
  double inverse = 1 / largest;
  double tiles = axis / largest;
  for (double length = largest; length >= least && sides.size() < kMostSides; length *= 0.5) {
    sides.push_back({length, inverse, RoundUp(tiles)});
    inverse *= 2;
    tiles *= 2;
  }
  return sides;
}

// At which a core passes a tile's beginning and end.
FlopPerSecond OverheadRate(const TiledUnit& unit, FlopPerSecond rate) {
  const FlopPerSecond most = unit.most_overhead_rate;
  return std::max((most > FlopPerSecond() ? std::min(rate, most) : rate) / unit.cores, unit.overhead_rate);
}

// One product on one unit, with all that its tiles have in common.
class Search {
 public:
  Search(const ops::MatrixProblem& problem, const TiledUnit& unit, FlopPerSecond rate, double splits)
      : unit_(unit),
        splits_(splits),
        batch_(static_cast<double>(problem.batch)),
        k_(static_cast<double>(problem.k)),
        depth_inverse_(1 / unit.instruction_depth),
        cores_inverse_(1 / unit.cores),
        second_of_core_(unit.cores / rate.value()),
        overhead_of_tile_(unit.overhead_depth / OverheadRate(unit, rate).value()),
        least_of_tile_(second_of_core_ * k_ / unit.cores),
        overhead_feed_(unit.overhead_feed.value_or(unit.feed)),
        full_(1 / (1 + unit.feed * LargestSides(unit))),
        overhead_full_(1 / (1 + overhead_feed_ * LargestSides(unit))) {}

  // Keeps the best split of such tiles where it is better than `best`.
  void Try(const Side& rows, const Side& columns, Tiling& best) const {
    const double tiles = batch_ * rows.tiles * columns.tiles;
    const double sides = rows.inverse + columns.inverse;
    const double area = 2 * rows.length * columns.length;
    const double flop = area * (1 + unit_.feed * sides) * full_;
    const double overhead = area * (1 + overhead_feed_ * sides) * overhead_full_ * overhead_of_tile_;
    // No less than what all cores together take, or one core for what no split shortens.
    const double least = std::max(tiles * flop * least_of_tile_, overhead);
    if (least >= best.time.value()) return;
    const Cut cut = {rows, columns, tiles, flop, overhead};
    TrySplit(cut, 1, best);
    const double split_most = std::min(splits_, k_ * (1 / kLeastSplitDepth));
    // No split takes less than the least and what adding up costs, or than the longest one takes a core.
    const double least_split =
        std::max(kAlmostOne * least, overhead + kAlmostOne * flop * k_ * second_of_core_ / splits_);
    for (double split = 2; split <= split_most && tiles * split < 2 * unit_.cores; split *= 2) {
      if (least_split + unit_.split_cost.value() >= best.time.value()) return;
      TrySplit(cut, split, best);
    }
  }

 private:
  // A product in tiles of one size.
  struct Cut {
    const Side& rows;
    const Side& columns;
    double tiles = 0;
    // Of a depth of 1 of a tile, with what it fetches; and the time of its beginning and end.
    double flop = 0;
    double overhead = 0;
  };

  void TrySplit(const Cut& cut, double split, Tiling& best) const {
    const double depth = RoundUp(RoundUp(k_ / split) * depth_inverse_) * unit_.instruction_depth;
    const double tile =
        std::max(cut.flop * depth * second_of_core_ + cut.overhead, depth * unit_.depth_latency.value());
    const double waves = WavesOf(cut.tiles * split);
    const Seconds time = Seconds::Of(waves * tile) + (split > 1 ? unit_.split_cost : Seconds());
    if (time < best.time) best = {cut.rows.length, cut.columns.length, split, cut.tiles * split, waves, time};
  }

  static double LargestSides(const TiledUnit& unit) { return 1 / unit.tile_rows + 1 / unit.tile_columns; }

  // ⌈blocks / cores⌉ without a division: one too few where the product was rounded down.
  double WavesOf(double blocks) const {
    const double product = blocks * cores_inverse_;
    if (!(product < 9e15)) return product;
    const auto waves = static_cast<double>(static_cast<int64_t>(product));
    return waves * unit_.cores < blocks ? waves + 1 : waves;
  }

  const TiledUnit& unit_;
  const double splits_;
  const double batch_;
  const double k_;
  // One over an instruction's depth, which is a power of two, and over the cores.
  const double depth_inverse_;
  const double cores_inverse_;
  const double second_of_core_;
  // Of a tile's beginning and end, for each FLOP of a depth of 1 without what it fetches.
  const double overhead_of_tile_;
  // Of all cores together, for each FLOP of a depth of 1 of each tile.
  const double least_of_tile_;
  const double overhead_feed_;
  // One over what the largest tile fetches, as penalty.
  const double full_;
  const double overhead_full_;
};

// Operands of more than 16 bits through registers: as lanes feed theirs, in proportion to what a core asks for.
double WideFeed(const silicon::GpuCores& chip, const UnitSpeed& speed) {
  const double asked = speed.element_bytes * speed.reached().value() / chip.cores.value;
  return std::min(kRegisterFeed, kLaneFeed * asked / kLaneAsked);
}

}  // namespace

TiledUnit MatrixUnitsOf(const silicon::GpuCores& chip, const UnitSpeed& speed) {
  const bool narrow = speed.element_bytes > 0 && speed.element_bytes <= 1;
  const bool copied = chip.copy_engines.has_value();
  const bool wide = !copied && speed.element_bytes > kHalfBytes;
  return {.cores = chip.cores.value,
          .tile_rows = chip.tile_rows.value,
          .tile_columns = chip.tile_columns.value,
          .overhead_depth = kMatrixOverheadDepth,
          .overhead_rate = kMatrixOverheadRate,
          .most_overhead_rate = speed.halves,
          .feed = wide     ? WideFeed(chip, speed)
                  : copied ? kCopiedFeed
                           : kRegisterFeed,
          .overhead_feed = wide ? std::make_optional(kLaneFeed) : std::nullopt,
          .depth_latency = (narrow ? kNarrowLatencyShare : 1) * kMatrixDepthLatency,
          .split_cost = speed.kernel_floor};
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

TiledUnit VectorRegistersOf(const silicon::CpuCores& chip) {
  return {.cores = chip.cores.value,
          .tile_rows = kRegisterTileSide,
          .tile_columns = kRegisterTileSide,
          .least_side = 1,
          .largest_split = 1,
          .instruction_depth = 1,
          .overhead_rate = {},
          .feed = kRegisterTileFeed,
          .depth_latency = {},
          .split_cost = {}};
}

Tiling BestTiling(const ops::MatrixProblem& problem, const TiledUnit& unit, FlopPerSecond rate) {
  const double largest = std::max({unit.tile_rows, unit.tile_columns, unit.least_side});
  const bool batched = problem.batch > 1 && unit.batch_tile_side > 0;
  const double least = batched ? std::min(largest, unit.batch_tile_side) : unit.least_side;
  const Sides rows =
      SidesOf(largest, std::min(largest, std::max(least, unit.least_rows)), static_cast<double>(problem.m));
  const Sides columns = SidesOf(largest, least, static_cast<double>(problem.n));
  const Search search(problem, unit, rate, batched || problem.whole_depth ? 1 : unit.largest_split);
  Tiling best;
  best.time = Seconds::Of(std::numeric_limits<double>::infinity());
  for (const Side& row : rows) {
    for (const Side& column : columns) {
      if (IsMade(unit, row.length, column.length)) search.Try(row, column, best);
    }
  }
  return best;
}

}  // namespace sandglass::models
