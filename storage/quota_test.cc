#include "storage/quota.h"

#include <string>

#include "gtest/gtest.h"

namespace sandglass::storage {
namespace {

class QuotaTest : public ::testing::Test {
 protected:
  absl::Time now_ = absl::FromUnixSeconds(1800000000);
  Quota quota_{[this] { return now_; }};
};

TEST_F(QuotaTest, WithoutLimitsAnythingGoes) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(quota_.TakeChunk(1u << 30, uint64_t{1} << 40).ok());
  EXPECT_TRUE(quota_.TakeStream().ok());
}

TEST_F(QuotaTest, OperatorsComeUpWithTime) {
  quota_.SetLimits({.operators_per_second = 100});
  // 10 s worth of them are there at first: 1000. The last chunk overdraws by 200.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(quota_.TakeChunk(400, 1).ok()) << i;
  const absl::Status status = quota_.TakeChunk(1, 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(status.message().find("quota operators_per_second of this tenant, 100,"), std::string::npos) << status;
  now_ += absl::Seconds(2);
  EXPECT_FALSE(quota_.TakeChunk(1, 1).ok());
  now_ += absl::Milliseconds(10);
  EXPECT_TRUE(quota_.TakeChunk(1, 1).ok());
  EXPECT_FALSE(quota_.TakeChunk(1, 1).ok());
  // No more than 1000 are kept.
  now_ += absl::Hours(10);
  EXPECT_TRUE(quota_.TakeChunk(1000, 1).ok());
  EXPECT_FALSE(quota_.TakeChunk(1, 1).ok());
}

TEST_F(QuotaTest, BytesDoTheSame) {
  quota_.SetLimits({.operators_per_second = 1000000, .bytes_per_second = 1000});
  EXPECT_TRUE(quota_.TakeChunk(1, 10000).ok());
  const absl::Status status = quota_.TakeChunk(1, 1);
  EXPECT_NE(status.message().find("quota bytes_per_second"), std::string::npos) << status;
}

TEST_F(QuotaTest, AClockThatIsSetBackTakesNothingAway) {
  quota_.SetLimits({.operators_per_second = 100});
  EXPECT_TRUE(quota_.TakeChunk(500, 1).ok());
  now_ -= absl::Hours(24);
  EXPECT_TRUE(quota_.TakeChunk(500, 1).ok());
  EXPECT_FALSE(quota_.TakeChunk(1, 1).ok());
  now_ += absl::Seconds(1);
  EXPECT_TRUE(quota_.TakeChunk(100, 1).ok());
}

TEST_F(QuotaTest, WhatIsNotLimitedIsNotDrawnOn) {
  quota_.SetLimits({.operators_per_second = 100, .bytes_per_second = 100});
  EXPECT_TRUE(quota_.TakeChunk(1, 1).ok());
  // Nobody owes what was sent while it was allowed.
  quota_.SetLimits({});
  EXPECT_TRUE(quota_.TakeChunk(uint64_t{1} << 40, uint64_t{1} << 40).ok());
  quota_.SetLimits({.operators_per_second = 100, .bytes_per_second = 100});
  EXPECT_TRUE(quota_.TakeChunk(1, 1).ok());
}

TEST_F(QuotaTest, WhatIsStoredAndOpen) {
  const TenantUsage some = {.stored_bytes = 1000, .open_traces = 3};
  EXPECT_TRUE(quota_.CheckOpen(some).ok());
  const absl::Status unknown = absl::DataLossError("trace X, block 1: damaged");
  // Nobody asks.
  EXPECT_TRUE(quota_.CheckOpen(unknown).ok());
  quota_.SetLimits({.stored_bytes = 1001, .open_traces = 4});
  EXPECT_TRUE(quota_.CheckStored(some).ok());
  EXPECT_TRUE(quota_.CheckOpen(some).ok());
  quota_.SetLimits({.stored_bytes = 1000});
  const absl::Status bytes = quota_.CheckStored(some);
  EXPECT_EQ(bytes.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(
      bytes.message().find("quota stored_bytes of this tenant is used up, 1000 of 1000 bytes are stored: have old "
                           "traces removed"),
      std::string::npos)
      << bytes;
  EXPECT_EQ(quota_.CheckOpen(some), bytes);
  const absl::Status unclear = quota_.CheckStored(unknown);
  EXPECT_EQ(unclear.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(unclear.message().find("cannot be checked: trace X, block 1"), std::string::npos) << unclear;
  quota_.SetLimits({.open_traces = 3});
  EXPECT_TRUE(quota_.CheckStored(some).ok());
  const absl::Status open = quota_.CheckOpen(some);
  EXPECT_EQ(open.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(open.message().find("quota open_traces of this tenant is used up, 3 of 3 traces are open: seal some"),
            std::string::npos)
      << open;
  EXPECT_EQ(quota_.CheckOpen(unknown).code(), absl::StatusCode::kDataLoss);
}

TEST_F(QuotaTest, StreamsAreGivenBack) {
  quota_.SetLimits({.streams = 2});
  auto one = quota_.TakeStream();
  const auto two = quota_.TakeStream();
  ASSERT_TRUE(one.ok() && two.ok());
  const absl::Status status = quota_.TakeStream().status();
  EXPECT_NE(status.message().find("quota streams of this tenant, 2,"), std::string::npos) << status;
  one->reset();
  EXPECT_TRUE(quota_.TakeStream().ok());
  quota_.SetLimits({});
  EXPECT_TRUE(quota_.TakeStream().ok());
}

}  // namespace
}  // namespace sandglass::storage
