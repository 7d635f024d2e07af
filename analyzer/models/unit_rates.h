// The rates at which a chip's units run an operator's work, and what the work asks of its vector lanes.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_UNIT_RATES_H_
#define SANDGLASS_ANALYZER_MODELS_UNIT_RATES_H_

#include <optional>

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

// How fast the units are, all together.
struct UnitSpeed {
  // The peak in the format that is used.
  FlopPerSecond rate = {};
  // The share of it that the best large products reach.
  double efficiency = 1;
  // What one more kernel costs: a GPU's sums of split products are kernels of their own.
  Seconds kernel_floor = {};
  // What they reach in 16-bit formats; zero: nothing, or not known.
  FlopPerSecond halves = {};
  // Of one operand's element; 0: not known.
  double element_bytes = 0;

  FlopPerSecond reached() const { return rate * efficiency; }
};

// The catalog's figures as the models take them; without an efficiency the peak is reached.
UnitSpeed SpeedOf(const silicon::ComputeRate& rate, const std::optional<silicon::Figure>& efficiency,
                  const silicon::Stack& stack);

// Of matrix units, with what they do in 16-bit formats.
UnitSpeed MatrixSpeedOf(const silicon::ComputeRate& rate, const silicon::SiliconClass& silicon,
                        const silicon::Stack& stack);

// The vector work, with what a GPU's kernels do again where they read again.
Flop VectorWork(const ops::Work& work, const silicon::SiliconClass& silicon);
// The same as lanes are taken up by it. A GPU's lanes take an addition or a comparison as long as a
// multiplication with an addition, which peaks count as two; recurrences, convolutions and the softmax of fused
// attention are kernels of multiply-adds and short exponentials.
Flop LaneWork(const ops::Work& work, const silicon::SiliconClass& silicon);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_UNIT_RATES_H_
