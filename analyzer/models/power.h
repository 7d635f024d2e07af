// Clock and power of a window of work, solved together under the power limit.
//
// The limit acts on the mean over a control window of many operators, not on a kernel of microseconds. Under it a chip
// lowers its clock, and with the clock the voltage, so that the same work takes longer and less energy:
//
//   v(c) = max(least voltage, 1 − slope·(1 − c·clock / top clock)),  c the share of the stated clock
//   s(c) = (v(c) / v(1))²,  what is left of energy on the chip
//   limit ≥ idle · s(c) + (core · s(c) + memory · (0.4 + 0.6 · s(c))) / t(c)
//
// for the largest c ≤ 1. Shares of voltage are those of the A100 (0.69 V up to 1.0 GHz, 0.89 V at 1.41 GHz) for every
// design; NOTES.md says what else bears them out. Of a byte's energy four tenths are the memory's own (3.9 pJ a bit of
// HBM, of 110 to 145 pJ/B that streams take on the whole chip), and the rest is its way through the chip. Memory keeps
// its clock. Idle power is stated at the clock of the peaks; at the least voltage the A100 keeps .66 and .73 of it, the
// H100 .6.
//
// A class that states no clock does not lower it: the window lasts longer at the same energy, (core + memory) / (limit
// − idle), which is a little long and a little hungry.
#ifndef SANDGLASS_ANALYZER_MODELS_POWER_H_
#define SANDGLASS_ANALYZER_MODELS_POWER_H_

#include "absl/functional/function_ref.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// Dynamic energy of a window at the stated clock, of all devices.
struct WindowEnergy {
  Joules core;
  Joules memory;
};

struct PowerSolution {
  // Share of the stated clock that is sustained.
  double clock = 1;
  // Time of the window under the limit.
  Seconds wall;
  // Of it, what the limit added.
  Seconds stretch;
  // Shares of the energies that are left at that clock.
  double core_share = 1;
  double memory_share = 1;
  // Idle power over `wall`, all devices.
  Joules idle;
};

// (v(clock) / v(1))²; 1 where the class states no clock.
double CoreEnergyShare(const silicon::Power& power, double clock);

// What is left of the energy of bytes where that of cores is at `core_share`.
double MemoryEnergyShare(double core_share);

// `wall_at` gives the window's time at a share of the stated clock, and does not grow with it.
// Requires: power.limit_w is more than it idles at at the least voltage, devices ≥ 1.
PowerSolution SolvePower(const silicon::Power& power, absl::FunctionRef<Seconds(double clock)> wall_at,
                         const WindowEnergy& energy, int devices);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_POWER_H_
