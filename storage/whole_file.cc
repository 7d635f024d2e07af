#include "storage/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/fault_hooks.h"

namespace sandglass::storage {

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, bool sync) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && (errno == ENOENT || errno == ENOTDIR)) return absl::NotFoundError(path);
  std::string bytes;
  std::string part(1 << 16, '\0');
  ssize_t count = file < 0 ? -1 : 0;
  while (file >= 0 && (count = read(file, part.data(), part.size())) > 0) {
    bytes.append(part.data(), static_cast<size_t>(count));
  }
  const bool sound = count == 0 && (!sync || fdatasync(file) == 0);
  const int error = errno;
  if (file >= 0) close(file);
  if (sound && sync) FileSynced(path.c_str(), bytes.size());
  if (sound) return bytes;
  return absl::UnavailableError(absl::StrCat(path, ": cannot be read: ", std::strerror(error)));
}

}  // namespace sandglass::storage
