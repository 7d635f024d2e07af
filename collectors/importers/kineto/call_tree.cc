#include "collectors/importers/kineto/call_tree.h"

#include <algorithm>
#include <boost/sort/spinsort/spinsort.hpp>

namespace sandglass::collectors::kineto {
namespace {

constexpr int64_t kPsPerNs = 1000;
// By how much a called operator may end after its caller: one step of the coarsest clock.
constexpr int64_t kStepPs = 1000 * kPsPerNs;
// Of a caller's time: a day, so that sums cannot overflow.
constexpr int64_t kMostPs = int64_t{86400} * 1'000'000'000'000;

// Wide enough for any two times of a file, however far apart a broken clock puts them.
using Picoseconds = __int128;

Picoseconds StartPs(const Event& event) { return Picoseconds{event.start_ns} * kPsPerNs; }

Picoseconds EndPs(const Event& event) { return StartPs(event) + event.duration_ps; }

}  // namespace

CallTree::CallTree(const Trace& trace)
    : trace_(trace), callers_(trace.events.size(), kNoEvent), called_ps_(trace.events.size(), 0) {
  std::vector<std::vector<uint32_t>> threads(trace.tracks.size());
  for (uint32_t i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if (!IsDeviceWork(event.kind) && event.duration_ps != kNone) threads[trace.events[i].track].push_back(i);
  }
  const auto comes_first = [&](uint32_t a, uint32_t b) {
    const Event& first = trace_.events[a];
    const Event& second = trace_.events[b];
    if (first.start_ns != second.start_ns) return first.start_ns < second.start_ns;
    if (first.duration_ps != second.duration_ps) return first.duration_ps > second.duration_ps;
    // Of two that a coarse clock cannot tell apart, the one that calls is written first; a runtime call calls nothing.
    const bool first_calls = first.kind != EventKind::kRuntime;
    const bool second_calls = second.kind != EventKind::kRuntime;
    return first_calls != second_calls ? first_calls : a < b;
  };
  for (std::vector<uint32_t>& thread : threads) {
    // Writers leave few sorted runs, which this sort finds.
    boost::sort::spinsort(thread.begin(), thread.end(), comes_first);
    AddThread(thread);
  }
}

void CallTree::AddThread(const std::vector<uint32_t>& in_order) {
  std::vector<uint32_t> open;
  for (const uint32_t index : in_order) {
    const Event& event = trace_.events[index];
    const Picoseconds start_ps = StartPs(event);
    const Picoseconds end_ps = EndPs(event);
    while (!open.empty()) {
      const Picoseconds open_end_ps = EndPs(trace_.events[open.back()]);
      if (end_ps <= open_end_ps + kStepPs && start_ps <= open_end_ps) break;
      if (start_ps + kStepPs < open_end_ps) ++overlaps_;
      open.pop_back();
    }
    if (event.kind == EventKind::kRuntime) {
      const auto caller = std::find_if(open.rbegin(), open.rend(), [&](uint32_t candidate) {
        return trace_.events[candidate].kind == EventKind::kOperator;
      });
      if (caller != open.rend()) callers_[index] = *caller;
      continue;
    }
    if (!open.empty()) {
      callers_[index] = open.back();
      // What was called can take no longer than its caller, but for a step of the clock; more is an overlap.
      called_ps_[open.back()] = std::min(called_ps_[open.back()] + event.duration_ps, kMostPs);
    }
    open.push_back(index);
  }
}

int64_t CallTree::SelfPs(uint32_t index) const {
  return std::max<int64_t>(0, trace_.events[index].duration_ps - called_ps_[index]);
}

bool CallTree::IsWithin(uint32_t index, uint32_t ancestor) const {
  while (index != kNoEvent && index != ancestor) index = callers_[index];
  return index == ancestor && index != kNoEvent;
}

}  // namespace sandglass::collectors::kineto
