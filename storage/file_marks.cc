#include "storage/file_marks.h"

#include <sys/stat.h>
#include <xxhash.h>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "storage/whole_file.h"

namespace sandglass::storage {
namespace {

absl::Status Lost(const std::string& directory, absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("store '", directory, "': ", what,
                   "; restore the store from a backup, or start `sandglass serve --accept-loss`"));
}

uint64_t HashOf(absl::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string ManifestName(uint64_t number) { return absl::StrFormat("MANIFEST-%06d", number); }

std::string ManifestPath(const std::string& directory, uint64_t number) {
  return absl::StrCat(directory, "/", ManifestName(number));
}

absl::Status Missing(const std::string& directory, uint64_t number) {
  return Lost(directory, absl::StrCat("CURRENT names ", ManifestName(number), ", which is missing"));
}

// Number of the MANIFEST that CURRENT names.
absl::StatusOr<uint64_t> CurrentManifest(const std::string& directory) {
  const absl::StatusOr<std::string> current = ReadWholeFile(absl::StrCat(directory, "/CURRENT"), /*sync=*/false);
  if (absl::IsNotFound(current.status())) return Lost(directory, "its CURRENT is missing");
  if (!current.ok()) return current.status();
  absl::string_view name = *current;
  uint64_t number = 0;
  const bool sound =
      absl::ConsumePrefix(&name, "MANIFEST-") && absl::ConsumeSuffix(&name, "\n") && absl::SimpleAtoi(name, &number);
  if (!sound) return Lost(directory, "its CURRENT does not name a MANIFEST");
  return number;
}

std::optional<uint64_t> SizeOf(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return static_cast<uint64_t>(status.st_size);
}

}  // namespace

absl::Status MarkManifest(const std::string& directory, FileMarks& marks) {
  const absl::StatusOr<uint64_t> number = CurrentManifest(directory);
  if (!number.ok()) return number.status();
  const std::string path = ManifestPath(directory, *number);
  if (*number == marks.manifest_number && SizeOf(path) == marks.manifest_bytes) return absl::OkStatus();
  const absl::StatusOr<std::string> manifest = ReadWholeFile(path, /*sync=*/true);
  if (absl::IsNotFound(manifest.status())) return Missing(directory, *number);
  if (!manifest.ok()) return manifest.status();
  marks.manifest_number = *number;
  marks.manifest_bytes = manifest->size();
  marks.manifest_hash = HashOf(*manifest);
  return absl::OkStatus();
}

absl::StatusOr<ManifestState> CompareManifest(const std::string& directory, const FileMarks& noted) {
  const absl::StatusOr<uint64_t> number = CurrentManifest(directory);
  if (!number.ok()) return number.status();
  const std::string name = ManifestName(*number);
  if (*number < noted.manifest_number) {
    return Lost(directory,
                absl::StrCat("CURRENT names ", name, ", which is older than ", ManifestName(noted.manifest_number)));
  }
  const absl::StatusOr<std::string> manifest = ReadWholeFile(ManifestPath(directory, *number), /*sync=*/false);
  if (absl::IsNotFound(manifest.status())) return Missing(directory, *number);
  if (!manifest.ok()) return manifest.status();
  if (*number > noted.manifest_number) return ManifestState::kNewer;
  if (manifest->size() < noted.manifest_bytes) {
    return Lost(directory, absl::StrCat(name, " has ", manifest->size(), " bytes of ", noted.manifest_bytes));
  }
  if (HashOf(absl::string_view(*manifest).substr(0, noted.manifest_bytes)) != noted.manifest_hash) {
    return Lost(directory, absl::StrCat(name, " is damaged"));
  }
  return ManifestState::kSame;
}

bool HasLog(const std::string& directory, const FileMarks& noted) {
  if (noted.log_number == 0) return true;
  const std::optional<uint64_t> bytes = SizeOf(absl::StrFormat("%s/%06d.log", directory, noted.log_number));
  return bytes.has_value() && *bytes >= noted.log_bytes;
}

}  // namespace sandglass::storage
