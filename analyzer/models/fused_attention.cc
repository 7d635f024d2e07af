#include "analyzer/models/fused_attention.h"

#include <algorithm>
#include <cmath>

#include "analyzer/models/block_waiting.h"

namespace sandglass::models {
namespace {

constexpr double kLeastBlockRows = 16;
constexpr double kTileKeys = 128;
constexpr double kLargestSplit = 128;

// Fitted on published rows, which are scored rows too: NOTES.md says which, and what leaving systems out changes.
// Share of their rate that products reach whose threads load operands and compute the softmax as well.
constexpr double kSharedThreads = 0.82;
// The way through a tile, of any rows and of kTileRows on top, and the blocks that a core can have on it.
constexpr auto kTileWay = Seconds::Of(0.6e-6);
constexpr auto kRowsWay = Seconds::Of(0.4e-6);
constexpr double kBlocksOnTheWay = 2;

double BlockRows(double rows) {
  double block = kLeastBlockRows;
  while (block < std::min(rows, kTileRows)) block *= 2;
  return block;
}

// Of a core that takes `longest` at most for one block and shares the whole with the others: blocks of one length come
// in waves; under a mask they are of all lengths, the longest first.
double InTurn(bool unequal, double blocks, double cores, double longest, double mean) {
  if (!unequal) return std::ceil(blocks / cores) * longest;
  const double last = 0.5 * longest * std::max(0.0, 1 - cores / blocks);
  return std::max(longest, blocks * mean / cores + last);
}

}  // namespace

FlopOfPair OfPair(const ops::Work& work) {
  const double pairs = work.attention->pairs();
  return {work.matrix / pairs, work.vector / pairs};
}

AttentionLayout BestAttention(const ops::AttentionProblem& problem, const FlopOfPair& of_pair,
                              const AttentionUnits& units) {
  const double rows = static_cast<double>(problem.queries) * static_cast<double>(problem.sharing);
  const double block_rows = BlockRows(rows);
  const double row_blocks = std::ceil(rows / block_rows);
  const double key_tiles = std::ceil(static_cast<double>(problem.keys) / kTileKeys);
  // Keys of a block end at its last query, so on average half a block lies beyond the diagonal.
  const double mean_tiles =
      problem.causal ? std::min(key_tiles, (key_tiles * (1 + 1 / row_blocks) / 2) + (row_blocks > 1 ? 0.5 : 0))
                     : key_tiles;
  const bool unequal = problem.causal && row_blocks > 1;
  const double pairs = block_rows * kTileKeys;
  const double share = units.beside_threads ? 1 : kSharedThreads;
  const Seconds products = pairs * of_pair.products / (units.products / units.cores * share);
  const Seconds softmax = pairs * of_pair.softmax / (units.softmax / units.cores);
  const Seconds overhead = BlockWait(block_rows);
  const Seconds way = units.cycle_ratio * (kTileWay + block_rows / kTileRows * kRowsWay);
  AttentionLayout best;
  for (double split = 1; split <= kLargestSplit; split *= 2) {
    const double blocks = static_cast<double>(problem.heads) * row_blocks * split;
    if (split > 1 && (key_tiles < 2 * split || blocks >= 2 * units.cores)) break;
    AttentionLayout layout;
    layout.block_rows = block_rows;
    layout.blocks = blocks;
    layout.split = split;
    layout.tiles_in_turn =
        InTurn(unequal, blocks, units.cores, std::ceil(key_tiles / split), std::max(1.0, mean_tiles / split));
    layout.blocks_in_turn = InTurn(unequal, blocks, units.cores, 1, 1);
    const double ways_in_turn = InTurn(unequal, blocks, kBlocksOnTheWay * units.cores, std::ceil(key_tiles / split),
                                       std::max(1.0, mean_tiles / split));
    const Seconds beyond = std::max(Seconds(), ways_in_turn * way - layout.tiles_in_turn * (products + softmax));
    layout.products = layout.tiles_in_turn * products + beyond + layout.blocks_in_turn * overhead +
                      (split > 1 ? units.kernel_floor : Seconds());
    layout.softmax = layout.tiles_in_turn * softmax;
    if (split == 1 || layout.time() < best.time()) best = layout;
  }
  return best;
}

}  // namespace sandglass::models
