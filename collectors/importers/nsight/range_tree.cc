#include "collectors/importers/nsight/range_tree.h"

#include <algorithm>

namespace sandglass::collectors::nsight {
namespace {

constexpr int64_t kPsPerNs = 1000;
// Programs nest tens of ranges. Ranges that overlap without nesting would make the search long.
constexpr size_t kMostDepth = 1024;

}  // namespace

// A range, or a call where `call` is set.
struct RangeTree::Span {
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  const CallKey* call = nullptr;
  uint32_t range = kNoRange;
};

RangeTree::RangeTree(const Trace& trace) : around_(trace.ranges.size(), kNoRange) {
  absl::flat_hash_map<int64_t, std::vector<Span>> threads;
  for (uint32_t i = 0; i < trace.ranges.size(); ++i) {
    const Range& range = trace.ranges[i];
    self_ps_.push_back((range.end_ns - range.start_ns) * kPsPerNs);
    threads[range.thread].push_back({.start_ns = range.start_ns, .end_ns = range.end_ns, .call = nullptr, .range = i});
  }
  for (const auto& [key, call] : trace.calls) {
    const auto thread = threads.find(call.thread);
    if (thread == threads.end()) continue;
    thread->second.push_back({.start_ns = call.start_ns, .end_ns = call.end_ns, .call = &key, .range = kNoRange});
  }
  for (auto& [thread, spans] : threads) AddThread(spans, trace.ranges);
}

void RangeTree::AddThread(std::vector<Span>& spans, const std::vector<Range>& ranges) {
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
    if (a.start_ns != b.start_ns) return a.start_ns < b.start_ns;
    if (a.end_ns != b.end_ns) return a.end_ns > b.end_ns;
    // Ranges first, in the order of the file.
    return a.range < b.range;
  });
  std::vector<uint32_t> open;
  for (const Span& span : spans) {
    while (!open.empty() && ranges[open.back()].end_ns < span.start_ns) open.pop_back();
    size_t depth = open.size();
    const size_t least = depth - std::min(depth, kMostDepth);
    while (depth > least && ranges[open[depth - 1]].end_ns < span.end_ns) --depth;
    const uint32_t found = depth > least ? open[depth - 1] : kNoRange;
    if (found == kNoRange && least > 0) ++too_deep_;
    if (span.call != nullptr) {
      if (found != kNoRange) around_call_.try_emplace(*span.call, found);
      continue;
    }
    around_[span.range] = found;
    if (found != kNoRange) {
      // Ranges that do not nest may lie within one range for longer than it lasts.
      self_ps_[found] = std::max<int64_t>(0, self_ps_[found] - (span.end_ns - span.start_ns) * kPsPerNs);
    }
    open.push_back(span.range);
  }
}

uint32_t RangeTree::AroundCall(const CallKey& call) const {
  const auto found = around_call_.find(call);
  return found == around_call_.end() ? kNoRange : found->second;
}

}  // namespace sandglass::collectors::nsight
