#include "analyzer/export/dependencies.h"

namespace sandglass::chakra_export {
namespace {

int64_t NumberOr(const OperatorRow& row, RowField field, int64_t otherwise) {
  return row.Has(field) ? static_cast<int64_t>(row.Unsigned(field)) : otherwise;
}

}  // namespace

void Dependencies::Add(const OperatorRow& row) {
  ids_.insert(row.Unsigned(RowField::kId));
  has_data_deps_ |= !row.List(RowList::kDataDepIds).empty();
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

std::vector<uint64_t> Dependencies::DataDeps(const OperatorRow& row, const NodePlan& plan) {
  if (has_data_deps_) return Existing(row.List(RowList::kDataDepIds));
  if (plan.kind == NodeKind::kMetadata) return {};
  const uint64_t id = row.Unsigned(RowField::kId);
  // What an operator does itself is on its thread, also where a device does it.
  const bool on_queue = !plan.on_host && !row.Has(RowField::kThread);
  uint64_t& last = on_queue
                       ? last_on_queue_[{NumberOr(row, RowField::kDevice, -1), NumberOr(row, RowField::kQueue, -1)}]
                       : last_on_thread_[NumberOr(row, RowField::kThread, -1)];
  std::vector<uint64_t> deps;
  if (last != 0) deps.push_back(last);
  last = id;
  const uint64_t launcher = row.Unsigned(RowField::kLauncherId);
  if (launcher != 0 && ids_.contains(launcher) && (deps.empty() || deps[0] != launcher)) deps.push_back(launcher);
  return deps;
}

}  // namespace sandglass::chakra_export
