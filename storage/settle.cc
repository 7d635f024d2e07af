#include "storage/settle.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "storage/byte_codec.h"
#include "storage/inventory_check.h"
#include "storage/key.h"
#include "storage/open_store.h"
#include "storage/records.h"
#include "storage/trace_reader.h"

namespace sandglass::storage {
namespace {

// A name's key: 21 bytes, and the trace's id.
constexpr size_t kNameKeyLength = kTracePrefixLength + 1 + 16;

// All traces that have a head; nothing in place of one that is damaged.
using Heads = std::map<TraceKey, std::optional<TraceHead>>;

absl::StatusOr<Heads> ReadHeads(const Database& database) {
  Heads heads;
  const absl::Status status =
      database.Scan(Family::kMeta, "", std::string(kKeyLength, '\xff'),
                    [&](absl::string_view bytes, absl::string_view value) -> absl::StatusOr<bool> {
                      const std::optional<Key> key = DecodeKey(bytes);
                      if (key && key->tenant != 0 && key->stream == Stream::kHead) {
                        heads[{key->tenant, key->trace}] = DecodeHead(value);
                      }
                      return true;
                    });
  if (!status.ok()) return status;
  return heads;
}

// What a key of the index leads to.
struct Entry {
  TraceKey trace;
  Stream stream = Stream::kChunks;
};

// Nothing for the list of tenants, and for what is unknown.
std::optional<Entry> EntryOf(absl::string_view bytes, absl::string_view value) {
  const std::optional<Key> key = DecodeKey(bytes.substr(0, kKeyLength));
  if (!key || key->tenant == 0) return std::nullopt;
  Entry entry{{key->tenant, key->trace}, key->stream};
  absl::string_view id;
  if (bytes.size() == kNameKeyLength && key->stream == Stream::kNames) {
    id = bytes.substr(kTracePrefixLength + 1);
  } else if (bytes.size() == kKeyLength && key->stream == Stream::kClientKeys) {
    id = value;
  } else if (bytes.size() == kKeyLength && key->stream == Stream::kChunks) {
    return entry;
  } else {
    return std::nullopt;
  }
  ByteReader reader(id);
  entry.trace.second.bytes = reader.GetArray<decltype(entry.trace.second.bytes)>();
  return entry;
}

absl::Status ForEachEntry(const Database& database,
                          absl::FunctionRef<void(absl::string_view key, const Entry& entry)> visit) {
  return database.Scan(Family::kIndex, "", std::string(kNameKeyLength, '\xff'),
                       [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                         if (const std::optional<Entry> entry = EntryOf(key, value)) visit(key, *entry);
                         return true;
                       });
}

// Adds the traces of which a family has records, without reading through them.
absl::Status AddTraces(const Database& database, Family family, std::set<TraceKey>& traces) {
  std::string first = TenantPrefix(1);
  while (true) {
    std::optional<Key> found;
    const absl::Status status = database.Scan(family, first, std::string(kKeyLength, '\xff'),
                                              [&](absl::string_view key, absl::string_view) -> absl::StatusOr<bool> {
                                                found = DecodeKey(key);
                                                return !found;
                                              });
    if (!status.ok() || !found) return status;
    traces.insert({found->tenant, found->trace});
    first = PrefixEnd(TracePrefix(found->tenant, found->trace));
  }
}

// From wherever it can still be had.
std::string NameOf(const Database& database, const TraceRef& trace) {
  if (const absl::StatusOr<v1::TraceHeader> header = ReadHeader(database, trace); header.ok()) return header->name();
  const absl::StatusOr<v1::TraceManifest> manifest = ReadManifest(database, trace);
  return manifest.ok() ? manifest->header().name() : "";
}

void Append(std::vector<Change> more, std::vector<Change>& changes) {
  for (Change& change : more) changes.push_back(std::move(change));
}

// Settles the records of a trace that falls short, and its head in `heads`.
absl::Status SettleLost(const LostTrace& lost, bool remove, Heads& heads, std::vector<Change>& changes) {
  const std::optional<TraceId> id = ParseTraceId(lost.trace_id);
  if (!id) return absl::InternalError("a lost trace has no id");
  const TraceRef trace{lost.tenant, *id};
  const auto found = heads.find({lost.tenant, *id});
  if (found == heads.end()) {
    if (remove) Append(RemovalOf(trace, TraceHead(), lost.name), changes);
  } else if (found->second.has_value() && found->second->state == v1::TRACE_STATE_OPEN) {
    found->second->state = v1::TRACE_STATE_EXPIRED;
    changes.push_back(
        Change::Put(Family::kMeta, EncodeKey({trace.tenant, trace.id, Stream::kHead, 0}), EncodeHead(*found->second)));
  }
  return absl::OkStatus();
}

// Removes what leads to no trace, or by a name to one that is not sealed.
absl::Status RemoveDangling(const Database& database, const Heads& heads, std::vector<Change>& changes) {
  return ForEachEntry(database, [&](absl::string_view key, const Entry& entry) {
    const auto found = heads.find(entry.trace);
    const bool leads = found != heads.end() && (entry.stream != Stream::kNames || !found->second.has_value() ||
                                                found->second->state == v1::TRACE_STATE_SEALED);
    if (!leads) changes.push_back(Change::Delete(Family::kIndex, std::string(key)));
  });
}

// The index entries of a trace; that of its name, if the name is known still.
std::vector<Change> EntriesOf(const Database& database, const TraceRef& trace, const TraceHead& head) {
  const std::string name = NameOf(database, trace);
  std::vector<Change> changes = IndexOf(trace, head, name);
  if (name.empty()) changes.resize(1);
  return changes;
}

}  // namespace

absl::StatusOr<std::set<TraceKey>> MentionedTraces(const Database& database) {
  std::set<TraceKey> traces;
  for (const Family family : {Family::kMeta, Family::kBlocks, Family::kDictionary}) {
    if (absl::Status status = AddTraces(database, family, traces); !status.ok()) return status;
  }
  const absl::Status status =
      ForEachEntry(database, [&](absl::string_view, const Entry& entry) { traces.insert(entry.trace); });
  if (!status.ok()) return status;
  return traces;
}

absl::StatusOr<std::vector<LostTrace>> FindLost(const Database& database,
                                                const std::optional<InventoryContents>& noted) {
  absl::StatusOr<InventoryContents> expected = noted.has_value() ? *noted : TakeInventory(database);
  if (!expected.ok()) return expected.status();
  absl::StatusOr<std::vector<Shortfall>> short_ones = Shortfalls(database, *expected, Depth::kBlocks);
  if (!short_ones.ok()) return short_ones.status();
  if (!noted.has_value()) {
    const absl::StatusOr<std::set<TraceKey>> mentioned = MentionedTraces(database);
    if (!mentioned.ok()) return mentioned.status();
    for (const TraceKey& trace : *mentioned) {
      if (expected->traces.count(trace) == 0) short_ones->push_back({trace, "is missing, but for a part of it"});
    }
  }
  std::vector<LostTrace> lost;
  for (const Shortfall& one : *short_ones) {
    const TraceRef trace{one.trace.first, one.trace.second};
    lost.push_back({trace.tenant, TraceIdText(trace.id), NameOf(database, trace), one.what});
  }
  return lost;
}

absl::Status Settle(Database& database, const std::optional<InventoryContents>& noted,
                    const std::vector<LostTrace>& lost) {
  absl::StatusOr<Heads> heads = ReadHeads(database);
  if (!heads.ok()) return heads.status();
  // The store keeps an inventory, also if the table that said so is lost.
  std::vector<Change> changes = {InventoryKept()};
  for (const LostTrace& one : lost) {
    if (absl::Status status = SettleLost(one, noted.has_value(), *heads, changes); !status.ok()) return status;
  }
  for (auto it = heads->begin(); it != heads->end();) {
    const bool known = !noted.has_value() || noted->traces.count(it->first) > 0;
    const TraceRef trace{it->first.first, it->first.second};
    if (!known) Append(RemovalOf(trace, it->second.value_or(TraceHead()), NameOf(database, trace)), changes);
    it = known ? std::next(it) : heads->erase(it);
  }
  if (absl::Status status = RemoveDangling(database, *heads, changes); !status.ok()) return status;
  // Last: an entry that was taken for another trace's is put back.
  for (const auto& [key, head] : *heads) {
    const TraceRef trace{key.first, key.second};
    if (head.has_value()) Append(EntriesOf(database, trace, *head), changes);
  }
  return database.Write(changes, /*sync=*/true);
}

}  // namespace sandglass::storage
