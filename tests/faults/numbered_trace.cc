#include "tests/faults/numbered_trace.h"

#include "absl/strings/str_cat.h"

namespace sandglass::faults {

v1::TraceHeader NumberedHeader() {
  v1::TraceHeader header;
  header.set_name("numbered");
  header.set_phase(v1::PHASE_TRAIN);
  header.set_run_mode(v1::RUN_MODE_MEASURED);
  return header;
}

v1::Operator NumberedOperator(uint64_t id) {
  v1::Operator op;
  op.set_id(id);
  if (id % 5 != 1) op.set_parent_id(id - 1);
  op.set_start_ns(static_cast<int64_t>(1000 * id));
  op.set_duration_ps(static_cast<int64_t>(id * id % 7919));
  op.set_thread(0);
  v1::OpSignature& signature = *op.mutable_signature();
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  signature.set_name(absl::StrCat("aten::op", id % 97));
  return op;
}

v1::TraceSummary NumberedSummary() {
  v1::TraceSummary summary;
  v1::WorkDone& work = *summary.add_work_done();
  work.set_unit(v1::WORK_UNIT_STEP);
  work.set_count(1);
  return summary;
}

}  // namespace sandglass::faults
