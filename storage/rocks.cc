#include "storage/rocks.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"
#include "storage/fault_hooks.h"
#include "storage/file_checksum.h"
#include "storage/file_error.h"
#include "storage/rocks_log.h"

namespace sandglass::storage {
namespace {

constexpr const char* kFamilyNames[kFamilies] = {"meta", "blocks", "dictionary", "index", "reports"};

// By the numbers of RocksDB's BackgroundErrorReason.
constexpr const char* kReasonNames[] = {"flush",
                                        "compaction",
                                        "write_callback",
                                        "memtable",
                                        "manifest_write",
                                        "flush_without_log",
                                        "manifest_write_without_log"};

absl::Status TranslateOpen(const rocksdb::Status& status, const std::string& directory) {
  if (SaysLocked(status)) return Locked(directory, status);
  if (status.IsIOError() && !SaysFull(status.ToString())) {
    return absl::FailedPreconditionError(absl::StrCat("store '", directory, "' cannot be opened: ", status.ToString(),
                                                      "; check the path and its permissions"));
  }
  return Translate(status, directory);
}

rocksdb::DBOptions DbOptions(const StoreOptions& options, const std::shared_ptr<WriteFailure>& failure,
                             const std::shared_ptr<RocksLog>& log, const StoreLock* lock) {
  rocksdb::DBOptions db;
  if (TheFaultHooks().env != nullptr) db.env = TheFaultHooks().env;
  if (lock != nullptr) db.env = lock->env();
  db.create_if_missing = options.create_if_missing && !options.read_only;
  db.create_missing_column_families = db.create_if_missing;
  // The default mode opens without error after dropping what follows a damaged record, acknowledged or not.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = true;
  db.paranoid_checks = true;
  db.max_background_jobs = 2;
  db.max_total_wal_size = options.max_log_bytes;
  db.db_write_buffer_size = options.write_buffer_bytes;
  db.file_checksum_gen_factory = FileChecksums();
  db.max_open_files = 512;
  // Going on in the middle of what failed would be a guess: the database is opened anew instead, and compared with the
  // inventory.
  db.max_bgerror_resume_count = 0;
  db.listeners.push_back(failure);
  db.info_log = log;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> Families(const StoreOptions& options) {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (const char* name : kFamilyNames) {
    rocksdb::ColumnFamilyOptions family;
    // Blocks are compressed before they are written, so that the log is small too.
    family.compression = rocksdb::kNoCompression;
    family.write_buffer_size = std::max<size_t>(options.write_buffer_bytes / 4, 1 << 20);
    family.paranoid_file_checks = true;
    family.memtable_protection_bytes_per_key = 8;
    family.disable_auto_compactions = !options.compacts || TheFaultHooks().uncompacted;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    if (absl::string_view(name) == "meta") table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    families.emplace_back(name, family);
  }
  return families;
}

// Whether RocksDB was ever there; an error if something else is, which a new store must not be mixed with.
absl::StatusOr<bool> HasDatabase(const std::string& directory) {
  rocksdb::Env* env = rocksdb::Env::Default();
  if (env->FileExists(absl::StrCat(directory, "/CURRENT")).ok()) return true;
  std::vector<std::string> names;
  if (!env->GetChildren(directory, &names).ok()) return false;
  std::vector<std::string> strangers;
  for (const std::string& name : names) {
    // What RocksDB leaves when it is interrupted while it makes a new database.
    const bool ours = name == "." || name == ".." || name == "LOCK" || name == "IDENTITY" ||
                      absl::StartsWith(name, "LOG") || absl::StartsWith(name, "MANIFEST-") ||
                      absl::EndsWith(name, ".dbtmp") || absl::EndsWith(name, ".log") || name == "INVENTORY.new";
    if (!ours) strangers.push_back(name);
  }
  if (strangers.empty()) return false;
  return absl::FailedPreconditionError(absl::StrCat("'", directory, "' is not a Sandglass store: it holds '",
                                                    strangers.front(),
                                                    "' and no CURRENT; name an empty directory or a store"));
}

// A store of a later version may have other column families; then its version must be asked for before they are
// opened.
absl::Status CheckFamilies(const std::string& directory, const rocksdb::DBOptions& options) {
  std::vector<std::string> names;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(options, directory, &names);
  if (!status.ok()) return TranslateOpen(status, directory);
  for (const std::string& name : names) {
    if (name == rocksdb::kDefaultColumnFamilyName) continue;
    if (std::find(std::begin(kFamilyNames), std::end(kFamilyNames), name) == std::end(kFamilyNames)) {
      return absl::FailedPreconditionError(absl::StrCat("store '", directory, "' has a part '", name,
                                                        "' that version 1 does not have; open it with ",
                                                        "the Sandglass that wrote it, or name another directory"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

// What an error of RocksDB means to our callers.
absl::Status Translate(const rocksdb::Status& status, const std::string& directory) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = absl::StrCat("store '", directory, "': ", status.ToString());
  if (status.IsNoSpace() || (status.IsIOError() && SaysFull(text)))
    return absl::ResourceExhaustedError(absl::StrCat(text, "; free space on its disk"));
  if (status.IsCorruption()) return absl::DataLossError(absl::StrCat(text, "; restore the store from a backup"));
  if (status.IsNotSupported()) return absl::FailedPreconditionError(text);
  if (status.IsIOError() || status.IsBusy() || status.IsTryAgain() || status.IsTimedOut() ||
      status.IsShutdownInProgress()) {
    return absl::UnavailableError(text);
  }
  return absl::InternalError(text);
}

WriteFailure::WriteFailure(std::string directory) : directory_(std::move(directory)) {
  MutexLock lock(mutex_);
  for (const char* reason : kReasonNames) background_errors_[reason] = 0;
}

std::map<std::string, uint64_t> WriteFailure::BackgroundErrors() const {
  MutexLock lock(mutex_);
  return background_errors_;
}

void WriteFailure::OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) {
  {
    const auto number = static_cast<size_t>(reason);
    MutexLock lock(mutex_);
    ++background_errors_[number < std::size(kReasonNames) ? kReasonNames[number] : "other"];
  }
  Set(Translate(*status, directory_));
}

void WriteFailure::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) {
  *auto_recovery = false;
}

void WriteFailure::Set(const absl::Status& why) {
  MutexLock lock(mutex_);
  if (why_.ok()) why_ = why;
}

absl::Status WriteFailure::Get() const {
  MutexLock lock(mutex_);
  return why_;
}

void WriteFailure::Clear() {
  MutexLock lock(mutex_);
  why_ = absl::OkStatus();
}

Rocks::~Rocks() {
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
}

std::optional<Family> FamilyNamed(const std::string& name) {
  const auto* const found = std::find(std::begin(kFamilyNames), std::end(kFamilyNames), name);
  if (found == std::end(kFamilyNames)) return std::nullopt;
  return static_cast<Family>(found - std::begin(kFamilyNames));
}

absl::StatusOr<std::shared_ptr<Rocks>> OpenRocks(const std::string& directory, const StoreOptions& options,
                                                 const std::shared_ptr<WriteFailure>& failure, const StoreLock* lock) {
  const absl::StatusOr<bool> exists = HasDatabase(directory);
  if (!exists.ok()) return exists.status();
  if (!*exists && (options.read_only || !options.create_if_missing)) {
    return absl::NotFoundError(
        absl::StrCat("no store at '", directory, "'; check the path, or make one by collecting a trace into it"));
  }
  if (!*exists) {
    const rocksdb::Status made = rocksdb::Env::Default()->CreateDirIfMissing(directory);
    if (!made.ok()) return TranslateOpen(made, directory);
  }
  // Once there is a directory for it.
  const auto log = options.read_only ? RocksLog::Silent() : std::make_shared<RocksLog>(directory);
  const rocksdb::DBOptions db_options = DbOptions(options, failure, log, lock);
  if (*exists) {
    if (absl::Status status = CheckFamilies(directory, db_options); !status.ok()) return status;
  }
  auto rocks = std::make_shared<Rocks>();
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status opened =
      options.read_only ? rocksdb::DB::OpenForReadOnly(db_options, directory, Families(options), &rocks->handles, &raw)
                        : rocksdb::DB::Open(db_options, directory, Families(options), &rocks->handles, &raw);
  if (opened.IsCorruption() && !log->damaged_log().empty()) {
    return absl::DataLossError(absl::StrCat("store '", directory, "': ", log->damaged_log(), ": ", opened.ToString(),
                                            "; restore the store from a backup"));
  }
  if (!opened.ok()) return TranslateOpen(opened, directory);
  rocks->db.reset(raw);
  return rocks;
}

}  // namespace sandglass::storage
