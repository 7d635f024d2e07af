#include "storage/disk_room.h"

#include <sys/statvfs.h>

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace sandglass::storage {

absl::Status CheckRoom(const std::string& directory, size_t min_free_bytes) {
  struct statvfs disk;
  // What cannot be asked is for the next write to find out.
  if (min_free_bytes == 0 || statvfs(directory.c_str(), &disk) != 0) return absl::OkStatus();
  const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free >= min_free_bytes) return absl::OkStatus();
  constexpr uint64_t kMiB = 1 << 20;
  return absl::ResourceExhaustedError(absl::StrCat("the disk of store '", directory, "' has ", free / kMiB,
                                                   " MiB free, and takes no traces below ", min_free_bytes / kMiB,
                                                   "; free space on it, or remove traces with sandglass traces rm"));
}

}  // namespace sandglass::storage
