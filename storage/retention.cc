#include "storage/retention.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "storage/database.h"
#include "storage/key.h"
#include "storage/records.h"
#include "storage/trace_id.h"
#include "storage/trace_reader.h"

namespace sandglass::storage {
namespace {

KeptTrace FromHead(const TraceRef& trace, const TraceHead& head) {
  return {trace.tenant, TraceIdText(trace.id), absl::FromUnixNanos(head.written_unix_ns), head.stored_bytes,
          head.state == v1::TRACE_STATE_SEALED};
}

// Of a sealed trace whose head is damaged. Its manifest may be so too; then its id tells when it was begun.
KeptTrace FromManifest(const TraceRef& trace, absl::string_view bytes) {
  KeptTrace kept{trace.tenant, TraceIdText(trace.id),
                 absl::FromUnixMillis(static_cast<int64_t>(UnixMillisOf(trace.id))), std::nullopt};
  v1::TraceManifest manifest;
  if (!DecodeMessage(bytes, manifest)) return kept;
  kept.ended = absl::FromUnixNanos(manifest.sealed_unix_ns());
  kept.bytes = manifest.stored_bytes();
  return kept;
}

// All that nobody can write to. Of a trace whose head is damaged and that has no manifest, nobody knows: it stays.
absl::StatusOr<std::vector<KeptTrace>> AllEnded(const Database& database) {
  std::vector<KeptTrace> traces;
  std::optional<std::pair<uint32_t, TraceId>> sound;
  const absl::Status status = database.Scan(
      Family::kMeta, "", std::string(kKeyLength, '\xff'),
      [&](absl::string_view bytes, absl::string_view value) -> absl::StatusOr<bool> {
        const std::optional<Key> key = DecodeKey(bytes);
        if (!key || key->tenant == 0) return true;
        const TraceRef trace{key->tenant, key->trace};
        if (key->stream == Stream::kHead) {
          const std::optional<TraceHead> head = DecodeHead(value);
          if (!head) return true;
          sound = {key->tenant, key->trace};
          const bool ended = head->state == v1::TRACE_STATE_SEALED || head->state == v1::TRACE_STATE_EXPIRED;
          if (ended) traces.push_back(FromHead(trace, *head));
        } else if (key->stream == Stream::kManifest && sound != std::pair(key->tenant, key->trace)) {
          traces.push_back(FromManifest(trace, value));
        }
        return true;
      });
  if (!status.ok()) return status;
  return traces;
}

// Counts what no record tells.
absl::Status CountUnknown(const Database& database, std::vector<KeptTrace>& traces) {
  absl::Status first;
  for (KeptTrace& trace : traces) {
    const std::optional<TraceId> id = ParseTraceId(trace.trace_id);
    if (trace.bytes || !id) continue;
    const absl::StatusOr<uint64_t> bytes = CountStoredBytes(database, {trace.tenant, *id});
    if (bytes.ok()) {
      trace.bytes = *bytes;
    } else {
      first.Update(bytes.status());
    }
  }
  return first;
}

}  // namespace

std::vector<KeptTrace> ChooseExpired(std::vector<KeptTrace> traces, const RetentionPolicy& policy, absl::Time now) {
  std::sort(traces.begin(), traces.end(), [](const KeptTrace& a, const KeptTrace& b) {
    return std::tie(a.ended, a.trace_id) < std::tie(b.ended, b.trace_id);
  });
  uint64_t bytes = 0;
  for (const KeptTrace& trace : traces) bytes += trace.bytes.value_or(0);
  std::vector<KeptTrace> expired;
  for (KeptTrace& trace : traces) {
    const bool old = now - trace.ended > policy.age;
    const bool makes_room = bytes > policy.bytes && trace.bytes.has_value();
    if (!old && !makes_room) continue;
    bytes -= trace.bytes.value_or(0);
    expired.push_back(std::move(trace));
  }
  return expired;
}

RetentionReport RemoveExpired(TraceStore& store, const RetentionPolicy& policy, absl::Time now) {
  RetentionReport report;
  absl::StatusOr<std::vector<KeptTrace>> ended = AllEnded(store.database());
  if (!ended.ok()) return {.removed = {}, .status = ended.status()};
  report.status.Update(CountUnknown(store.database(), *ended));
  for (KeptTrace& trace : ChooseExpired(*std::move(ended), policy, now)) {
    const absl::Status status = store.Delete(trace.tenant, trace.trace_id);
    if (status.ok()) report.removed.push_back(std::move(trace));
    // Somebody else may have removed it first.
    if (!absl::IsNotFound(status)) report.status.Update(status);
  }
  report.status.Update(store.ReclaimSoon());
  return report;
}

}  // namespace sandglass::storage
