// Joins the operators of a Kineto file with the nodes of an ExecutionTrace of the same run.
//
// A Kineto file has times and no results; an ExecutionTrace has results, identities of tensors and the concrete
// arguments, and no times. Which event and which node are one call of an operator is known
//   - by "Record function id", which later releases write into both files;
//   - before that by the external id, where it happens to be the same number;
//   - or by order: the nodes of a thread are a stretch of the events of one, name by name, and the autograd engine's
//     sequence numbers, which no other step repeats, are the same. So one step is found among many.
// Ids of files that do not belong together fit some events by chance, so one id is not believed alone: a way is taken
// only if nine of ten of its pairs agree in name, in sequence number and in the shapes of their inputs. Of a way that
// is taken, pairs that do not agree are counted and not used.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_NODE_JOIN_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_NODE_JOIN_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "collectors/importers/execution_trace/trace.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/kineto/trace.h"

namespace sandglass::collectors::kineto {

struct NodeJoin {
  // Of each event its node in the ExecutionTrace; execution_trace::kNoNode: none.
  std::vector<uint32_t> node_of;
  // Which way was taken, as a name of a count: "joined_by_record_function_id".
  const char* way = "";
  uint64_t joined = 0;
  // Pairs that do not agree.
  uint64_t mismatches = 0;
  // Operators and annotations that have no node, and nodes that have no event.
  uint64_t events_alone = 0;
  uint64_t nodes_alone = 0;
};

// Errors: InvalidArgument, if the two are not of one run, or no way shows that they are.
absl::StatusOr<NodeJoin> JoinNodes(const Trace& trace, const execution_trace::Trace& nodes);

// Gives the joined events what only their nodes know: results, arguments, the operator's schema, what is known of a
// collective. The process groups that they name are added to the trace.
void AddSignatures(const NodeJoin& join, const execution_trace::Trace& nodes, Trace& trace);

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_NODE_JOIN_H_
