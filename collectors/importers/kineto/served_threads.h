// Runtime calls that one thread makes for another, as those of a pool do that runs programs on an MTIA.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_SERVED_THREADS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_SERVED_THREADS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "collectors/importers/kineto/call_tree.h"
#include "collectors/importers/kineto/trace.h"

namespace sandglass::collectors::kineto {

class ServedThreads {
 public:
  // Of a trace, which must outlive it, and its call tree.
  ServedThreads(const Trace& trace, const CallTree& tree);

  // The innermost operator or annotation that ran, when runtime call `call` began, on the thread for which it was made;
  // kNoEvent: it was made for no other, or nothing ran there.
  uint32_t CallerOf(uint32_t call) const;

 private:
  uint32_t LastBegunBy(const std::vector<uint32_t>& events, int64_t time_ns) const;

  const Trace& trace_;
  const CallTree& tree_;
  // In order of start: of each track, the calls that serve another; and of each thread that is served, by process and
  // thread, its operators and annotations.
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> serving_;
  absl::flat_hash_map<std::string, std::vector<uint32_t>> served_;
};

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_SERVED_THREADS_H_
