#include "collectors/importers/xplane/plane_tables.h"

namespace sandglass::collectors::xplane {
namespace {

using xspace::XEventMetadata;
using xspace::XPlane;
using xspace::XStat;

struct StatName {
  absl::string_view name;
  Stat kind;
};

constexpr StatName kStatNames[] = {
    {"correlation_id", Stat::kCorrelationId},
    {"kernel_details", Stat::kKernelDetails},
    {"memcpy_details", Stat::kMemcpyDetails},
    {"memset_details", Stat::kMemsetDetails},
    {"hlo_op", Stat::kHloOp},
    {"hlo_module", Stat::kHloModule},
    {"program_id", Stat::kProgramId},
    {"flops", Stat::kFlops},
    {"step_num", Stat::kStepNumber},
    {"device_type_string", Stat::kDeviceType},
    {"gpu_device_name", Stat::kGpuName},
    {"device_vendor", Stat::kDeviceVendor},
    {"core_count", Stat::kCoreCount},
    {"memory_size", Stat::kMemorySize},
    {"compute_cap_major", Stat::kCapabilityMajor},
    {"compute_cap_minor", Stat::kCapabilityMinor},
    {"profile_start_time", Stat::kProfileStartTime},
};

Stat KindOf(absl::string_view name) {
  for (const StatName& known : kStatNames) {
    if (known.name == name) return known.kind;
  }
  return Stat::kOther;
}

}  // namespace

PlaneTables::PlaneTables(const XPlane& plane) {
  for (const auto& entry : plane.stat_metadata()) {
    const absl::string_view name = entry.value().name();
    names_[entry.key()] = {KindOf(name), name};
  }
  for (const auto& entry : plane.event_metadata()) metadata_[entry.key()] = &entry.value();
}

const XEventMetadata& PlaneTables::Metadata(int64_t id) const {
  const auto found = metadata_.find(id);
  return found == metadata_.end() ? XEventMetadata::default_instance() : *found->second;
}

absl::string_view PlaneTables::NameOf(const XStat& stat) const {
  const auto found = names_.find(stat.metadata_id());
  return found == names_.end() ? absl::string_view() : found->second.text;
}

const XStat* PlaneTables::Find(const Stats& stats, Stat kind) const {
  for (const XStat& stat : stats) {
    const auto found = names_.find(stat.metadata_id());
    if (found != names_.end() && found->second.kind == kind) return &stat;
  }
  return nullptr;
}

absl::string_view PlaneTables::TextOf(const XStat* stat) const {
  if (stat == nullptr) return {};
  if (stat->value_case() == XStat::kStrValue) return stat->str_value();
  if (stat->value_case() != XStat::kRefValue) return {};
  const auto found = names_.find(static_cast<int64_t>(stat->ref_value()));
  return found == names_.end() ? absl::string_view() : found->second.text;
}

std::optional<int64_t> PlaneTables::IntegerOf(const XStat* stat) {
  if (stat == nullptr) return std::nullopt;
  if (stat->value_case() == XStat::kInt64Value) return stat->int64_value();
  // Identities only may be so large: the bits tell them apart.
  if (stat->value_case() == XStat::kUint64Value) return static_cast<int64_t>(stat->uint64_value());
  return std::nullopt;
}

std::optional<double> PlaneTables::NumberOf(const XStat* stat) {
  if (stat == nullptr) return std::nullopt;
  switch (stat->value_case()) {
    case XStat::kDoubleValue:
      return stat->double_value();
    case XStat::kInt64Value:
      return static_cast<double>(stat->int64_value());
    case XStat::kUint64Value:
      return static_cast<double>(stat->uint64_value());
    default:
      return std::nullopt;
  }
}

}  // namespace sandglass::collectors::xplane
