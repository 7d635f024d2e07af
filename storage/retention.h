// How long sealed traces are kept: by age, and by how much there is.
//
// Choosing is pure; the clock is the caller's.
#ifndef SANDGLASS_STORAGE_RETENTION_H_
#define SANDGLASS_STORAGE_RETENTION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/trace_store.h"

namespace sandglass::storage {

struct RetentionPolicy {
  // Traces that were sealed longer ago go.
  absl::Duration age = absl::InfiniteDuration();
  // While all together take more, the oldest goes. In stored bytes.
  uint64_t bytes = UINT64_MAX;

  // Whether all stay for ever.
  bool keeps_all() const { return age == absl::InfiniteDuration() && bytes == UINT64_MAX; }
};

struct KeptTrace {
  uint32_t tenant = 0;
  std::string trace_id;
  absl::Time sealed;
  uint64_t bytes = 0;
  std::string name = {};
};

struct Removal {
  std::vector<KeptTrace> removed;
  // Those that should go and are there still, with why.
  std::vector<std::pair<KeptTrace, absl::Status>> failed;
};

// Those of `traces` that must go, oldest first. A trace that was sealed after `now`, by another clock, is new.
std::vector<KeptTrace> ChooseExpired(std::vector<KeptTrace> traces, const RetentionPolicy& policy, absl::Time now);

// Removes them, of all tenants. One that cannot be removed keeps none of the others. Errors: what the store holds
// cannot be read.
absl::StatusOr<Removal> RemoveExpired(TraceStore& store, const RetentionPolicy& policy, absl::Time now);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_RETENTION_H_
