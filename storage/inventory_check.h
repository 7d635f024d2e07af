// Whether a store still has what its inventory says was acknowledged.
//
// Checks are made before the database is opened for writing, so that a store that fell short is left as it is: RocksDB
// removes files that it no longer knows of when it opens for writing. Errors are DataLoss, in one line, and name the
// file or the traces.
#ifndef SANDGLASS_STORAGE_INVENTORY_CHECK_H_
#define SANDGLASS_STORAGE_INVENTORY_CHECK_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/database.h"
#include "storage/inventory.h"

namespace sandglass::storage {

enum class Depth {
  // What traces' heads and manifests say.
  kHeads,
  // Also that all their blocks, signatures and other records are there and whole.
  kBlocks,
};

// Compares the files with what was noted: the MANIFEST must begin with what it was, unless a newer one took its place.
// Returns how deep the contents must be looked at: blocks too, where the newest log is shorter than noted or gone, or
// the MANIFEST is a newer one. Both happen without loss, when RocksDB moves on just before a crash.
absl::StatusOr<Depth> CheckFiles(const std::string& directory, const InventoryContents& inventory);

// A trace that is not as far as it was noted, or not whole.
struct Shortfall {
  TraceKey trace;
  std::string what;
};

// Compares what the database holds with what was noted.
absl::StatusOr<std::vector<Shortfall>> Shortfalls(const Database& database, const InventoryContents& inventory,
                                                  Depth depth);

// DataLoss, naming the traces, where any falls short.
absl::Status CheckContents(const Database& database, const InventoryContents& inventory, Depth depth);

// The marks of all traces that the database holds.
absl::StatusOr<InventoryContents> TakeInventory(const Database& database);

// The marks that change with a batch of changes. Errors: Internal for a head or manifest that cannot be read back.
absl::StatusOr<std::vector<MarkChange>> MarksOf(const std::vector<Change>& changes);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_INVENTORY_CHECK_H_
