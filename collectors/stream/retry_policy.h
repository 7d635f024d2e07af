// When a failed call is tried again, and how long to wait before that.
//
// Pure functions: the clock and the random number are the caller's, so tests need neither.
#ifndef SANDGLASS_COLLECTORS_STREAM_RETRY_POLICY_H_
#define SANDGLASS_COLLECTORS_STREAM_RETRY_POLICY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace sandglass::collectors {

struct RetryPolicy {
  // The wait before the first repetition, before jitter.
  absl::Duration first_delay = absl::Milliseconds(100);
  // No wait is longer.
  absl::Duration longest_delay = absl::Seconds(5);
  // Each wait is this many times the one before it.
  double growth = 2;
  // How long after the first failure there are repetitions at all.
  absl::Duration patience = absl::Seconds(60);
};

// Whether a call that failed with `code` may succeed when it is repeated. False for OK.
bool IsRetryable(absl::StatusCode code);

// How long to wait before repetition `attempt` (0 is the first), when the first failure was `elapsed` ago; nullopt:
// give up. `random` is from 0 up to, but not including, 1: the wait lies between half and all of the grown delay, so
// that clients which failed together do not come back together. `asked_for` is the wait that the server asked for, or
// zero; the wait is not shorter than that, unless longest_delay is.
std::optional<absl::Duration> WaitBeforeRetry(const RetryPolicy& policy, int attempt, absl::Duration elapsed,
                                              double random, absl::Duration asked_for);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_RETRY_POLICY_H_
