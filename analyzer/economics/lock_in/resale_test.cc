#include "analyzer/economics/lock_in/resale.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

namespace sandglass::economics {
namespace {

// (1 − e^{−xt})/x
double A(double x, double t) { return x == 0 ? t : (1 - std::exp(-x * t)) / x; }

TEST(ValueAtAgeTest, WithoutRunningCostOrObsolescence) {
  // Before the shift a unit, after it ρ: A(r+λ, L−s) + ρ·[A(r, L−s) − A(r+λ, L−s)].
  for (const double retained : {0.0, 0.45, 1.0, 1.3}) {
    for (const double hazard : {0.0, 0.16, 2.0}) {
      for (const double age : {0.0, 2.0, 4.9}) {
        const double left = 5 - age;
        const double expected = A(0.1 + hazard, left) + retained * (A(0.1, left) - A(0.1 + hazard, left));
        EXPECT_NEAR(ValueAtAge({.retained = retained}, {}, hazard, age), expected, 1e-10)
            << retained << " " << hazard << " " << age;
      }
    }
  }
}

TEST(ValueAtAgeTest, HandWorked) {
  // Two years left, λ 0, o .4: (1 − .4)·(1 − e^{−.2})/.1 = .6·1.812692 = 1.087615.
  EXPECT_NEAR(ValueAtAge({.running_share = 0.4}, {}, 0, 3), 1.087615, 1e-6);
  // Prices fall by .3 a year, for three already: e^{−.9}·A(.4, 2) = .406570·1.376678.
  EXPECT_NEAR(ValueAtAge({}, {.obsolescence = 0.3}, 0, 3), 0.559715, 1e-6);
  // What keeps .3 does not earn .4 once the shift has come: .6·A(.26, 2) = .6·1.559536.
  EXPECT_NEAR(ValueAtAge({.retained = 0.3, .running_share = 0.4}, {}, 0.16, 3), 0.935722, 1e-6);
}

TEST(ValueAtAgeTest, SwitchedOffByHand) {
  // Until t* = ln(1/o)/g − s it earns e^{−gs}·A(r+g, t*) − o·A(r, t*), then nothing.
  for (const double age : {0.0, 1.0, 2.5}) {
    const double off = std::log(1 / 0.4) / 0.3 - age;
    const double expected = std::exp(-0.3 * age) * A(0.4, off) - 0.4 * A(0.1, off);
    EXPECT_NEAR(ValueAtAge({.running_share = 0.4}, {.obsolescence = 0.3}, 0, age), expected, 1e-13) << age;
  }
}

struct Case {
  std::string name;
  UsedMachine machine;
  ResaleMarket market;
  double hazard;
  double age;
};

// The integral by the middles of many equal parts.
double BruteForce(const Case& c) {
  constexpr int kParts = 400'000;
  const double left = c.market.life_years - c.age;
  const double step = left / kParts;
  double sum = 0;
  for (int i = 0; i < kParts; ++i) {
    const double t = (i + 0.5) * step;
    const double price = std::exp(-c.market.obsolescence * (c.age + t));
    const double before = std::exp(-c.hazard * t) * std::max(0.0, price - c.machine.running_share);
    const double after =
        (1 - std::exp(-c.hazard * t)) * std::max(0.0, c.machine.retained * price - c.machine.running_share);
    sum += std::exp(-c.market.discount_rate * t) * (before + after) * step;
  }
  return sum;
}

TEST(ValueAtAgeTest, SwitchesOffWhereItNoLongerEarnsItsRunningCost) {
  for (const Case& c : {
           // Off at ln(1/.4)/.3 = 3.05 years, after a shift at ln(.7/.4)/.3 = 1.87.
           Case{"both switch off", {.retained = 0.7, .running_share = 0.4}, {.obsolescence = 0.3}, 0.16, 0},
           Case{"used", {.retained = 0.7, .running_share = 0.4}, {.obsolescence = 0.3}, 0.16, 1},
           Case{"off already", {.retained = 0.7, .running_share = 0.4}, {.obsolescence = 0.3}, 0.16, 2},
           Case{"better on the successor", {.retained = 1.5, .running_share = 0.5}, {.obsolescence = 0.4}, 0.5, 0},
           Case{"never runs the successor", {.retained = 0, .running_share = 0.2}, {.obsolescence = 0.2}, 1, 0},
           Case{"prices stay", {.retained = 0.3, .running_share = 0.4}, {}, 0.3, 0},
           Case{"long life",
                {.retained = 0.5, .running_share = 0.1},
                {.life_years = 15, .discount_rate = 0.02, .obsolescence = 0.2},
                0.1,
                0},
       }) {
    SCOPED_TRACE(c.name);
    EXPECT_NEAR(ValueAtAge(c.machine, c.market, c.hazard, c.age), BruteForce(c), 1e-8);
    EXPECT_GT(BruteForce(c), 0);
  }
}

TEST(ValueAtAgeTest, IsNothingAtTheEndOfLifeAndWhereNothingIsEarned) {
  for (const double age : {5.0, 5.5, 100.0}) EXPECT_EQ(ValueAtAge({}, {}, 0.16, age), 0) << age;
  // e^{−.5·4} = .135 < .5
  EXPECT_EQ(ValueAtAge({.running_share = 0.5}, {.obsolescence = 0.5}, 0.16, 4), 0);
}

TEST(ValueAtAgeTest, FallsWithAge) {
  double last = 1e9;
  for (const double age : {0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0}) {
    const double value = ValueAtAge({.retained = 0.8, .running_share = 0.1}, {.obsolescence = 0.2}, 0.16, age);
    EXPECT_LT(value, last) << age;
    last = value;
  }
  EXPECT_EQ(last, 0);
}

TEST(ImpliedPremiumTest, RisesWithTheHazardFromNothing) {
  const UsedMachine specialised = {.retained = 0.45, .running_share = 0.2};
  const UsedMachine general = {.retained = 0.85, .running_share = 0.2};
  const ResaleMarket market = {.obsolescence = 0.2};
  EXPECT_NEAR(*ImpliedPremium(specialised, general, market, 0, 1), 0, 1e-12);
  double last = 0;
  for (const double hazard : {0.05, 0.16, 0.5, 2.0, 20.0}) {
    const std::optional<double> premium = ImpliedPremium(specialised, general, market, hazard, 1);
    ASSERT_TRUE(premium.has_value());
    EXPECT_GT(*premium, last) << hazard;
    last = *premium;
  }
}

TEST(ImpliedPremiumTest, ByHand) {
  // A(.26, 5) = 2.797955 and S = 1.136739: (2.797955 + .85·1.136739)/(2.797955 + .45·1.136739) − 1 = .137392
  EXPECT_NEAR(*ImpliedPremium({.retained = 0.45}, {.retained = 0.85}, {}, 0.16, 0), 0.137392, 1e-6);
}

TEST(ImpliedPremiumTest, NoneWhereTheSpecialisedMachineIsWorthNothing) {
  EXPECT_EQ(ImpliedPremium({}, {}, {}, 0.16, 5), std::nullopt);
  EXPECT_EQ(ImpliedPremium({.running_share = 0.5}, {}, {.obsolescence = 0.5}, 0.16, 4), std::nullopt);
}

}  // namespace
}  // namespace sandglass::economics
