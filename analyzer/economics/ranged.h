// A number with a range, and how the ranges of independent factors add: in quadrature of their logarithms
// (decision 0003).
//
// Plain values; pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_RANGED_H_
#define SANDGLASS_ANALYZER_ECONOMICS_RANGED_H_

#include "absl/types/span.h"

namespace sandglass::economics {

// In any unit; low = value = high where no range is known.
struct Ranged {
  double value = 0;
  double low = 0;
  double high = 0;

  friend bool operator==(const Ranged&, const Ranged&) = default;
};

// Ends of a factor, as ratios to its value: low ≤ 1 ≤ high. 0 and infinity say nothing.
struct Ends {
  double low = 1;
  double high = 1;
};

// Requires ranged.value > 0.
Ends EndsOf(const Ranged& ranged);

// The lower low and the higher high: where two factors err by one cause.
Ends Widest(Ends a, Ends b);

// Ends of the product of independent factors.
Ends EndsOfProduct(absl::Span<const Ends> factors);

// `value` with those ends.
Ranged Around(double value, Ends ends);

// numerator / denominator, taken as independent. Requires positive numbers.
Ranged Ratio(const Ranged& numerator, const Ranged& denominator);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_RANGED_H_
