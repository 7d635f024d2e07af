// How much one tenant may send and keep, so that no tenant takes what others need.
//
// Safe for use by several threads at once; quick.
#ifndef SANDGLASS_STORAGE_QUOTA_H_
#define SANDGLASS_STORAGE_QUOTA_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/mutex.h"
#include "storage/tenant_usage.h"

namespace sandglass::storage {

// Absent: as much as there is room for.
struct QuotaLimits {
  std::optional<uint64_t> operators_per_second = std::nullopt;
  std::optional<uint64_t> bytes_per_second = std::nullopt;
  // Append streams at a time.
  std::optional<uint64_t> streams = std::nullopt;
  // What its traces take in the store.
  std::optional<uint64_t> stored_bytes = std::nullopt;
  // Traces that are neither sealed nor expired.
  std::optional<uint64_t> open_traces = std::nullopt;
};

class Quota {
 public:
  explicit Quota(std::function<absl::Time()> now = absl::Now);

  // What holds from now on; what was used stays used.
  void SetLimits(const QuotaLimits& limits);

  // Takes a chunk's operators and bytes off what has come up since. What is not used is kept for 10 s. A chunk may
  // overdraw, and those after it wait until that is made up for. ResourceExhausted, naming the quota: nothing is taken.
  absl::Status TakeChunk(uint64_t operators, uint64_t bytes);

  // Whether a tenant that has so much may send more. What is on its way to the disk does not count yet.
  // ResourceExhausted says limit, use and how to mend. An error in place of the use, where there is a limit, refuses
  // too.
  absl::Status CheckStored(const absl::StatusOr<TenantUsage>& usage);
  // The same, and whether it may begin another trace.
  absl::Status CheckOpen(const absl::StatusOr<TenantUsage>& usage);

  // A stream, which lasts as long as the result. ResourceExhausted: there are too many.
  absl::StatusOr<std::shared_ptr<const void>> TakeStream();

 private:
  // What comes up with time, in operators or bytes.
  struct Allowance {
    double left = 0;
    absl::Time since = absl::InfinitePast();

    void ComeUp(uint64_t per_second, absl::Time now);
  };

  const std::function<absl::Time()> now_;
  // Each stream is one more use of it.
  const std::shared_ptr<const bool> streams_ = std::make_shared<const bool>(true);
  Mutex mutex_;
  QuotaLimits limits_ ABSL_GUARDED_BY(mutex_);
  Allowance operators_ ABSL_GUARDED_BY(mutex_);
  Allowance bytes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_QUOTA_H_
