#include "collectors/importers/md/log_text.h"

#include <gtest/gtest.h>

#include <string>

namespace sandglass::collectors::md {
namespace {

TEST(LogTextTest, NumbersAreFiniteAndNotNegative) {
  EXPECT_EQ(ToNumber(" 0.028298 \r"), 0.028298);
  EXPECT_EQ(ToNumber("0"), 0);
  for (const char* other : {"", "-1", "nan", "inf", "1e999", "1 2", "x", "1x"}) {
    EXPECT_FALSE(ToNumber(other).has_value()) << other;
  }
}

TEST(LogTextTest, CountsAreWholeNumbers) {
  EXPECT_EQ(ToCount("0"), 0);
  EXPECT_EQ(ToCount("1000000000000"), 1'000'000'000'000);
  for (const char* other : {"", "-1", "1.5", "1000000000001", "many"}) {
    EXPECT_FALSE(ToCount(other).has_value()) << other;
  }
}

TEST(LogTextTest, TextsAreShortAndSafeToPrint) {
  EXPECT_EQ(Readable(" a\xff\x1b[1m b \n"), "a?[1m b");
  EXPECT_EQ(Readable(std::string(1000, 'x')).size(), 256);
}

}  // namespace
}  // namespace sandglass::collectors::md
