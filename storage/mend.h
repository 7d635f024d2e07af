// What to do about a store of which table files are damaged or missing: bring them back from a backup, or take them out
// so that all other traces can be had.
//
// For a store that nobody has open for writing.
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

  // In the store's directory: 000123.sst
  std::string name;
  // "is missing", "has 100 bytes of 200", "does not have its checksum"
  std::string what;
  State state = State::kDamaged;
};

// A trace that is no longer as it was acknowledged.
struct LostTrace {
  uint32_t tenant = 0;
  std::string trace_id;
  std::string what;
};

struct MendReport {
  std::vector<DamagedFile> files;
  // Of what was quarantined.
  std::vector<LostTrace> lost;
};

struct MendOptions {
  // A directory of backups whose files may take the place of damaged ones; empty: none.
  std::string backups;
  // Whether what cannot be restored is moved into the folder `quarantine` of the store, and its traces are given up.
  bool quarantine = false;
};

// Compares every table with the length and the checksum that RocksDB's MANIFEST has of it, and mends what `options`
// allow. Without any it changes nothing. What is lost is noted in quarantine/LOST too. Afterwards the store opens
// unless a damaged file is left. Traces that lack operators stay and report DataLoss to whoever reads them; those that
// lack their records are gone; those that are shorter than acknowledged take no more chunks. Errors: NotFound (no
// store), FailedPrecondition (somebody has it open), DataLoss (its MANIFEST is damaged: restore a backup),
// ResourceExhausted, Unavailable.
absl::StatusOr<MendReport> Mend(const std::string& directory, const MendOptions& options);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_MEND_H_
