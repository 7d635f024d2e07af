#include "analyzer/report/numbers.h"

#include <cmath>
#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

TEST(DigitsTest, ThreeSignificant) {
  struct Case {
    double value;
    const char* text;
  };
  const Case cases[] = {
      {0, "0"},          {1, "1.00"},         {12.34, "12.3"},    {123.4, "123"},           {1234, "1234"},
      {12345, "12345"},  {0.01234, "0.0123"}, {0.9996, "1.00"},   {9.996, "10.0"},          {99.96, "100"},
      {-12.34, "-12.3"}, {1e-5, "1e-05"},     {1.5e7, "1.5e+07"}, {0.00012345, "0.000123"},
  };
  for (const Case& c : cases) EXPECT_EQ(Digits(c.value), c.text) << c.value;
}

TEST(DigitsTest, WhatIsNotFiniteIsNoNumber) {
  EXPECT_EQ(Digits(std::numeric_limits<double>::quiet_NaN()), "?");
  EXPECT_EQ(Digits(std::numeric_limits<double>::infinity()), "?");
  EXPECT_EQ(ExactDigits(-std::numeric_limits<double>::infinity()), "?");
  EXPECT_EQ(Percent(std::numeric_limits<double>::quiet_NaN()), "?");
}

TEST(ExactDigitsTest, ReadsBackEqual) {
  for (const double value : {0.1, 1.0 / 3, 1e-300, 123456789.123456789, 0.0, -2.5}) {
    EXPECT_EQ(std::strtod(ExactDigits(value).c_str(), nullptr), value);
  }
  EXPECT_EQ(ExactDigits(0.1), "0.1");
}

TEST(EngineeringTest, PicksThePrefix) {
  struct Case {
    double value;
    const char* text;
  };
  const Case cases[] = {{1.2e-5, "12.0 us"}, {0.5, "500 ms"},     {1, "1.00 s"},      {999.7, "1.00 ks"},
                        {0, "0 s"},          {2.5e-9, "2.50 ns"}, {3.2e12, "3.20 Ts"}};
  for (const Case& c : cases) EXPECT_EQ(Engineering(c.value, "s"), c.text) << c.value;
}

TEST(BinaryBytesTest, PicksTheUnit) {
  EXPECT_EQ(BinaryBytes(512), "512 B");
  // 13.5 · 2^30
  EXPECT_EQ(BinaryBytes(14495514624.0), "13.5 GiB");
}

TEST(GroupedTest, ByThousands) {
  EXPECT_EQ(Grouped(7), "7");
  EXPECT_EQ(Grouped(1000), "1 000");
  EXPECT_EQ(Grouped(1234567), "1 234 567");
}

TEST(PercentTest, OnlyTheEndsReadAsEnds) {
  EXPECT_EQ(Percent(0), "0");
  EXPECT_EQ(Percent(1), "100");
  EXPECT_EQ(Percent(0.9999), ">99.9");
  EXPECT_EQ(Percent(1e-9), "<0.1");
  EXPECT_EQ(Percent(0.987), "98.7");
}

TEST(ScaleForTest, SuitsTheMedian) {
  // The middle of 1e-6, 2e-5 and 3 s is 20 us.
  const Scale time = ScaleFor({3, 1e-6, 2e-5}, "s", "token");
  EXPECT_EQ(time.unit, "us/token");
  EXPECT_DOUBLE_EQ(time.divisor, 1e-6);
  // Zero and what is not finite do not count.
  EXPECT_EQ(ScaleFor({0, 0, 0, std::nan(""), 5e-3}, "J", "step").unit, "mJ/step");
  EXPECT_EQ(ScaleFor({}, "J", "step").unit, "J/step");
}

TEST(ScaleForTest, DollarsCountUnitsInstead) {
  // 7.6e-7 USD a token are 0.76 USD a million, or 760 a thousand million.
  const Scale scale = ScaleFor({7.6e-7}, "USD", "token");
  EXPECT_EQ(scale.unit, "USD/10^9 token");
  EXPECT_NEAR(7.6e-7 / scale.divisor, 760, 1e-9);
  EXPECT_EQ(ScaleFor({12}, "USD", "step").unit, "USD/step");
}

}  // namespace
}  // namespace sandglass::report
