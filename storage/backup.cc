#include "storage/backup.h"

#include <algorithm>
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
#include "rocksdb/utilities/checkpoint.h"
#include "storage/database.h"
#include "storage/directory.h"
#include "storage/fault_hooks.h"
#include "storage/file_error.h"
#include "storage/file_marks.h"
#include "storage/inventory.h"
#include "storage/rocks.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

// A backup's metadata: this, and the name of the folder of its inventory.
constexpr absl::string_view kMetadata = "sandglass-backup 1 ";
// After how many bytes it is asked again whether to go on.
constexpr uint64_t kAskEveryBytes = 256 << 10;

absl::Status Stopped() { return absl::CancelledError("the backup was stopped"); }

absl::Status TranslateBackup(const rocksdb::Status& status, const std::string& backups) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsIncomplete()) return Stopped();
  const absl::Status translated = Translate(status, backups);
  const absl::string_view hint = absl::IsResourceExhausted(translated) ? "; free space on its disk" : "";
  return absl::Status(translated.code(), absl::StrCat("backups '", backups, "': ", status.ToString(), hint));
}

rocksdb::BackupEngineOptions EngineOptions(const std::string& backups) {
  rocksdb::BackupEngineOptions options(backups);
  options.backup_env = TheFaultHooks().env;
  options.callback_trigger_interval_size = kAskEveryBytes;
  return options;
}

rocksdb::Env* EngineEnv() { return TheFaultHooks().env != nullptr ? TheFaultHooks().env : rocksdb::Env::Default(); }

absl::StatusOr<std::unique_ptr<rocksdb::BackupEngine>> OpenToAdd(const std::string& backups) {
  if (absl::Status status = MakeDirectory(backups); !status.ok()) return status;
  rocksdb::BackupEngine* engine = nullptr;
  const rocksdb::Status status = rocksdb::BackupEngine::Open(EngineOptions(backups), EngineEnv(), &engine);
  if (!status.ok()) return TranslateBackup(status, backups);
  return std::unique_ptr<rocksdb::BackupEngine>(engine);
}

absl::Status NoBackups(const std::string& backups) {
  return absl::NotFoundError(
      absl::StrCat("no backups at '", backups, "'; check the path, or make one with sandglass store backup"));
}

absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenToRead(const std::string& backups) {
  // To open it makes folders.
  if (!IsThere(backups)) return NoBackups(backups);
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const rocksdb::Status status = rocksdb::BackupEngineReadOnly::Open(EngineOptions(backups), EngineEnv(), &engine);
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

absl::StatusOr<InventoryContents> ReadNoted(const std::string& backups, const rocksdb::BackupInfo& info) {
  const std::string directory = InventoryOf(backups, info);
  if (directory.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("backup ", info.backup_id, " of '", backups,
                                                      "' was not made by Sandglass, or by another version of it"));
  }
  absl::StatusOr<std::optional<InventoryContents>> noted = Inventory::Read(directory);
  if (!noted.ok()) return noted.status();
  if (noted->has_value()) return **noted;
  return absl::DataLossError(absl::StrCat(directory, "/", Inventory::kFileName, " is missing"));
}

absl::Status WriteNoted(const std::string& directory, const InventoryContents& contents) {
  if (absl::Status status = MakeDirectory(directory); !status.ok()) return status;
  return Inventory::Write(directory, contents);
}

absl::StatusOr<BackupSummary> SummaryOf(const std::string& backups, const rocksdb::BackupInfo& info) {
  BackupSummary summary;
  summary.number = info.backup_id;
  summary.taken = absl::FromUnixSeconds(info.timestamp);
  summary.bytes = info.size;
  const absl::StatusOr<InventoryContents> noted = ReadNoted(backups, info);
  if (!noted.ok()) return noted.status();
  summary.traces = noted->traces.size();
  for (const auto& [trace, mark] : noted->traces) summary.operators += mark.operators;
  return summary;
}

