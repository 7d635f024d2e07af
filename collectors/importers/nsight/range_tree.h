// Which range of a thread lies within which, and within which a call was made: by time, thread by thread.
//
// The ranges that NVTX pushes and pops nest; those that it starts and ends need not. A range or a call lies within the
// range of its thread that began last among those that began no later than it and ended no earlier.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_RANGE_TREE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_RANGE_TREE_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "collectors/importers/nsight/trace.h"

namespace sandglass::collectors::nsight {

inline constexpr uint32_t kNoRange = std::numeric_limits<uint32_t>::max();

class RangeTree {
 public:
  explicit RangeTree(const Trace& trace);

  // The innermost range around range `index`; kNoRange: there is none.
  uint32_t Around(uint32_t index) const { return around_[index]; }
  // The innermost range around the call; kNoRange: there is none, or no such call.
  uint32_t AroundCall(const CallKey& call) const;
  // Time of range `index` less that of the ranges directly within it, in ps; not negative.
  int64_t SelfPs(uint32_t index) const { return self_ps_[index]; }
  // Ranges and calls deeper than kMostDepth, whose surroundings were not searched to the end.
  uint64_t too_deep() const { return too_deep_; }

 private:
  struct Span;
  void AddThread(std::vector<Span>& spans, const std::vector<Range>& ranges);

  std::vector<int64_t> self_ps_;
  std::vector<uint32_t> around_;
  absl::flat_hash_map<CallKey, uint32_t> around_call_;
  uint64_t too_deep_ = 0;
};

}  // namespace sandglass::collectors::nsight

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_RANGE_TREE_H_
