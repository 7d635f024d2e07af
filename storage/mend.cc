#include "storage/mend.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/database.h"
#include "storage/directory.h"
#include "storage/fault_hooks.h"
#include "storage/file_error.h"
#include "storage/inventory.h"
#include "storage/inventory_check.h"
#include "storage/mend_plan.h"
#include "storage/salvage.h"
#include "storage/settle.h"
#include "storage/store_lock.h"
#include "storage/table_files.h"
#include "storage/whole_file.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;
using State = DamagedFile::State;

std::string In(const std::string& directory, absl::string_view name) { return absl::StrCat(directory, "/", name); }

// The files of a folder of backups; none where no folder is given.
absl::StatusOr<std::vector<std::string>> CopiesIn(const std::string& backups) {
  if (backups.empty()) return std::vector<std::string>();
  const std::string folder = backups + "/shared_checksum";
  const absl::StatusOr<std::vector<std::string>> names = NamesIn(folder);
  if (absl::IsNotFound(names.status())) {
    return absl::NotFoundError(absl::StrCat("no backups at '", backups, "'; check the path"));
  }
  if (!names.ok()) return names.status();
  std::vector<std::string> paths;
  for (const std::string& name : *names) paths.push_back(In(folder, name));
  return paths;
}

// A sound copy of the table; empty: there is none.
absl::StatusOr<std::string> CopyOf(const TableFile& table, const std::vector<std::string>& copies) {
  // Nothing would prove that it is the same table.
  if (table.checksum.empty()) return std::string();
  // RocksDB names them by number, session and length: 000123_sESSION_456.sst
  const std::string begins = absl::StrFormat("/%06d_", table.number);
  for (const std::string& copy : copies) {
    if (!absl::StartsWith(absl::string_view(copy).substr(copy.rfind('/')), begins)) continue;
    const absl::StatusOr<std::string> damage = DamageOf(copy, table);
    if (!damage.ok()) return damage.status();
    if (damage->empty()) return copy;
  }
  return std::string();
}

absl::Status TakeFrom(const std::string& copy, const std::string& directory, const TableFile& table) {
  std::error_code error;
  const std::string path = In(directory, table.name);
  const std::string fresh = path + ".restoring";
  fs::copy_file(copy, fresh, fs::copy_options::overwrite_existing, error);
  if (error) return FileError("restored", path, error.value());
  if (absl::Status status = SyncFile(fresh); !status.ok()) return status;
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return FileError("restored", path, errno);
  return SyncDirectory(directory);
}

bool Has(const std::vector<DamagedFile>& files, absl::string_view name) {
  return std::any_of(files.begin(), files.end(), [&](const DamagedFile& file) { return file.name == name; });
}

// What is wrong with the inventory; empty: nothing.
absl::StatusOr<std::string> InventoryDamage(const std::string& directory) {
  const absl::StatusOr<std::optional<InventoryContents>> noted = Inventory::Read(directory);
  if (absl::IsDataLoss(noted.status())) return std::string("is damaged");
  if (!noted.ok()) return noted.status();
  return std::string(noted->has_value() ? "" : "is missing");
}

// One mend of one store.
class Mending {
 public:
  Mending(std::string directory, MendOptions options, const StoreLock& lock)
      : directory_(std::move(directory)), options_(std::move(options)), lock_(lock) {}

  absl::StatusOr<MendReport> Run();

 private:
  absl::Status LookAtTables();
  absl::Status LookAtInventory();
  void Found(DamagedFile file);
  void GoOn();
  absl::Status Secure();
  absl::Status TakeOut();
  absl::Status PutBack();
  absl::Status Salvage(Database& database, const std::optional<InventoryContents>& noted);
  // What was acknowledged when the mend began; nothing where that is not known.
  absl::StatusOr<std::optional<InventoryContents>> Noted() const;

  const std::string directory_;
  const MendOptions options_;
  const StoreLock& lock_;
  std::vector<TableFile> tables_;
  MendReport report_;
  // Whether an earlier mend was cut off, and what is given up.
  bool goes_on_ = false;
  MendPlan plan_;
};

void Mending::Found(DamagedFile file) {
  if (file.state == State::kDamaged && options_.quarantine) {
    file.state = State::kQuarantined;
    if (!Has(plan_.files, file.name)) {
      plan_.files.push_back(file);
      // What is lost with this one is to be found yet.
      plan_.lost.reset();
    }
  }
  report_.files.push_back(std::move(file));
}

