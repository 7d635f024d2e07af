#include "analyzer/report/economics/estimates.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

using economics::Distribution;
using silicon::Basis;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RoundedTest, SixSignificantDigits) {
  EXPECT_EQ(Rounded(1.23456789), 1.23457);
  EXPECT_EQ(Rounded(-1.2345649e-30), -1.23456e-30);
  EXPECT_EQ(Rounded(123456789), 123457000);
  EXPECT_EQ(Rounded(999999.7), 1e6);
  EXPECT_EQ(Rounded(0.1 + 0.2), 0.3);
  EXPECT_EQ(Rounded(0), 0);
  EXPECT_EQ(Rounded(5e-324), 5e-324);
  // What libraries differ in does not show.
  EXPECT_EQ(Rounded(std::nextafter(0.7, 1)), Rounded(0.7));
}

TEST(RoundedTest, WhatIsNotFiniteStays) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Rounded(kInfinity), kInfinity);
  EXPECT_EQ(Rounded(-kInfinity), -kInfinity);
  EXPECT_TRUE(std::isnan(Rounded(std::nan(""))));
  EXPECT_TRUE(std::isfinite(Rounded(std::numeric_limits<double>::max())));
}

TEST(PlainEstimateTest, HasNoRange) {
  const v1::Estimate estimate = PlainEstimate(1.23456789, "year", v1::ESTIMATE_PROVENANCE_ASSUMED);
  EXPECT_EQ(estimate.value(), 1.23457);
  EXPECT_EQ(estimate.unit(), "year");
  EXPECT_EQ(estimate.provenance(), v1::ESTIMATE_PROVENANCE_ASSUMED);
  EXPECT_FALSE(estimate.has_low());
  EXPECT_FALSE(estimate.has_high());
}

TEST(WithRoundedEndsTest, KeepsWhatIsAbsentAbsent) {
  v1::Estimate estimate;
  estimate.set_value(1.23456789);
  estimate.set_high(2.00000049);
  estimate.set_unit("J");
  const v1::Estimate rounded = WithRoundedEnds(estimate);
  EXPECT_EQ(rounded.value(), 1.23457);
  EXPECT_EQ(rounded.high(), 2);
  EXPECT_FALSE(rounded.has_low());
  EXPECT_EQ(rounded.unit(), "J");
}

TEST(SpreadEstimateTest, MedianAndPercentiles) {
  const v1::Estimate estimate = SpreadEstimate({.p5 = 1, .p50 = 2.00000049, .p95 = 9}, "USD", "scenario.migration");
  EXPECT_EQ(estimate.value(), 2);
  EXPECT_EQ(estimate.low(), 1);
  EXPECT_EQ(estimate.high(), 9);
  EXPECT_EQ(estimate.coverage(), 0.9);
  EXPECT_EQ(estimate.unit(), "USD");
  EXPECT_EQ(estimate.provenance(), v1::ESTIMATE_PROVENANCE_ASSUMED);
  EXPECT_THAT(estimate.assumptions(), ElementsAre("scenario.migration"));
  EXPECT_FALSE(estimate.range_source().empty());
}

TEST(InputEstimateTest, RangeIsFromThe5thToThe95thPercentile) {
  economics::InputSpread spread = {.distribution = Distribution::Uniform(0, 100),
                                   .basis = Basis::kDerived,
                                   .source = "somewhere",
                                   .assumptions = {"a", "b"}};
  const v1::Estimate estimate = InputEstimate(spread, "year");
  EXPECT_EQ(estimate.value(), 50);
  EXPECT_EQ(estimate.low(), 5);
  EXPECT_EQ(estimate.high(), 95);
  EXPECT_EQ(estimate.coverage(), 0.9);
  EXPECT_EQ(estimate.range_source(), "somewhere");
  EXPECT_THAT(estimate.assumptions(), ElementsAre("a", "b"));
  EXPECT_EQ(estimate.provenance(), v1::ESTIMATE_PROVENANCE_MODELLED);
  spread.distribution = Distribution::Point(3);
  EXPECT_FALSE(InputEstimate(spread, "year").has_low()) << "a point has no range";
  EXPECT_FALSE(InputEstimate(spread, "year").has_high());
}

TEST(AssumptionEstimateTest, GroundIsTheAssumptions) {
  struct Case {
    Basis basis;
    v1::EstimateProvenance provenance;
  };
  const Case cases[] = {{Basis::kMeasured, v1::ESTIMATE_PROVENANCE_MEASURED},
                        {Basis::kDatasheet, v1::ESTIMATE_PROVENANCE_MODELLED},
                        {Basis::kDerived, v1::ESTIMATE_PROVENANCE_MODELLED},
                        {Basis::kAssumed, v1::ESTIMATE_PROVENANCE_ASSUMED},
                        {Basis::kUnspecified, v1::ESTIMATE_PROVENANCE_ASSUMED}};
  for (const Case& c : cases) {
    const economics::Assumption assumption = {.distribution = Distribution::Triangular(1, 2, 4),
                                              .basis = c.basis,
                                              .path = "carbon.grid",
                                              .source = "someone"};
    const v1::Estimate estimate = AssumptionEstimate(assumption, "kg", 10);
    EXPECT_EQ(estimate.provenance(), c.provenance);
    EXPECT_EQ(estimate.value(), 20);
    // 1 + √(0.05 · 3 · 1) and 4 − √(0.05 · 3 · 2), times ten.
    EXPECT_EQ(estimate.low(), 13.873);
    EXPECT_EQ(estimate.high(), 34.5228);
    EXPECT_EQ(estimate.range_source(), "someone");
    if (c.basis == Basis::kAssumed) {
      EXPECT_THAT(estimate.assumptions(), ElementsAre("carbon.grid"));
    } else {
      EXPECT_THAT(estimate.assumptions(), IsEmpty());
    }
  }
}

}  // namespace
}  // namespace sandglass::report
