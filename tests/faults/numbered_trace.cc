#include "tests/faults/numbered_trace.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace sandglass::faults {

v1::Operator NumberedOperator(uint64_t id, int variant, bool bulky) {
  v1::Operator op;
  op.set_id(id);
  if (id % 5 != 1) op.set_parent_id(id - 1);
  op.set_start_ns(static_cast<int64_t>(1000 * id));
  op.set_duration_ps(static_cast<int64_t>(id * id * 2654435761u % 1000003));
  op.set_thread(0);
  v1::OpSignature& signature = *op.mutable_signature();
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  signature.set_name(bulky ? absl::StrFormat("aten::op_%016x%016x", id * 0x9e3779b97f4a7c15u, id * 0xc2b2ae3d27d4eb4fu)
                           : absl::StrCat("aten::op", (id * 7919 + static_cast<uint64_t>(variant)) % 211));
  return op;
}

v1::TraceHeader NumberedHeader(const std::string& name) {
  v1::TraceHeader header;
  header.set_name(name);
  header.set_phase(v1::PHASE_TRAIN);
  header.set_run_mode(v1::RUN_MODE_MEASURED);
  return header;
}

v1::TraceSummary OneStep() {
  v1::TraceSummary summary;
  v1::WorkDone& work = *summary.add_work_done();
  work.set_unit(v1::WORK_UNIT_STEP);
  work.set_count(1);
  return summary;
}

}  // namespace sandglass::faults
