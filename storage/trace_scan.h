// All traces of a store, by what their records say as far as they can be read.
//
// Both functions may be called from several threads at once.
#ifndef SANDGLASS_STORAGE_TRACE_SCAN_H_
#define SANDGLASS_STORAGE_TRACE_SCAN_H_

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/trace.pb.h"
#include "storage/database.h"
#include "storage/records.h"
#include "storage/trace_reader.h"

namespace sandglass::storage {

struct TraceRecords {
  TraceRef trace;
  // Nothing where it is missing or damaged.
  std::optional<TraceHead> head = std::nullopt;
  // Only sealed traces have a manifest.
  bool has_manifest = false;
  // Nothing where it is missing or damaged.
  std::optional<v1::TraceManifest> manifest = std::nullopt;
};

// Calls `visit` with each trace of all tenants, in the order of tenants and ids. An error from visit is handed on.
absl::Status ForEachTrace(const Database& database, absl::FunctionRef<absl::Status(const TraceRecords&)> visit);

// By head or manifest; where both are damaged, what lies there is counted.
absl::StatusOr<uint64_t> StoredBytesOf(const Database& database, const TraceRecords& records);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_TRACE_SCAN_H_
