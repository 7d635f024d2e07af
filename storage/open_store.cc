#include "storage/open_store.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/directory.h"
#include "storage/inventory.h"
#include "storage/inventory_check.h"
#include "storage/key.h"
#include "storage/store_lock.h"

namespace sandglass::storage {
namespace {

// Under which `meta` says that an inventory is kept.
std::string InventoryKey() { return EncodeKey({0, TraceId{}, Stream::kStoreVersion, 1}); }

// DataLoss if the store once kept an inventory: then its file is gone.
absl::Status CheckNeverKept(const Database& database) {
  const absl::StatusOr<std::optional<std::string>> kept = database.Get(Family::kMeta, InventoryKey());
  if (!kept.ok()) return kept.status();
  if (!kept->has_value()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("store '", database.directory(), "': its ", Inventory::kFileName,
                                          " is missing, so what it acknowledged cannot be checked; restore the file "
                                          "from a backup, or start `sandglass serve --accept-loss`"));
}

// A writer may begin a new MANIFEST or remove a trace between two looks: then all is looked at anew.
constexpr int kReadAttempts = 4;
constexpr absl::Duration kReadPause = absl::Milliseconds(50);

absl::StatusOr<std::unique_ptr<Database>> OpenAndCompare(const std::string& directory, const StoreOptions& options) {
  const absl::StatusOr<std::optional<InventoryContents>> noted = Inventory::Read(directory);
  if (!noted.ok()) return noted.status();
  if (noted->has_value()) {
    if (const absl::StatusOr<Depth> depth = CheckFiles(directory, **noted); !depth.ok()) return depth.status();
  }
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(directory, options);
  if (!database.ok()) return database;
  const absl::Status status =
      noted->has_value() ? CheckContents(**database, **noted, Depth::kHeads) : CheckNeverKept(**database);
  if (!status.ok()) return status;
  return database;
}

}  // namespace

std::string MendingPath(const std::string& directory) { return absl::StrCat(directory, "/quarantine/MENDING"); }

Change InventoryKept() { return Change::Put(Family::kMeta, InventoryKey(), "inventory 1"); }

absl::Status CheckBeforeWriting(const std::string& directory, const StoreOptions& options) {
  const absl::StatusOr<std::optional<InventoryContents>> noted = Inventory::Read(directory);
  if (!noted.ok()) return noted.status();
  absl::StatusOr<Depth> depth = Depth::kHeads;
  if (noted->has_value()) depth = CheckFiles(directory, **noted);
  if (!depth.ok()) return depth.status();
  StoreOptions look = options;
  look.read_only = true;
  const absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(directory, look);
  // A new store.
  if (!noted->has_value() && absl::IsNotFound(database.status())) return absl::OkStatus();
  if (!database.ok()) return database.status();
  return noted->has_value() ? CheckContents(**database, **noted, *depth) : CheckNeverKept(**database);
}

absl::Status CheckFilesBeforeWriting(const std::string& directory) {
  const absl::StatusOr<std::optional<InventoryContents>> noted = Inventory::Read(directory);
  if (!noted.ok()) return noted.status();
  return noted->has_value() ? CheckFiles(directory, **noted).status() : absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Database>> OpenToRead(const std::string& directory, const StoreOptions& options) {
  absl::StatusOr<std::unique_ptr<Database>> database = OpenAndCompare(directory, options);
  for (int attempt = 1; attempt < kReadAttempts && absl::IsDataLoss(database.status()); ++attempt) {
    absl::SleepFor(kReadPause);
    database = OpenAndCompare(directory, options);
  }
  return database;
}

absl::StatusOr<std::unique_ptr<Database>> OpenToWrite(const std::string& directory, const StoreOptions& options) {
  // Whatever is accepted: what the mend knows of the store would be wrong when it goes on.
  if (IsThere(MendingPath(directory))) {
    return absl::FailedPreconditionError(absl::StrCat("store '", directory,
                                                      "' is being mended, or its mending was cut ",
                                                      "off; finish it with sandglass store mend --quarantine"));
  }
  if (!options.accept_loss) {
    const absl::Status status = CheckBeforeWriting(directory, options);
    if (!status.ok()) {
      // A writer that has it open changes it meanwhile.
      const absl::Status unlocked = CheckUnlocked(directory);
      return unlocked.ok() ? status : unlocked;
    }
  }
  return Database::Open(directory, options);
}

}  // namespace sandglass::storage
