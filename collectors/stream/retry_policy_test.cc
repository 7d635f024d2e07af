#include "collectors/stream/retry_policy.h"

#include <gtest/gtest.h>

namespace sandglass::collectors {
namespace {

constexpr absl::Duration kNone = absl::ZeroDuration();

TEST(RetryPolicyTest, RepeatsOnlyWhatMayHeal) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kCancelled, absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kAborted,
        absl::StatusCode::kUnavailable, absl::StatusCode::kResourceExhausted}) {
    EXPECT_TRUE(IsRetryable(code)) << absl::StatusCodeToString(code);
  }
  for (const absl::StatusCode code :
       {absl::StatusCode::kOk, absl::StatusCode::kUnknown, absl::StatusCode::kInvalidArgument,
        absl::StatusCode::kNotFound, absl::StatusCode::kAlreadyExists, absl::StatusCode::kPermissionDenied,
        absl::StatusCode::kFailedPrecondition, absl::StatusCode::kOutOfRange, absl::StatusCode::kUnimplemented,
        absl::StatusCode::kInternal, absl::StatusCode::kDataLoss, absl::StatusCode::kUnauthenticated}) {
    EXPECT_FALSE(IsRetryable(code)) << absl::StatusCodeToString(code);
  }
}

struct DelayCase {
  const char* what;
  int attempt;
  absl::Duration elapsed;
  double random;
  absl::Duration asked_for;
  std::optional<absl::Duration> expected;
};

TEST(RetryPolicyTest, WaitsAsTheTableSays) {
  // first 100 ms, longest 5 s, growth 2, patience 60 s.
  const RetryPolicy policy;
  const DelayCase cases[] = {
      // 100 ms · (0.5 + 0.5 · 0) = 50 ms
      {"first, least jitter", 0, kNone, 0, kNone, absl::Milliseconds(50)},
      // 100 ms · (0.5 + 0.5 · 0.5) = 75 ms
      {"first, middle jitter", 0, kNone, 0.5, kNone, absl::Milliseconds(75)},
      // 100 ms · 2³ · 0.5 = 400 ms
      {"fourth", 3, kNone, 0, kNone, absl::Milliseconds(400)},
      // 100 ms · 2⁶ = 6.4 s, cut to 5 s; · 0.5
      {"capped", 6, kNone, 0, kNone, absl::Milliseconds(2500)},
      {"capped, and no overflow", 1000000, kNone, 0, kNone, absl::Milliseconds(2500)},
      {"the server asks for more", 0, kNone, 0, absl::Seconds(3), absl::Seconds(3)},
      {"the server asks for less", 3, kNone, 0, absl::Milliseconds(1), absl::Milliseconds(400)},
      {"the server asks for too much", 0, kNone, 0, absl::Hours(1), absl::Seconds(5)},
      // 60 s - 59.99 s
      {"what is left of patience", 6, absl::Milliseconds(59990), 0, kNone, absl::Milliseconds(10)},
      {"patience is over", 0, absl::Seconds(60), 0, kNone, std::nullopt},
      {"patience is long over", 0, absl::Hours(1), 0, kNone, std::nullopt},
  };
  for (const DelayCase& c : cases) {
    EXPECT_EQ(WaitBeforeRetry(policy, c.attempt, c.elapsed, c.random, c.asked_for), c.expected) << c.what;
  }
}

}  // namespace
}  // namespace sandglass::collectors
