// Reads everything that a store holds and says of each trace whether it is whole.
//
// Safe beside writers. Damage is a finding, not an error: what is damaged keeps nothing else from being looked at.
#ifndef SANDGLASS_STORAGE_SCRUB_H_
#define SANDGLASS_STORAGE_SCRUB_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/ingest_service.pb.h"
#include "storage/trace_store.h"

namespace sandglass::storage {

struct TraceHealth {
  uint32_t tenant = 0;
  std::string trace_id;
  // Empty where the header cannot be read.
  std::string name;
  v1::TraceState state = v1::TRACE_STATE_UNSPECIFIED;
  uint64_t operators = 0;
  // OK, or what is damaged. Of a sealed trace the content digest was computed anew; of an open one all chunks that are
  // durable were read.
  absl::Status finding;
};

struct StoreHealth {
  // By tenant and id.
  std::vector<TraceHealth> traces;
  // Whether RocksDB's own checksums hold, in all its files; the message names the file.
  absl::Status files;

  bool sound() const;
};

// `progress` hears how many of how many traces are done, and stops by returning false.
// Errors: Cancelled; Unavailable where the disk cannot be read.
absl::StatusOr<StoreHealth> Scrub(TraceStore& store, absl::FunctionRef<bool(size_t done, size_t total)> progress);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_SCRUB_H_