// Removes the inventories of backups that are gone.
absl::Status RemoveStrayInventories(const std::string& backups, const rocksdb::BackupEngine& engine) {
  std::vector<rocksdb::BackupID> unsound;
  engine.GetCorruptedBackups(&unsound);
  // Theirs cannot be told from those that nobody needs, and they may be mended still.
  if (!unsound.empty()) return absl::OkStatus();
  std::vector<rocksdb::BackupInfo> infos;
  engine.GetBackupInfo(&infos);
  std::set<std::string> used;
  for (const rocksdb::BackupInfo& info : infos) used.insert(InventoryOf(backups, info));
  const absl::StatusOr<std::vector<std::string>> names = NamesIn(InventoriesOf(backups));
  if (absl::IsNotFound(names.status())) return absl::OkStatus();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const std::string path = absl::StrCat(InventoriesOf(backups), "/", name);
    std::error_code error;
    if (used.count(path) == 0) fs::remove_all(path, error);
    if (error) return FileError("removed", path, error.value());
  }
  return absl::OkStatus();
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
  if (!IsThere(directory)) return absl::OkStatus();
  const bool empty = fs::is_directory(directory, error) && fs::is_empty(directory, error);
  if (error) return FileError("looked at", directory, error.value());
  if (empty) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("'", directory, "' holds something; name a directory that is empty or not there yet"));
}

// The same directory without "." and ".." and without a slash at its end, so that a name can stand beside it.
std::string Normal(const std::string& directory) {
  std::error_code error;
  fs::path path = fs::absolute(directory, error).lexically_normal();
  if (error) return directory;
  return path.has_filename() ? path : path.parent_path();
}

// Puts the restored store in its place.
absl::Status MoveTo(const std::string& fresh, const std::string& directory) {
  if (absl::Status status = SyncAllIn(fresh); !status.ok()) return status;
  std::error_code error;
  fs::remove(directory, error);
  fs::rename(fresh, directory, error);
  if (!error) return SyncDirectory(ParentOf(directory));
  const absl::Status status = FileError("put in its place", directory, error.value());
  return absl::Status(status.code(), absl::StrCat("'", fresh, "' is whole but ", status.message()));
}

// Gives a copy of a database its inventory.
absl::Status WriteNotedOfCopy(const std::string& directory, InventoryContents noted) {
  noted.files = {};
  if (absl::Status status = MarkManifest(directory, noted.files); !status.ok()) return status;
  return WriteNoted(directory, noted);
}

// Looks at all of a restored database, by its new inventory.
absl::StatusOr<StoreHealth> CheckRestored(const std::string& directory, InventoryContents noted,
                                          absl::FunctionRef<bool(size_t done, size_t total)> progress) {
  if (absl::Status status = WriteNotedOfCopy(directory, std::move(noted)); !status.ok()) return status;
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

// Whether copies can be made of it: only through who writes to it, because it changes meanwhile.
absl::Status CheckWriter(const TraceStore& store) {
  if (store.inventory() != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "store '", store.directory(), "' is open to be read only; a copy is made by the program that writes to it"));
}

// What was removed since `noted` was taken may be in a copy or not.
void ForgetRemoved(const TraceStore& store, InventoryContents& noted) {
  const InventoryContents now = store.inventory()->Contents();
  for (auto it = noted.traces.begin(); it != noted.traces.end();) {
    it = now.traces.count(it->first) == 0 ? noted.traces.erase(it) : std::next(it);
  }
}

// A name beside the copy's for as long as it is not whole; what an earlier try left there is removed.
absl::StatusOr<std::string> FreshBeside(const std::string& place, const char* suffix) {
  if (absl::Status status = CheckEmpty(place); !status.ok()) return status;
  std::string fresh = absl::StrCat(place, suffix);
  std::error_code error;
  fs::remove_all(fresh, error);
  if (error) return FileError("removed", fresh, error.value());
  return fresh;
}

}  // namespace

absl::StatusOr<BackupSummary> CreateBackup(TraceStore& store, const std::string& backups,
                                           absl::FunctionRef<bool()> go_on) {
  if (absl::Status status = CheckWriter(store); !status.ok()) return status;
  if (!go_on()) return Stopped();
  const absl::StatusOr<std::unique_ptr<rocksdb::BackupEngine>> engine = OpenToAdd(backups);
  if (!engine.ok()) return engine.status();
  InventoryContents before = store.inventory()->Contents();
  // There before the backup is: none is ever without one.
  const std::string name = absl::StrFormat("%016x", (uint64_t{std::random_device()()} << 32) | std::random_device()());
  const std::string inventory = absl::StrCat(InventoriesOf(backups), "/", name);
  if (absl::Status status = WriteNoted(inventory, before); !status.ok()) return status;
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
    ForgetRemoved(store, before);
    if (absl::Status status = WriteNoted(inventory, before); !status.ok()) return status;
  }
  const absl::Status cleaned = RemoveStrayInventories(backups, **engine);
  if (!made.ok()) return made;
  if (!cleaned.ok()) return cleaned;
  rocksdb::BackupInfo info;
  if (rocksdb::Status status = (*engine)->GetBackupInfo(number, &info); !status.ok()) {
    return TranslateBackup(status, backups);
  }
  return SummaryOf(backups, info);
}

