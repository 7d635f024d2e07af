#include "storage/database.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/file_checksum.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"
#include "rocksdb/write_batch.h"
#include "storage/fault_hooks.h"
#include "storage/key.h"

namespace sandglass::storage {
namespace {

constexpr const char* kFamilyNames[kFamilies] = {"meta", "blocks", "dictionary", "index", "reports"};
constexpr absl::string_view kStoreVersion = "sandglass-store 1";

rocksdb::Slice SliceOf(absl::string_view bytes) { return rocksdb::Slice(bytes.data(), bytes.size()); }
absl::string_view ViewOf(const rocksdb::Slice& slice) { return absl::string_view(slice.data(), slice.size()); }

// What an error of RocksDB means to our callers.
absl::Status Translate(const rocksdb::Status& status, const std::string& directory) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = absl::StrCat("store '", directory, "': ", status.ToString());
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(absl::StrCat(text, "; free space on its disk"));
  if (status.IsCorruption()) return absl::DataLossError(absl::StrCat(text, "; restore the store from a backup"));
  if (status.IsNotSupported()) return absl::FailedPreconditionError(text);
  if (status.IsIOError() || status.IsBusy() || status.IsTryAgain() || status.IsTimedOut() ||
      status.IsShutdownInProgress()) {
    return absl::UnavailableError(text);
  }
  return absl::InternalError(text);
}

// The process that holds the store's lock; nothing if none does, or this one.
std::optional<pid_t> LockHolder(const std::string& directory) {
  const int file = open(absl::StrCat(directory, "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  struct flock lock;
  std::memset(&lock, 0, sizeof lock);
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool held = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close(file);
  if (!held) return std::nullopt;
  return lock.l_pid;
}

absl::Status Locked(const std::string& directory, const std::string& holder) {
  return absl::FailedPreconditionError(
      absl::StrCat("store '", directory, "' is locked by ", holder, "; stop it, or ask it with --server HOST:PORT"));
}

absl::Status TranslateOpen(const rocksdb::Status& status, const std::string& directory) {
  const std::string text = status.ToString();
  if (status.IsIOError() && (absl::StrContains(text, "lock hold") || absl::StrContains(text, "While lock file"))) {
    const std::optional<pid_t> holder = LockHolder(directory);
    return Locked(directory, holder.has_value() ? absl::StrCat("process ", *holder) : "this process");
  }
  if (status.IsIOError() && !status.IsNoSpace()) {
    return absl::FailedPreconditionError(
        absl::StrCat("store '", directory, "' cannot be opened: ", text, "; check the path and its permissions"));
  }
  return Translate(status, directory);
}

rocksdb::DBOptions DbOptions(const StoreOptions& options) {
  rocksdb::DBOptions db;
  if (TheFaultHooks().env != nullptr) db.env = TheFaultHooks().env;
  db.create_if_missing = options.create_if_missing && !options.read_only;
  db.create_missing_column_families = db.create_if_missing;
  // The default mode opens without error after dropping what follows a damaged record, acknowledged or not.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = true;
  db.paranoid_checks = true;
  db.max_background_jobs = 2;
  db.max_total_wal_size = options.max_log_bytes;
  db.db_write_buffer_size = options.write_buffer_bytes;
  db.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.keep_log_file_num = 2;
  db.max_open_files = 512;
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
absl::Status CheckFamilies(const std::string& directory, const StoreOptions& options) {
  std::vector<std::string> names;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(DbOptions(options), directory, &names);
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

Change Change::DeletePrefix(Family family, const std::string& prefix) {
  return {family, Kind::kDeleteRange, prefix, PrefixEnd(prefix)};
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& directory, const StoreOptions& options) {
  const absl::StatusOr<bool> exists = HasDatabase(directory);
  if (!exists.ok()) return exists.status();
  if (*exists) {
    if (absl::Status status = CheckFamilies(directory, options); !status.ok()) return status;
  } else if (options.read_only || !options.create_if_missing) {
    return absl::NotFoundError(
        absl::StrCat("no store at '", directory, "'; check the path, or make one by collecting a trace into it"));
  } else if (rocksdb::Status made = rocksdb::Env::Default()->CreateDirIfMissing(directory); !made.ok()) {
    return TranslateOpen(made, directory);
  }
  rocksdb::DB* raw = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status opened =
      options.read_only ? rocksdb::DB::OpenForReadOnly(DbOptions(options), directory, Families(options), &handles, &raw)
                        : rocksdb::DB::Open(DbOptions(options), directory, Families(options), &handles, &raw);
  if (!opened.ok()) return TranslateOpen(opened, directory);
  std::unique_ptr<Database> database(
      new Database(directory, options.read_only, std::unique_ptr<rocksdb::DB>(raw), std::move(handles)));
  if (absl::Status status = database->CheckVersion(); !status.ok()) return status;
  return database;
}

absl::Status Database::CheckUnlocked(const std::string& directory) {
  const std::optional<pid_t> holder = LockHolder(directory);
  return holder.has_value() ? Locked(directory, absl::StrCat("process ", *holder)) : absl::OkStatus();
}

Database::Database(std::string directory, bool read_only, std::unique_ptr<rocksdb::DB> db,
                   std::vector<rocksdb::ColumnFamilyHandle*> handles)
    : directory_(std::move(directory)), read_only_(read_only), db_(std::move(db)), handles_(std::move(handles)) {}

Database::~Database() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
}

absl::Status Database::CheckVersion() {
  const std::string key = EncodeKey({0, TraceId{}, Stream::kStoreVersion, 0});
  absl::StatusOr<std::optional<std::string>> version = Get(Family::kMeta, key);
  if (!version.ok()) return version.status();
  if (version->has_value()) {
    if (**version == kStoreVersion) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("store '", directory_, "' has version '", **version, "', this program reads '", kStoreVersion,
                     "'; open it with the Sandglass that wrote it, or name another directory"));
  }
  // A store that was made a moment before a crash has nothing at all yet.
  absl::StatusOr<std::optional<std::string>> last = LastKeyBefore(Family::kMeta, std::string(kKeyLength, '\xff'));
  if (!last.ok()) return last.status();
  if (last->has_value()) {
    return absl::DataLossError(absl::StrCat("store '", directory_, "' has traces but no version; restore a backup"));
  }
  if (read_only_) return absl::OkStatus();
  return Write({Change::Put(Family::kMeta, key, std::string(kStoreVersion))}, /*sync=*/true);
}

absl::StatusOr<std::optional<std::string>> Database::Get(Family family, absl::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), handle(family), SliceOf(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Translate(status, directory_);
  return std::optional<std::string>(std::move(value));
}

absl::Status Database::Scan(
    Family family, absl::string_view first, absl::string_view end,
    absl::FunctionRef<absl::StatusOr<bool>(absl::string_view key, absl::string_view value)> visit) const {
  const rocksdb::Slice bound = SliceOf(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, handle(family)));
  for (it->Seek(SliceOf(first)); it->Valid(); it->Next()) {
    const absl::StatusOr<bool> more = visit(ViewOf(it->key()), ViewOf(it->value()));
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
  }
  return Translate(it->status(), directory_);
}

absl::StatusOr<std::optional<std::string>> Database::LastKeyBefore(Family family, absl::string_view end) const {
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions(), handle(family)));
  it->SeekForPrev(SliceOf(end));
  if (it->Valid() && it->key() == SliceOf(end)) it->Prev();
  if (it->Valid()) return std::optional<std::string>(it->key().ToString());
  if (!it->status().ok()) return Translate(it->status(), directory_);
  return std::optional<std::string>();
}

