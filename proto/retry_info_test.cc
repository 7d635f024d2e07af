#include "proto/retry_info.h"

#include <string>

#include "gtest/gtest.h"

namespace sandglass {
namespace {

TEST(RetryInfo, ComesBack) {
  for (absl::Duration delay :
       {absl::ZeroDuration(), absl::Milliseconds(250), absl::Seconds(61) + absl::Nanoseconds(7)}) {
    EXPECT_EQ(RetryDelay(EncodeRetryDetails(14, "the disk is behind", delay)), delay);
  }
}

// Status{code: 14, message: "m", details: Any{type_url, value: RetryInfo{Duration{seconds: 1}}}}, byte by byte:
// 08 0e | 12 01 6d | 1a 30 (0a 28 + 40 characters of the type, 12 04 + 0a 02 08 01).
TEST(RetryInfo, BytesByHand) {
  const std::string type = "type.googleapis.com/google.rpc.RetryInfo";
  ASSERT_EQ(type.size(), 40u);
  const std::string value("\x0a\x02\x08\x01", 4);
  const std::string expected = std::string("\x08\x0e\x12\x01m\x1a\x30\x0a\x28", 9) + type + "\x12\x04" + value;
  EXPECT_EQ(EncodeRetryDetails(14, "m", absl::Seconds(1)), expected);
}

TEST(RetryInfo, AnythingElseIsNothing) {
  const std::string whole = EncodeRetryDetails(8, "no space", absl::Seconds(5));
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(RetryDelay(whole.substr(0, length)), std::nullopt) << length;
  }
  EXPECT_EQ(RetryDelay("not a message"), std::nullopt);
  EXPECT_EQ(RetryDelay(EncodeRetryDetails(8, "", -absl::Seconds(1))), std::nullopt);
}

}  // namespace
}  // namespace sandglass
