#include "analyzer/models/link_time.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sandglass::models {
namespace {

// NOTES.md, "Collectives": all-reduces of 2 to 8 ranks on four systems.
constexpr double kEfficiency = 0.97;
constexpr double kWithin = 4;
constexpr double kPollingClockHz = 1.83e9;
// What NCCL's own tuner takes for reductions in NVSwitch (src/graph/tuning.cc of NVIDIA/nccl): 23 us in all, less a
// kernel's floor.
constexpr Seconds kSwitchStart = Seconds::Of(20e-6);

// `sent` bytes leave the busiest device; all in all it moves `bytes` itself.
LinkEstimate Estimate(Bytes bytes, Bytes sent, double hops, const silicon::SiliconClass& silicon) {
  const silicon::Link& link = *silicon.link;
  const auto bandwidth = BytesPerSecond::Of(link.bytes_per_s.value);
  const auto latency = Seconds::Of(link.latency_s.value);
  LinkEstimate estimate;
  estimate.bytes = bytes;
  estimate.sent = sent;
  estimate.hops = hops;
  if (!link.hop_s.has_value() || hops < 1) {
    estimate.moving = sent / bandwidth;
    estimate.waiting = hops * latency;
    return estimate;
  }
  const double polling = PollingRatio(silicon);
  const Seconds further = polling * (hops - 1) * Seconds::Of(link.hop_s->value);
  estimate.efficiency = kEfficiency;
  estimate.moving = sent / (bandwidth * kEfficiency);
  estimate.within = bytes / (bandwidth * kWithin);
  estimate.waiting = polling * latency + further;
  estimate.filling = Seconds::Of(std::sqrt(further.value() * estimate.moving.value()));
  return estimate;
}

LinkEstimate InSwitch(Bytes bytes, double ranks, const silicon::SiliconClass& silicon) {
  const auto bandwidth = BytesPerSecond::Of(silicon.link->bytes_per_s.value);
  LinkEstimate estimate;
  estimate.bytes = 2 * bytes;
  estimate.sent = bytes * (1 + 1 / ranks);
  estimate.efficiency = silicon.link->switch_reduction->value;
  estimate.hops = 2;
  estimate.in_switch = true;
  estimate.moving = estimate.sent / (bandwidth * estimate.efficiency);
  estimate.within = estimate.bytes / (bandwidth * kWithin);
  estimate.waiting = PollingRatio(silicon) * kSwitchStart;
  return estimate;
}

}  // namespace

double PollingRatio(const silicon::SiliconClass& silicon) {
  return silicon.power.clock_hz.has_value() ? kPollingClockHz / silicon.power.clock_hz->value : 1;
}

Seconds SwitchStart() { return kSwitchStart; }

LinkEstimate RingTime(Bytes bytes, double passes, int64_t ranks, const silicon::SiliconClass& silicon) {
  const auto n = static_cast<double>(ranks);
  if (ranks < 2) return {};
  return Estimate(passes * bytes, passes * (bytes * ((n - 1) / n)), passes * (n - 1), silicon);
}

LinkEstimate AllReduceTime(Bytes bytes, int64_t ranks, const silicon::SiliconClass& silicon) {
  LinkEstimate ring = RingTime(bytes, 2, ranks, silicon);
  if (!silicon.link->switch_reduction.has_value() || ranks < 3) return ring;
  LinkEstimate in_switch = InSwitch(bytes, static_cast<double>(ranks), silicon);
  return in_switch.total() < ring.total() ? in_switch : ring;
}

absl::StatusOr<LinkEstimate> TransferTime(const ops::Transfer& transfer, const silicon::SiliconClass& silicon) {
  using trace::TransferType;
  const double most = silicon.link->max_chips.value;
  if (static_cast<double>(transfer.ranks) > most) {
    return absl::FailedPreconditionError(absl::StrCat("the link joins ", most, " devices and ", transfer.ranks,
                                                      " take part; the network beyond is not known"));
  }
  const double others = static_cast<double>(transfer.ranks) - 1;
  if (others <= 0) return LinkEstimate();
  switch (transfer.type) {
    case TransferType::kAllReduce:
    case TransferType::kBarrier:
      return AllReduceTime(transfer.bytes, transfer.ranks, silicon);
    case TransferType::kAllGather:
    case TransferType::kReduceScatter:
    case TransferType::kAllToAll:
      return RingTime(transfer.bytes, 1, transfer.ranks, silicon);
    case TransferType::kBroadcast:
    case TransferType::kReduce:
      return Estimate(transfer.bytes, transfer.bytes, others, silicon);
    case TransferType::kSend:
    case TransferType::kReceive:
      return Estimate(transfer.bytes, transfer.bytes, 1, silicon);
    default:
      return absl::FailedPreconditionError("no model for this kind of transfer");
  }
}

}  // namespace sandglass::models
