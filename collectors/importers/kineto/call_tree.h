// Which operator called which: by time, thread by thread.
//
// An operator's caller is the innermost one of its thread that began no later and ended no earlier. Clocks of whole
// microseconds cut starts and durations apart, so that a called operator may seem to end a little after its caller.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_CALL_TREE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_CALL_TREE_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "collectors/importers/kineto/trace.h"

namespace sandglass::collectors::kineto {

inline constexpr uint32_t kNoEvent = std::numeric_limits<uint32_t>::max();

class CallTree {
 public:
  // Of the trace's operators, annotations and runtime calls; the trace must outlive it.
  explicit CallTree(const Trace& trace);

  // The operator or annotation that called event `index`; kNoEvent: none. For a runtime call: the operator within
  // which it was made, never an annotation.
  uint32_t CallerOf(uint32_t index) const { return callers_[index]; }
  // Duration of event `index` less that of what it called, in ps; not negative.
  int64_t SelfPs(uint32_t index) const;
  // Whether event `index` was called by `ancestor`, directly or not, or is it.
  bool IsWithin(uint32_t index, uint32_t ancestor) const;
  // Pairs of operators of one thread of which neither holds the other, though their times overlap.
  uint64_t overlaps() const { return overlaps_; }

 private:
  void AddThread(const std::vector<uint32_t>& in_order);

  const Trace& trace_;
  std::vector<uint32_t> callers_;
  // Of what each event called directly.
  std::vector<int64_t> called_ps_;
  uint64_t overlaps_ = 0;
};

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_CALL_TREE_H_
