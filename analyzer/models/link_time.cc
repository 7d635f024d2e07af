#include "analyzer/models/link_time.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sandglass::models {
namespace {

// NOTES.md: all-reduces of 2 to 8 ranks on four systems.
constexpr double kEfficiency = 0.85;

LinkEstimate Estimate(Bytes sent, double hops, const silicon::Link& link) {
  LinkEstimate estimate = {.sent = sent,
                           .hops = hops,
                           .moving = sent / (BytesPerSecond::Of(link.bytes_per_s.value) * LinkEfficiency(link)),
                           .waiting = hops * Seconds::Of(link.latency_s.value),
                           .filling = {}};
  if (!link.hop_s.has_value() || hops < 1) return estimate;
  const Seconds further = (hops - 1) * Seconds::Of(link.hop_s->value);
  estimate.waiting = Seconds::Of(link.latency_s.value) + further;
  estimate.filling = Seconds::Of(2 * std::sqrt(further.value() * estimate.moving.value()));
  return estimate;
}

}  // namespace

double LinkEfficiency(const silicon::Link& link) { return link.hop_s.has_value() ? kEfficiency : 1; }

LinkEstimate RingTime(Bytes bytes, double passes, int64_t ranks, const silicon::Link& link) {
  const auto n = static_cast<double>(ranks);
  return Estimate(passes * (bytes * ((n - 1) / n)), passes * (n - 1), link);
}

absl::StatusOr<LinkEstimate> TransferTime(const ops::Transfer& transfer, const silicon::Link& link) {
  using trace::TransferType;
  if (static_cast<double>(transfer.ranks) > link.max_chips.value) {
    return absl::FailedPreconditionError(absl::StrCat("the link joins ", link.max_chips.value, " devices and ",
                                                      transfer.ranks, " take part; the network beyond is not known"));
  }
  const double others = static_cast<double>(transfer.ranks) - 1;
  if (others <= 0) return LinkEstimate();
  switch (transfer.type) {
    case TransferType::kAllReduce:
    case TransferType::kBarrier:
      return RingTime(transfer.bytes, 2, transfer.ranks, link);
    case TransferType::kAllGather:
    case TransferType::kReduceScatter:
    case TransferType::kAllToAll:
      return RingTime(transfer.bytes, 1, transfer.ranks, link);
    case TransferType::kBroadcast:
    case TransferType::kReduce:
      return Estimate(transfer.bytes, others, link);
    case TransferType::kSend:
    case TransferType::kReceive:
      return Estimate(transfer.bytes, 1, link);
    default:
      return absl::FailedPreconditionError("no model for this kind of transfer");
  }
}

}  // namespace sandglass::models
