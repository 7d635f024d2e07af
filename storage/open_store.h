// Opens a store's database, compared with its inventory.
//
// Errors: those of TraceStore::Open.
#ifndef SANDGLASS_STORAGE_OPEN_STORE_H_
#define SANDGLASS_STORAGE_OPEN_STORE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/change.h"
#include "storage/database.h"
#include "storage/trace_store.h"

namespace sandglass::storage {

// Looks at everything before the database is opened for writing, which removes files that it no longer knows of.
absl::Status CheckBeforeWriting(const std::string& directory, const StoreOptions& options);

// The part of it that takes no longer for a larger store: whether the MANIFEST is as noted.
absl::Status CheckFilesBeforeWriting(const std::string& directory);

absl::StatusOr<std::unique_ptr<Database>> OpenToWrite(const std::string& directory, const StoreOptions& options);

// A writer may have it open, and go on.
absl::StatusOr<std::unique_ptr<Database>> OpenToRead(const std::string& directory, const StoreOptions& options);

// What says in the database that an inventory is kept.
Change InventoryKept();

// The file in which a mend says what it is about. Until it is done, and the file gone, nobody else writes to the store.
std::string MendingPath(const std::string& directory);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_OPEN_STORE_H_
