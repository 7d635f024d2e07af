#include "analyzer/economics/lock_in/stranding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analyzer/economics/lock_in/histogram.h"

namespace sandglass::economics {
namespace {

constexpr uint64_t kPaths = 200'000;
// A hazard whose shift comes in the first second.
constexpr double kAtOnce = 1e9;

// Three standard errors of a share.
double ThreeErrors(double share) { return 3 * std::sqrt(share * (1 - share) / static_cast<double>(kPaths)); }

// Everything moves and nothing is kept: the loss is the share of the horizon that was left.
StrandingQuestion TotalLoss(const Distribution& hazard) {
  StrandingQuestion question;
  question.hazard = hazard;
  question.successor_share = Distribution::Point(1);
  question.specialised.retained = Distribution::Point(0);
  question.general.retained = Distribution::Point(1);
  return question;
}

// The shares of a cluster for 50 billion dollars.
StrandingQuestion Sketch() {
  StrandingQuestion question;
  question.hazard = Distribution::Gamma(2.5, 12);
  question.successor_share = Distribution::Triangular(0.25, 0.6, 1);
  question.specialised.retained = Distribution::Triangular(0.1, 0.45, 0.85);
  question.specialised.salvage = Distribution::Triangular(0, 0.02, 0.1);
  question.general.retained = Distribution::Triangular(0.6, 0.85, 0.98);
  question.general.salvage = Distribution::Triangular(0.05, 0.25, 0.5);
  return question;
}

// One fleet whose shift comes at once.
FleetOutcome AtOnce(double retained, double slow, double lag_years) {
  StrandingQuestion question = TotalLoss(Distribution::Point(kAtOnce));
  question.specialised.retained = Distribution::Point(retained);
  question.specialised.slow = Distribution::Point(slow);
  question.specialised.lag = Distribution::Point(lag_years);
  return Simulate(question, 10, 1).specialised;
}

TEST(LossOfTest, HandWorked) {
  // Two of five years gone: 1 − 2/5 − .02 = .58 of the price is at risk, of which m = .6.
  const auto loss = [](double retained, double slow, double lag) {
    return LossOf({.retained = retained, .slow = slow, .lag_years = lag, .salvage = 0.02}, 2, 0.6, 5);
  };
  EXPECT_NEAR(loss(0.45, 1, 0), 0.6 * 0.55 * 0.58, 1e-12);
  // One year of the three left at half of .45: kept .45·(1/3·.5 + 2/3) = .375.
  EXPECT_NEAR(loss(0.45, 0.5, 1), 0.6 * 0.625 * 0.58, 1e-12);
  // Never ported: .225 is kept.
  EXPECT_NEAR(loss(0.45, 0.5, 4), 0.6 * 0.775 * 0.58, 1e-12);
  // Does not run for a year: .45·2/3 = .3.
  EXPECT_NEAR(loss(0.45, 0, 1), 0.6 * 0.7 * 0.58, 1e-12);
  EXPECT_EQ(loss(1.2, 1, 0), 0);
}

TEST(LossOfTest, NothingIsLostAtTheEndOrBelowSalvage) {
  const FleetPath path = {.retained = 0, .salvage = 0.5};
  EXPECT_NEAR(LossOf(path, 1, 1, 5), 0.3, 1e-12);
  EXPECT_EQ(LossOf(path, 3, 1, 5), 0);
  EXPECT_EQ(LossOf({.retained = 0}, 5, 1, 5), 0);
  EXPECT_EQ(LossOf({.retained = 0}, 7, 1, 5), 0);
}

TEST(LossOfTest, MoreLagIsNeverLessLoss) {
  for (const double shift : {0.0, 1.0, 4.5}) {
    for (const double slow : {0.0, 0.4, 1.0}) {
      double last = 0;
      for (const double lag : {0.0, 0.1, 0.5, 2.0, 5.0, 8.0}) {
        const double loss = LossOf({.retained = 0.6, .slow = slow, .lag_years = lag}, shift, 0.8, 5);
        EXPECT_GE(loss, last) << shift << " " << slow << " " << lag;
        last = loss;
      }
      EXPECT_GT(last, 0);
    }
  }
}

TEST(DrawShiftTest, TakesAsManyNumbersAsItSays) {
  struct Case {
    Distribution hazard;
    int numbers;
  };
  for (const Case& c : {Case{Distribution::Point(0.2), 1}, Case{Distribution::Gamma(2.5, 12), 1},
                        Case{Distribution::Uniform(0.1, 0.2), 2}, Case{Distribution::Triangular(0, 0.1, 0.2), 2}}) {
    RandomStream drawn(5);
    RandomStream plain(5);
    EXPECT_GT(DrawShift(c.hazard, drawn), 0);
    for (int i = 0; i < c.numbers; ++i) plain.Uniform();
    EXPECT_EQ(drawn.Uniform(), plain.Uniform());
  }
}

TEST(DrawShiftTest, NeverComesWithoutHazard) {
  RandomStream stream(1);
  EXPECT_EQ(DrawShift(Distribution::Point(0), stream), INFINITY);
}

TEST(SimulateTest, GammaHazardAgainstClosedForms) {
  const StrandingOutcome outcome = Simulate(TotalLoss(Distribution::Gamma(2.5, 12)), kPaths, 1);
  EXPECT_EQ(outcome.paths, kPaths);
  // 1 − (1 + 5/12)^−2.5
  EXPECT_NEAR(outcome.shifted, 0.581370, ThreeErrors(0.581370));
  // E[(1 − τ/T)⁺]; its standard deviation is below that of a share, being within [0, 1].
  EXPECT_NEAR(outcome.specialised.losses.back().mean, 0.348896, ThreeErrors(0.348896));
  EXPECT_EQ(outcome.general.losses.back().mean, 0);
}

TEST(SimulateTest, EndsWhenItShallNotGoOn) {
  const StrandingQuestion question = TotalLoss(Distribution::Gamma(2.5, 12));
  int asked = 0;
  const auto twice = [&asked] { return ++asked < 2; };
  // Of which there would be hours of work.
  const StrandingOutcome outcome = Simulate(question, uint64_t{1} << 50, 1, twice);
  EXPECT_EQ(asked, 2);
  EXPECT_GT(outcome.paths, 0u);
  EXPECT_LT(outcome.paths, uint64_t{1} << 30);
  EXPECT_NEAR(outcome.shifted, 0.581370, 3 * std::sqrt(0.25 / static_cast<double>(outcome.paths)));
}

TEST(SimulateTest, PointHazardIsExponential) {
  StrandingQuestion question = TotalLoss(Distribution::Point(0.3));
  question.dates = 10;
  const StrandingOutcome outcome = Simulate(question, kPaths, 2);
  const FleetOutcome& fleet = outcome.specialised;
  ASSERT_EQ(fleet.has_been_in_default.size(), 10u);
  for (size_t i = 0; i < 10; ++i) {
    const double years = 0.5 * static_cast<double>(i + 1);
    const double shifted = 1 - std::exp(-0.3 * years);
    EXPECT_DOUBLE_EQ(fleet.losses[i].years, years);
    EXPECT_NEAR(fleet.has_been_in_default[i], shifted, ThreeErrors(shifted)) << years;
    // Nothing is ever ported.
    EXPECT_EQ(fleet.in_default[i], fleet.has_been_in_default[i]) << years;
    // 1/T·∫₀ᵗ (T − τ)·λe^{−λτ} dτ = shifted − [shifted/λ − t·e^{−λt}]/T
    const double lost = shifted - (shifted / 0.3 - years * std::exp(-0.3 * years)) / 5;
    EXPECT_NEAR(fleet.losses[i].mean, lost, ThreeErrors(lost)) << years;
  }
  EXPECT_EQ(fleet.has_been_in_default.back(), outcome.shifted);
}

TEST(SimulateTest, OtherHazardsMixExponentials) {
  // E[1 − e^{−5λ}] for λ uniform over (.1, .5): 1 − (e^{−.5} − e^{−2.5})/(5·.4) = .737777
  const StrandingOutcome outcome = Simulate(TotalLoss(Distribution::Uniform(0.1, 0.5)), kPaths, 3);
  EXPECT_NEAR(outcome.shifted, 0.737777, ThreeErrors(0.737777));
}

TEST(SimulateTest, PercentilesCountPathsWithoutAShift) {
  // P(loss ≤ x) = e^{−λT(1−x)} for x ≥ 0, so x = 1 + ln(p)/1.5; e^{−1.5} = .223 of all paths lose nothing.
  const FleetOutcome fleet = Simulate(TotalLoss(Distribution::Point(0.3)), kPaths, 4).specialised;
  EXPECT_EQ(fleet.losses.back().p5, 0);
  EXPECT_NEAR(fleet.losses.back().p50, 1 + std::log(0.5) / 1.5, 0.005);
  EXPECT_NEAR(fleet.losses.back().p95, 1 + std::log(0.95) / 1.5, 0.005);
  // By the first quarter of a year, e^{−.075} = .928 have lost nothing.
  EXPECT_EQ(fleet.losses.front().p50, 0);
  EXPECT_NEAR(fleet.losses.front().p95, 1 + std::log(0.95) / 1.5, 0.005);
}

TEST(SimulateTest, SketchOfFiftyBillion) {
  const StrandingOutcome outcome = Simulate(Sketch(), kPaths, 1);
  const LossAt& specialised = outcome.specialised.losses.back();
  const LossAt& general = outcome.general.losses.back();
  // 70 % of 50 billion is in computers. Means: 35·E[m]·(1 − E[ρ])·E[(1 − τ/T − salvage)⁺] with the integral apart:
  // 35·.616667·.533333·.325966 and 35·.616667·.19·.207653.
  EXPECT_NEAR(specialised.mean * 35, 3.7522, 0.03);
  EXPECT_NEAR(general.mean * 35, 0.8516, 0.01);
  EXPECT_NEAR(specialised.p50 * 35, 1.8, 0.05 * 1.8);
  EXPECT_NEAR(specialised.p95 * 35, 12.7, 0.05 * 12.7);
  EXPECT_NEAR(general.p95 * 35, 3.6, 0.05 * 3.6);
}

bool Same(const FleetOutcome& a, const FleetOutcome& b) {
  const auto same = [](const LossAt& x, const LossAt& y) {
    return x.years == y.years && x.p5 == y.p5 && x.p50 == y.p50 && x.p95 == y.p95 && x.mean == y.mean;
  };
  return std::equal(a.losses.begin(), a.losses.end(), b.losses.begin(), b.losses.end(), same) &&
         a.in_default == b.in_default && a.has_been_in_default == b.has_been_in_default;
}

TEST(SimulateTest, SeedsDecide) {
  const StrandingOutcome first = Simulate(Sketch(), 5000, 11);
  const StrandingOutcome again = Simulate(Sketch(), 5000, 11);
  const StrandingOutcome other = Simulate(Sketch(), 5000, 12);
  EXPECT_TRUE(Same(first.specialised, again.specialised));
  EXPECT_TRUE(Same(first.general, again.general));
  EXPECT_EQ(first.shifted, again.shifted);
  EXPECT_FALSE(Same(first.specialised, other.specialised));
  EXPECT_NE(first.shifted, other.shifted);
}

TEST(SimulateTest, DatesOfDefaultByHand) {
  // Below the threshold of .5 (.8·.4 = .32) for 1.1 years, then above it: at the quarters .25, .5, .75 and 1.
  const FleetOutcome ported = AtOnce(0.8, 0.4, 1.1);
  ASSERT_EQ(ported.in_default.size(), 20u);
  for (size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(ported.in_default[i], i < 4 ? 1 : 0) << i;
    EXPECT_EQ(ported.has_been_in_default[i], 1) << i;
  }
  // For good.
  EXPECT_EQ(AtOnce(0.4, 1, 0).in_default, std::vector<double>(20, 1));
  // Faster until it was ported: in default from 1.25 years on.
  const FleetOutcome later = AtOnce(0.4, 2, 1.1);
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(later.in_default[i], i < 4 ? 0 : 1) << i;
  // Never.
  EXPECT_EQ(AtOnce(0.9, 0.6, 1.1).has_been_in_default, std::vector<double>(20, 0));
  // Between two dates.
  EXPECT_EQ(AtOnce(0.8, 0.4, 0.1).in_default, std::vector<double>(20, 0));
  EXPECT_EQ(AtOnce(0.8, 0.4, 0.1).has_been_in_default, std::vector<double>(20, 1));
}

TEST(SimulateTest, WhoIsInDefaultHasBeen) {
  StrandingQuestion question = Sketch();
  question.specialised.slow = Distribution::Uniform(0.1, 1);
  question.specialised.lag = Distribution::Lognormal(0.94, 0.4);
  const FleetOutcome fleet = Simulate(question, 20'000, 1).specialised;
  double last = 0;
  for (size_t i = 0; i < fleet.in_default.size(); ++i) {
    EXPECT_GE(fleet.has_been_in_default[i], fleet.in_default[i]);
    EXPECT_GE(fleet.has_been_in_default[i], last);
    last = fleet.has_been_in_default[i];
  }
  EXPECT_GT(fleet.has_been_in_default.back(), fleet.in_default.back());
}

TEST(HistogramTest, PercentilesAreThoseOfSortedAmountsToOneBin) {
  RandomStream stream(9);
  Histogram histogram;
  std::vector<double> amounts;
  for (int i = 0; i < 5000; ++i) {
    // A third is exactly 0.
    amounts.push_back(i % 3 == 0 ? 0 : stream.Uniform() * stream.Uniform());
    histogram.Add(amounts.back());
  }
  std::sort(amounts.begin(), amounts.end());
  for (const double p : {0.001, 0.1, 0.3, 0.4, 0.5, 0.9, 0.95, 0.999, 1.0}) {
    const double exact = amounts[static_cast<size_t>(std::ceil(p * 5000)) - 1];
    EXPECT_NEAR(histogram.Percentile(p), exact, 1.0 / Histogram::kBins) << p;
    EXPECT_EQ(histogram.Percentile(p) == 0, exact == 0) << p;
  }
}

TEST(HistogramTest, EdgesAndSums) {
  Histogram histogram;
  EXPECT_EQ(histogram.Percentile(0.5), 0);
  EXPECT_EQ(histogram.Mean(), 0);
  histogram.Add(0);
  histogram.Add(1);
  EXPECT_EQ(histogram.Percentile(0.5), 0);
  EXPECT_EQ(histogram.Percentile(0.51), 1);
  Histogram other;
  for (int i = 0; i < 2; ++i) other.Add(0.25);
  other.Add(histogram);
  EXPECT_EQ(other.count(), 4u);
  EXPECT_DOUBLE_EQ(other.Mean(), 0.375);
  EXPECT_NEAR(other.Percentile(0.75), 0.25, 1.0 / Histogram::kBins);
}

}  // namespace
}  // namespace sandglass::economics
