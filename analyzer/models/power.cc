#include "analyzer/models/power.h"

#include <algorithm>

namespace sandglass::models {

PowerSolution SolvePower(const silicon::Power& power, Seconds wall, Joules dynamic, int devices) {
  const auto headroom = Watts::Of(power.limit_w.value - power.idle_w.value) * devices;
  const Seconds least = dynamic / headroom;
  PowerSolution solution;
  solution.wall = std::max(wall, least);
  solution.stretch = solution.wall - wall;
  solution.idle = Watts::Of(power.idle_w.value) * devices * solution.wall;
  return solution;
}

}  // namespace sandglass::models
