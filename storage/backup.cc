#include "storage/backup.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "rocksdb/env.h"
#include "rocksdb/utilities/backup_engine.h"
#include "storage/database.h"
#include "storage/fault_hooks.h"
#include "storage/file_marks.h"
#include "storage/inventory.h"
#include "storage/rocks.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

// A backup's metadata: this, and the name of the folder of its inventory.
constexpr absl::string_view kMetadata = "sandglass-backup 1 ";

absl::Status TranslateBackup(const rocksdb::Status& status, const std::string& backups) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsIncomplete()) return absl::CancelledError("the backup was stopped");
  const absl::Status translated = Translate(status, backups);
  return absl::Status(translated.code(), absl::StrCat("backups '", backups, "': ", status.ToString()));
}

absl::StatusOr<std::unique_ptr<rocksdb::BackupEngine>> OpenToAdd(const std::string& backups) {
  std::error_code error;
  fs::create_directories(backups, error);
  if (error) return absl::UnavailableError(absl::StrCat("'", backups, "' cannot be made: ", error.message()));
  rocksdb::BackupEngine* engine = nullptr;
  const rocksdb::Status status =
      rocksdb::BackupEngine::Open(rocksdb::BackupEngineOptions(backups), rocksdb::Env::Default(), &engine);
  if (!status.ok()) return TranslateBackup(status, backups);
  return std::unique_ptr<rocksdb::BackupEngine>(engine);
}

absl::Status NoBackups(const std::string& backups) {
  return absl::NotFoundError(
      absl::StrCat("no backups at '", backups, "'; check the path, or make one with sandglass store backup"));
}

absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenToRead(const std::string& backups) {
  // To open it makes folders.
  if (!fs::exists(backups)) return NoBackups(backups);
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const rocksdb::Status status =
      rocksdb::BackupEngineReadOnly::Open(rocksdb::BackupEngineOptions(backups), rocksdb::Env::Default(), &engine);
  if (!status.ok()) return TranslateBackup(status, backups);
  return std::unique_ptr<rocksdb::BackupEngineReadOnly>(engine);
}

std::string InventoriesOf(const std::string& backups) { return absl::StrCat(backups, "/inventories"); }

// The folder of a backup's inventory; empty: it is not one of ours.
std::string InventoryOf(const std::string& backups, const rocksdb::BackupInfo& info) {
  absl::string_view name = info.app_metadata;
  if (!absl::ConsumePrefix(&name, kMetadata)) return "";
  return absl::StrCat(InventoriesOf(backups), "/", name);
}

absl::StatusOr<InventoryContents> ReadNoted(const std::string& directory) {
  absl::StatusOr<std::optional<InventoryContents>> noted = Inventory::Read(directory);
  if (!noted.ok()) return noted.status();
  if (noted->has_value()) return **noted;
  return absl::DataLossError(absl::StrCat(directory, "/", Inventory::kFileName, " is missing"));
}

absl::Status WriteNoted(const std::string& directory, const InventoryContents& contents) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return absl::UnavailableError(absl::StrCat("'", directory, "' cannot be made: ", error.message()));
  return Inventory::Begin(directory, contents).status();
}

absl::StatusOr<BackupSummary> SummaryOf(const std::string& backups, const rocksdb::BackupInfo& info) {
  BackupSummary summary;
  summary.number = info.backup_id;
  summary.taken = absl::FromUnixSeconds(info.timestamp);
  summary.bytes = info.size;
  const absl::StatusOr<InventoryContents> noted = ReadNoted(InventoryOf(backups, info));
  if (!noted.ok()) return noted.status();
  summary.traces = noted->traces.size();
  for (const auto& [trace, mark] : noted->traces) summary.operators += mark.operators;
  return summary;
}

// Removes the inventories of backups that are gone.
void RemoveStrayInventories(const std::string& backups, const rocksdb::BackupEngine& engine) {
  std::vector<rocksdb::BackupInfo> infos;
  engine.GetBackupInfo(&infos);
  std::set<std::string> used;
  for (const rocksdb::BackupInfo& info : infos) used.insert(InventoryOf(backups, info));
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(InventoriesOf(backups), error)) {
    if (used.count(entry.path().string()) == 0) fs::remove_all(entry.path(), error);
  }
}

absl::StatusOr<rocksdb::BackupInfo> FindBackup(const rocksdb::BackupEngineReadOnly& engine, const std::string& backups,
                                               uint32_t number) {
  std::vector<rocksdb::BackupInfo> infos;
  engine.GetBackupInfo(&infos);
  if (infos.empty()) return NoBackups(backups);
  for (const rocksdb::BackupInfo& info : infos) {
    if (info.backup_id == number) return info;
  }
  if (number == 0) return infos.back();
  return absl::NotFoundError(absl::StrCat("no backup ", number, " in '", backups, "'; sandglass store backups lists ",
                                          infos.size(), " from ", infos.front().backup_id, " to ",
                                          infos.back().backup_id));
}

absl::Status CheckEmpty(const std::string& directory) {
  std::error_code error;
  if (!fs::exists(directory, error) || fs::is_empty(directory, error)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("'", directory, "' holds something; name a directory that is empty or not there yet"));
}

