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

  // Whether the trace has no dependencies of data, so that its order stands for them.
  bool by_order() const { return !has_data_deps_; }

  // Those of the next node, in the order of the trace.
  std::vector<uint64_t> DataDeps(const OperatorRow& row, const NodePlan& plan);
  std::vector<uint64_t> ControlDeps(const OperatorRow& row);

  // How many were on operators that the trace does not have.
  uint64_t dropped() const { return dropped_; }

 private:
  std::vector<uint64_t> Existing(absl::Span<const uint64_t> ids);

  absl::flat_hash_set<uint64_t> ids_;
  bool has_data_deps_ = false;
  uint64_t dropped_ = 0;
  // The last node on each thread of the host and each queue of a device; what has none shares one.
  std::map<int64_t, uint64_t> last_on_thread_;
  std::map<std::pair<int64_t, int64_t>, uint64_t> last_on_queue_;
};

}  // namespace sandglass::chakra_export

#endif  // SANDGLASS_ANALYZER_EXPORT_DEPENDENCIES_H_
