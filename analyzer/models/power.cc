#include "analyzer/models/power.h"

#include <algorithm>
#include <cstdint>

#include "boost/math/tools/toms748_solve.hpp"

namespace sandglass::models {
namespace {

// Share of its highest voltage below which no chip runs, and how much of the voltage goes with the clock above that.
// A100 PCIe 40GB: .694 V of .894 V at 1,000 of 1,410 MHz; A100 80GB: .744 V of .919 V at 1,090 MHz.
constexpr double kLeastVoltage = 0.79;
constexpr double kVoltageSlope = 0.83;
// No chip goes below this share of its clock.
constexpr double kLeastClock = 0.15;
// To how many bits a clock is solved for, and the most windows' times that it may take.
constexpr int kClockBits = 40;
constexpr std::uintmax_t kMostTries = 60;
// Share of a byte's energy that is spent on the chip, and follows its voltage.
constexpr double kBytesOnChip = 0.6;

double Voltage(double clock, double share_of_top) {
  return std::max(kLeastVoltage, 1 - kVoltageSlope * (1 - clock * share_of_top));
}

Joules Dynamic(const WindowEnergy& energy, double core_share) {
  return core_share * energy.core + MemoryEnergyShare(core_share) * energy.memory;
}

// What the power limit leaves for dynamic energy.
Watts Headroom(const silicon::Power& power, double core_share, int devices) {
  return Watts::Of(power.limit_w.value - power.idle_w.value * core_share) * devices;
}

// The largest clock at which the mean power is within the limit, or the least there is. `unlimited`: the window's time
// at the stated clock.
double LargestClock(const silicon::Power& power, absl::FunctionRef<Seconds(double)> wall_at, Seconds unlimited,
                    const WindowEnergy& energy, int devices) {
  const auto excess_over = [&](double clock, Seconds wall) {
    const double share = CoreEnergyShare(power, clock);
    return (Dynamic(energy, share) - Headroom(power, share, devices) * wall).value();
  };
  const double at_stated = excess_over(1, unlimited);
  if (!(at_stated > 0)) return 1;
  const double at_least = excess_over(kLeastClock, wall_at(kLeastClock));
  if (!(at_least < 0)) return kLeastClock;
  std::uintmax_t tries = kMostTries;
  const auto bracket = boost::math::tools::toms748_solve(
      [&](double clock) { return excess_over(clock, wall_at(clock)); }, kLeastClock, 1.0, at_least, at_stated,
      boost::math::tools::eps_tolerance<double>(kClockBits), tries);
  return bracket.first;
}

}  // namespace

double CoreEnergyShare(const silicon::Power& power, double clock) {
  if (!power.clock_hz.has_value()) return 1;
  const double top = power.top_clock_hz.has_value() ? power.top_clock_hz->value : power.clock_hz->value;
  const double share_of_top = power.clock_hz->value / top;
  const double ratio = Voltage(clock, share_of_top) / Voltage(1, share_of_top);
  return ratio * ratio;
}

double MemoryEnergyShare(double core_share) { return 1 - kBytesOnChip + kBytesOnChip * core_share; }

PowerSolution SolvePower(const silicon::Power& power, absl::FunctionRef<Seconds(double)> wall_at,
                         const WindowEnergy& energy, int devices) {
  PowerSolution solution;
  const Seconds unlimited = wall_at(1);
  if (power.clock_hz.has_value()) solution.clock = LargestClock(power, wall_at, unlimited, energy, devices);
  solution.core_share = CoreEnergyShare(power, solution.clock);
  solution.memory_share = MemoryEnergyShare(solution.core_share);
  const Joules dynamic = Dynamic(energy, solution.core_share);
  solution.wall = std::max(solution.clock < 1 ? wall_at(solution.clock) : unlimited,
                           dynamic / Headroom(power, solution.core_share, devices));
  solution.stretch = solution.wall - unlimited;
  solution.idle = Watts::Of(power.idle_w.value * solution.core_share) * devices * solution.wall;
  return solution;
}

}  // namespace sandglass::models
