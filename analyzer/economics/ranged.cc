#include "analyzer/economics/ranged.h"

#include <algorithm>
#include <cmath>

namespace sandglass::economics {
namespace {

double SquaredLog(double end) { return end > 0 && std::isfinite(end) ? std::pow(std::log(end), 2) : 0; }

}  // namespace

Ends EndsOf(const Ranged& ranged) { return {.low = ranged.low / ranged.value, .high = ranged.high / ranged.value}; }

Ends Widest(Ends a, Ends b) { return {.low = std::min(a.low, b.low), .high = std::max(a.high, b.high)}; }

Ends EndsOfProduct(absl::Span<const Ends> factors) {
  double low = 0;
  double high = 0;
  for (const Ends& factor : factors) {
    low += SquaredLog(factor.low);
    high += SquaredLog(factor.high);
  }
  return {.low = std::exp(-std::sqrt(low)), .high = std::exp(std::sqrt(high))};
}

Ranged Around(double value, Ends ends) { return {.value = value, .low = value * ends.low, .high = value * ends.high}; }

Ranged Ratio(const Ranged& numerator, const Ranged& denominator) {
  const Ends below = EndsOf(denominator);
  return Around(numerator.value / denominator.value,
                EndsOfProduct({EndsOf(numerator), {.low = 1 / below.high, .high = 1 / below.low}}));
}

}  // namespace sandglass::economics
