// The end of a trace: reads back all that was stored, computes the content digest, packs small blocks, and makes the
// trace immutable in one synced batch.
#ifndef SANDGLASS_STORAGE_SEAL_H_
#define SANDGLASS_STORAGE_SEAL_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/trace.pb.h"
#include "storage/database.h"
#include "storage/records.h"
#include "storage/trace_reader.h"

namespace sandglass::storage {

// A trace that is ready to be sealed.
struct SealPlan {
  v1::TraceManifest manifest;
  // The head of the sealed trace.
  TraceHead head;
  // What makes it so: manifest, head, name, and the removal of what only an open trace needs.
  std::vector<Change> changes;
};

// Prepares the seal of a trace at which no one writes any more. `head` is what the store has; `summary` is the
// client's, already validated. Packed blocks are written here, and not yet visible; a crash before the plan's changes
// are made leaves the trace open, and the next call begins anew. DataLoss if what was stored is damaged.
absl::StatusOr<SealPlan> PrepareSeal(Database& database, const TraceRef& trace, const TraceHead& head,
                                     const v1::TraceSummary& summary, int64_t now_unix_ns);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_SEAL_H_
