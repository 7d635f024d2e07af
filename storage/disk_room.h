// Whether a disk has room left, so that ingest stops before the database runs into its end.
//
// Safe from any thread.
#ifndef SANDGLASS_STORAGE_DISK_ROOM_H_
#define SANDGLASS_STORAGE_DISK_ROOM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace sandglass::storage {

// What is free on the disk of `directory` for processes as this one; nothing where that cannot be asked.
std::optional<uint64_t> FreeBytes(const std::string& directory);

// ResourceExhausted where fewer than `min_free_bytes` are free on the disk of `directory`.
absl::Status CheckRoom(const std::string& directory, size_t min_free_bytes);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_DISK_ROOM_H_
