#include "analyzer/economics/lock_in/shift_cost.h"

#include <algorithm>
#include <cmath>

namespace sandglass::economics {

double Annuity(double rate, double years) {
  const double x = rate * years;
  // Below this the series is exact to the last digit, and 0/0 is avoided.
  if (std::abs(x) < 1e-8) return years * (1 - x / 2);
  return -std::expm1(-x) / rate;
}

DiscountedYears YearsOf(const Horizon& horizon, double hazard, double lag_years) {
  const double rate = horizon.discount_rate;
  const double lag = std::min(lag_years, horizon.years);
  const double rest = horizon.years - lag;
  const double delay = std::exp(-rate * lag);
  DiscountedYears years;
  years.before = Annuity(rate + hazard, horizon.years);
  years.lagging = Annuity(rate, lag) + delay * Annuity(rate + hazard, rest) - years.before;
  years.ported = delay * (Annuity(rate, rest) - Annuity(rate + hazard, rest));
  years.at_shift = hazard * years.before;
  return years;
}

ExpectedCost Expect(const Commitment& commitment, const Horizon& horizon, double hazard) {
  const DiscountedYears years = YearsOf(horizon, hazard, commitment.lag_years);
  const double shifted = -std::expm1(-hazard * horizon.years);
  return {.entry = commitment.entry,
          .before = commitment.flow * years.before,
          .lagging = commitment.lagging * years.lagging,
          .ported = commitment.ported * years.ported,
          .move = commitment.move * years.at_shift,
          .residual = -std::exp(-horizon.discount_rate * horizon.years) * commitment.residual_change * shifted};
}

}  // namespace sandglass::economics
