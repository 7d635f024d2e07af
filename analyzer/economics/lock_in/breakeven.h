// At which hazards specialised and general silicon cost the same, and what flexibility is worth at a given one.
//
// Roots are found by a scan of [0, ∞) folded into [0, 1), in which each turn towards zero is followed to its end, so
// that two roots between neighbouring points are not missed; each sign change is then refined (Boost's TOMS 748).
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_BREAKEVEN_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_BREAKEVEN_H_

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "analyzer/economics/lock_in/shift_inputs.h"

namespace sandglass::economics {

// Hazards from `from` to `to`, a year; nullopt: without end.
struct HazardInterval {
  double from = 0;
  std::optional<double> to;
};

struct Breakeven {
  // Where the advantage changes its sign, ascending.
  std::vector<double> hazards;
  // Where the specialised silicon is cheaper, ascending.
  std::vector<HazardInterval> specialised_wins;
};

// All sign changes of `advantage` over hazards in [0, ∞). Requires: continuous, with a limit.
Breakeven FindBreakeven(absl::FunctionRef<double(double hazard)> advantage);

Breakeven FindBreakeven(const InputValues& in);

// a*(λ): the relative cost at which both cost the same; nullopt where the specialised silicon loses even for nothing.
std::optional<double> IndifferentCost(const InputValues& in, double hazard);

// φ(λ) = 1/a*(λ) − 1: how much dearer general silicon may be and still be worth it.
std::optional<double> FlexibilityPremium(const InputValues& in, double hazard);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_BREAKEVEN_H_
