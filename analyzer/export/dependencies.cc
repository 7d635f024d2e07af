#include "analyzer/export/dependencies.h"

#include <algorithm>
#include <utility>

namespace sandglass::chakra_export {
namespace {

int64_t NumberOr(const OperatorRow& row, RowField field, int64_t otherwise) {
  return row.Has(field) ? static_cast<int64_t>(row.Unsigned(field)) : otherwise;
}

}  // namespace

void Dependencies::Add(const OperatorRow& row) {
  const uint64_t id = row.Unsigned(RowField::kId);
  ids_.insert(id);
  goes_forward_ |= awaited_.contains(id);
  for (const RowList list : {RowList::kDataDepIds, RowList::kControlDepIds}) {
    for (const uint64_t other : row.List(list)) {
      if (!ids_.contains(other)) awaited_.insert(other);
    }
  }
}

std::vector<uint64_t> Dependencies::Existing(absl::Span<const uint64_t> ids) {
  std::vector<uint64_t> existing;
  for (const uint64_t id : ids) {
    if (ids_.contains(id)) {
      existing.push_back(id);
    } else {
      ++dropped_;
    }
  }
  return existing;
}

std::vector<uint64_t> Dependencies::ControlDeps(const OperatorRow& row) {
  return Existing(row.List(RowList::kControlDepIds));
}

uint64_t& Dependencies::LastBefore(const OperatorRow& row, const NodePlan& plan) {
  // What an operator does itself is on its thread, also where a device does it.
  const bool on_queue = !plan.on_host && !row.Has(RowField::kThread);
  if (!on_queue) return last_on_thread_[NumberOr(row, RowField::kThread, -1)];
  return last_on_queue_[{NumberOr(row, RowField::kDevice, -1), NumberOr(row, RowField::kQueue, -1)}];
}

std::vector<uint64_t> Dependencies::DataDeps(const OperatorRow& row, const NodePlan& plan) {
  std::vector<uint64_t> deps = Existing(row.List(RowList::kDataDepIds));
  if (plan.kind == NodeKind::kMetadata) return deps;
  const uint64_t last = std::exchange(LastBefore(row, plan), row.Unsigned(RowField::kId));
  if (deps.empty() && last != 0 && !goes_forward_) {
    deps.push_back(last);
    ++by_order_;
  }
  const uint64_t launcher = row.Unsigned(RowField::kLauncherId);
  const bool is_known = std::find(deps.begin(), deps.end(), launcher) != deps.end();
  if (launcher != 0 && ids_.contains(launcher) && !is_known) deps.push_back(launcher);
  return deps;
}

}  // namespace sandglass::chakra_export
