#include "storage/database.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "storage/block_table.h"
#include "storage/fault_hooks.h"
#include "storage/key.h"
#include "storage/rocks.h"

namespace sandglass::storage {
namespace {

constexpr absl::string_view kStoreVersion = "sandglass-store 1";
// Blocks that would fill so much of the log are worth a table (DECISIONS.md): 8 MiB of 128 MiB.
constexpr uint64_t kTablesInLog = 16;

rocksdb::Slice SliceOf(absl::string_view bytes) { return rocksdb::Slice(bytes.data(), bytes.size()); }
absl::string_view ViewOf(const rocksdb::Slice& slice) { return absl::string_view(slice.data(), slice.size()); }

rocksdb::WriteBatch BatchOf(const Rocks& rocks, const std::vector<Change>& changes) {
  rocksdb::WriteBatch batch;
  for (const Change& change : changes) {
    switch (change.kind) {
      case Change::Kind::kPut:
        batch.Put(rocks.handle(change.family), SliceOf(change.key), SliceOf(change.value));
        break;
      case Change::Kind::kDelete:
        batch.Delete(rocks.handle(change.family), SliceOf(change.key));
        break;
      case Change::Kind::kDeleteRange:
        batch.DeleteRange(rocks.handle(change.family), SliceOf(change.key), SliceOf(change.value));
        break;
    }
  }
  return batch;
}

}  // namespace

Database::Database(std::string directory, const StoreOptions& options, const StoreLock* lock)
    : directory_(std::move(directory)),
      options_(options),
      lock_(lock),
      failure_(std::make_shared<WriteFailure>(directory_)) {}

Database::~Database() = default;

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& directory, const StoreOptions& options,
                                                         const StoreLock* lock) {
  std::unique_ptr<Database> database(new Database(directory, options, lock));
  absl::StatusOr<std::shared_ptr<Rocks>> rocks = OpenRocks(directory, options, database->failure_, lock);
  if (!rocks.ok()) return rocks.status();
  // Not before it is open: until then another process may be writing them.
  absl::Status cleared = options.read_only ? absl::OkStatus() : RemoveLeftTables(**rocks, directory);
  if (!cleared.ok()) return cleared;
  {
    MutexLock lock(database->rocks_mutex_);
    database->rocks_ = *std::move(rocks);
  }
  if (absl::Status status = database->CheckVersion(); !status.ok()) return status;
  return database;
}

absl::StatusOr<std::shared_ptr<Rocks>> Database::Use() const {
  MutexLock lock(rocks_mutex_);
  if (rocks_ != nullptr) return rocks_;
  return absl::UnavailableError(absl::StrCat("store '", directory_, "' is closed: ", failure_->Get().message()));
}

absl::Status Database::Reopen(absl::FunctionRef<absl::Status()> check) {
  MutexLock lock(rocks_mutex_);
  if (rocks_.use_count() > 1)
    return absl::UnavailableError("the store is being read; its turn to be opened anew comes");
  // Closed before anybody looks at its files, and before its lock is taken again.
  rocks_.reset();
  absl::Status status = check();
  if (status.ok()) {
    absl::StatusOr<std::shared_ptr<Rocks>> rocks = OpenRocks(directory_, options_, failure_, lock_);
    status = rocks.status();
    if (rocks.ok()) rocks_ = *std::move(rocks);
  }
  if (status.ok()) return status;
  // Reads go on meanwhile.
  StoreOptions read_only = options_;
  read_only.read_only = true;
  absl::StatusOr<std::shared_ptr<Rocks>> rocks = OpenRocks(directory_, read_only, failure_, lock_);
  if (rocks.ok()) rocks_ = *std::move(rocks);
  return status;
}

void Database::TakeWrites() { failure_->Clear(); }

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
  // Who accepts losses has lost the table that held it.
  if (last->has_value() && !options_.accept_loss) {
    return absl::DataLossError(absl::StrCat("store '", directory_, "' has traces but no version; restore a backup"));
  }
  if (read_only()) return absl::OkStatus();
  return Write({Change::Put(Family::kMeta, key, std::string(kStoreVersion))}, /*sync=*/true);
}

