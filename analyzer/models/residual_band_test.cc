#include "analyzer/models/residual_band.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace sandglass::models {
namespace {

// Truths that lie evenly from half below to half above `middle`, as logarithms.
ResidualGroup Even(const std::string& silicon_class, double middle, uint64_t operators = 20) {
  ResidualGroup group = {.silicon_class = silicon_class, .rows = operators, .operators = operators};
  for (size_t i = 0; i < kResidualShares.size(); ++i) group.log_truth[i] = middle + kResidualShares[i] - 0.5;
  return group;
}

void ExpectEnds(const std::vector<ResidualGroup>& groups, double log_low, double log_high,
                const std::string& without = "") {
  const std::optional<BandEnds> ends = BandOfResiduals(groups, without);
  ASSERT_TRUE(ends.has_value());
  EXPECT_NEAR(std::log(ends->low), log_low, 1e-9);
  EXPECT_NEAR(std::log(ends->high), log_high, 1e-9);
}

// 80 % of one device's truths lie within .4 of the middle; nothing says where the middle of the next device's lies.
TEST(ResidualBandTest, OneDeviceIsBelievedLess) {
  ExpectEnds({Even("a", 0)}, -0.4 * std::sqrt(1.5), 0.4 * std::sqrt(1.5));
}

// A tenth of both is a fifth of the lower one's: .3 below its middle.
TEST(ResidualBandTest, DevicesAreMixed) {
  const std::vector<ResidualGroup> two = {Even("a", -0.2), Even("b", 0.2)};
  ExpectEnds(two, -0.5 * std::sqrt(1.1 / 0.9), 0.5 * std::sqrt(1.1 / 0.9));
  ExpectEnds(two, 0.2 - 0.4 * std::sqrt(1.5), 0.2 + 0.4 * std::sqrt(1.5), "a");
  ExpectEnds(two, -0.5 * std::sqrt(1.1 / 0.9), 0.5 * std::sqrt(1.1 / 0.9), "c");
}

TEST(ResidualBandTest, SetsOfOneDeviceAreNotTwoDevices) {
  const std::vector<ResidualGroup> both = {Even("a", -0.2), Even("a", 0.2)};
  ExpectEnds(both, -0.5 * std::sqrt(1.5), 0.5 * std::sqrt(1.5));
  EXPECT_FALSE(BandOfResiduals(both, "a").has_value());
  EXPECT_FALSE(BandOfResiduals({}).has_value());
}

// Five operators count a quarter. With F(x) = (x + .7 + (x + .3) / 4) / 1.25 where both have rows: a median of −.12 and
// .28 at nine tenths; at one tenth only the first has any, and x + .7 = .125.
TEST(ResidualBandTest, FewOperatorsCountLess) {
  const double stretch = std::sqrt(1.1 / 0.9);
  ExpectEnds({Even("a", -0.2), Even("b", 0.2, 5)}, -0.12 - stretch * 0.455, -0.12 + stretch * 0.4);
}

TEST(ResidualBandTest, TheEstimateItselfIsInside) {
  ExpectEnds({Even("a", 2)}, 0, 2 + 0.4 * std::sqrt(1.5));
  ExpectEnds({Even("a", -2)}, -2 - 0.4 * std::sqrt(1.5), 0);
}

// A tenth of the rows at −1, the others at +1.
TEST(ResidualBandTest, ManyRowsMayHaveOneTruth) {
  ResidualGroup group = Even("a", 0);
  for (size_t i = 0; i < kResidualShares.size(); ++i) group.log_truth[i] = kResidualShares[i] > 0.1 ? 1 : -1;
  ExpectEnds({group}, 1 - 2 * std::sqrt(1.5), 1);
}

// All rows of a device at one point, and those of two devices far from each other.
TEST(ResidualBandTest, TruthsMayBeThinlySpread) {
  ResidualGroup point = Even("a", 0);
  point.log_truth.fill(0.3);
  ExpectEnds({point}, 0, 0.3);
  ResidualGroup other = Even("b", 0);
  other.log_truth.fill(-0.3);
  const std::optional<BandEnds> apart = BandOfResiduals(std::vector<ResidualGroup>{point, other});
  ASSERT_TRUE(apart.has_value());
  EXPECT_LE(std::log(apart->low), -0.3);
  EXPECT_GE(std::log(apart->high), 0.3);
}

}  // namespace
}  // namespace sandglass::models
