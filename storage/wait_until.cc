#include "storage/wait_until.h"

#include <gtest/gtest.h>

#include <chrono>

#include "absl/time/clock.h"

namespace sandglass::storage {

bool WaitUntil(const std::function<bool()>& condition, const std::string& what, absl::Duration longest) {
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(longest);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "waited " << absl::FormatDuration(longest) << " in vain for " << what;
      return false;
    }
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

}  // namespace sandglass::storage
