// Brings out of a damaged table what can still be read of it.
//
// Used by mend.cc only, on a database that nobody else uses.
#ifndef SANDGLASS_STORAGE_SALVAGE_H_
#define SANDGLASS_STORAGE_SALVAGE_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "storage/database.h"
#include "storage/inventory.h"

namespace sandglass::storage {

struct SalvageScope {
  // Of which traces records are put back.
  std::set<TraceKey> traces;
  // Also all others, as far as the table can be read from its beginning.
  bool all = false;
};

// Puts records of the table at `path`, which is none of the database's any more, back into the database, where that
// lacks them or has an older head. What is damaged stays lost: a table without its index altogether. Errors:
// Unavailable where the disk does not let the table be read, and those of writing. May be called again.
absl::Status SalvageTable(const std::string& path, const SalvageScope& scope, Database& database);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_SALVAGE_H_
