#include "collectors/stream/retry_policy.h"

#include <algorithm>

namespace sandglass::collectors {

bool IsRetryable(absl::StatusCode code) {
  switch (code) {
    // CANCELLED comes from a server that shuts down; our own cancellations are not asked about.
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

std::optional<absl::Duration> WaitBeforeRetry(const RetryPolicy& policy, int attempt, absl::Duration elapsed,
                                              double random, absl::Duration asked_for) {
  if (elapsed >= policy.patience) return std::nullopt;
  absl::Duration delay = policy.first_delay;
  for (int i = 0; i < attempt && delay < policy.longest_delay; ++i) delay *= policy.growth;
  delay = std::min(delay, policy.longest_delay) * (0.5 + 0.5 * random);
  delay = std::max(delay, std::min(asked_for, policy.longest_delay));
  // The last try is made when patience ends, not before and not after.
  return std::min(delay, policy.patience - elapsed);
}

}  // namespace sandglass::collectors
