#include "storage/mend.h"

#include <filesystem>
#include <fstream>
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
#include "storage/inventory.h"
#include "storage/inventory_check.h"
#include "storage/rocks.h"
#include "storage/table_files.h"
#include "storage/trace_reader.h"
#include "storage/trace_store.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

absl::Status FailedTo(absl::string_view what, const std::string& path, const std::error_code& error) {
  const std::string text = absl::StrCat("'", path, "' cannot be ", what, ": ", error.message());
  return error == std::errc::no_space_on_device ? absl::ResourceExhaustedError(text) : absl::UnavailableError(text);
}

// A sound copy of the table among the backups; empty: there is none.
std::string CopyIn(const std::string& backups, const TableFile& table) {
  std::error_code error;
  // RocksDB names them by number, session and length: 000123_sESSION_456.sst
  const std::string begins = absl::StrFormat("%06d_", table.number);
  for (const fs::directory_entry& entry : fs::directory_iterator(backups + "/shared_checksum", error)) {
    const std::string name = entry.path().filename();
    if (absl::StartsWith(name, begins) && DamageOf(entry.path(), table).empty()) return entry.path();
  }
  return "";
}

absl::Status TakeFrom(const std::string& copy, const std::string& path) {
  std::error_code error;
  const std::string fresh = path + ".restoring";
  fs::copy_file(copy, fresh, fs::copy_options::overwrite_existing, error);
  if (!error) fs::rename(fresh, path, error);
  return error ? FailedTo("restored", path, error) : absl::OkStatus();
}

std::string QuarantineOf(const std::string& directory) { return directory + "/quarantine"; }

absl::Status Quarantine(const std::string& directory, const TableFile& table) {
  std::error_code error;
  fs::create_directories(QuarantineOf(directory), error);
  if (error) return FailedTo("made", QuarantineOf(directory), error);
  // First out of the MANIFEST: a store without a file that it names is worse than one with a file too many.
  if (absl::Status status = ForgetTable(directory, table); !status.ok()) return status;
  const std::string path = absl::StrCat(directory, "/", table.name);
  if (!fs::exists(path)) return absl::OkStatus();
  fs::rename(path, absl::StrCat(QuarantineOf(directory), "/", table.name), error);
  return error ? FailedTo("moved away", path, error) : absl::OkStatus();
}

// Where older records came to light under those that are lost, they must not be taken for the newest.
absl::Status SettleRecords(Database& database, const std::vector<Shortfall>& lost) {
  std::vector<Change> changes;
  for (const Shortfall& one : lost) {
    const TraceRef trace{one.trace.first, one.trace.second};
    absl::StatusOr<std::optional<TraceHead>> head = ReadHead(database, trace);
    if (!head.ok()) continue;
    if (!head->has_value()) {
      for (Change& change : RemovalOf(trace, TraceHead(), "")) changes.push_back(std::move(change));
    } else if ((*head)->state == v1::TRACE_STATE_OPEN) {
      (*head)->state = v1::TRACE_STATE_EXPIRED;
      changes.push_back(
          Change::Put(Family::kMeta, EncodeKey({trace.tenant, trace.id, Stream::kHead, 0}), EncodeHead(**head)));
    }
  }
  return changes.empty() ? absl::OkStatus() : database.Write(changes, /*sync=*/true);
}

// Removes traces that were removed before, and came to light again; makes the index of all others anew.
absl::Status SettleIndex(Database& database, const InventoryContents& noted) {
  const absl::StatusOr<InventoryContents> there = TakeInventory(database);
  if (!there.ok()) return there.status();
  std::vector<Change> changes;
  for (const auto& [key, mark] : there->traces) {
    const TraceRef trace{key.first, key.second};
    const absl::StatusOr<std::optional<TraceHead>> head = ReadHead(database, trace);
    const absl::StatusOr<v1::TraceHeader> header = ReadHeader(database, trace);
    if (!head.ok() || !head->has_value()) continue;
    const std::string name = header.ok() ? header->name() : "";
    const bool known = noted.traces.count(key) > 0;
    for (Change& change : known ? IndexOf(trace, **head, name) : RemovalOf(trace, **head, name)) {
      changes.push_back(std::move(change));
    }
  }
  return changes.empty() ? absl::OkStatus() : database.Write(changes, /*sync=*/true);
}

void NoteLost(const std::string& directory, const MendReport& report) {
  std::ofstream file(QuarantineOf(directory) + "/LOST", std::ios::app);
  const std::string now = absl::FormatTime(absl::RFC3339_sec, absl::Now(), absl::UTCTimeZone());
  for (const DamagedFile& damaged : report.files) {
    if (damaged.state == DamagedFile::State::kQuarantined)
      file << now << " " << damaged.name << " " << damaged.what << "\n";
  }
  for (const LostTrace& lost : report.lost) {
    file << now << " tenant " << lost.tenant << " trace " << lost.trace_id << " " << lost.what << "\n";
  }
}

// Opens what is left for good, and finds what went with the tables.
absl::Status GiveUpLost(const std::string& directory, const InventoryContents& noted, MendReport& report) {
  StoreOptions options;
  options.accept_loss = true;
  const absl::StatusOr<std::unique_ptr<TraceStore>> store = TraceStore::Open(directory, options);
  if (!store.ok()) return store.status();
  Database& database = (*store)->database();
  const absl::StatusOr<std::vector<Shortfall>> lost = Shortfalls(database, noted, Depth::kBlocks);
  if (!lost.ok()) return lost.status();
  for (const Shortfall& one : *lost) {
    report.lost.push_back({one.trace.first, TraceIdText(one.trace.second), one.what});
  }
  if (absl::Status status = SettleRecords(database, *lost); !status.ok()) return status;
  return SettleIndex(database, noted);
}

}  // namespace

absl::StatusOr<MendReport> Mend(const std::string& directory, const MendOptions& options) {
  if (!fs::exists(directory + "/CURRENT")) return absl::NotFoundError(absl::StrCat("no store at '", directory, "'"));
  if (absl::Status status = CheckUnlocked(directory); !status.ok()) return status;
  const absl::StatusOr<std::optional<InventoryContents>> noted = Inventory::Read(directory);
  if (!noted.ok()) return noted.status();
  const absl::StatusOr<std::vector<TableFile>> tables = TableFiles(directory);
  if (!tables.ok()) return tables.status();
  MendReport report;
  bool quarantined = false;
  for (const TableFile& table : *tables) {
    const std::string path = absl::StrCat(directory, "/", table.name);
    DamagedFile damaged{table.name, DamageOf(path, table)};
    if (damaged.what.empty()) continue;
    const std::string copy = options.backups.empty() ? "" : CopyIn(options.backups, table);
    if (!copy.empty()) {
      if (absl::Status status = TakeFrom(copy, path); !status.ok()) return status;
      damaged.state = DamagedFile::State::kRestored;
    } else if (options.quarantine) {
      if (absl::Status status = Quarantine(directory, table); !status.ok()) return status;
      damaged.state = DamagedFile::State::kQuarantined;
      quarantined = true;
    }
    report.files.push_back(std::move(damaged));
  }
  if (!quarantined) return report;
  const absl::Status status = GiveUpLost(directory, noted->value_or(InventoryContents()), report);
  NoteLost(directory, report);
  if (!status.ok()) return status;
  return report;
}

}  // namespace sandglass::storage
