#include "storage/salvage.h"

#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rocksdb/options.h"
#include "rocksdb/sst_file_reader.h"
#include "rocksdb/table_properties.h"
#include "storage/key.h"
#include "storage/records.h"
#include "storage/rocks.h"
#include "storage/rocks_log.h"

namespace sandglass::storage {
namespace {

constexpr size_t kBatchBytes = 1 << 20;

// How far a head is; nothing for what is none.
std::optional<std::tuple<bool, uint64_t, uint64_t>> Progress(absl::string_view bytes) {
  const std::optional<TraceHead> head = DecodeHead(bytes);
  if (!head) return std::nullopt;
  return std::make_tuple(head->state == v1::TRACE_STATE_SEALED, head->epoch, head->durable_seq);
}

// Whether the database should have this record. All but heads never change once they are written.
absl::StatusOr<bool> IsWanted(const Database& database, Family family, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<std::optional<std::string>> present = database.Get(family, key);
  // Damaged there: the record comes from somewhere else than the table.
  if (absl::IsDataLoss(present.status())) return false;
  if (!present.ok()) return present.status();
  const std::optional<Key> decoded = DecodeKey(key);
  const bool is_head = family == Family::kMeta && decoded && decoded->stream == Stream::kHead;
  if (is_head && !Progress(value)) return false;
  if (!present->has_value()) return true;
  return is_head && Progress(**present) < Progress(value);
}

// Collects changes and writes them by the batch.
class Batches {
 public:
  explicit Batches(Database& database) : database_(database) {}

  absl::Status Put(Family family, absl::string_view key, absl::string_view value) {
    bytes_ += value.size();
    changes_.push_back(Change::Put(family, std::string(key), std::string(value)));
    return bytes_ < kBatchBytes ? absl::OkStatus() : Flush();
  }

  absl::Status Flush() {
    if (changes_.empty()) return absl::OkStatus();
    const absl::Status status = database_.Write(changes_, /*sync=*/true);
    changes_.clear();
    bytes_ = 0;
    return status;
  }

 private:
  Database& database_;
  std::vector<Change> changes_;
  size_t bytes_ = 0;
};

// That a table is damaged is known; that the disk fails is another matter, and may pass.
absl::Status CheckReadable(const rocksdb::Status& status, const std::string& path) {
  if (status.ok() || status.IsCorruption() || status.IsNotFound() || !status.IsIOError()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(path, ": cannot be read: ", status.ToString(),
                   "; mend again once its disk can be read, or, to give up all that is in it, remove the file first"));
}

// Reads what begins with `prefix`, up to the first record that is damaged.
absl::Status SalvagePrefix(rocksdb::SstFileReader& table, const std::string& path, Family family,
                           const std::string& prefix, const Database& database, Batches& batches) {
  const std::unique_ptr<rocksdb::Iterator> it(table.NewIterator(rocksdb::ReadOptions()));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    const absl::string_view key(it->key().data(), it->key().size());
    const absl::string_view value(it->value().data(), it->value().size());
    const absl::StatusOr<bool> wanted = IsWanted(database, family, key, value);
    if (!wanted.ok()) return wanted.status();
    if (!*wanted) continue;
    if (absl::Status status = batches.Put(family, key, value); !status.ok()) return status;
  }
  return CheckReadable(it->status(), path);
}

}  // namespace

absl::Status SalvageTable(const std::string& path, const SalvageScope& scope, Database& database) {
  rocksdb::Options options;
  options.info_log = RocksLog::Silent();
  rocksdb::SstFileReader table(options);
  const rocksdb::Status opened = table.Open(path);
  if (!opened.ok()) return CheckReadable(opened, path);
  const std::optional<Family> family = FamilyNamed(table.GetTableProperties()->column_family_name);
  if (!family) return absl::OkStatus();
  // The list of tenants has the number 0.
  std::vector<std::string> prefixes = {TenantPrefix(0)};
  if (scope.all) prefixes.push_back("");
  for (const TraceKey& trace : scope.traces) prefixes.push_back(TracePrefix(trace.first, trace.second));
  Batches batches(database);
  for (const std::string& prefix : prefixes) {
    const absl::Status status = SalvagePrefix(table, path, *family, prefix, database, batches);
    if (!status.ok()) return status;
  }
  return batches.Flush();
}

}  // namespace sandglass::storage
