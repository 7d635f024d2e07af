// Directories: what is in them, and that it is on the disk.
//
// Safe from any thread. Errors: those of FileError, and what is said below.
#ifndef SANDGLASS_STORAGE_DIRECTORY_H_
#define SANDGLASS_STORAGE_DIRECTORY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sandglass::storage {

// Whether there is something at `path`; what cannot be looked at counts as absent.
bool IsThere(const std::string& path);

// Names of all that is in a directory, sorted. NotFound: there is no such directory.
absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& directory);

// The directory in which `path` is.
std::string ParentOf(const std::string& path);

// Names in it that were made, changed or removed are on the disk when this returns.
absl::Status SyncDirectory(const std::string& directory);

// Makes a directory and those above it, where they are not there; they are on the disk when this returns.
absl::Status MakeDirectory(const std::string& directory);

absl::Status SyncFile(const std::string& path);

// Syncs all files in a directory, and it.
absl::Status SyncAllIn(const std::string& directory);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_DIRECTORY_H_
