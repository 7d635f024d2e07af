#include "storage/retention.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "storage/database.h"
#include "storage/key.h"
#include "storage/records.h"

namespace sandglass::storage {
namespace {

absl::StatusOr<std::vector<KeptTrace>> AllSealed(const Database& database) {
  std::vector<KeptTrace> traces;
  const absl::Status status = database.Scan(
      Family::kMeta, "", std::string(kKeyLength, '\xff'),
      [&](absl::string_view bytes, absl::string_view value) -> absl::StatusOr<bool> {
        const std::optional<Key> key = DecodeKey(bytes);
        if (!key || key->tenant == 0 || key->stream != Stream::kManifest) return true;
        v1::TraceManifest manifest;
        // A damaged one is for the scrub to find.
        if (!DecodeMessage(value, manifest)) return true;
        traces.push_back({key->tenant, manifest.trace_id(), absl::FromUnixNanos(manifest.sealed_unix_ns()),
                          manifest.stored_bytes(), manifest.header().name()});
        return true;
      });
  if (!status.ok()) return status;
  return traces;
}

}  // namespace

std::vector<KeptTrace> ChooseExpired(std::vector<KeptTrace> traces, const RetentionPolicy& policy, absl::Time now) {
  std::sort(traces.begin(), traces.end(), [](const KeptTrace& a, const KeptTrace& b) {
    return std::tie(a.sealed, a.trace_id) < std::tie(b.sealed, b.trace_id);
  });
  uint64_t bytes = 0;
  for (const KeptTrace& trace : traces) bytes += trace.bytes;
  size_t expired = 0;
  while (expired < traces.size() && (now - traces[expired].sealed > policy.age || bytes > policy.bytes)) {
    bytes -= traces[expired].bytes;
    ++expired;
  }
  traces.resize(expired);
  return traces;
}

absl::StatusOr<Removal> RemoveExpired(TraceStore& store, const RetentionPolicy& policy, absl::Time now) {
  Removal removal;
  if (policy.keeps_all()) return removal;
  absl::StatusOr<std::vector<KeptTrace>> sealed = AllSealed(store.database());
  if (!sealed.ok()) return sealed.status();
  for (KeptTrace& trace : ChooseExpired(*std::move(sealed), policy, now)) {
    const absl::Status status = store.Delete(trace.tenant, trace.trace_id);
    // Somebody else may have removed it first.
    if (status.ok() || absl::IsNotFound(status)) {
      removal.removed.push_back(std::move(trace));
    } else {
      removal.failed.emplace_back(std::move(trace), status);
    }
  }
  return removal;
}

}  // namespace sandglass::storage
