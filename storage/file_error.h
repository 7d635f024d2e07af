// What it means that a file could not be made, read or written.
//
// Safe from any thread.
#ifndef SANDGLASS_STORAGE_FILE_ERROR_H_
#define SANDGLASS_STORAGE_FILE_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace sandglass::storage {

// Whether an error number says that there is no room: on the disk, in a quota, or under a limit of the process.
bool IsFull(int error);

// The same of an error's text, where its number was lost.
bool SaysFull(absl::string_view text);

// "PATH: cannot be WHAT: REASON". ResourceExhausted where there is no room, otherwise Unavailable.
absl::Status FileError(absl::string_view what, const std::string& path, int error);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_FILE_ERROR_H_
