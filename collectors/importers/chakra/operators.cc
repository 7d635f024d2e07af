#include "collectors/importers/chakra/operators.h"

#include <algorithm>
#include <limits>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "collectors/importers/chakra/signatures.h"
#include "proto/trace_validator.h"

namespace sandglass::collectors::chakra {
namespace {

constexpr int64_t kNsPerUs = 1000;
constexpr int64_t kPsPerUs = 1000000;
// A start or a duration beyond these is none. Their sum can be told in ns.
constexpr uint64_t kMostStartUs = std::numeric_limits<int64_t>::max() / kNsPerUs / 4;
constexpr uint64_t kMostDurationUs = std::numeric_limits<int64_t>::max() / kPsPerUs / 4;
// No trace was recorded before 1973; times from a run's own beginning are far smaller.
constexpr uint64_t kLeastUnixUs = 100'000'000'000'000;

const char* CountName(v1::OperatorKind kind) {
  switch (kind) {
    case v1::OPERATOR_KIND_DEVICE_KERNEL:
      return "kernels";
    case v1::OPERATOR_KIND_MEMCPY:
      return "copies";
    case v1::OPERATOR_KIND_COLLECTIVE:
      return "collectives";
    case v1::OPERATOR_KIND_POINT_TO_POINT:
      return "transfers";
    case v1::OPERATOR_KIND_MEMORY:
      return "memory_operations";
    case v1::OPERATOR_KIND_ANNOTATION:
      return "annotations";
    default:
      return "operators";
  }
}

}  // namespace

Operators::Operators(Trace& trace) : trace_(trace) {
  const auto count = static_cast<uint32_t>(trace_.nodes.size());
  bool has_parts = false;
  CheckTimes();
  for (uint32_t i = 0; i < count; ++i) {
    const Node& node = trace_.nodes[i];
    if (!by_id_.try_emplace(node.id, i).second) ++trace_.missing["node_ids_given_twice"];
    has_device_ |= node.on_device;
    has_parts |= node.part_of != kNoNode;
    has_backward_ |= trace_.is_pytorch() && absl::EndsWith(SignatureOf(i).name(), "_backward");
  }
  // The converter that cuts operators into parts numbers all nodes anew, but not what these refer to.
  if (has_parts) DropControlDeps();
  launchers_.assign(count, kNoNode);
  for (uint32_t i = 0; i < count; ++i) {
    Renumber(i, trace_.data_deps, trace_.nodes[i].data_deps);
    Renumber(i, trace_.control_deps, trace_.nodes[i].control_deps);
    Link(i);
  }
  NumberTracks();
}

void Operators::CheckTimes() {
  for (Node& node : trace_.nodes) {
    if (node.start_us > kMostStartUs) {
      ++trace_.missing["times_out_of_range"];
      node.start_us.reset();
    }
    if (node.duration_us > kMostDurationUs) {
      ++trace_.missing["times_out_of_range"];
      node.duration_us = 0;
    }
    has_durations_ |= node.duration_us > 0;
    has_starts_ |= node.start_us.value_or(0) > 0;
    is_unix_ |= node.start_us.value_or(0) >= kLeastUnixUs;
  }
  // The beginning of a run is a time; 1970 is none, nor is what all nodes have.
  if (has_starts_ && !is_unix_) return;
  for (Node& node : trace_.nodes) {
    if (node.start_us == uint64_t{0}) node.start_us.reset();
  }
}

void Operators::DropControlDeps() {
  for (Node& node : trace_.nodes) {
    const size_t count = node.control_deps.end - node.control_deps.begin;
    if (count > 0) trace_.missing["control_dependencies_of_another_numbering"] += count;
    node.control_deps.end = node.control_deps.begin;
  }
}

// What it depends on, by index and each once. A node that is not in the file, or the node itself, is nothing that it
// could wait for.
void Operators::Renumber(uint32_t index, std::vector<uint64_t>& all, Range& range) {
  size_t end = range.begin;
  absl::flat_hash_set<uint32_t> seen;
  for (size_t i = range.begin; i < range.end; ++i) {
    const auto found = by_id_.find(all[i]);
    if (found == by_id_.end()) {
      ++trace_.missing["dependencies_on_absent_nodes"];
    } else if (found->second == index) {
      ++trace_.missing["dependencies_on_themselves"];
    } else if (end - range.begin == static_cast<size_t>(kMaxListEntries)) {
      ++trace_.missing["dependencies_beyond_what_a_store_takes"];
    } else if (seen.insert(found->second).second) {
      all[end++] = found->second;
    }
  }
  range.end = end;
}

bool Operators::IsLaunched(uint32_t index) const {
  const v1::OperatorKind kind = SignatureOf(index).kind();
  return trace_.is_pytorch() && trace_.nodes[index].on_device && !IsCommunication(kind);
}

// PyTorch's converter has the work of a device wait for the host's node that launched it, by the first of its
// dependencies; the others are of data and of synchronization. That one is also the last of the host's nodes before it
// on which it depends: where it is not, the launcher is not known. What a part launched its operator did.
void Operators::Link(uint32_t index) {
  const Range& deps = trace_.nodes[index].data_deps;
  if (!IsLaunched(index) || deps.begin == deps.end) return;
  const auto first = static_cast<uint32_t>(trace_.data_deps[deps.begin]);
  if (first > index || trace_.nodes[first].on_device) return;
  for (size_t i = deps.begin + 1; i < deps.end; ++i) {
    const auto other = static_cast<uint32_t>(trace_.data_deps[i]);
    if (other < index && other > first && !trace_.nodes[other].on_device) {
      ++trace_.missing["links_that_disagree"];
      return;
    }
  }
  const uint32_t whole = trace_.nodes[first].part_of;
  launchers_[index] = whole == kNoNode ? first : whole;
}

void Operators::NumberTracks() {
  for (const Node& node : trace_.nodes) {
    if (node.on_device || !node.track.has_value()) continue;
    threads_.try_emplace(*node.track, static_cast<uint32_t>(threads_.size()));
  }
}

v1::TraceSummary Operators::Summary() const {
  v1::TraceSummary summary;
  if (!has_starts_) return summary;
  uint64_t first = kMostStartUs;
  uint64_t last = 0;
  for (const Node& node : trace_.nodes) {
    if (!node.start_us.has_value()) continue;
    first = std::min(first, *node.start_us);
    last = std::max(last, *node.start_us + node.duration_us);
  }
  summary.mutable_window()->set_start_ns(static_cast<int64_t>(first) * kNsPerUs);
  summary.mutable_window()->set_end_ns(static_cast<int64_t>(last) * kNsPerUs);
  return summary;
}

void Operators::CountNode(uint32_t index, ImportReport& report) const {
  const Node& node = trace_.nodes[index];
  const v1::OpSignature& signature = SignatureOf(index);
  ++report.imported[node.part_of != kNoNode ? "later_parts_of_operators" : CountName(signature.kind())];
  if (has_durations_ && node.duration_us == 0 && signature.kind() != v1::OPERATOR_KIND_ANNOTATION) {
    ++report.missing["durations_of_less_than_1_us_or_unknown"];
  }
  if (has_starts_ && !node.start_us.has_value() && signature.kind() != v1::OPERATOR_KIND_ANNOTATION) {
    ++report.missing["starts_unknown"];
  }
  if (signature.kind() == v1::OPERATOR_KIND_HOST_OP && signature.inputs().empty() && signature.attributes().empty()) {
    ++report.missing["operators_without_shapes"];
  }
  const int64_t duration_ps = static_cast<int64_t>(node.duration_us) * kPsPerUs;
  AddTime(duration_ps, node.on_device ? report.times.device_work_ps : report.times.host_ps);
  if (!IsLaunched(index)) return;
  if (launchers_[index] == kNoNode) {
    ++report.missing["device_work_not_linked"];
    return;
  }
  AddTime(duration_ps, report.times.linked_device_work_ps);
  ++report.linked["by_dependency"];
}

void Operators::Count(ImportReport& report) const {
  for (uint32_t i = 0; i < trace_.nodes.size(); ++i) CountNode(i, report);
  if (has_durations_ && !has_starts_) ++report.missing["start_times"];
  for (const auto& [name, count] : trace_.missing) report.missing[name] += count;
  for (const auto& [name, count] : trace_.problems.counts()) report.missing[name] += count;
  report.problems = trace_.problems.words();
}

absl::Status Operators::Write(const TakeOperator& take) {
  v1::Operator op;
  for (uint32_t i = 0; i < trace_.nodes.size(); ++i) {
    const Node& node = trace_.nodes[i];
    op.Clear();
    op.set_id(i + 1);
    if (node.start_us.has_value()) op.set_start_ns(static_cast<int64_t>(*node.start_us) * kNsPerUs);
    if (node.duration_us > 0) {
      op.set_duration_ps(static_cast<int64_t>(node.duration_us) * kPsPerUs);
      // PyTorch's converter takes what an operator called off its time.
      if (trace_.is_pytorch() && !node.on_device) op.set_self_ps(op.duration_ps());
    }
    for (size_t d = node.data_deps.begin; d < node.data_deps.end; ++d) op.add_data_dep_ids(trace_.data_deps[d] + 1);
    for (size_t d = node.control_deps.begin; d < node.control_deps.end; ++d) {
      op.add_control_dep_ids(trace_.control_deps[d] + 1);
    }
    for (size_t s = node.storages.begin; s < node.storages.end; ++s) op.add_storage_ids(trace_.storages[s]);
    if (node.part_of != kNoNode) op.set_parent_id(node.part_of + 1);
    if (launchers_[i] != kNoNode) op.set_launcher_id(launchers_[i] + 1);
    if (node.on_device) op.set_device(0);
    if (node.sequence.has_value() && *node.sequence >= 0) op.set_sequence_number(*node.sequence);
    if (node.track.has_value() && !node.on_device) op.set_thread(threads_.at(*node.track));
    if (node.track.has_value() && node.on_device && *node.track >= 0 && *node.track <= UINT32_MAX) {
      op.set_queue(static_cast<uint32_t>(*node.track));
    }
    if (absl::Status status = TakeWith(trace_.signatures[node.signature], op, take); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace sandglass::collectors::chakra
