#include "storage/wait_until.h"

#include <gtest/gtest.h>

#include <chrono>

#include "absl/time/clock.h"

namespace sandglass::storage {

bool WaitUntil(const std::function<bool()>& condition, const std::string& what) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "waited two minutes in vain for " << what;
      return false;
    }
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

}  // namespace sandglass::storage
