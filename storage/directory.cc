#include "storage/directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "storage/file_error.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

absl::Status SyncPath(const std::string& path, int flags) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (file < 0) return FileError("opened", path, errno);
  const int error = fsync(file) == 0 ? 0 : errno;
  close(file);
  return error == 0 ? absl::OkStatus() : FileError("synced", path, error);
}

}  // namespace

bool IsThere(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator it(directory, error);
  if (error == std::errc::no_such_file_or_directory) {
    return absl::NotFoundError(absl::StrCat("there is no directory '", directory, "'"));
  }
  for (; !error && it != fs::directory_iterator(); it.increment(error)) names.push_back(it->path().filename());
  if (error) return FileError("listed", directory, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

std::string ParentOf(const std::string& path) {
  const std::string parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent;
}

absl::Status SyncFile(const std::string& path) { return SyncPath(path, 0); }

absl::Status SyncDirectory(const std::string& directory) { return SyncPath(directory, O_DIRECTORY); }

absl::Status MakeDirectory(const std::string& directory) {
  std::error_code error;
  if (directory.empty() || fs::is_directory(directory, error)) return absl::OkStatus();
  const std::string parent = ParentOf(directory);
  if (absl::Status status = MakeDirectory(parent); !status.ok()) return status;
  fs::create_directory(directory, error);
  if (error) return FileError("made", directory, error.value());
  return SyncDirectory(parent);
}

absl::Status SyncAllIn(const std::string& directory) {
  const absl::StatusOr<std::vector<std::string>> names = NamesIn(directory);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const std::string path = absl::StrCat(directory, "/", name);
    std::error_code error;
    if (!fs::is_regular_file(path, error)) continue;
    if (absl::Status status = SyncFile(path); !status.ok()) return status;
  }
  return SyncDirectory(directory);
}

}  // namespace sandglass::storage
