#include "proto/trace_id.h"

#include <string>

#include "gtest/gtest.h"

namespace sandglass {
namespace {

TEST(TraceId, TextByHand) {
  // 128 bits in 26 characters of 5, the first of which holds 3: all ones are "7" and 25 times "Z".
  TraceId ones;
  ones.bytes.fill(0xff);
  EXPECT_EQ(TraceIdText(ones), "7" + std::string(25, 'Z'));
  EXPECT_EQ(TraceIdText(TraceId{}), std::string(26, '0'));
  // 1469918176385 ms and the randomness of the ULID specification's example begin with 01ARYZ6S41.
  const TraceId example = NextTraceId({}, 1469918176385, {});
  EXPECT_EQ(TraceIdText(example), "01ARYZ6S410000000000000000");
}

TEST(TraceId, ParsesWhatItPrints) {
  TraceId id;
  for (size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<uint8_t>(17 * i + 3);
  EXPECT_EQ(ParseTraceId(TraceIdText(id)), id);
  EXPECT_EQ(ParseTraceId("01aryz6s410000000000000000"), ParseTraceId("01ARYZ6S410000000000000000"));
}

TEST(TraceId, NothingElseParses) {
  const std::string good(26, '0');
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "0", "8" + good.substr(1), "U" + good.substr(1), good.substr(0, 25) + "I",
        good.substr(0, 25) + "-", good.substr(0, 25) + std::string(1, '\0')}) {
    EXPECT_EQ(ParseTraceId(bad), std::nullopt) << bad;
  }
}

TEST(TraceId, GrowsWhenTheClockStepsBack) {
  std::array<uint8_t, 10> random;
  random.fill(0xff);
  const TraceId first = NextTraceId({}, 5000, random);
  const TraceId same = NextTraceId(first, 5000, {});
  const TraceId earlier = NextTraceId(same, 4000, {});
  const TraceId later = NextTraceId(earlier, 6000, {});
  EXPECT_LT(first, same);
  EXPECT_LT(same, earlier);
  EXPECT_LT(earlier, later);
  // All random bits were set, so the next id carries into the time.
  EXPECT_EQ(same.bytes[5], first.bytes[5] + 1);
}

}  // namespace
}  // namespace sandglass
