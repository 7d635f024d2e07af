#include "storage/scrub.h"

#include <algorithm>
#include <set>
#include <utility>

#include "storage/database.h"
#include "storage/inventory.h"
#include "storage/key.h"
#include "storage/records.h"
#include "storage/trace_reader.h"

namespace sandglass::storage {
namespace {

// Damage is a finding; that the disk cannot be read is not.
bool IsFinding(const absl::Status& status) { return absl::IsDataLoss(status); }

// Every trace that `meta` or the inventory knows of: a trace whose head is unreadable must show.
absl::StatusOr<std::set<TraceKey>> AllTraces(const TraceStore& store, Database& database) {
  std::set<TraceKey> traces;
  const absl::StatusOr<std::optional<InventoryContents>> noted = Inventory::Read(store.directory());
  if (noted.ok() && noted->has_value()) {
    for (const auto& [key, mark] : (*noted)->traces) traces.insert(key);
  }
  const absl::Status status = database.Scan(Family::kMeta, "", std::string(kKeyLength, '\xff'),
                                            [&](absl::string_view bytes, absl::string_view) -> absl::StatusOr<bool> {
                                              const std::optional<Key> key = DecodeKey(bytes);
                                              if (key && key->tenant != 0) traces.insert({key->tenant, key->trace});
                                              return true;
                                            });
  if (!status.ok() && !IsFinding(status)) return status;
  return traces;
}

absl::Status LookAt(const TraceStore& store, Database& database, const TraceRef& trace, TraceHealth& health) {
  absl::StatusOr<std::optional<TraceHead>> head = ReadHead(database, trace);
  if (!head.ok()) return head.status();
  // The store was whole when it was opened: such a trace was begun or removed since.
  if (!head->has_value()) return absl::NotFoundError("begun or removed meanwhile");
  health.state = (*head)->state;
  health.operators = (*head)->stored_operators;
  const absl::StatusOr<v1::TraceHeader> header = ReadHeader(database, trace);
  if (!header.ok()) return header.status();
  health.name = header->name();
  if (health.state == v1::TRACE_STATE_SEALED) return store.Verify(trace.tenant, health.trace_id);
  const absl::StatusOr<std::vector<v1::OpSignature>> signatures = ReadDictionary(database, trace, **head);
  if (!signatures.ok()) return signatures.status();
  return ForEachBlock(database, trace, **head, 0,
                      [](uint64_t, const v1::OperatorColumns&) -> absl::StatusOr<bool> { return true; });
}

}  // namespace

bool StoreHealth::sound() const {
  return files.ok() && std::all_of(traces.begin(), traces.end(), [](const TraceHealth& t) { return t.finding.ok(); });
}

absl::StatusOr<StoreHealth> Scrub(TraceStore& store, absl::FunctionRef<bool(size_t done, size_t total)> progress) {
  Database& database = store.database();
  const absl::StatusOr<std::set<TraceKey>> traces = AllTraces(store, database);
  if (!traces.ok()) return traces.status();
  StoreHealth health;
  size_t done = 0;
  for (const TraceKey& key : *traces) {
    TraceHealth one;
    one.tenant = key.first;
    one.trace_id = TraceIdText(key.second);
    one.finding = LookAt(store, database, {key.first, key.second}, one);
    ++done;
    if (!absl::IsNotFound(one.finding)) {
      if (!one.finding.ok() && !IsFinding(one.finding)) return one.finding;
      health.traces.push_back(std::move(one));
    }
    if (!progress(done, traces->size())) return absl::CancelledError("scrub was cancelled");
  }
  health.files = database.VerifyFiles();
  if (!health.files.ok() && !IsFinding(health.files)) return health.files;
  return health;
}

}  // namespace sandglass::storage
