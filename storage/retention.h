// How long traces are kept that nobody writes to any more: by age, and by how much there is.
//
// Choosing is pure; the clock is the caller's.
#ifndef SANDGLASS_STORAGE_RETENTION_H_
#define SANDGLASS_STORAGE_RETENTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/trace_store.h"

namespace sandglass::storage {

struct RetentionPolicy {
  // Traces that were sealed, or expired, longer ago go.
  absl::Duration age = absl::InfiniteDuration();
  // While all together take more, the oldest goes. In stored bytes.
  uint64_t bytes = UINT64_MAX;

  // Whether all stay for ever.
  bool keeps_all() const { return age == absl::InfiniteDuration() && bytes == UINT64_MAX; }
};

struct KeptTrace {
  uint32_t tenant = 0;
  std::string trace_id;
  // When it was sealed, or expired; where all that says so is damaged, when it was begun.
  absl::Time ended;
  // Nothing where that cannot be read.
  std::optional<uint64_t> bytes;
  // Or expired without a seal.
  bool sealed = true;
  // Empty where that cannot be read.
  std::string name = {};
};

// Those of `traces` that must go, oldest first. A trace that ended after `now`, by another clock, is new. Of how many
// bytes nothing is known do not count, and go by age only.
std::vector<KeptTrace> ChooseExpired(std::vector<KeptTrace> traces, const RetentionPolicy& policy, absl::Time now);

struct RetentionReport {
  std::vector<KeptTrace> removed;
  // Those that should go and are there still, with why; they kept no other from going.
  std::vector<std::pair<KeptTrace, absl::Status>> failed;
  // The first other error: of looking for them, or of giving back what they took.
  absl::Status status;
};

// Removes them, of all tenants, and has the store give the disk back soon what they took.
RetentionReport RemoveExpired(TraceStore& store, const RetentionPolicy& policy, absl::Time now);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_RETENTION_H_
