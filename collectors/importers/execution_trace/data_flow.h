// Which operator's results an operator reads, and which tensors share memory.
//
// Nodes have no times, but an order: they are numbered as they begin, and a node ends no earlier than what it called.
// So the order of all beginnings and ends is known but for the ends on other threads, which are taken as early as can
// be. An operator's results exist once it has ended; what it called gave them before, so that whoever reads them reads
// the outermost operator's that gave them.
//
// An operator reads from the last that returned the tensor as its result, and from the last that changed the content of
// its storage since: in place, which its schema says, or by filling a storage of its own. Numbers of tensors and
// storages are those of addresses and are used again; a storage that an operator returns and was not given is a new one
// (collectors/torch/storage_generations.h).
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_DATA_FLOW_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_DATA_FLOW_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "collectors/importers/execution_trace/trace.h"

namespace sandglass::collectors::execution_trace {

struct DataFlow {
  // Of each of Trace::tensors, the number of its storage, which no other storage has; 0: not known.
  std::vector<uint64_t> storages;
  // Of each node the nodes that it reads from, in order: those from first[i] to first[i + 1].
  std::vector<uint32_t> sources;
  std::vector<uint64_t> first;

  absl::Span<const uint32_t> SourcesOf(uint32_t node) const {
    return absl::MakeConstSpan(sources).subspan(first[node], first[node + 1] - first[node]);
  }
};

DataFlow DataFlowOf(const Trace& trace);

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_DATA_FLOW_H_
