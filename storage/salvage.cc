#include "storage/salvage.h"

#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

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
bool IsWanted(const Database& database, Family family, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<std::optional<std::string>> present = database.Get(family, key);
  // Damaged there: the record comes from somewhere else than the table.
  if (!present.ok()) return false;
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

// Reads what begins with `prefix`, up to the first record that is damaged.
absl::Status SalvagePrefix(rocksdb::SstFileReader& table, Family family, const std::string& prefix,
                           const Database& database, Batches& batches) {
  const std::unique_ptr<rocksdb::Iterator> it(table.NewIterator(rocksdb::ReadOptions()));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    const absl::string_view key(it->key().data(), it->key().size());
    const absl::string_view value(it->value().data(), it->value().size());
    if (!IsWanted(database, family, key, value)) continue;
    if (absl::Status status = batches.Put(family, key, value); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SalvageTable(const std::string& path, const InventoryContents& noted, Database& database) {
  rocksdb::Options options;
  options.info_log = RocksLog::Silent();
  rocksdb::SstFileReader table(options);
  if (!table.Open(path).ok()) return absl::OkStatus();
  const std::optional<Family> family = FamilyNamed(table.GetTableProperties()->column_family_name);
  if (!family) return absl::OkStatus();
  Batches batches(database);
  // The list of tenants has the number 0.
  absl::Status status = SalvagePrefix(table, *family, TenantPrefix(0), database, batches);
  for (auto it = noted.traces.begin(); status.ok() && it != noted.traces.end(); ++it) {
    status = SalvagePrefix(table, *family, TracePrefix(it->first.first, it->first.second), database, batches);
  }
  return status.ok() ? batches.Flush() : status;
}

}  // namespace sandglass::storage
