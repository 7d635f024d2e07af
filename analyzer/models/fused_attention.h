// How long a GPU takes for fused attention: blocks of queries, each of which goes through its keys tile after tile.
//
//   rows   = queries · heads that share keys          of one head of keys; a block is 128 of them, or 16, 32 or 64 that
//   hold all blocks = heads of keys · ⌈rows / block⌉ · s       s: parts that the keys are split into, summed up by a
//   kernel more tiles  = ⌈keys / 128⌉ / s                         that one block goes through; with a causal mask half
//   as many in
//                                                     the mean, and all of them in the last block
//   time   = tiles in turn · (products of a tile + softmax of a tile) + blocks in turn · overhead
//
// "In turn" is what the busiest core does one after the other. A tile's softmax waits for its scores, and the second
// product for the softmax. A block's overhead is the way to its first keys and of its result, part of which goes with
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
  // Products, overhead of blocks, and what adds up the parts.
  Seconds products;
  // Softmax.
  Seconds softmax;

  Seconds time() const { return products + softmax; }
};

// The layout that takes the least time. `of_pair`: FLOP for one query and one key that it sees.
struct FlopOfPair {
  Flop products;
  Flop softmax;
};
AttentionLayout BestAttention(const ops::AttentionProblem& problem, const FlopOfPair& of_pair,
                              const AttentionUnits& units);

// FLOP of attention's work for one query and one key. Requires: work.attention is set.
FlopOfPair OfPair(const ops::Work& work);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_FUSED_ATTENTION_H_
