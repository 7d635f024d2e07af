// What one tenant has in a store.
#ifndef SANDGLASS_STORAGE_TENANT_USAGE_H_
#define SANDGLASS_STORAGE_TENANT_USAGE_H_

#include <cstdint>

namespace sandglass::storage {

struct TenantUsage {
  // Of operators and signatures, of all its traces.
  uint64_t stored_bytes = 0;
  // Traces that still take chunks.
  uint64_t open_traces = 0;
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_TENANT_USAGE_H_
