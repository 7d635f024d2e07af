// Power over a window: idle and dynamic energy under the power limit.
//
// The limit acts on the mean over a control window of many operators, not on a kernel of microseconds, so it is applied
// once to a whole replay: if dynamic energy E over time t would draw more than the limit, the window lasts
//   t' = E / (limit − idle)
// at unchanged dynamic energy. Lower clocks would also lower the voltage and with it E; that saving is not modelled, so
// a capped replay comes out a little long and a little hungry.
#ifndef SANDGLASS_ANALYZER_MODELS_POWER_H_
#define SANDGLASS_ANALYZER_MODELS_POWER_H_

#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

struct PowerSolution {
  // Time of the window under the limit.
  Seconds wall;
  // Of it, what the limit added.
  Seconds stretch;
  // Idle power over `wall`, all devices.
  Joules idle;
};

// `dynamic` is the dynamic energy of all `devices` devices over `wall`.
// Requires: power.limit_w > power.idle_w ≥ 0, devices ≥ 1.
PowerSolution SolvePower(const silicon::Power& power, Seconds wall, Joules dynamic, int devices);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_POWER_H_
