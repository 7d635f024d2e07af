#include "analyzer/economics/lock_in/portability.h"

#include <gtest/gtest.h>

#include <optional>

namespace sandglass::economics {
namespace {

TEST(PerformancePortabilityTest, IsTheHarmonicMean) {
  // 3/(1/.5 + 1/.25 + 1/1) = 3/7
  EXPECT_DOUBLE_EQ(*PerformancePortability({0.5, 0.25, 1}), 3.0 / 7);
  EXPECT_DOUBLE_EQ(*PerformancePortability({0.4}), 0.4);
}

TEST(PerformancePortabilityTest, OneThatDoesNotRunMakesItNothing) {
  EXPECT_EQ(PerformancePortability({0.5, 0}), 0);
  // Whatever the unknown one is.
  EXPECT_EQ(PerformancePortability({std::nullopt, 0}), 0);
  EXPECT_EQ(PerformancePortability({0, std::nullopt}), 0);
}

TEST(PerformancePortabilityTest, UnknownStaysUnknown) {
  EXPECT_EQ(PerformancePortability({0.5, std::nullopt}), std::nullopt);
  EXPECT_EQ(PerformancePortability({}), std::nullopt);
}

}  // namespace
}  // namespace sandglass::economics
