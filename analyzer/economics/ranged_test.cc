#include "analyzer/economics/ranged.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sandglass::economics {
namespace {

TEST(RatioTest, WidthsAddInQuadratureOfLogarithms) {
  // 6 in [3, 12] over 2 in [1, 4]: ratio 3; each end lies ln 2 away, so both together sqrt(2)·ln 2 = 0.980258.
  // exp(0.980258) = 2.665144; 3 / 2.665144 = 1.125643 and 3 · 2.665144 = 7.995432.
  const Ranged ratio = Ratio({6, 3, 12}, {2, 1, 4});
  EXPECT_DOUBLE_EQ(ratio.value, 3);
  EXPECT_NEAR(ratio.low, 1.125643, 1e-5);
  EXPECT_NEAR(ratio.high, 7.995432, 1e-5);
}

TEST(RatioTest, EndsCross) {
  // Only the denominator's lower end is open: the ratio can be higher, not lower. 1/[0.5, 1] = [1, 2].
  const Ranged ratio = Ratio({1, 1, 1}, {1, 0.5, 1});
  EXPECT_DOUBLE_EQ(ratio.low, 1);
  EXPECT_DOUBLE_EQ(ratio.high, 2);
}

TEST(EndsTest, FactorsOfAProduct) {
  // ln 2 and ln 4 below: sqrt(1 + 4)·ln 2 = 1.549925, exp(-1.549925) = 0.212264; nothing and ln 3 above.
  const Ends ends = EndsOfProduct({{.low = 0.5, .high = 1}, {.low = 0.25, .high = 3}});
  EXPECT_NEAR(ends.low, 0.212264, 1e-6);
  EXPECT_NEAR(ends.high, 3, 1e-12);
  const Ends none = EndsOfProduct({});
  EXPECT_EQ(none.low, 1);
  EXPECT_EQ(none.high, 1);
}

TEST(EndsTest, AnEndThatIsZeroOrInfiniteSaysNothing) {
  const Ends ends =
      EndsOfProduct({{.low = 0, .high = std::numeric_limits<double>::infinity()}, {.low = 0.5, .high = 2}});
  EXPECT_NEAR(ends.low, 0.5, 1e-12);
  EXPECT_NEAR(ends.high, 2, 1e-12);
}

TEST(EndsTest, OneCauseDoesNotAdd) {
  for (const Ends& ends :
       {Widest({.low = 0.5, .high = 1.1}, {.low = 0.9, .high = 3}), Widest({.low = 0.9, .high = 3}, {.low = 0.5})}) {
    EXPECT_EQ(ends.low, 0.5);
    EXPECT_EQ(ends.high, 3);
  }
}

TEST(EndsTest, AreRatiosToTheValue) {
  const Ends ends = EndsOf({.value = 8, .low = 2, .high = 12});
  EXPECT_EQ(ends.low, 0.25);
  EXPECT_EQ(ends.high, 1.5);
  EXPECT_EQ(Around(16, ends), (Ranged{.value = 16, .low = 4, .high = 24}));
}

}  // namespace
}  // namespace sandglass::economics
