#include "analyzer/economics/lock_in/breakeven.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "boost/math/tools/minima.hpp"
#include "boost/math/tools/toms748_solve.hpp"

namespace sandglass::economics {
namespace {

// Hazards are folded by λ = kFold·x/(1 − x): half of the points lie below one shift in five years.
constexpr double kFold = 0.2;
constexpr int kPoints = 400;
// The last point stands for ∞: a shift in the first second.
constexpr double kForever = 1e9;
constexpr double kLeastCost = 1e-9;
constexpr double kMostCost = 1e9;

double Unfold(double x) { return x < 1 ? std::min(kForever, kFold * x / (1 - x)) : kForever; }

bool Positive(double value) { return value > 0; }

// Where the function begins or ceases to be positive between `low` and `high`, at one of which it is exactly 0.
template <typename Function>
double RefineFromZero(const Function& function, double low, double high) {
  const bool positive = Positive(function(low));
  while (true) {
    const double middle = low + (high - low) / 2;
    if (!(low < middle && middle < high)) return high;
    (Positive(function(middle)) == positive ? low : high) = middle;
  }
}

// Refines a sign change between `low` and `high`, of which the function's values are known.
template <typename Function>
double Refine(const Function& function, double low, double high, double at_low, double at_high) {
  if (at_low == 0 || at_high == 0) return RefineFromZero(function, low, high);
  std::uintmax_t iterations = 200;
  const auto bracket = boost::math::tools::toms748_solve(function, low, high, at_low, at_high,
                                                         boost::math::tools::eps_tolerance<double>(50), iterations);
  return (bracket.first + bracket.second) / 2;
}

}  // namespace

Breakeven FindBreakeven(absl::FunctionRef<double(double hazard)> advantage) {
  const auto folded = [&](double x) { return advantage(Unfold(x)); };
  std::vector<double> xs;
  std::vector<double> values;
  for (int i = 0; i <= kPoints; ++i) {
    xs.push_back(static_cast<double>(i) / kPoints);
    values.push_back(folded(xs.back()));
  }
  Breakeven result;
  const auto change = [&](double low, double high, double at_low, double at_high) {
    result.hazards.push_back(Unfold(Refine(folded, low, high, at_low, at_high)));
  };
  for (int i = 0; i <= kPoints; ++i) {
    // The ends are their own neighbours.
    const int before = std::max(i - 1, 0);
    const int after = std::min(i + 1, kPoints);
    const double here = values[i];
    const double next = values[after];
    if (Positive(here) != Positive(next)) {
      change(xs[i], xs[after], here, next);
      continue;
    }
    // Three neighbours of one sign whose middle is nearest to zero: the curve may cross twice between them. Of two that
    // are equally near, the second counts.
    if (Positive(values[before]) != Positive(here)) continue;
    const bool turns = std::abs(here) <= std::abs(values[before]) && (i == kPoints || std::abs(here) < std::abs(next));
    if (!turns) continue;
    const double sign = Positive(here) ? 1 : -1;
    std::uintmax_t iterations = 100;
    const auto lowest = boost::math::tools::brent_find_minima([&](double x) { return sign * folded(x); }, xs[before],
                                                              xs[after], 40, iterations);
    const double at_lowest = sign * lowest.second;
    if (Positive(at_lowest) == Positive(here)) continue;
    change(xs[before], lowest.first, values[before], at_lowest);
    change(lowest.first, xs[after], at_lowest, next);
  }
  bool wins = Positive(values.front());
  double from = 0;
  for (const double hazard : result.hazards) {
    if (wins) result.specialised_wins.push_back({.from = from, .to = hazard});
    wins = !wins;
    from = hazard;
  }
  if (wins) result.specialised_wins.push_back({.from = from, .to = std::nullopt});
  return result;
}

Breakeven FindBreakeven(const InputValues& in) {
  return FindBreakeven([&](double hazard) { return Advantage(in, hazard); });
}

std::optional<double> IndifferentCost(const InputValues& in, double hazard) {
  InputValues changed = in;
  const auto advantage = [&](double cost) {
    changed[Input::kRelativeCost] = cost;
    return Advantage(changed, hazard);
  };
  const double at_least = advantage(kLeastCost);
  const double at_most = advantage(kMostCost);
  if (!(at_least > 0) || !(at_most < 0)) return std::nullopt;
  return Refine(advantage, kLeastCost, kMostCost, at_least, at_most);
}

std::optional<double> FlexibilityPremium(const InputValues& in, double hazard) {
  const std::optional<double> cost = IndifferentCost(in, hazard);
  if (!cost.has_value()) return std::nullopt;
  return 1 / *cost - 1;
}

}  // namespace sandglass::economics
