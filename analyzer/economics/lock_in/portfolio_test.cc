#include "analyzer/economics/lock_in/portfolio.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analyzer/economics/lock_in/base_case_fixture.h"
#include "analyzer/economics/lock_in/breakeven.h"

namespace sandglass::economics {
namespace {

using ::sandglass::testing::BaseCase;
using ::sandglass::testing::CertainSpreads;

constexpr double kGridStep = 0.01;

PortfolioLimits Limits(double tail_level, std::optional<double> tail_limit = std::nullopt,
                       std::optional<double> service_floor = std::nullopt) {
  return {.tail_level = tail_level, .tail_limit = tail_limit, .service_floor = service_floor};
}

TEST(NewsvendorRatioTest, BaseCase) {
  EXPECT_NEAR(NewsvendorRatio(BaseCase(), 0.1), 1.996, 5e-4);
  EXPECT_NEAR(NewsvendorRatio(BaseCase(), 0.2), 1.057, 5e-4);
  EXPECT_NEAR(NewsvendorRatio(BaseCase(), 0.3), 0.757, 5e-4);
}

TEST(NewsvendorRatioTest, IsOneAtTheBreakeven) {
  for (const double cost : {0.6, 0.7, 0.8}) {
    for (const double retained : {0.2, 0.45, 0.5}) {
      for (const double entry : {0.0, 0.25}) {
        InputValues in = BaseCase();
        in[Input::kRelativeCost] = cost;
        in[Input::kRetainedSpecialised] = retained;
        in[Input::kEntry] = entry;
        const Breakeven found = FindBreakeven(in);
        ASSERT_EQ(found.hazards.size(), 1u);
        EXPECT_NEAR(NewsvendorRatio(in, found.hazards[0]), 1, 1e-8) << cost << " " << retained << " " << entry;
      }
    }
  }
}

TEST(BestShareTest, FollowsTheQuantile) {
  // At .3, P(m > 1 − w) = .757; m uniform over (.2, 1): 1 − w = .2 + .243·.8, so w = .606.
  EXPECT_NEAR(BestShare(BaseCase(), 0.3, Distribution::Uniform(0.2, 1)), 0.606, 1e-3);
  EXPECT_EQ(BestShare(BaseCase(), 0.1, Distribution::Uniform(0.2, 1)), 1);
  EXPECT_EQ(BestShare(BaseCase(), 0, Distribution::Uniform(0.2, 1)), 1);
  InputValues dear = BaseCase();
  dear[Input::kRelativeCost] = 1.2;
  EXPECT_EQ(BestShare(dear, 0.3, Distribution::Uniform(0.2, 1)), 0);
  EXPECT_EQ(BestShare(dear, 0, Distribution::Uniform(0.2, 1)), 0);
}

// Ten futures that differ in what they cost: 1, 2 … 10.
std::vector<Future> TenFutures() {
  std::vector<Future> futures;
  for (int i = 1; i <= 10; ++i) futures.push_back({.fixed = static_cast<double>(i)});
  return futures;
}

TEST(EvaluateTest, TailByHand) {
  // The worst fifth: (10 + 9)/2. The worst quarter: (10 + 9 + ½·8)/2.5.
  EXPECT_NEAR(Evaluate(TenFutures(), Limits(0.8), 0).tail, 9.5, 1e-12);
  EXPECT_NEAR(Evaluate(TenFutures(), Limits(0.75), 0).tail, 9.2, 1e-12);
  EXPECT_NEAR(Evaluate(TenFutures(), Limits(0), 0).tail, 5.5, 1e-12);
  EXPECT_NEAR(Evaluate(TenFutures(), Limits(0.99), 0).tail, 10, 1e-9);
  EXPECT_NEAR(Evaluate(TenFutures(), {}, 0).expected, 5.5, 1e-12);
}

TEST(EvaluateTest, MixByHand) {
  // Without a shift w saves 1 a unit; with one, m = .6 moves, and each unit of it on specialised silicon costs 2 more.
  const std::vector<Future> futures = {{.fixed = 4, .per_share = -1},
                                       {.fixed = 5,
                                        .per_share = -1,
                                        .per_excess = 2,
                                        .successor_share = 0.6,
                                        .lost_specialised = 0.5,
                                        .lost_general = 0.1}};
  // w = .7 leaves x = .7 − .4 = .3: 4 − .7 and 5 − .7 + .6. Service: 1 − .3·.5 − .3·.1 = .82 in the worse half.
  const MixOutcome outcome = Evaluate(futures, Limits(0.5), 0.7);
  EXPECT_EQ(outcome.specialised_share, 0.7);
  EXPECT_NEAR(outcome.expected, (3.3 + 4.9) / 2, 1e-12);
  EXPECT_NEAR(outcome.tail, 4.9, 1e-12);
  EXPECT_NEAR(outcome.service, 0.82, 1e-12);
  EXPECT_TRUE(outcome.allowed);
  // At w = .3 all of the incumbent's work that stays hides it: x = 0.
  EXPECT_NEAR(Evaluate(futures, Limits(0.5), 0.3).tail, 4.7, 1e-12);
  EXPECT_NEAR(Evaluate(futures, Limits(0.5), 0.3).service, 0.94, 1e-12);
}

TEST(EvaluateTest, WorkMovesWhereItIsCheaper) {
  // Where the specialised side is cheaper on the successor too, it takes min(w, m) of it.
  const std::vector<Future> futures = {{.fixed = 4, .per_share = -1, .per_excess = -0.5, .successor_share = 0.6}};
  EXPECT_NEAR(Evaluate(futures, {}, 0.3).expected, 4 - 0.3 - 0.15, 1e-12);
  EXPECT_NEAR(Evaluate(futures, {}, 0.9).expected, 4 - 0.9 - 0.3, 1e-12);
}

TEST(EvaluateTest, LimitsByHand) {
  const std::vector<Future> futures = {
      {.fixed = 4, .per_share = 1, .per_excess = 0, .successor_share = 1, .lost_specialised = 0.5}};
  // Costs 4 + w over 4, and serves 1 − w/2.
  const auto allowed = [&](double share, std::optional<double> tail, std::optional<double> floor) {
    return Evaluate(futures, Limits(0.95, tail, floor), share).allowed;
  };
  EXPECT_TRUE(allowed(0.39, 1.1, std::nullopt));
  EXPECT_FALSE(allowed(0.41, 1.1, std::nullopt));
  EXPECT_TRUE(allowed(0.39, std::nullopt, 0.8));
  EXPECT_FALSE(allowed(0.41, std::nullopt, 0.8));
  EXPECT_TRUE(allowed(0.41, std::nullopt, std::nullopt));
}

// The base case with everything that decides spread out.
std::vector<Future> SpreadFutures(double hazard, int count) {
  InputSpreads spreads = CertainSpreads(BaseCase());
  spreads[Input::kHazard].distribution = Distribution::Gamma(hazard * 12, 12);
  spreads[Input::kSuccessorShare].distribution = Distribution::Triangular(0.25, 0.6, 1);
  spreads[Input::kRetainedSpecialised].distribution = Distribution::Triangular(0.1, 0.45, 0.85);
  spreads[Input::kRetainedGeneral].distribution = Distribution::Triangular(0.6, 0.85, 0.98);
  return DrawFutures(spreads, count, 1);
}

// The only future there is if the shift comes in the first second.
Future ShiftAtOnce(const InputValues& in) {
  InputSpreads spreads = CertainSpreads(in);
  spreads[Input::kHazard].distribution = Distribution::Point(1e9);
  return DrawFutures(spreads, 1, 1)[0];
}

TEST(DrawFuturesTest, ShiftAtOnceByHand) {
  const Future future = ShiftAtOnce(BaseCase());
  // Of A(.1, 5) = 3.934693: −.3·A + .5 − .1 + e^{−.5}·(.1792 − .16), and (.3 + .7/.45 − 1/.85)·A.
  // At m = 1 general silicon alone costs E_G at ∞.
  EXPECT_NEAR(future.fixed, 4.826096, 1e-6);
  EXPECT_NEAR(future.per_share, -0.768763, 1e-6);
  EXPECT_NEAR(future.per_excess, 2.671991, 1e-5);
  EXPECT_EQ(future.successor_share, 1);
  EXPECT_NEAR(future.lost_specialised, 0.55, 1e-12);
  EXPECT_NEAR(future.lost_general, 0.15, 1e-12);
}

TEST(DrawFuturesTest, LagsAreDiscounted) {
  InputValues in = BaseCase();
  in[Input::kLagSpecialised] = 1;
  in[Input::kSlowSpecialised] = 0.9;
  // .3·A + .7/.45·(A(.1, 1)/.9 + A − A(.1, 1)) − A/.85 = 2.671991 + 1.555556·.951626/9.
  EXPECT_NEAR(ShiftAtOnce(in).per_excess, 2.836470, 1e-5);
}

TEST(DrawFuturesTest, ServiceIsLostWithinALag) {
  InputValues in = BaseCase();
  in[Input::kLagSpecialised] = 1;
  in[Input::kSlowSpecialised] = 0.5;
  in[Input::kLagGeneral] = 0.5;
  in[Input::kSlowGeneral] = 0.8;
  // One year of five at half: .45·(.2·.5 + .8) = .405; half a year at .8: .85·(.1·.8 + .9) = .833.
  EXPECT_NEAR(ShiftAtOnce(in).lost_specialised, 0.595, 1e-8);
  EXPECT_NEAR(ShiftAtOnce(in).lost_general, 0.167, 1e-8);
  // What does not run at all keeps nothing.
  in[Input::kRetainedSpecialised] = 0;
  EXPECT_EQ(ShiftAtOnce(in).lost_specialised, 1);
}

TEST(DrawFuturesTest, MeansAgreeWithTheExpectedCosts) {
  // With m = 1 the whole fleet on one side costs that side's expectation.
  InputValues in = BaseCase();
  in[Input::kEntry] = 0.2;
  in[Input::kLagSpecialised] = 1;
  in[Input::kSlowSpecialised] = 0.9;
  InputSpreads spreads = CertainSpreads(in);
  spreads[Input::kHazard].distribution = Distribution::Point(0.3);
  constexpr int kCount = 100'000;
  const std::vector<Future> futures = DrawFutures(spreads, kCount, 1);
  double sum = 0;
  double squares = 0;
  for (const Future& future : futures) {
    const double difference = future.per_share + future.successor_share * future.per_excess;
    sum += difference;
    squares += difference * difference;
  }
  const double mean = sum / kCount;
  EXPECT_NEAR(mean, -Advantage(in, 0.3), 3 * std::sqrt((squares / kCount - mean * mean) / kCount));
  // Costs lie within 4.2 of each other, so that their standard deviation is at most 2.1.
  EXPECT_NEAR(Evaluate(futures, {}, 0).expected, ExpectGeneral(in, 0.3).total(), 3 * 2.1 / std::sqrt(kCount));
  EXPECT_NEAR(Evaluate(futures, {}, 1).expected, ExpectSpecialised(in, 0.3).cost.total(), 3 * 2.1 / std::sqrt(kCount));
  EXPECT_NEAR(mean, Evaluate(futures, {}, 1).expected - Evaluate(futures, {}, 0).expected, 1e-9);
}

TEST(DrawFuturesTest, SeedsDecide) {
  const auto first = SpreadFutures(0.2, 50);
  const auto again = SpreadFutures(0.2, 50);
  for (size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].per_share, again[i].per_share);
  const auto other = DrawFutures(CertainSpreads(BaseCase()), 50, 2);
  EXPECT_NE(Evaluate(first, {}, 0.5).expected, Evaluate(other, {}, 0.5).expected);
}

struct LimitCase {
  std::string name;
  double hazard;
  PortfolioLimits limits;
};

std::vector<LimitCase> LimitCases() {
  return {
      {"none, rare shifts", 0.1, {}},
      {"none, frequent shifts", 0.5, {}},
      {"tail", 0.2, Limits(0.9, 1.05)},
      {"tail of everything", 0.4, Limits(0, 0.98)},
      {"service", 0.2, Limits(0.9, std::nullopt, 0.6)},
      {"both", 0.2, Limits(0.9, 1.05, 0.6)},
  };
}

TEST(BestShareWithinTest, EqualsASearchOverAllShares) {
  for (const LimitCase& c : LimitCases()) {
    SCOPED_TRACE(c.name);
    const std::vector<Future> futures = SpreadFutures(c.hazard, 200);
    MixOutcome best = {.expected = 1e9};
    for (int i = 0; i <= 100; ++i) {
      const MixOutcome outcome = Evaluate(futures, c.limits, i * kGridStep);
      if (outcome.allowed && outcome.expected < best.expected) best = outcome;
    }
    const absl::StatusOr<double> share = BestShareWithin(futures, c.limits);
    ASSERT_TRUE(share.ok()) << share.status();
    EXPECT_NEAR(*share, best.specialised_share, kGridStep);
    const MixOutcome outcome = Evaluate(futures, c.limits, *share);
    // The program may leave successor work where it costs more to keep the limits; Evaluate takes the cheapest.
    constexpr double kSlack = 0.01;
    if (c.limits.service_floor.has_value()) {
      EXPECT_GE(outcome.service, *c.limits.service_floor - kSlack);
    } else {
      EXPECT_TRUE(outcome.allowed);
    }
    EXPECT_LE(outcome.expected, best.expected + 1e-9);
  }
}

TEST(BestShareWithinTest, LimitsBind) {
  const std::vector<Future> futures = SpreadFutures(0.2, 200);
  const double free = *BestShareWithin(futures, {});
  const double tail = *BestShareWithin(futures, Limits(0.9, 1.05));
  const double tighter = *BestShareWithin(futures, Limits(0.9, 1.01));
  const double served = *BestShareWithin(futures, Limits(0.9, std::nullopt, 0.6));
  EXPECT_LT(tail, free);
  EXPECT_LT(tighter, tail);
  EXPECT_LT(served, free);
}

TEST(BestShareWithinTest, AFloorThatNobodyReachesIsNotFound) {
  // Even general silicon loses some of its efficiency.
  const absl::StatusOr<double> share = BestShareWithin(SpreadFutures(0.3, 200), Limits(0.9, std::nullopt, 0.99));
  EXPECT_EQ(share.status().code(), absl::StatusCode::kNotFound);
}

// Both ways to the best share without limits.
void ExpectNewsvendor(const InputValues& in, double hazard) {
  const Distribution moved = Distribution::Triangular(0.25, 0.6, 1);
  InputSpreads spreads = CertainSpreads(in);
  spreads[Input::kHazard].distribution = Distribution::Point(hazard);
  spreads[Input::kSuccessorShare].distribution = moved;
  const absl::StatusOr<double> share = BestShareWithin(DrawFutures(spreads, 5000, 1), {});
  ASSERT_TRUE(share.ok()) << share.status();
  EXPECT_NEAR(*share, BestShare(in, hazard, moved), 0.03) << hazard;
}

TEST(BestShareWithinTest, WithoutLimitsIsTheNewsvendors) {
  InputValues in = BaseCase();
  for (const double hazard : {0.1, 0.25, 0.3, 0.4}) ExpectNewsvendor(in, hazard);
  in[Input::kEntry] = 0.25;
  for (const double hazard : {0.2, 0.25, 0.3}) ExpectNewsvendor(in, hazard);
}

TEST(BestShareWithinTest, WithoutLimitsIsTheNewsvendorsWhereTheSuccessorIsCheaperToo) {
  InputValues in = BaseCase();
  in[Input::kRetainedSpecialised] = 1;
  ExpectNewsvendor(in, 0.3);
  // Dearer today and cheaper on the successor: it takes what moves, and no more.
  in[Input::kRelativeCost] = 1.1;
  in[Input::kRetainedSpecialised] = 1.6;
  for (const double hazard : {0.1, 0.2, 0.3, 0.5, 1.0}) ExpectNewsvendor(in, hazard);
}

}  // namespace
}  // namespace sandglass::economics
