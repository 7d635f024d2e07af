// Waiting in tests: never without an end.
//
// May be called from several threads at once.
#ifndef SANDGLASS_STORAGE_WAIT_UNTIL_H_
#define SANDGLASS_STORAGE_WAIT_UNTIL_H_

#include <functional>
#include <string>

#include "absl/time/time.h"

namespace sandglass::storage {

// Looks again and again until `condition` holds. At the end of `longest`, which is longer than anything takes that ends
// at all, the test has failed, with `what` as what was waited for in vain, and goes on so that it can clean up. Whether
// it holds.
bool WaitUntil(const std::function<bool()>& condition, const std::string& what,
               absl::Duration longest = absl::Minutes(2));

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_WAIT_UNTIL_H_
