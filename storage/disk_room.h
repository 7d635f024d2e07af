// Whether a disk has room left, so that ingest stops before the database runs into its end.
//
// Safe from any thread.
#ifndef SANDGLASS_STORAGE_DISK_ROOM_H_
#define SANDGLASS_STORAGE_DISK_ROOM_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"

namespace sandglass::storage {

// ResourceExhausted where fewer than `min_free_bytes` are free on the disk of `directory`.
absl::Status CheckRoom(const std::string& directory, size_t min_free_bytes);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_DISK_ROOM_H_
