// Turns an ExecutionTrace into operator records.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_OPERATORS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_OPERATORS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "collectors/importers/execution_trace/data_flow.h"
#include "collectors/importers/execution_trace/trace.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/send_trace.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::execution_trace {

class Operators {
 public:
  // The trace is changed only by Write, which lends its signatures, and must outlive this.
  explicit Operators(Trace& trace);

  // Of what the trace holds; what it lacks is the report's to say.
  v1::TraceSummary Summary() const;
  // Whether an operator of it differentiates another.
  bool has_backward() const { return has_backward_; }

  // Fills the report's counts.
  void Count(ImportReport& report) const;

  // Sends all records, in order; stops at the first error.
  absl::Status Write(const TakeOperator& take);

 private:
  void FindForward();
  void Fill(uint32_t index, v1::Operator& op) const;

  Trace& trace_;
  const DataFlow flow_;
  // Of each node its record's id; 0: none.
  std::vector<uint64_t> ids_;
  // Of each node that is a backward operator, its forward operator; kNoNode: not one, or not found.
  std::vector<uint32_t> forward_;
  bool has_backward_ = false;
};

}  // namespace sandglass::collectors::execution_trace

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_EXECUTION_TRACE_OPERATORS_H_
