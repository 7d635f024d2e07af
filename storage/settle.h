// What is left of a store's traces after tables of it were lost: which are not as they were acknowledged, and how the
// records that are left are brought in order.
//
// Used by mend.cc only, on a database that nobody else uses. Each function may be called again after a crash.
#ifndef SANDGLASS_STORAGE_SETTLE_H_
#define SANDGLASS_STORAGE_SETTLE_H_

#include <optional>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/database.h"
#include "storage/inventory.h"
#include "storage/mend.h"

namespace sandglass::storage {

// All traces of which any record speaks, whatever it is.
absl::StatusOr<std::set<TraceKey>> MentionedTraces(const Database& database);

// The traces that are not as `noted` says. Without it, nobody knows what was acknowledged: those that are not whole by
// their own records, and those that other records speak of.
absl::StatusOr<std::vector<LostTrace>> FindLost(const Database& database,
                                                const std::optional<InventoryContents>& noted);

// Brings records in order. Traces that `lost` names: what is left of one without its head goes, and an open one ends as
// expired, for an older head must not be taken for the newest. Traces that are not in `noted` had been removed, and are
// removed again; without `noted`, every trace that is there counts, and nothing but the index is removed. The index is
// made anew, and what in it leads to no trace goes.
absl::Status Settle(Database& database, const std::optional<InventoryContents>& noted,
                    const std::vector<LostTrace>& lost);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_SETTLE_H_
