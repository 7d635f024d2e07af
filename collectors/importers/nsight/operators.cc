#include "collectors/importers/nsight/operators.h"

#include <algorithm>

#include "collectors/importers/format/busy_time.h"

namespace sandglass::collectors::nsight {
namespace {

constexpr int64_t kPsPerNs = 1000;

const char* CountName(WorkKind kind) {
  switch (kind) {
    case WorkKind::kKernel:
      return "kernels";
    case WorkKind::kCopy:
      return "copies";
    case WorkKind::kFill:
      return "fills";
    case WorkKind::kGraph:
      return "graphs";
  }
  return "";
}

}  // namespace

Operators::Operators(Trace& trace) : trace_(trace), tree_(trace), range_ids_(trace.ranges.size()) {
  order_.reserve(trace.ranges.size() + trace.work.size());
  for (uint32_t i = 0; i < trace.ranges.size(); ++i) {
    order_.push_back({trace.ranges[i].start_ns, trace.ranges[i].end_ns, i, true});
  }
  for (uint32_t i = 0; i < trace.work.size(); ++i) {
    order_.push_back({trace.work[i].start_ns, trace.work[i].end_ns, i, false});
  }
  // Equal starts stay as the file has them, what lies around others before these.
  std::stable_sort(order_.begin(), order_.end(), [](const Record& a, const Record& b) {
    return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.end_ns > b.end_ns;
  });
  for (size_t i = 0; i < order_.size(); ++i) {
    if (!order_[i].is_range) continue;
    range_ids_[order_[i].index] = i + 1;
    thread_numbers_.try_emplace(trace.ranges[order_[i].index].thread, static_cast<uint32_t>(thread_numbers_.size()));
  }
  for (const auto& [gpu, name] : trace.gpus) device_numbers_[gpu] = static_cast<uint32_t>(device_numbers_.size());
}

uint32_t Operators::LauncherOf(const Work& work) const {
  if (!work.call.has_value()) return kNoRange;
  const auto call = trace_.calls.find(*work.call);
  // Work cannot begin before the call that launches it.
  if (call == trace_.calls.end() || call->second.start_ns > work.start_ns) return kNoRange;
  return tree_.AroundCall(*work.call);
}

void Operators::FillRange(uint32_t index, v1::Operator& op) const {
  op.set_thread(thread_numbers_.at(trace_.ranges[index].thread));
  op.set_self_ps(tree_.SelfPs(index));
  if (const uint32_t around = tree_.Around(index); around != kNoRange) op.set_parent_id(range_ids_[around]);
}

void Operators::FillWork(const Work& work, v1::Operator& op) const {
  if (work.gpu.has_value()) op.set_device(device_numbers_.at(*work.gpu));
  if (work.queue.has_value()) op.set_queue(*work.queue);
  if (const uint32_t launcher = LauncherOf(work); launcher != kNoRange) {
    op.set_launcher_id(range_ids_[launcher]);
    op.set_link_method(v1::LINK_METHOD_CORRELATION);
  }
}

absl::Status Operators::Write(const TakeOperator& take) {
  v1::Operator op;
  uint64_t id = 0;
  for (const Record& record : order_) {
    op.Clear();
    op.set_id(++id);
    op.set_start_ns(record.start_ns);
    op.set_duration_ps((record.end_ns - record.start_ns) * kPsPerNs);
    if (record.is_range) {
      FillRange(record.index, op);
    } else {
      FillWork(trace_.work[record.index], op);
    }
    const uint32_t signature =
        record.is_range ? trace_.ranges[record.index].signature : trace_.work[record.index].signature;
    if (absl::Status status = TakeWith(trace_.signatures[signature], op, take); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void Operators::Count(ImportReport& report) const {
  BusyTime busy;
  for (const Record& record : order_) {
    if (record.is_range) {
      ++report.imported["annotations"];
      continue;
    }
    const Work& work = trace_.work[record.index];
    const int64_t duration_ps = (work.end_ns - work.start_ns) * kPsPerNs;
    ++report.imported[CountName(work.kind)];
    AddTime(duration_ps, report.times.device_work_ps);
    busy.Add(work.start_ns, duration_ps);
    if (LauncherOf(work) != kNoRange) {
      ++report.linked["by_correlation"];
      AddTime(duration_ps, report.times.linked_device_work_ps);
      continue;
    }
    ++report.missing["device_work_not_linked"];
    const auto call = work.call.has_value() ? trace_.calls.find(*work.call) : trace_.calls.end();
    if (call == trace_.calls.end()) {
      ++report.missing["device_work_without_call"];
    } else if (call->second.start_ns > work.start_ns) {
      ++report.missing["links_that_disagree"];
    }
  }
  report.times.device_busy_ps = busy.ps();
  if (tree_.too_deep() > 0) report.missing["ranges_nested_too_deep"] = tree_.too_deep();
}

v1::TraceSummary Operators::Summary() const {
  v1::TraceSummary summary;
  if (order_.empty()) return summary;
  summary.mutable_window()->set_start_ns(order_.front().start_ns);
  const auto last = std::max_element(order_.begin(), order_.end(),
                                     [](const Record& a, const Record& b) { return a.end_ns < b.end_ns; });
  summary.mutable_window()->set_end_ns(last->end_ns);
  return summary;
}

}  // namespace sandglass::collectors::nsight
