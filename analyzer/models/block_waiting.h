// How long a GPU's blocks of threads wait for what they load, where kernels do not load ahead.
//
// A block that loads, computes and stores takes 2.3 us from its first load to its last store, and as much again if it
// is a tile of 128 rows; of tiles a core makes one after the other. Threads of kernels without tiles take 2.3 us a
// turn, 2,048 of them at a time on a core. Both were found in fused attention (NOTES.md) and explain rows that they
// were not fitted on: causal convolutions and recurrences in chunks.
//
//   threads      max(1, turns / (cores · 2048)) · 2.3 us
//   recurrences  (passes − 1) · tiles in turn + max(tiles in turn, chunks of a sequence · 2.3 us)
//                tiles in turn = ⌈heads · chunks · ⌈chunk / 128⌉ / cores⌉ · (1 + min(chunk, 128) / 128) · 2.3 us
//
// because one of the passes carries a state from chunk to chunk. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_BLOCK_WAITING_H_
#define SANDGLASS_ANALYZER_MODELS_BLOCK_WAITING_H_

#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"

namespace sandglass::models {

// Rows of the largest tile.
inline constexpr double kTileRows = 128;

// A block from its first load to its last store, of a tile of that many rows; none: without tiles.
Seconds BlockWait(double rows);

// How long an operator's blocks wait on a chip of so many cores; 0 where its kernels load ahead.
Seconds WaitingTime(const ops::Work& work, double cores);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_BLOCK_WAITING_H_
