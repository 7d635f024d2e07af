#include "storage/disk_room.h"

#include <sys/statvfs.h>

#include "absl/strings/str_cat.h"

namespace sandglass::storage {

std::optional<uint64_t> FreeBytes(const std::string& directory) {
  struct statvfs disk;
  if (statvfs(directory.c_str(), &disk) != 0) return std::nullopt;
  return uint64_t{disk.f_bavail} * disk.f_frsize;
}

absl::Status CheckRoom(const std::string& directory, size_t min_free_bytes) {
  if (min_free_bytes == 0) return absl::OkStatus();
  const std::optional<uint64_t> free = FreeBytes(directory);
  // What cannot be asked is for the next write to find out.
  if (!free || *free >= min_free_bytes) return absl::OkStatus();
  constexpr uint64_t kMiB = 1 << 20;
  return absl::ResourceExhaustedError(absl::StrCat("the disk of store '", directory, "' has ", *free / kMiB,
                                                   " MiB free, and takes no traces below ", min_free_bytes / kMiB,
                                                   "; free space on it, or remove traces with sandglass traces rm"));
}

}  // namespace sandglass::storage
