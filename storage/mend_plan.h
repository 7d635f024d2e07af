// What a mend that gives tables up has set out to do, on disk before it changes anything: one that was cut off goes on
// from there, and ends as if it had not been.
//
// Text, in the file MENDING of the store's folder `quarantine`. Used by mend.cc only, under the store's lock.
#ifndef SANDGLASS_STORAGE_MEND_PLAN_H_
#define SANDGLASS_STORAGE_MEND_PLAN_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/mend.h"

namespace sandglass::storage {

struct MendPlan {
  // RFC 3339.
  std::string began;
  // What is given up.
  std::vector<DamagedFile> files;
  // Once all that can be read of the files is back: what is not as it was acknowledged. Found before records of such
  // traces are removed, for then nobody knows their names any more.
  std::optional<std::vector<LostTrace>> lost;
};

// Where things are that a mend took out.
std::string QuarantineOf(const std::string& directory);

// The plan of a mend that was cut off, if there is one. DataLoss where it cannot be understood.
absl::StatusOr<std::optional<MendPlan>> ReadMendPlan(const std::string& directory);

// It is on disk when this returns.
absl::Status WriteMendPlan(const std::string& directory, const MendPlan& plan);

// Adds what is lost to quarantine/LOST, unless it stands there already.
absl::Status ListLost(const std::string& directory, const MendPlan& plan);

// To be called when all is done.
absl::Status RemoveMendPlan(const std::string& directory);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_MEND_PLAN_H_
