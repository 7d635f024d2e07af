// How long a GPU takes for fused attention: blocks of queries, each of which goes through its keys tile after tile.
//
//   rows   = queries · heads that share keys, of one head of keys
//   blocks = heads of keys · ⌈rows / block⌉ · s
//   tiles  = ⌈keys / 128⌉ / s
//   time   = tiles in turn · (products of a tile + softmax of a tile) + blocks in turn · overhead
//
// A block is of 128 rows, or of 16, 32 or 64 that hold all. s is how many parts the keys are split into, which one
// kernel more sums up. Tiles are those that one block goes through; with a causal mask half as many in the mean, and
// all of them in the last block.
//
// "In turn" is what the busiest core does one after the other. A tile's softmax waits for its scores, and the second
// product for the softmax: however fast they are, the way through a tile takes a core its time, in which a second block
// can be on its way, too. A block's overhead is the way to its first keys and of its result, part of which goes with
// its rows. Constants are of all GPUs; NOTES.md says what they were fitted on.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_FUSED_ATTENTION_H_
#define SANDGLASS_ANALYZER_MODELS_FUSED_ATTENTION_H_

#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"

namespace sandglass::models {

// What the cores of a chip do, all together, and what one more kernel takes.
struct AttentionUnits {
  double cores = 1;
  FlopPerSecond products;
  FlopPerSecond softmax;
  Seconds kernel_floor;
  // Whether products run beside the threads that start them, fed by engines that copy: else these share their turns
  // with loads and softmax.
  bool beside_threads = false;
  // How much longer than at 1.83 GHz a cycle is.
  double cycle_ratio = 1;
};

// How attention is laid out over cores.
struct AttentionLayout {
  // Rows of queries of a block.
  double block_rows = 0;
  double blocks = 0;
  // Parts that the keys are split into.
  double split = 1;
  // Of the busiest core.
  double tiles_in_turn = 0;
  double blocks_in_turn = 0;
  // Products, what ways through tiles take beyond them and softmax, overhead of blocks, and what adds up the parts.
  Seconds products;
  // Softmax.
  Seconds softmax;

  Seconds time() const { return products + softmax; }
};

// FLOP for one query and one key that it sees.
struct FlopOfPair {
  Flop products;
  Flop softmax;
};

// Of an attention's work. Requires: work.attention is set, and has pairs.
FlopOfPair OfPair(const ops::Work& work);

// The layout that takes the least time.
AttentionLayout BestAttention(const ops::AttentionProblem& problem, const FlopOfPair& of_pair,
                              const AttentionUnits& units);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_FUSED_ATTENTION_H_
