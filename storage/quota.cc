#include "storage/quota.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sandglass::storage {
namespace {

constexpr double kKeptSeconds = 10;
constexpr absl::string_view kAskForMore = "or ask whoever runs the server for more; what is acknowledged stays";

absl::Status Exhausted(const char* quota, uint64_t limit) {
  return absl::ResourceExhaustedError(
      absl::StrCat("quota ", quota, " of this tenant, ", limit, ", is used up: send more slowly, ", kAskForMore));
}

// Of what is kept, and not made up for by waiting.
absl::Status TakenUp(const char* quota, uint64_t limit, uint64_t use, const char* unit, const char* mend) {
  return absl::ResourceExhaustedError(absl::StrCat("quota ", quota, " of this tenant is used up, ", use, " of ", limit,
                                                   " ", unit, ": ", mend, ", ", kAskForMore));
}

// An unknown use is not zero.
absl::Status Unknown(const char* quota, const absl::Status& why) {
  return absl::Status(why.code(), absl::StrCat("quota ", quota, " of this tenant cannot be checked: ", why.message(),
                                               "; see sandglass store scrub"));
}

}  // namespace

void Quota::Allowance::ComeUp(uint64_t per_second, absl::Time now) {
  const double most = kKeptSeconds * static_cast<double>(per_second);
  // The first time there is all that can be kept. A clock that was set back gives nothing.
  const double seconds = absl::ToDoubleSeconds(std::max(now - since, absl::ZeroDuration()));
  left = std::min(most, left + seconds * static_cast<double>(per_second));
  since = now;
}

Quota::Quota(std::function<absl::Time()> now) : now_(std::move(now)) {}

void Quota::SetLimits(const QuotaLimits& limits) {
  MutexLock lock(mutex_);
  limits_ = limits;
}

absl::Status Quota::TakeChunk(uint64_t operators, uint64_t bytes) {
  MutexLock lock(mutex_);
  const absl::Time now = now_();
  if (limits_.operators_per_second) {
    operators_.ComeUp(*limits_.operators_per_second, now);
    if (operators_.left <= 0) return Exhausted("operators_per_second", *limits_.operators_per_second);
  }
  if (limits_.bytes_per_second) {
    bytes_.ComeUp(*limits_.bytes_per_second, now);
    if (bytes_.left <= 0) return Exhausted("bytes_per_second", *limits_.bytes_per_second);
  }
  // What is not limited is not drawn on: a limit that comes later begins with all that can be kept.
  if (limits_.operators_per_second) operators_.left -= static_cast<double>(operators);
  if (limits_.bytes_per_second) bytes_.left -= static_cast<double>(bytes);
  return absl::OkStatus();
}

absl::Status Quota::CheckStored(const absl::StatusOr<TenantUsage>& usage) {
  MutexLock lock(mutex_);
  if (!limits_.stored_bytes) return absl::OkStatus();
  if (!usage.ok()) return Unknown("stored_bytes", usage.status());
  if (usage->stored_bytes < *limits_.stored_bytes) return absl::OkStatus();
  return TakenUp("stored_bytes", *limits_.stored_bytes, usage->stored_bytes, "bytes are stored",
                 "have old traces removed (sandglass traces rm, serve --keep-days)");
}

absl::Status Quota::CheckOpen(const absl::StatusOr<TenantUsage>& usage) {
  if (absl::Status status = CheckStored(usage); !status.ok()) return status;
  MutexLock lock(mutex_);
  if (!limits_.open_traces) return absl::OkStatus();
  if (!usage.ok()) return Unknown("open_traces", usage.status());
  if (usage->open_traces < *limits_.open_traces) return absl::OkStatus();
  return TakenUp("open_traces", *limits_.open_traces, usage->open_traces, "traces are open",
                 "seal some or give them up, wait until silent ones expire (serve --expire-after)");
}

absl::StatusOr<std::shared_ptr<const void>> Quota::TakeStream() {
  MutexLock lock(mutex_);
  // One use is this object's.
  const auto open = static_cast<uint64_t>(streams_.use_count()) - 1;
  if (limits_.streams && open >= *limits_.streams) return Exhausted("streams", *limits_.streams);
  return std::shared_ptr<const void>(streams_);
}

}  // namespace sandglass::storage
