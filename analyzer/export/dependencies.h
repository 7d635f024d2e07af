// For which others a node of a Chakra file waits.
//
// Used by one thread at a time.
#ifndef SANDGLASS_ANALYZER_EXPORT_DEPENDENCIES_H_
#define SANDGLASS_ANALYZER_EXPORT_DEPENDENCIES_H_

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "analyzer/export/node_plan.h"
#include "proto/operator_columns.h"

namespace sandglass::chakra_export {

class Dependencies {
 public:
  // Takes the trace's operators in order, all of them before the first call of DataDeps.
  void Add(const OperatorRow& row);

  // Those of the next node, in the order of the trace. A node without any waits for the one before it on its host's
  // thread or its device's queue; not where a dependency of the trace is on a later node, for then nodes might wait for
  // each other in a circle. What was launched waits for what launched it.
  std::vector<uint64_t> DataDeps(const OperatorRow& row, const NodePlan& plan);
  std::vector<uint64_t> ControlDeps(const OperatorRow& row);

  // How many were on operators that the trace does not have.
  uint64_t dropped() const { return dropped_; }
  // How many nodes got one by their order.
  uint64_t by_order() const { return by_order_; }

 private:
  std::vector<uint64_t> Existing(absl::Span<const uint64_t> ids);

  uint64_t& LastBefore(const OperatorRow& row, const NodePlan& plan);

  absl::flat_hash_set<uint64_t> ids_;
  // Depended on before they came.
  absl::flat_hash_set<uint64_t> awaited_;
  bool goes_forward_ = false;
  uint64_t by_order_ = 0;
  uint64_t dropped_ = 0;
  // The last node on each thread of the host and each queue of a device; what has none shares one.
  std::map<int64_t, uint64_t> last_on_thread_;
  std::map<std::pair<int64_t, int64_t>, uint64_t> last_on_queue_;
};

}  // namespace sandglass::chakra_export

#endif  // SANDGLASS_ANALYZER_EXPORT_DEPENDENCIES_H_
