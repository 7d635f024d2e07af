#include "storage/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "storage/directory.h"
#include "storage/fault_hooks.h"
#include "storage/file_error.h"

namespace sandglass::storage {
namespace {

// 0, or the number of the error.
int WriteAndSync(int file, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return fdatasync(file) == 0 ? 0 : errno;
}

}  // namespace

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
  return FileError("read", path, error);
}

absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes) {
  const std::string fresh = absl::StrCat(path, ".new");
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return FileError("made", fresh, errno);
  const int error = WriteAndSync(file, bytes);
  close(file);
  if (error != 0) return FileError("written", fresh, error);
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return FileError("renamed", fresh, errno);
  return SyncDirectory(ParentOf(path));
}

}  // namespace sandglass::storage
