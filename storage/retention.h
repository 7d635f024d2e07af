// How long sealed traces are kept: by age, and by how much there is.
//
// Choosing is pure; the clock is the caller's.
#ifndef SANDGLASS_STORAGE_RETENTION_H_
#define SANDGLASS_STORAGE_RETENTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/trace_store.h"

namespace sandglass::storage {

struct RetentionPolicy {
  // Traces that were sealed longer ago go.
  absl::Duration age = absl::InfiniteDuration();
  // While all together take more, the oldest goes. In stored bytes.
  uint64_t bytes = UINT64_MAX;
};

struct KeptTrace {
  uint32_t tenant = 0;
  std::string trace_id;
  absl::Time sealed;
  uint64_t bytes = 0;
};

// Those of `traces` that must go, oldest first. A trace that was sealed after `now`, by another clock, is new.
std::vector<KeptTrace> ChooseExpired(std::vector<KeptTrace> traces, const RetentionPolicy& policy, absl::Time now);

// Removes them, of all tenants, and returns them. After an error those before are gone.
absl::StatusOr<std::vector<KeptTrace>> RemoveExpired(TraceStore& store, const RetentionPolicy& policy, absl::Time now);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_RETENTION_H_
