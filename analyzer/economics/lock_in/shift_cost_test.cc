#include "analyzer/economics/lock_in/shift_cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "analyzer/economics/random_stream.h"
#include "boost/math/quadrature/gauss_kronrod.hpp"

namespace sandglass::economics {
namespace {

constexpr double kNever = 1e12;
// A hazard whose shift comes in the first second.
constexpr double kAtOnce = 1e9;

TEST(AnnuityTest, HandWorked) {
  // (1 − e^{−.5})/.1 = .393469/.1
  EXPECT_NEAR(Annuity(0.1, 5), 3.934693, 1e-6);
  EXPECT_EQ(Annuity(0, 5), 5);
  EXPECT_EQ(Annuity(0.1, 0), 0);
  // The two ways of computing meet: 5·(1 − 5x/2), for x just below and above 2e-9.
  for (const double rate : {1e-12, 1.9e-9, 2.1e-9, 1e-7}) {
    EXPECT_NEAR(Annuity(rate, 5), 5 - 12.5 * rate + 125.0 / 6 * rate * rate, 1e-14) << rate;
  }
}

TEST(YearsOfTest, BaseCaseWithALagOf250Days) {
  const Horizon horizon = {.years = 5, .discount_rate = 0.1};
  const DiscountedYears years = YearsOf(horizon, 0.16, 250.0 / 365);
  EXPECT_NEAR(years.lagging, 0.285984, 1e-6);
  EXPECT_NEAR(years.ported, 0.850755, 1e-6);
  // A(.26, 5) = (1 − e^{−1.3})/.26 = 2.797955
  EXPECT_NEAR(years.before, 2.797955, 1e-6);
  EXPECT_NEAR(years.at_shift, 0.16 * 2.797955, 1e-6);
}

TEST(YearsOfTest, StatesShareTheHorizon) {
  for (const double rate : {0.0, 0.1, 0.5}) {
    for (const double hazard : {0.0, 0.16, 3.0, kAtOnce}) {
      for (const double lag : {0.0, 0.5, 5.0, 9.0}) {
        const Horizon horizon = {.years = 5, .discount_rate = rate};
        const DiscountedYears years = YearsOf(horizon, hazard, lag);
        EXPECT_NEAR(years.before + years.lagging + years.ported, Annuity(rate, 5), 1e-12);
        // dec + port = S.
        EXPECT_NEAR(years.lagging + years.ported, Annuity(rate, 5) - Annuity(rate + hazard, 5), 1e-12);
      }
    }
  }
}

TEST(YearsOfTest, WithoutLagNothingLags) { EXPECT_NEAR(YearsOf({}, 0.16, 0).lagging, 0, 1e-15); }

TEST(YearsOfTest, NothingIsPortedWithinALagPastTheHorizon) {
  for (const double lag : {5.0, 7.0, 1e6}) EXPECT_EQ(YearsOf({}, 0.16, lag).ported, 0) << lag;
  EXPECT_EQ(YearsOf({}, 0.16, 7).lagging, YearsOf({}, 0.16, 5).lagging);
}

TEST(YearsOfTest, ShiftsThatNeverComeAndThatComeAtOnce) {
  const DiscountedYears never = YearsOf({}, 0, 1);
  EXPECT_NEAR(never.before, 3.934693, 1e-6);
  EXPECT_NEAR(never.lagging, 0, 1e-15);
  EXPECT_NEAR(never.ported, 0, 1e-15);
  EXPECT_EQ(never.at_shift, 0);
  // A year of lag, A(.1, 1) = .951626; the rest of A(.1, 5) is ported.
  const DiscountedYears at_once = YearsOf({}, kAtOnce, 1);
  EXPECT_NEAR(at_once.before, 0, 1e-8);
  EXPECT_NEAR(at_once.lagging, 0.951626, 1e-6);
  EXPECT_NEAR(at_once.ported, 3.934693 - 0.951626, 1e-6);
  EXPECT_NEAR(at_once.at_shift, 1, 1e-9);
}

TEST(ExpectTest, EachTermByHand) {
  // r = 0 and a shift at once: a lag of 2 years at 3, then 3 years at 2, a move of .5, and .25 of residual lost.
  const Commitment commitment = {
      .entry = 0.1, .flow = 1, .lagging = 3, .ported = 2, .lag_years = 2, .move = 0.5, .residual_change = -0.25};
  const ExpectedCost cost = Expect(commitment, {.years = 5, .discount_rate = 0}, kAtOnce);
  EXPECT_EQ(cost.entry, 0.1);
  EXPECT_NEAR(cost.before, 0, 1e-8);
  EXPECT_NEAR(cost.lagging, 6, 1e-7);
  EXPECT_NEAR(cost.ported, 6, 1e-7);
  EXPECT_NEAR(cost.move, 0.5, 1e-8);
  EXPECT_NEAR(cost.residual, 0.25, 1e-12);
  EXPECT_NEAR(cost.total(), 12.85, 1e-6);
}

// What is paid if the shift comes at τ, piece by piece.
double PaidWithShiftAt(double shift, const Commitment& c, const Horizon& horizon) {
  const double rate = horizon.discount_rate;
  const auto flow = [&](double from, double to) {
    return rate == 0 ? to - from : (std::exp(-rate * from) - std::exp(-rate * to)) / rate;
  };
  if (shift >= horizon.years) return c.entry + c.flow * flow(0, horizon.years);
  const double ported = std::min(shift + c.lag_years, horizon.years);
  return c.entry + c.flow * flow(0, shift) + c.lagging * flow(shift, ported) + c.ported * flow(ported, horizon.years) +
         c.move * std::exp(-rate * shift) - c.residual_change * std::exp(-rate * horizon.years);
}

struct Case {
  std::string name;
  Commitment commitment;
  Horizon horizon;
  double hazard;
};

std::vector<Case> Cases() {
  const Commitment stay = {.flow = 0.7, .lagging = 1.56, .ported = 1.17, .move = 0.5, .residual_change = -0.18};
  Commitment slow = stay;
  slow.lag_years = 250.0 / 365;
  slow.entry = 0.25;
  Commitment late = stay;
  late.lag_years = 6;
  // Six tenths of the work move: c' = .4·1 + .6/.85 = 1.105882.
  const Commitment partial = {.flow = 1, .lagging = 1.4, .ported = 1.105882, .lag_years = 0.1, .move = 0.1};
  return {
      {"at once", stay, {}, 0.16},
      {"with a lag", slow, {}, 0.16},
      {"lag past the horizon", late, {}, 0.16},
      {"without discount", slow, {.years = 5, .discount_rate = 0}, 0.3},
      {"partial", partial, {.years = 3, .discount_rate = 0.14}, 0.5},
      {"rare", slow, {.years = 6, .discount_rate = 0.05}, 0.01},
      {"often", slow, {}, 4},
  };
}

TEST(ExpectTest, EqualsTheIntegralOverTheTimeOfTheShift) {
  using Quadrature = boost::math::quadrature::gauss_kronrod<double, 31>;
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    const auto density = [&](double shift) {
      return c.hazard * std::exp(-c.hazard * shift) * PaidWithShiftAt(shift, c.commitment, c.horizon);
    };
    // From T − ℓ on it is never ported: a bend.
    const double bend = std::max(0.0, c.horizon.years - c.commitment.lag_years);
    const double unshifted = std::exp(-c.hazard * c.horizon.years) * PaidWithShiftAt(kNever, c.commitment, c.horizon);
    const double integral = Quadrature::integrate(density, 0, bend, 10, 1e-12) +
                            Quadrature::integrate(density, bend, c.horizon.years, 10, 1e-12);
    EXPECT_NEAR(Expect(c.commitment, c.horizon, c.hazard).total(), integral + unshifted, 1e-9);
  }
}

TEST(ExpectTest, IsTheMeanOfManyShifts) {
  constexpr int kPaths = 100'000;
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    RandomStream stream(1);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < kPaths; ++i) {
      const double paid = PaidWithShiftAt(-std::log(stream.Uniform()) / c.hazard, c.commitment, c.horizon);
      sum += paid;
      squares += paid * paid;
    }
    const double mean = sum / kPaths;
    const double error = std::sqrt((squares / kPaths - mean * mean) / kPaths);
    EXPECT_NEAR(Expect(c.commitment, c.horizon, c.hazard).total(), mean, 3 * error);
  }
}

TEST(ExpectTest, LongerLagsCostMoreWhereLaggingIsDearer) {
  double last = 0;
  for (const double lag : {0.0, 0.2, 0.7, 2.0, 4.9, 5.0}) {
    const Commitment c = {.flow = 0.7, .lagging = 2, .ported = 1.5, .lag_years = lag, .move = 0.5};
    const double cost = Expect(c, {}, 0.2).total();
    EXPECT_GT(cost, last) << lag;
    last = cost;
  }
}

}  // namespace
}  // namespace sandglass::economics
