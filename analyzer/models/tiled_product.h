// How long a product takes that is cut into tiles of its result, over the cores of a chip.
//
//   blocks = batch·⌈m/tm⌉·⌈n/tn⌉·s        tiles, each of a part ⌈k/s⌉ of the depth
//   waves  = ⌈blocks / cores⌉             tiles that the busiest core makes one after the other
//   tile   = max(2·tm·tn·(p·⌈k/s⌉ / rate of a core + p'·overhead / overhead rate),  ⌈k/s⌉·latency)
//   t      = waves·tile + (s > 1: split_cost)
//
// the least over tiles and over split-K s = 1, 2, 4, … 32, which is tried while there are fewer blocks than two waves.
// ⌈·⌉ of the depth rounds up to one instruction. The overhead's rate is that of a core, or `overhead_rate` where a core
// is slower: it waits for memory, not for itself; and no more than that of 16-bit formats, because a pipeline fills and
// a result is written no faster in narrower ones. p is what a smaller tile costs, because it fetches more operands for
// each FLOP, x = 1/tm + 1/tn:
//   p = (1 + feed·x) / (1 + feed·x of the largest tile)
// where `feed` is one constant for operands that engines copy, one for those of 16 bits and fewer that pass through
// registers, one for lanes, and for wider operands that one in proportion to the bytes that a core asks for. A tile's
// beginning and end are not fetched faster for it: p' is p, but of the lanes' constant for wider operands.
//
// Example: 4096³ on 132 cores in tiles of 128×256, without overhead: 512 blocks, 4 waves, 0.9697 full.
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_TILED_PRODUCT_H_
#define SANDGLASS_ANALYZER_MODELS_TILED_PRODUCT_H_

#include <optional>

#include "analyzer/models/unit_rates.h"
#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// Units of equal cores that make tiles.
struct TiledUnit {
  double cores = 1;
  // The largest tile, in elements.
  double tile_rows = 0;
  double tile_columns = 0;
  // Least side of a tile, and depth of one instruction.
  double least_side = 16;
  // Least rows of a tile, where they are more.
  double least_rows = 0;
  // Parts that the depth is split into, at most.
  double largest_split = 32;
  double instruction_depth = 16;
  // What filling a tile's pipeline and writing its result cost, as depth.
  double overhead_depth = 0;
  // The least rate at which a core passes it.
  FlopPerSecond overhead_rate;
  // The largest, of all cores; zero: theirs.
  FlopPerSecond most_overhead_rate = {};
  // Elements of a tile's side at which fetching costs a core as much as multiplying; and for a tile's beginning and
  // end, where that is another.
  double feed = 0;
  std::optional<double> overhead_feed = {};
  // Least time that one element of depth takes, however small the tile.
  Seconds depth_latency;
  // What adding up the parts of a split costs.
  Seconds split_cost;
  // Least side of the tiles that products of a batch are made in, unsplit; 0: as any other.
  double batch_tile_side = 0;
};

// A GPU's matrix units, and its vector lanes where a format has no matrix rate, for which `kernel_floor` is what one
// more kernel costs. Constants are of all GPUs; NOTES.md says what they were fitted on.
TiledUnit MatrixUnitsOf(const silicon::GpuCores& chip, const UnitSpeed& speed);
TiledUnit VectorLanesOf(const silicon::GpuCores& chip, Seconds kernel_floor);
// A few large engines: no overhead is known of them.
TiledUnit MatrixUnitsOf(const silicon::MatrixVectorEngines& chip);
// A CPU's cores, which keep a tile of the result in registers; caches feed them, at a cost that no rows tell.
TiledUnit VectorRegistersOf(const silicon::CpuCores& chip);

// How a product is laid out over cores.
struct Tiling {
  // In elements.
  double tile_m = 0;
  double tile_n = 0;
  // Parts that k is split into.
  double split = 1;
  double blocks = 0;
  double waves = 0;
  Seconds time;
};

// The best layout where all cores together reach `rate`. Batches, and products whose kernels leave their depth whole,
// are not split.
Tiling BestTiling(const ops::MatrixProblem& problem, const TiledUnit& unit, FlopPerSecond rate);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_TILED_PRODUCT_H_
