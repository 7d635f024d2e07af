#include "storage/store_usage.h"

#include <optional>
#include <string>

#include "storage/key.h"
#include "storage/records.h"
#include "storage/trace_scan.h"

namespace sandglass::storage {

absl::Status StoreUsage::Count(const Database& database) {
  std::map<Trace, Share> shares;
  const absl::Status status = ForEachTrace(database, [&](const TraceRecords& records) {
    const bool open = records.head ? records.head->state == v1::TRACE_STATE_OPEN : !records.has_manifest;
    shares[{records.trace.tenant, records.trace.id}] = {StoredBytesOf(database, records), open};
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  MutexLock lock(mutex_);
  shares_.clear();
  sums_.clear();
  for (const auto& [trace, share] : shares) Set(trace, share);
  return absl::OkStatus();
}

void StoreUsage::Apply(const std::vector<Change>& changes) {
  MutexLock lock(mutex_);
  for (const Change& change : changes) {
    if (change.family != Family::kMeta) continue;
    const bool removal = change.kind == Change::Kind::kDeleteRange && change.key.size() == kTracePrefixLength;
    const std::string rest(removal ? kKeyLength - kTracePrefixLength : 0, '\0');
    const std::optional<Key> key = DecodeKey(change.key + rest);
    if (!key || key->tenant == 0) continue;
    const Trace trace = {key->tenant, key->trace};
    if (removal) Erase(trace);
    if (change.kind != Change::Kind::kPut || key->stream != Stream::kHead) continue;
    if (const std::optional<TraceHead> head = DecodeHead(change.value)) {
      Set(trace, {head->stored_bytes, head->state == v1::TRACE_STATE_OPEN});
    }
  }
}

void StoreUsage::Set(const Trace& trace, const Share& share) {
  Erase(trace);
  shares_.emplace(trace, share);
  Sum& sum = sums_[trace.first];
  sum.usage.stored_bytes += share.bytes.value_or(0);
  sum.usage.open_traces += share.open ? 1 : 0;
  sum.unknown += share.bytes.ok() ? 0 : 1;
}

void StoreUsage::Erase(const Trace& trace) {
  const auto found = shares_.find(trace);
  if (found == shares_.end()) return;
  const Share& share = found->second;
  Sum& sum = sums_[trace.first];
  sum.usage.stored_bytes -= share.bytes.value_or(0);
  sum.usage.open_traces -= share.open ? 1 : 0;
  sum.unknown -= share.bytes.ok() ? 0 : 1;
  shares_.erase(found);
}

absl::StatusOr<TenantUsage> StoreUsage::Of(uint32_t tenant) const {
  MutexLock lock(mutex_);
  const auto sum = sums_.find(tenant);
  if (sum == sums_.end()) return TenantUsage();
  if (sum->second.unknown == 0) return sum->second.usage;
  for (auto it = shares_.lower_bound({tenant, TraceId{}}); it != shares_.end() && it->first.first == tenant; ++it) {
    if (!it->second.bytes.ok()) return it->second.bytes.status();
  }
  return sum->second.usage;
}

std::map<uint32_t, TenantUsage> StoreUsage::All() const {
  MutexLock lock(mutex_);
  std::map<uint32_t, TenantUsage> all;
  for (const auto& [tenant, sum] : sums_) {
    if (sum.unknown == 0) all.emplace(tenant, sum.usage);
  }
  return all;
}

}  // namespace sandglass::storage
