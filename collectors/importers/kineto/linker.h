// Joins device work to the operator that launched it.
//
// Two ways lead from a kernel to an operator: the external id that both bear, and the correlation of the runtime call,
// which was made within an operator. What the external id means differs: in the second generation a kernel's is that of
// the correlation, which may by chance be an operator's. So it is used in the first and third only, and must agree with
// the other way, where there is one: the operator that it names holds the call, or is held by the one that does.
// MTIA's runtime calls are made by threads of a pool, each for another thread; there whatever ran on that thread at the
// time of the call is the launcher.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_LINKER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_LINKER_H_

#include <cstdint>
#include <vector>

#include "collectors/importers/kineto/call_tree.h"
#include "collectors/importers/kineto/trace.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::kineto {

struct Link {
  // Index of the operator in Trace::events; kNoEvent: it was not found.
  uint32_t launcher = kNoEvent;
  v1::LinkMethod method = v1::LINK_METHOD_UNSPECIFIED;
  // Whether the runtime call that started the work was recorded.
  bool has_call = false;
};

struct Links {
  // One for each event; of meaning for device work.
  std::vector<Link> of;
  // Where the two ways led to operators of which neither called the other: not linked.
  uint64_t disagreements = 0;
  // External ids that several operators bear: not used.
  uint64_t ambiguous_ids = 0;
};

Links LinkDeviceWork(const Trace& trace, const CallTree& tree);

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_LINKER_H_
