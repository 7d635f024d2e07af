// Sorts events, which writers leave in a few sorted runs: a thread's, a queue's, a buffer's.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_EVENT_ORDER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_EVENT_ORDER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace sandglass::collectors::kineto {

// Sorts as std::stable_sort does, in one pass and few merges where there are few runs.
template <typename ComesFirst>
void SortEvents(std::vector<uint32_t>& events, const ComesFirst& comes_first) {
  constexpr size_t kMostRuns = 64;
  std::vector<std::vector<uint32_t>::iterator> ends = {events.begin()};
  while (ends.back() != events.end() && ends.size() <= kMostRuns) {
    ends.push_back(std::is_sorted_until(ends.back(), events.end(), comes_first));
  }
  if (ends.back() != events.end()) {
    std::stable_sort(events.begin(), events.end(), comes_first);
    return;
  }
  // Neighbours first, so that each event is moved few times.
  while (ends.size() > 2) {
    std::vector<std::vector<uint32_t>::iterator> merged = {ends[0]};
    for (size_t i = 1; i < ends.size(); i += 2) {
      if (i + 1 < ends.size()) std::inplace_merge(merged.back(), ends[i], ends[i + 1], comes_first);
      merged.push_back(ends[std::min(i + 1, ends.size() - 1)]);
    }
    ends = std::move(merged);
  }
}

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_EVENT_ORDER_H_
