// Where the files of a RocksDB database stand, for the inventory: what must not shrink or change behind its back.
//
// Pure functions of the directory; safe from any thread.
#ifndef SANDGLASS_STORAGE_FILE_MARKS_H_
#define SANDGLASS_STORAGE_FILE_MARKS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace sandglass::storage {

struct FileMarks {
  // Sequence number of the last write.
  uint64_t sequence = 0;
  // Of MANIFEST-<number>: its length, and the XXH3-64 of so many bytes.
  uint64_t manifest_number = 0;
  uint64_t manifest_bytes = 0;
  uint64_t manifest_hash = 0;
  // Of <number>.log, the newest one; 0: none.
  uint64_t log_number = 0;
  uint64_t log_bytes = 0;
};

// Sets the marks of the MANIFEST that CURRENT names. What has not grown since `marks` is not read again.
// Errors: DataLoss where CURRENT is missing or damaged, or names a file that is not there.
absl::Status MarkManifest(const std::string& directory, FileMarks& marks);

// Whether the MANIFEST still begins with what it was, or a newer one took its place.
enum class ManifestState { kSame, kNewer };
// Errors: DataLoss, naming the file, where it is shorter, damaged, missing or an older one.
absl::StatusOr<ManifestState> CompareManifest(const std::string& directory, const FileMarks& noted);

// Whether the log is there and at least as long as noted.
bool HasLog(const std::string& directory, const FileMarks& noted);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_FILE_MARKS_H_
