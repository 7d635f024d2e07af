// Brings out of a damaged table what can still be read of it.
//
// Used by mend.cc only.
#ifndef SANDGLASS_STORAGE_SALVAGE_H_
#define SANDGLASS_STORAGE_SALVAGE_H_

#include <string>

#include "absl/status/status.h"
#include "storage/database.h"
#include "storage/inventory.h"

namespace sandglass::storage {

// Puts records of the table at `path`, which is none of the database's any more, back into the database: those of
// traces that `noted` has, where the database lacks them or has an older head. What cannot be read stays lost: a table
// without its index altogether. Errors: of writing.
absl::Status SalvageTable(const std::string& path, const InventoryContents& noted, Database& database);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_SALVAGE_H_
