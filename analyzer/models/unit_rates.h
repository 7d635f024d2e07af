// The rates at which a chip's units run an operator's work, and what the work asks of its vector lanes.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_UNIT_RATES_H_
#define SANDGLASS_ANALYZER_MODELS_UNIT_RATES_H_

#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// The rates that the work's matrix and vector parts run at; nullptr: none. Matrix work without a matrix rate runs at
// `moved`, a vector rate.
struct Rates {
  const silicon::ComputeRate* matrix = nullptr;
  const silicon::ComputeRate* moved = nullptr;
  const silicon::ComputeRate* vector = nullptr;
};
Rates RatesFor(const ops::Work& work, const silicon::SiliconClass& silicon, bool allow_tf32);

// The vector work, with what a GPU's kernels do again where they read again.
Flop VectorWork(const ops::Work& work, const silicon::SiliconClass& silicon);
// The same as lanes are taken up by it. A GPU's lanes take an addition or a comparison as long as a
// multiplication with an addition, which peaks count as two; recurrences, convolutions and the softmax of fused
// attention are kernels of multiply-adds and short exponentials.
Flop LaneWork(const ops::Work& work, const silicon::SiliconClass& silicon);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_UNIT_RATES_H_