absl::Status Mending::LookAtTables() {
  absl::StatusOr<std::vector<TableFile>> tables = TableFiles(directory_);
  if (!tables.ok()) return tables.status();
  tables_ = *std::move(tables);
  const absl::StatusOr<std::vector<std::string>> copies = CopiesIn(options_.backups);
  if (!copies.ok()) return copies.status();
  for (const TableFile& table : tables_) {
    const absl::StatusOr<std::string> damage = DamageOf(In(directory_, table.name), table);
    if (!damage.ok()) return damage.status();
    if (damage->empty()) continue;
    DamagedFile file{table.name, *damage, State::kDamaged};
    const absl::StatusOr<std::string> copy = CopyOf(table, *copies);
    if (!copy.ok()) return copy.status();
    if (!copy->empty()) {
      if (absl::Status status = TakeFrom(*copy, directory_, table); !status.ok()) return status;
      file.state = State::kRestored;
    }
    Found(std::move(file));
  }
  return absl::OkStatus();
}

absl::Status Mending::LookAtInventory() {
  // One that was cut off knows what there was.
  if (goes_on_) return absl::OkStatus();
  const absl::StatusOr<std::string> damage = InventoryDamage(directory_);
  if (!damage.ok()) return damage.status();
  if (!damage->empty()) Found({std::string(Inventory::kFileName), *damage, State::kDamaged});
  return absl::OkStatus();
}

// Takes up what is left to do of the mend that was cut off.
void Mending::GoOn() {
  // A table that the store has, and that is sound by now, came back meanwhile.
  const auto is_back = [&](const DamagedFile& file) {
    const auto same = [&](const auto& other) { return other.name == file.name; };
    const auto reported = std::find_if(report_.files.begin(), report_.files.end(), same);
    return std::any_of(tables_.begin(), tables_.end(), same) &&
           (reported == report_.files.end() || reported->state == State::kRestored);
  };
  plan_.files.erase(std::remove_if(plan_.files.begin(), plan_.files.end(), is_back), plan_.files.end());
  for (const DamagedFile& file : plan_.files) {
    if (Has(report_.files, file.name)) continue;
    report_.files.push_back(file);
    if (!options_.quarantine) report_.files.back().state = State::kDamaged;
  }
}

absl::StatusOr<std::optional<InventoryContents>> Mending::Noted() const {
  if (Has(plan_.files, Inventory::kFileName)) return std::optional<InventoryContents>();
  return Inventory::Read(QuarantineOf(directory_));
}

// Before anything is changed: what is known, and what is about to be taken out, is in the quarantine.
absl::Status Mending::Secure() {
  const std::string quarantine = QuarantineOf(directory_);
  if (absl::Status status = MakeDirectory(quarantine); !status.ok()) return status;
  if (!goes_on_) {
    const absl::StatusOr<std::string> inventory = ReadWholeFile(In(directory_, Inventory::kFileName), /*sync=*/false);
    if (!inventory.ok() && !absl::IsNotFound(inventory.status())) return inventory.status();
    const std::string copy = In(quarantine, Inventory::kFileName);
    if (inventory.ok()) {
      if (absl::Status status = WriteWholeFile(copy, *inventory); !status.ok()) return status;
    }
    plan_.began = absl::FormatTime(absl::RFC3339_sec, absl::Now(), absl::UTCTimeZone());
  }
  FaultPoint("mend-inventory-copied");
  for (const DamagedFile& file : plan_.files) {
    if (file.name == Inventory::kFileName) continue;
    // Where that cannot be done, it is moved once it is out of the MANIFEST.
    const int linked = link(In(directory_, file.name).c_str(), In(quarantine, file.name).c_str());
    if (linked != 0 && IsFull(errno)) return FileError("linked", In(quarantine, file.name), errno);
  }
  if (absl::Status status = SyncDirectory(quarantine); !status.ok()) return status;
  FaultPoint("mend-linked");
  return WriteMendPlan(directory_, plan_);
}

absl::Status Mending::TakeOut() {
  for (const TableFile& table : tables_) {
    // First out of the MANIFEST: a store without a file that it names is worse than one with a file too many.
    if (!Has(plan_.files, table.name)) continue;
    if (absl::Status status = ForgetTable(directory_, table); !status.ok()) return status;
    FaultPoint("mend-forgotten");
  }
  for (const DamagedFile& file : plan_.files) {
    if (file.name == Inventory::kFileName) continue;
    const std::string path = In(directory_, file.name);
    if (std::rename(path.c_str(), In(QuarantineOf(directory_), file.name).c_str()) != 0 && errno != ENOENT) {
      return FileError("moved away", path, errno);
    }
    // To rename one of two links to the other does nothing.
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return FileError("removed", path, errno);
    FaultPoint("mend-moved");
  }
  if (absl::Status status = SyncDirectory(QuarantineOf(directory_)); !status.ok()) return status;
  return SyncDirectory(directory_);
}

