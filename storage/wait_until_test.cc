#include "storage/wait_until.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace sandglass::storage {
namespace {

TEST(WaitUntilTest, LooksUntilItHolds) {
  int looks = 0;
  EXPECT_TRUE(WaitUntil([&] { return ++looks == 3; }, "the third look"));
  EXPECT_EQ(looks, 3);
}

TEST(WaitUntilTest, EndsWhereItNeverHolds) {
  EXPECT_NONFATAL_FAILURE(WaitUntil([] { return false; }, "a miracle", absl::Milliseconds(5)),
                          "waited 5ms in vain for a miracle");
}

}  // namespace
}  // namespace sandglass::storage
