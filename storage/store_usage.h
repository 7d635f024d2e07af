// How much each tenant has in a store: counted when it is opened, and kept up to date with each batch that is written.
//
// All methods may be called from several threads at once.
#ifndef SANDGLASS_STORAGE_STORE_USAGE_H_
#define SANDGLASS_STORAGE_STORE_USAGE_H_

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/trace_id.h"
#include "storage/change.h"
#include "storage/database.h"
#include "storage/mutex.h"
#include "storage/tenant_usage.h"

namespace sandglass::storage {

class StoreUsage {
 public:
  // Counts all anew. A trace whose head and manifest are damaged counts with what lies there, and as open unless it has
  // a manifest. Errors: the traces' records cannot be read; nothing has changed then.
  absl::Status Count(const Database& database);

  // Goes along with a batch that was written.
  void Apply(const std::vector<Change>& changes);

  // Errors: that of counting one of its traces, as long as that is there.
  absl::StatusOr<TenantUsage> Of(uint32_t tenant) const;
  // All tenants that have or had traces, without those of whom Of has an error.
  std::map<uint32_t, TenantUsage> All() const;

 private:
  // Tenant and id.
  using Trace = std::pair<uint32_t, TraceId>;
  struct Share {
    // An error: it cannot be told.
    absl::StatusOr<uint64_t> bytes = uint64_t{0};
    bool open = false;
  };
  struct Sum {
    TenantUsage usage;
    uint64_t unknown = 0;
  };

  void Set(const Trace& trace, const Share& share) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase(const Trace& trace) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::map<Trace, Share> shares_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, Sum> sums_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_STORE_USAGE_H_
