// What to do about a store of which table files are damaged or missing: bring them back from a backup, or take them out
// so that all other traces can be had.
//
// For a store that nobody has open for writing; its lock is held meanwhile.
#ifndef SANDGLASS_STORAGE_MEND_H_
#define SANDGLASS_STORAGE_MEND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sandglass::storage {

struct DamagedFile {
  enum class State { kDamaged, kRestored, kQuarantined };

  // In the store's directory: 000123.sst, or INVENTORY.
  std::string name;
  // "is missing", "has 100 bytes of 200", "does not have its checksum", …
  std::string what;
  State state = State::kDamaged;
};

// A trace that is no longer as it was acknowledged.
struct LostTrace {
  uint32_t tenant = 0;
  std::string trace_id;
  // Empty where that is lost too.
  std::string name;
  std::string what;
};

struct MendReport {
  std::vector<DamagedFile> files;
  // Of what was quarantined. Without an inventory, a trace of which nothing is left cannot be named.
  std::vector<LostTrace> lost;
  // Files were given up without an inventory: what was acknowledged was not known, and all that was found counts.
  bool without_inventory = false;
};

struct MendOptions {
  // A directory of backups whose files may take the place of damaged ones; empty: none.
  std::string backups;
  // Whether what cannot be restored is moved into the folder `quarantine` of the store, and its traces are given up.
  bool quarantine = false;
};

// Compares every table with the length and the checksum that RocksDB's MANIFEST has of it, and mends what `options`
// allow. Without any it changes nothing. What can still be read of a quarantined table is put back. What is lost is
// noted in quarantine/LOST too. Afterwards the store opens unless a damaged file is left. Traces that lack operators
// stay and report DataLoss to whoever reads them; those that lack their records are gone; those that are shorter than
// acknowledged take no more chunks.
//
// An INVENTORY that is missing or damaged counts as a damaged file. It is never restored; to quarantine it means to
// make it anew from what is there. Then all traces that are found count as acknowledged: one that had been removed may
// be back, and an open one goes on from where it is.
//
// A mend that was cut off while it gave files up is finished by the next one; until then nobody writes to the store.
//
// Errors: NotFound (no store, no such backups), FailedPrecondition (somebody has it open), DataLoss (its MANIFEST is
// damaged: restore a backup), ResourceExhausted, Unavailable.
absl::StatusOr<MendReport> Mend(const std::string& directory, const MendOptions& options);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_MEND_H_
