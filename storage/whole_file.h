// A small file, read or written whole.
//
// Safe from any thread; one writer at a time for a path. Errors: those of FileError, and what is said below.
#ifndef SANDGLASS_STORAGE_WHOLE_FILE_H_
#define SANDGLASS_STORAGE_WHOLE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sandglass::storage {

// The bytes of `path`; with `sync`, they are on the disk when this returns. NotFound: there is no such file.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, bool sync);

// Puts a file with these bytes in the place of what is at `path`, all at once: beside it under the name PATH.new, then
// renamed. It is on the disk when this returns.
absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_WHOLE_FILE_H_
