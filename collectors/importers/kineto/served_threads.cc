#include "collectors/importers/kineto/served_threads.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace sandglass::collectors::kineto {
namespace {

constexpr int64_t kPsPerNs = 1000;

bool IsServing(const Event& event) { return event.kind == EventKind::kRuntime && event.forward_thread != kNone; }

bool IsOver(const Event& event, int64_t time_ns) { return time_ns - event.start_ns > event.duration_ps / kPsPerNs; }

std::string ThreadKey(absl::string_view process, absl::string_view thread) {
  return absl::StrCat(process, "/", thread);
}

}  // namespace

ServedThreads::ServedThreads(const Trace& trace, const CallTree& tree) : trace_(trace), tree_(tree) {
  for (uint32_t i = 0; i < trace.events.size(); ++i) {
    if (IsServing(trace.events[i])) serving_[trace.events[i].track].push_back(i);
  }
  for (const auto& [track, calls] : serving_) {
    for (const uint32_t call : calls) {
      served_[ThreadKey(trace.tracks[track].process, absl::StrCat(trace.events[call].forward_thread))];
    }
  }
  if (served_.empty()) return;
  for (uint32_t i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if (event.kind != EventKind::kOperator && event.kind != EventKind::kAnnotation) continue;
    const Track& track = trace.tracks[event.track];
    const auto served = served_.find(ThreadKey(track.process, track.thread));
    if (served != served_.end()) served->second.push_back(i);
  }
  const auto sort = [&](std::vector<uint32_t>& events) {
    std::stable_sort(events.begin(), events.end(), [&](uint32_t a, uint32_t b) {
      const Event& first = trace.events[a];
      const Event& second = trace.events[b];
      if (first.start_ns != second.start_ns) return first.start_ns < second.start_ns;
      return first.duration_ps > second.duration_ps;
    });
  };
  for (auto& [track, calls] : serving_) sort(calls);
  for (auto& [thread, events] : served_) sort(events);
}

uint32_t ServedThreads::LastBegunBy(const std::vector<uint32_t>& events, int64_t time_ns) const {
  const auto after = std::upper_bound(events.begin(), events.end(), time_ns, [&](int64_t time, uint32_t index) {
    return time < trace_.events[index].start_ns;
  });
  return after == events.begin() ? kNoEvent : *std::prev(after);
}

uint32_t ServedThreads::CallerOf(uint32_t call) const {
  const Event& event = trace_.events[call];
  const auto serving = serving_.find(event.track);
  if (serving == serving_.end()) return kNoEvent;
  const uint32_t server = LastBegunBy(serving->second, event.start_ns);
  if (server == kNoEvent || IsOver(trace_.events[server], event.start_ns)) return kNoEvent;
  const auto served =
      served_.find(ThreadKey(trace_.tracks[event.track].process, absl::StrCat(trace_.events[server].forward_thread)));
  uint32_t caller = LastBegunBy(served->second, event.start_ns);
  while (caller != kNoEvent && IsOver(trace_.events[caller], event.start_ns)) caller = tree_.CallerOf(caller);
  return caller;
}

}  // namespace sandglass::collectors::kineto