// Gives a restored database its inventory, and looks at all of it.
absl::StatusOr<StoreHealth> CheckRestored(const std::string& directory, InventoryContents noted,
                                          absl::FunctionRef<bool(size_t done, size_t total)> progress) {
  noted.files = {};
  if (absl::Status status = MarkManifest(directory, noted.files); !status.ok()) return status;
  if (absl::Status status = WriteNoted(directory, noted); !status.ok()) return status;
  StoreOptions options;
  options.read_only = true;
  const absl::StatusOr<std::unique_ptr<TraceStore>> store = TraceStore::Open(directory, options);
  if (!store.ok()) return store.status();
  absl::StatusOr<StoreHealth> health = Scrub(**store, progress);
  if (!health.ok() || health->sound()) return health;
  if (!health->files.ok()) return health->files;
  for (const TraceHealth& trace : health->traces) {
    if (!trace.finding.ok()) return trace.finding;
  }
  return health;
}

}  // namespace

absl::StatusOr<BackupSummary> CreateBackup(TraceStore& store, const std::string& backups,
                                           absl::FunctionRef<bool()> go_on) {
  const absl::StatusOr<std::unique_ptr<rocksdb::BackupEngine>> engine = OpenToAdd(backups);
  if (!engine.ok()) return engine.status();
  absl::StatusOr<InventoryContents> before = ReadNoted(store.directory());
  if (!before.ok()) return before.status();
  // There before the backup is: none is ever without one.
  const std::string name = absl::StrFormat("%016x", (uint64_t{std::random_device()()} << 32) | std::random_device()());
  const std::string inventory = absl::StrCat(InventoriesOf(backups), "/", name);
  if (absl::Status status = WriteNoted(inventory, *before); !status.ok()) return status;
  rocksdb::BackupID number = 0;
  const absl::Status made = store.database().Lend([&](rocksdb::DB& database) {
    rocksdb::CreateBackupOptions options;
    options.flush_before_backup = true;
    options.progress_callback = [&] {
      FaultPoint("backup");
      if (!go_on()) (*engine)->StopBackup();
    };
    return TranslateBackup(
        (*engine)->CreateNewBackupWithMetadata(options, &database, absl::StrCat(kMetadata, name), &number), backups);
  });
  if (made.ok()) {
    // What was removed meanwhile may be in it or not.
    const absl::StatusOr<InventoryContents> after = ReadNoted(store.directory());
    if (!after.ok()) return after.status();
    for (auto it = before->traces.begin(); it != before->traces.end();) {
      it = after->traces.count(it->first) == 0 ? before->traces.erase(it) : std::next(it);
    }
    if (absl::Status status = WriteNoted(inventory, *before); !status.ok()) return status;
  }
  RemoveStrayInventories(backups, **engine);
  if (!made.ok()) return made;
  rocksdb::BackupInfo info;
  if (rocksdb::Status status = (*engine)->GetBackupInfo(number, &info); !status.ok()) {
    return TranslateBackup(status, backups);
  }
  return SummaryOf(backups, info);
}

absl::StatusOr<std::vector<BackupSummary>> ListBackups(const std::string& backups) {
  const absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> engine = OpenToRead(backups);
  if (!engine.ok()) return engine.status();
  std::vector<rocksdb::BackupInfo> infos;
  (*engine)->GetBackupInfo(&infos);
  if (infos.empty()) return NoBackups(backups);
  std::vector<BackupSummary> summaries;
  for (const rocksdb::BackupInfo& info : infos) {
    absl::StatusOr<BackupSummary> summary = SummaryOf(backups, info);
    if (!summary.ok()) return summary.status();
    summaries.push_back(*summary);
  }
  return summaries;
}

absl::Status PurgeBackups(const std::string& backups, uint32_t keep) {
  const absl::StatusOr<std::unique_ptr<rocksdb::BackupEngine>> engine = OpenToAdd(backups);
  if (!engine.ok()) return engine.status();
  const absl::Status status = TranslateBackup((*engine)->PurgeOldBackups(keep), backups);
  RemoveStrayInventories(backups, **engine);
  return status;
}

absl::Status VerifyBackup(const std::string& backups, uint32_t number) {
  const absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> engine = OpenToRead(backups);
  if (!engine.ok()) return engine.status();
  const absl::StatusOr<rocksdb::BackupInfo> info = FindBackup(**engine, backups, number);
  if (!info.ok()) return info.status();
  if (absl::Status status = ReadNoted(InventoryOf(backups, *info)).status(); !status.ok()) return status;
  return TranslateBackup((*engine)->VerifyBackup(info->backup_id, /*verify_with_checksum=*/true), backups);
}

absl::StatusOr<StoreHealth> RestoreBackup(const std::string& backups, uint32_t number, const std::string& directory,
                                          absl::FunctionRef<bool(size_t done, size_t total)> progress) {
  const absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> engine = OpenToRead(backups);
  if (!engine.ok()) return engine.status();
  const absl::StatusOr<rocksdb::BackupInfo> info = FindBackup(**engine, backups, number);
  if (!info.ok()) return info.status();
  absl::StatusOr<InventoryContents> noted = ReadNoted(InventoryOf(backups, *info));
  if (!noted.ok()) return noted.status();
  if (absl::Status status = CheckEmpty(directory); !status.ok()) return status;
  // Under another name until it is known to be whole.
  const std::string fresh = absl::StrCat(directory, ".restoring");
  std::error_code error;
  fs::remove_all(fresh, error);
  const absl::Status restored = TranslateBackup(
      (*engine)->RestoreDBFromBackup(rocksdb::RestoreOptions(), info->backup_id, fresh, fresh), backups);
  if (!restored.ok()) return restored;
  absl::StatusOr<StoreHealth> health = CheckRestored(fresh, *std::move(noted), progress);
  if (!health.ok()) return health.status();
  fs::remove(directory, error);
  fs::rename(fresh, directory, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("'", fresh, "' is whole but cannot be renamed to '", directory, "': ", error.message()));
  }
  return health;
}

}  // namespace sandglass::storage
