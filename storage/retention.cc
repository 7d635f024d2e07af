#include "storage/retention.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "proto/trace_id.h"
#include "storage/database.h"
#include "storage/trace_scan.h"

namespace sandglass::storage {
namespace {

// When nobody wrote to it any more. Where neither head nor manifest tell, its id says when it was begun.
absl::Time EndOf(const TraceRecords& records) {
  if (records.head) return absl::FromUnixNanos(records.head->written_unix_ns);
  if (records.manifest) return absl::FromUnixNanos(records.manifest->sealed_unix_ns());
  return absl::FromUnixMillis(static_cast<int64_t>(UnixMillisOf(records.trace.id)));
}

// All that nobody can write to. Of a trace whose head is damaged and that has no manifest, nobody knows: it stays.
// `failure` becomes the first error of counting a trace's bytes.
absl::StatusOr<std::vector<KeptTrace>> AllEnded(const Database& database, absl::Status& failure) {
  std::vector<KeptTrace> traces;
  const absl::Status status = ForEachTrace(database, [&](const TraceRecords& records) {
    const bool sealed = records.head ? records.head->state == v1::TRACE_STATE_SEALED : records.has_manifest;
    const bool expired = records.head && records.head->state == v1::TRACE_STATE_EXPIRED;
    if (!sealed && !expired) return absl::OkStatus();
    KeptTrace& kept = traces.emplace_back();
    kept.tenant = records.trace.tenant;
    kept.trace_id = TraceIdText(records.trace.id);
    kept.ended = EndOf(records);
    kept.sealed = sealed;
    if (records.manifest) kept.name = records.manifest->header().name();
    const absl::StatusOr<uint64_t> bytes = StoredBytesOf(database, records);
    failure.Update(bytes.status());
    if (bytes.ok()) kept.bytes = *bytes;
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return traces;
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
  absl::StatusOr<std::vector<KeptTrace>> ended = AllEnded(store.database(), report.status);
  if (!ended.ok()) return {.removed = {}, .failed = {}, .status = ended.status()};
  for (KeptTrace& trace : ChooseExpired(*std::move(ended), policy, now)) {
    const absl::Status status = store.Delete(trace.tenant, trace.trace_id);
    if (status.ok()) {
      report.removed.push_back(std::move(trace));
      // Somebody else may have removed it first.
    } else if (!absl::IsNotFound(status)) {
      report.failed.emplace_back(std::move(trace), status);
    }
  }
  report.status.Update(store.ReclaimSoon());
  return report;
}

}  // namespace sandglass::storage