absl::Status Mending::Salvage(Database& database, const std::optional<InventoryContents>& noted) {
  SalvageScope scope;
  scope.all = !noted.has_value();
  if (noted.has_value()) {
    for (const auto& [trace, mark] : noted->traces) scope.traces.insert(trace);
  } else {
    absl::StatusOr<std::set<TraceKey>> mentioned = MentionedTraces(database);
    if (!mentioned.ok()) return mentioned.status();
    scope.traces = *std::move(mentioned);
  }
  for (const DamagedFile& file : plan_.files) {
    const std::string path = In(QuarantineOf(directory_), file.name);
    if (file.name == Inventory::kFileName || !IsThere(path)) continue;
    if (absl::Status status = SalvageTable(path, scope, database); !status.ok()) return status;
    FaultPoint("mend-salvaged");
  }
  return absl::OkStatus();
}

// All but the files: with what is left and what can still be read, the store is one again that opens.
absl::Status Mending::PutBack() {
  const absl::StatusOr<std::optional<InventoryContents>> noted = Noted();
  if (!noted.ok()) return noted.status();
  report_.without_inventory = !noted->has_value();
  StoreOptions options;
  options.create_if_missing = false;
  options.accept_loss = true;
  // Without an inventory that is kept meanwhile: the old one stands until the new one takes its place.
  const absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(directory_, options, &lock_);
  if (!database.ok()) return database.status();
  if (!plan_.lost.has_value()) {
    if (absl::Status status = Salvage(**database, *noted); !status.ok()) return status;
    absl::StatusOr<std::vector<LostTrace>> lost = FindLost(**database, *noted);
    if (!lost.ok()) return lost.status();
    plan_.lost = *std::move(lost);
    if (absl::Status status = WriteMendPlan(directory_, plan_); !status.ok()) return status;
    FaultPoint("mend-lost-known");
  }
  if (absl::Status status = Settle(**database, *noted, *plan_.lost); !status.ok()) return status;
  FaultPoint("mend-settled");
  if (absl::Status status = ListLost(directory_, plan_); !status.ok()) return status;
  FaultPoint("mend-listed");
  absl::StatusOr<InventoryContents> contents = TakeInventory(**database);
  if (!contents.ok()) return contents.status();
  const absl::StatusOr<FileMarks> marks = (*database)->MarkFiles();
  if (!marks.ok()) return marks.status();
  contents->files = *marks;
  if (absl::Status status = Inventory::Begin(directory_, *contents).status(); !status.ok()) return status;
  FaultPoint("mend-noted");
  return absl::OkStatus();
}

absl::StatusOr<MendReport> Mending::Run() {
  absl::StatusOr<std::optional<MendPlan>> plan = ReadMendPlan(directory_);
  if (!plan.ok()) return plan.status();
  goes_on_ = plan->has_value();
  if (goes_on_) plan_ = **std::move(plan);
  if (absl::Status status = LookAtTables(); !status.ok()) return status;
  if (absl::Status status = LookAtInventory(); !status.ok()) return status;
  if (goes_on_) GoOn();
  if (!options_.quarantine || (plan_.files.empty() && !goes_on_)) return report_;
  if (absl::Status status = Secure(); !status.ok()) return status;
  FaultPoint("mend-planned");
  if (absl::Status status = TakeOut(); !status.ok()) return status;
  if (absl::Status status = PutBack(); !status.ok()) return status;
  if (absl::Status status = RemoveMendPlan(directory_); !status.ok()) return status;
  report_.lost = *plan_.lost;
  return report_;
}

}  // namespace

absl::StatusOr<MendReport> Mend(const std::string& directory, const MendOptions& options) {
  if (!IsThere(directory + "/CURRENT")) return absl::NotFoundError(absl::StrCat("no store at '", directory, "'"));
  const absl::StatusOr<std::unique_ptr<StoreLock>> lock = StoreLock::Take(directory);
  if (!lock.ok()) return lock.status();
  return Mending(directory, options, **lock).Run();
}

}  // namespace sandglass::storage
