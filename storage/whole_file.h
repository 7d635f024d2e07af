// A small file, read whole.
//
// Safe from any thread.
#ifndef SANDGLASS_STORAGE_WHOLE_FILE_H_
#define SANDGLASS_STORAGE_WHOLE_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace sandglass::storage {

// The bytes of `path`; with `sync`, they are on the disk when this returns.
// Errors: NotFound: there is no such file. Unavailable: it cannot be read, or synced.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, bool sync);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_WHOLE_FILE_H_
