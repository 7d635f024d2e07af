#include "analyzer/economics/distribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "analyzer/economics/random_stream.h"

namespace sandglass::economics {
namespace {

struct Named {
  std::string name;
  Distribution distribution;
};

std::vector<Named> Spreads() {
  return {
      {"triangle", Distribution::Triangular(0.25, 0.6, 1)},
      {"triangle with its mode at the low end", Distribution::Triangular(0, 0, 3)},
      {"triangle with its mode at the high end", Distribution::Triangular(-2, 4, 4)},
      {"uniform", Distribution::Uniform(-1, 4)},
      {"lognormal", Distribution::Lognormal(350, 0.834)},
      {"gamma", Distribution::Gamma(2.5, 12)},
      {"gamma of a small shape", Distribution::Gamma(0.5, 0.2)},
  };
}

constexpr double kShares[] = {0.001, 0.05, 0.3, 0.5, 0.8, 0.95, 0.999};

TEST(DistributionTest, CumulativeUndoesQuantile) {
  for (const Named& spread : Spreads()) {
    SCOPED_TRACE(spread.name);
    for (const double p : kShares)
      EXPECT_NEAR(spread.distribution.Cumulative(spread.distribution.Quantile(p)), p, 1e-9);
  }
}

TEST(DistributionTest, MeanIsTheIntegralOfTheQuantile) {
  // ∫₀¹ Q(p) dp, by the middles of equal parts.
  constexpr int kParts = 100'000;
  for (const Named& spread : Spreads()) {
    SCOPED_TRACE(spread.name);
    double sum = 0;
    for (int i = 0; i < kParts; ++i) sum += spread.distribution.Quantile((i + 0.5) / kParts) / kParts;
    EXPECT_NEAR(spread.distribution.Mean(), sum, 2e-4 * std::abs(sum));
  }
}

TEST(DistributionTest, HandWorked) {
  // Below the mode lies (.6 − .25)/(1 − .25) = .466667 of a triangle; a quarter of that at half the way to it.
  const Distribution triangle = Distribution::Triangular(0.25, 0.6, 1);
  EXPECT_NEAR(triangle.Cumulative(0.6), 0.35 / 0.75, 1e-12);
  EXPECT_NEAR(triangle.Quantile(0.35 / 0.75 / 4), 0.425, 1e-12);
  EXPECT_NEAR(triangle.Mean(), 1.85 / 3, 1e-12);
  EXPECT_DOUBLE_EQ(Distribution::Uniform(-1, 4).Quantile(0.3), 0.5);
  // 350·e^{±1.644854·.834} = 350·3.942474^{±1} = 1379.87 and 88.78; the mean is 350·e^{.834²/2} = 495.57.
  const Distribution lognormal = Distribution::Lognormal(350, 0.834);
  EXPECT_NEAR(lognormal.Quantile(0.95), 1379.87, 0.1);
  EXPECT_NEAR(lognormal.Quantile(0.05), 88.78, 0.01);
  EXPECT_NEAR(lognormal.Mean(), 495.57, 0.05);
  // Gamma(1, 4) is exponential: half lies below ln 2/4.
  EXPECT_NEAR(Distribution::Gamma(1, 4).Quantile(0.5), std::log(2) / 4, 1e-12);
  EXPECT_NEAR(Distribution::Gamma(2.5, 12).Mean(), 2.5 / 12, 1e-15);
}

TEST(DistributionTest, AllOfAPointLiesAtIt) {
  const Distribution point = Distribution::Point(3);
  EXPECT_EQ(point.shape(), Distribution::Shape::kPoint);
  for (const double p : kShares) EXPECT_EQ(point.Quantile(p), 3);
  EXPECT_EQ(point.Cumulative(2.999), 0);
  EXPECT_EQ(point.Cumulative(3), 1);
  EXPECT_EQ(point.Mean(), 3);
  EXPECT_EQ(Distribution().Quantile(0.5), 0);
}

TEST(DistributionTest, NothingLiesBeyondTheEnds) {
  for (const Distribution& bounded : {Distribution::Triangular(1, 2, 4), Distribution::Uniform(1, 4)}) {
    EXPECT_EQ(bounded.Cumulative(0.5), 0);
    EXPECT_EQ(bounded.Cumulative(5), 1);
  }
  EXPECT_EQ(Distribution::Lognormal(1, 1).Cumulative(-1), 0);
  EXPECT_EQ(Distribution::Gamma(2, 1).Cumulative(0), 0);
}

TEST(DistributionTest, CentralIsModeMedianOrMean) {
  EXPECT_EQ(Distribution::Triangular(0, 1, 5).Central(), 1);
  EXPECT_EQ(Distribution::Lognormal(7, 2).Central(), 7);
  EXPECT_EQ(Distribution::Uniform(2, 4).Central(), 3);
  EXPECT_EQ(Distribution::Gamma(3, 2).Central(), 1.5);
  EXPECT_EQ(Distribution::Point(9).Central(), 9);
}

TEST(DistributionTest, TimesScalesEveryQuantile) {
  std::vector<Named> spreads = Spreads();
  spreads.push_back({"point", Distribution::Point(-2)});
  for (const Named& spread : spreads) {
    SCOPED_TRACE(spread.name);
    const Distribution scaled = spread.distribution.Times(2.5);
    EXPECT_EQ(scaled.shape(), spread.distribution.shape());
    EXPECT_NEAR(scaled.Mean(), 2.5 * spread.distribution.Mean(), 1e-9);
    for (const double p : kShares) {
      const double quantile = spread.distribution.Quantile(p);
      EXPECT_NEAR(scaled.Quantile(p), 2.5 * quantile, 1e-9 * std::abs(quantile) + 1e-12);
    }
  }
  EXPECT_EQ(Distribution::Point(5).Times(-2).Mean(), -10);
}

TEST(DistributionTest, AroundRatioHoldsTheCoverage) {
  // Symmetric: nine of ten between a half and twice.
  const Distribution symmetric = Distribution::AroundRatio(10, 0.5, 2, 0.9);
  EXPECT_EQ(symmetric.shape(), Distribution::Shape::kLognormal);
  EXPECT_NEAR(symmetric.Quantile(0.05), 5, 1e-9);
  EXPECT_NEAR(symmetric.Quantile(0.95), 20, 1e-9);
  // Lopsided: the median stays, and the ends are 2/.8 = 2.5 apart.
  const Distribution lopsided = Distribution::AroundRatio(10, 0.8, 2, 0.5);
  EXPECT_NEAR(lopsided.Quantile(0.5), 10, 1e-9);
  EXPECT_NEAR(lopsided.Quantile(0.75) / lopsided.Quantile(0.25), 2.5, 1e-9);
  EXPECT_EQ(Distribution::AroundRatio(10, 1, 1, 0.9).shape(), Distribution::Shape::kPoint);
  EXPECT_EQ(Distribution::AroundRatio(10, 1, 1, 0.9).Mean(), 10);
}

TEST(RandomStreamTest, SeedOneIsTheSameEverywhere) {
  // MT19937-64, worked apart: 2469588189546311528, 2516265689700432462, 8323445853463659930, 387828560950575246 over
  // 2^64.
  RandomStream stream(1);
  EXPECT_NEAR(stream.Uniform(), 0.133876644012533, 1e-15);
  EXPECT_NEAR(stream.Uniform(), 0.136407036366197, 1e-15);
  EXPECT_NEAR(stream.Uniform(), 0.451214903844538, 1e-15);
  EXPECT_NEAR(stream.Uniform(), 0.021024228416727, 1e-15);
}

TEST(RandomStreamTest, LiesBetweenZeroAndOneEvenly) {
  constexpr int kDraws = 100'000;
  RandomStream stream(7);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.Uniform();
    ASSERT_GT(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
    squares += u * u;
  }
  // Means 1/2 and 1/3, with standard errors .289/√n and .298/√n.
  EXPECT_NEAR(sum / kDraws, 0.5, 3 * 0.289 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 3 * 0.298 / std::sqrt(kDraws));
}

TEST(RandomStreamTest, IsTheMiddleOfAPart) {
  // Odd multiples of 2^−53, so that neither end can come.
  RandomStream stream(1);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(std::fmod(stream.Uniform() * 0x1p53, 2), 1);
}

TEST(RandomStreamTest, EveryShapeTakesOneNumber) {
  for (const Named& spread : Spreads()) {
    SCOPED_TRACE(spread.name);
    RandomStream drawn(3);
    RandomStream plain(3);
    EXPECT_EQ(drawn.Draw(spread.distribution), spread.distribution.Quantile(plain.Uniform()));
    EXPECT_EQ(drawn.Draw(Distribution::Point(4)), 4);
    plain.Uniform();
    EXPECT_EQ(drawn.Uniform(), plain.Uniform());
  }
}

}  // namespace
}  // namespace sandglass::economics
