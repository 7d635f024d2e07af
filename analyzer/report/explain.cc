#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/models/operator_model.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/report/replay_report.h"

namespace sandglass::report {
namespace {

using replay::PreparedTrace;
using silicon::SiliconClass;

void SetWork(const ops::Work& work, v1::WorkTerms& message) {
  message.set_matrix_flop(work.matrix.value());
  message.set_vector_flop(work.vector.value());
  message.set_read_bytes(work.read.value());
  message.set_written_bytes(work.written.value());
  message.set_serial_steps(work.loop.has_value() ? static_cast<double>(work.loop->steps) : 1);
}

// One operator's line; where the class cannot run it, without a device time.
v1::OperatorEstimate Line(const PreparedTrace& prepared, const SiliconClass& silicon, const trace::Operator& op) {
  const ops::Work& work = *prepared.work.work[op.signature];
  v1::OperatorEstimate line;
  line.set_operator_id(op.id);
  line.set_name(prepared.trace->signatures[op.signature].name);
  line.set_op_class(std::string(ops::OpClassName(work.op_class)));
  SetWork(work, *line.mutable_work());
  const silicon::Stack& stack = silicon.stacks.front();
  line.set_support(static_cast<v1::Support>(stack.SupportFor(work.op_class).support));
  if (std::holds_alternative<silicon::MdMachine>(silicon.chip)) return line;
  const models::OperatorOptions options = {.allow_tf32 = prepared.precision == replay::Precision::kTf32, .devices = 1};
  const absl::StatusOr<models::OperatorEstimate> estimate = models::EstimateOperator(work, silicon, stack, options);
  if (!estimate.ok()) return line;
  v1::TimeTerms& terms = *line.mutable_time_terms();
  terms.set_launch_s(estimate->floor.value());
  terms.set_matrix_s(estimate->matrix.value());
  terms.set_vector_s(estimate->vector.value());
  terms.set_memory_s(estimate->memory.value());
  terms.set_serial_s(estimate->serial.value());
  line.mutable_device()->set_value(estimate->device.value());
  line.mutable_device()->set_unit("s");
  line.mutable_device()->set_provenance(v1::ESTIMATE_PROVENANCE_MODELLED);
  line.set_limit(static_cast<v1::Limit>(estimate->limit));
  return line;
}

}  // namespace

absl::StatusOr<std::vector<v1::OperatorEstimate>> ExplainOperators(const trace::Trace& trace,
                                                                   const SiliconClass& silicon,
                                                                   const v1::ReplayOptions& options,
                                                                   uint64_t operator_id, int slowest) {
  if (absl::Status status = ValidateOptions(options); !status.ok()) return status;
  const auto precision = options.precision() == v1::PRECISION_POLICY_UNSPECIFIED
                             ? replay::Precision::kSource
                             : static_cast<replay::Precision>(options.precision());
  const PreparedTrace prepared = replay::Prepare(trace, precision);
  std::vector<v1::OperatorEstimate> lines;
  for (const uint32_t index : prepared.work.costed) {
    const trace::Operator& op = trace.operators[index];
    if (operator_id != 0 && op.id != operator_id) continue;
    lines.push_back(Line(prepared, silicon, op));
  }
  if (operator_id != 0 && lines.empty()) {
    return absl::NotFoundError(
        absl::StrCat("operator ", operator_id, " of trace ", trace.id, " is not there or does no work of its own"));
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.device().value() > b.device().value(); });
  if (lines.size() > static_cast<size_t>(slowest)) lines.resize(static_cast<size_t>(slowest));
  return lines;
}

}  // namespace sandglass::report