absl::Status Database::Write(const std::vector<Change>& changes, bool sync) {
  if (read_only_) return absl::FailedPreconditionError(absl::StrCat("store '", directory_, "' is open read-only"));
  rocksdb::WriteBatch batch;
  for (const Change& change : changes) {
    switch (change.kind) {
      case Change::Kind::kPut:
        batch.Put(handle(change.family), SliceOf(change.key), SliceOf(change.value));
        break;
      case Change::Kind::kDelete:
        batch.Delete(handle(change.family), SliceOf(change.key));
        break;
      case Change::Kind::kDeleteRange:
        batch.DeleteRange(handle(change.family), SliceOf(change.key), SliceOf(change.value));
        break;
    }
  }
  if (sync && journal_) {
    // A removal is noted before it is made: after a crash between the two, a trace is there that nobody vouches for,
    // where otherwise one that was removed would be missed for ever.
    if (absl::Status status = NoteRemovals(changes); !status.ok()) return status;
  }
  rocksdb::WriteOptions options;
  options.sync = sync;
  FaultPoint("write");
  const rocksdb::Status written = db_->Write(options, &batch);
  if (!written.ok() || !sync || !journal_) return Translate(written, directory_);
  FaultPoint("written");
  const absl::StatusOr<FileMarks> marks = MarkFiles();
  const absl::Status noted = marks.ok() ? journal_(changes, *marks) : marks.status();
  FaultPoint("noted");
  return noted;
}

absl::Status Database::NoteRemovals(const std::vector<Change>& changes) {
  std::vector<Change> removals;
  for (const Change& change : changes) {
    const bool removal = change.family == Family::kMeta && change.kind == Change::Kind::kDeleteRange;
    if (removal) removals.push_back(change);
  }
  if (removals.empty()) return absl::OkStatus();
  const absl::StatusOr<FileMarks> marks = MarkFiles();
  const absl::Status noted = marks.ok() ? journal_(removals, *marks) : marks.status();
  FaultPoint("removal-noted");
  return noted;
}

absl::Status Database::VerifyFiles() const {
  return Translate(db_->VerifyChecksum(rocksdb::ReadOptions()), directory_);
}

absl::StatusOr<FileMarks> Database::MarkFiles() {
  MutexLock lock(marks_mutex_);
  if (absl::Status status = MarkManifest(directory_, marks_); !status.ok()) return status;
  marks_.sequence = db_->GetLatestSequenceNumber();
  std::unique_ptr<rocksdb::LogFile> log;
  const rocksdb::Status found = db_->GetCurrentWalFile(&log);
  if (!found.ok()) return Translate(found, directory_);
  marks_.log_number = log->LogNumber();
  marks_.log_bytes = log->SizeFileBytes();
  return marks_;
}

}  // namespace sandglass::storage