absl::StatusOr<BackupList> ListBackups(const std::string& backups) {
  const absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> engine = OpenToRead(backups);
  if (!engine.ok()) return engine.status();
  std::vector<rocksdb::BackupInfo> infos;
  (*engine)->GetBackupInfo(&infos);
  std::vector<rocksdb::BackupID> unsound;
  (*engine)->GetCorruptedBackups(&unsound);
  if (infos.empty() && unsound.empty()) return NoBackups(backups);
  BackupList list;
  for (const rocksdb::BackupInfo& info : infos) {
    absl::StatusOr<BackupSummary> summary = SummaryOf(backups, info);
    if (summary.ok()) {
      list.backups.push_back(*summary);
    } else {
      list.unsound.push_back(absl::StrCat("backup ", info.backup_id, ": ", summary.status().message()));
    }
  }
  for (const rocksdb::BackupID number : unsound) {
    list.unsound.push_back(
        absl::StrCat("backup ", number, ": its description is damaged, or files are missing or have another length"));
  }
  return list;
}

absl::Status PurgeBackups(const std::string& backups, uint32_t keep) {
  const absl::StatusOr<std::unique_ptr<rocksdb::BackupEngine>> engine = OpenToAdd(backups);
  if (!engine.ok()) return engine.status();
  const absl::Status status = TranslateBackup((*engine)->PurgeOldBackups(keep), backups);
  const absl::Status cleaned = RemoveStrayInventories(backups, **engine);
  return status.ok() ? cleaned : status;
}

absl::Status VerifyBackup(const std::string& backups, uint32_t number) {
  const absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> engine = OpenToRead(backups);
  if (!engine.ok()) return engine.status();
  const absl::StatusOr<rocksdb::BackupInfo> info = FindBackup(**engine, backups, number);
  if (!info.ok()) return info.status();
  if (absl::Status status = ReadNoted(backups, *info).status(); !status.ok()) return status;
  return TranslateBackup((*engine)->VerifyBackup(info->backup_id, /*verify_with_checksum=*/true), backups);
}

absl::StatusOr<StoreHealth> RestoreBackup(const std::string& backups, uint32_t number, const std::string& directory,
                                          absl::FunctionRef<bool(size_t done, size_t total)> progress) {
  const absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> engine = OpenToRead(backups);
  if (!engine.ok()) return engine.status();
  const absl::StatusOr<rocksdb::BackupInfo> info = FindBackup(**engine, backups, number);
  if (!info.ok()) return info.status();
  absl::StatusOr<InventoryContents> noted = ReadNoted(backups, *info);
  if (!noted.ok()) return noted.status();
  const std::string place = Normal(directory);
  const absl::StatusOr<std::string> fresh = FreshBeside(place, ".restoring");
  if (!fresh.ok()) return fresh.status();
  const absl::Status restored = TranslateBackup(
      (*engine)->RestoreDBFromBackup(rocksdb::RestoreOptions(), info->backup_id, *fresh, *fresh), backups);
  if (!restored.ok()) return restored;
  absl::StatusOr<StoreHealth> health = CheckRestored(*fresh, *std::move(noted), progress);
  if (!health.ok()) return health.status();
  if (absl::Status status = MoveTo(*fresh, place); !status.ok()) return status;
  return health;
}

absl::StatusOr<size_t> CreateCheckpoint(TraceStore& store, const std::string& directory) {
  if (absl::Status status = CheckWriter(store); !status.ok()) return status;
  const std::string place = Normal(directory);
  const absl::StatusOr<std::string> fresh = FreshBeside(place, ".linking");
  if (!fresh.ok()) return fresh.status();
  InventoryContents noted = store.inventory()->Contents();
  const absl::Status made = store.database().Lend([&](rocksdb::DB& database) {
    rocksdb::Checkpoint* raw = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(&database, &raw);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
    // What is in memory goes into a table first, so that no log need be copied.
    if (status.ok()) status = checkpoint->CreateCheckpoint(*fresh, /*log_size_for_flush=*/0);
    return Translate(status, place);
  });
  if (!made.ok()) return made;
  ForgetRemoved(store, noted);
  if (absl::Status status = WriteNotedOfCopy(*fresh, noted); !status.ok()) return status;
  if (absl::Status status = MoveTo(*fresh, place); !status.ok()) return status;
  return static_cast<size_t>(std::count_if(noted.traces.begin(), noted.traces.end(), [](const auto& trace) {
    return trace.second.state == v1::TRACE_STATE_SEALED;
  }));
}

}  // namespace sandglass::storage