absl::StatusOr<std::optional<std::string>> Database::Get(Family family, absl::string_view key) const {
  std::string value;
  const absl::StatusOr<std::shared_ptr<Rocks>> rocks = Use();
  if (!rocks.ok()) return rocks.status();
  const rocksdb::Status status =
      (*rocks)->db->Get(rocksdb::ReadOptions(), (*rocks)->handle(family), SliceOf(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Translate(status, directory_);
  return std::optional<std::string>(std::move(value));
}

absl::Status Database::Scan(
    Family family, absl::string_view first, absl::string_view end,
    absl::FunctionRef<absl::StatusOr<bool>(absl::string_view key, absl::string_view value)> visit) const {
  const absl::StatusOr<std::shared_ptr<Rocks>> rocks = Use();
  if (!rocks.ok()) return rocks.status();
  const rocksdb::Slice bound = SliceOf(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it((*rocks)->db->NewIterator(options, (*rocks)->handle(family)));
  for (it->Seek(SliceOf(first)); it->Valid(); it->Next()) {
    const absl::StatusOr<bool> more = visit(ViewOf(it->key()), ViewOf(it->value()));
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
  }
  return Translate(it->status(), directory_);
}

absl::StatusOr<std::optional<std::string>> Database::LastKeyBefore(Family family, absl::string_view end) const {
  const absl::StatusOr<std::shared_ptr<Rocks>> rocks = Use();
  if (!rocks.ok()) return rocks.status();
  const std::unique_ptr<rocksdb::Iterator> it(
      (*rocks)->db->NewIterator(rocksdb::ReadOptions(), (*rocks)->handle(family)));
  it->SeekForPrev(SliceOf(end));
  if (it->Valid() && it->key() == SliceOf(end)) it->Prev();
  if (it->Valid()) return std::optional<std::string>(it->key().ToString());
  if (!it->status().ok()) return Translate(it->status(), directory_);
  return std::optional<std::string>();
}

absl::Status Database::CheckWritable() const {
  if (read_only()) return absl::FailedPreconditionError(absl::StrCat("store '", directory_, "' is open read-only"));
  const absl::Status failure = failure_->Get();
  if (failure.ok() || absl::IsResourceExhausted(failure)) return failure;
  return absl::UnavailableError(absl::StrCat(failure.message(), "; the store takes nothing more: mend its disk or its ",
                                             "files, then start the server again"));
}

std::map<std::string, uint64_t> Database::BackgroundErrors() const { return failure_->BackgroundErrors(); }

absl::Status Database::Write(const std::vector<Change>& changes, bool sync) {
  // Held before it is asked: then nobody opens the database anew in between.
  const absl::StatusOr<std::shared_ptr<Rocks>> rocks = Use();
  if (!rocks.ok()) return rocks.status();
  if (absl::Status status = CheckWritable(); !status.ok()) return status;
  const absl::Status status = sync && journal_ ? WriteNoted(**rocks, changes) : WriteOnly(**rocks, changes, sync);
  if (!status.ok()) failure_->Set(status);
  return status;
}

absl::StatusOr<std::unique_ptr<BlockTable>> Database::BeginTable() {
  // In the same order as a write, and for the same reason.
  const absl::StatusOr<std::shared_ptr<Rocks>> rocks = Use();
  if (!rocks.ok()) return rocks.status();
  if (absl::Status status = CheckWritable(); !status.ok()) return status;
  return BlockTable::Begin(directory_, ++tables_, *rocks, failure_);
}

bool Database::WorthTable(uint64_t bytes) const { return bytes >= options_.max_log_bytes / kTablesInLog; }

absl::Status Database::WriteOnly(const Rocks& rocks, const std::vector<Change>& changes, bool sync) {
  rocksdb::WriteBatch batch = BatchOf(rocks, changes);
  rocksdb::WriteOptions options;
  options.sync = sync && !TheFaultHooks().unsynced;
  FaultPoint("write");
  const rocksdb::Status written = rocks.db->Write(options, &batch);
  FaultPoint("written");
  return Translate(written, directory_);
}

absl::Status Database::WriteNoted(const Rocks& rocks, const std::vector<Change>& changes) {
  // A removal is noted before it is made: after a crash between the two, a trace is there that nobody vouches for,
  // where otherwise one that was removed would be missed for ever.
  if (absl::Status status = NoteRemovals(changes); !status.ok()) return status;
  if (absl::Status status = WriteOnly(rocks, changes, /*sync=*/true); !status.ok()) return status;
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
  const absl::StatusOr<std::shared_ptr<Rocks>> rocks = Use();
  if (!rocks.ok()) return rocks.status();
  return Translate((*rocks)->db->VerifyChecksum(rocksdb::ReadOptions()), directory_);
}

absl::Status Database::Lend(absl::FunctionRef<absl::Status(rocksdb::DB&)> use) const {
  const absl::StatusOr<std::shared_ptr<Rocks>> rocks = Use();
  return rocks.ok() ? use(*(*rocks)->db) : rocks.status();
}

absl::Status Database::LendFamilies(absl::FunctionRef<absl::Status(const Rocks&)> use) const {
  const absl::StatusOr<std::shared_ptr<Rocks>> rocks = Use();
  return rocks.ok() ? use(**rocks) : rocks.status();
}

absl::StatusOr<FileMarks> Database::MarkFiles() {
  const absl::StatusOr<std::shared_ptr<Rocks>> rocks = Use();
  if (!rocks.ok()) return rocks.status();
  MutexLock lock(marks_mutex_);
  if (absl::Status status = MarkManifest(directory_, marks_); !status.ok()) return status;
  marks_.sequence = (*rocks)->db->GetLatestSequenceNumber();
  std::unique_ptr<rocksdb::LogFile> log;
  const rocksdb::Status found = (*rocks)->db->GetCurrentWalFile(&log);
  if (!found.ok()) return Translate(found, directory_);
  marks_.log_number = log->LogNumber();
  marks_.log_bytes = log->SizeFileBytes();
  return marks_;
}

}  // namespace sandglass::storage
