#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/models/explanation.h"
#include "analyzer/models/operator_model.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/report/replay_options.h"
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

v1::Term TermMessage(const models::Term& term) {
  v1::Term message;
  message.set_name(term.name);
  message.set_value(term.value);
  message.set_unit(term.unit);
  message.set_operation(static_cast<v1::TermOperation>(term.operation));
  message.set_divides(term.divides);
  message.set_note(term.note);
  if (term.figure.has_value()) {
    message.set_low(term.figure->low);
    message.set_high(term.figure->high);
    message.set_basis(static_cast<v1::FigureBasis>(term.figure->basis));
    message.set_confidence(static_cast<v1::Confidence>(term.figure->confidence));
    message.mutable_source()->set_title(term.figure->source);
  }
  for (const models::Term& below : term.terms) *message.add_terms() = TermMessage(below);
  return message;
}

bool RestsOnAssumption(const models::Term& term) {
  if (term.figure.has_value() && term.figure->basis == silicon::Basis::kAssumed) return true;
  return std::any_of(term.terms.begin(), term.terms.end(), RestsOnAssumption);
}

void SetTimes(const models::OperatorEstimate& estimate, v1::TimeTerms& terms) {
  terms.set_launch_s(estimate.floor.value());
  terms.set_matrix_s(estimate.matrix.value());
  terms.set_vector_s((estimate.vector + estimate.addressing).value());
  terms.set_memory_s(estimate.memory.value());
  terms.set_serial_s((estimate.serial + estimate.waiting).value());
  terms.set_communication_s(estimate.link.value());
  terms.set_host_s(estimate.host.value());
  terms.set_host_transfer_s(estimate.host_transfer.value());
}

models::Term Factor(std::string name, double value, std::string note) {
  models::Term factor;
  factor.name = std::move(name);
  factor.value = value;
  factor.unit = "ratio";
  factor.note = std::move(note);
  return factor;
}

// Device time as measured times correct it: the trace's own, and a calibration's.
models::Term Multiplied(const PreparedTrace& prepared, const replay::TimeFactors& factors, const models::Term& time) {
  if (prepared.correction.empty() && prepared.calibration.empty()) return time;
  models::Term product;
  product.name = "device time, corrected";
  product.value = time.value * factors.both();
  product.unit = time.unit;
  product.operation = models::TermOperation::kProduct;
  product.terms = {time};
  if (!prepared.correction.empty()) {
    product.terms.push_back(Factor("correction", factors.correction,
                                   "root of measured over modelled time on the class that the trace ran on, between "
                                   "1/2 and 2"));
  }
  if (!prepared.calibration.empty()) {
    product.terms.push_back(
        Factor("calibration", factors.calibration, "measured over modelled time of the calibration's rows, shrunk"));
  }
  return product;
}

// One operator's line; where the class cannot run it, without a device time and with the reason.
v1::OperatorEstimate Line(const PreparedTrace& prepared, const silicon::Target& target, const trace::Operator& op) {
  const ops::Work& work = *prepared.work.work[op.signature];
  v1::OperatorEstimate line;
  line.set_operator_id(op.id);
  line.set_name(prepared.trace->signatures[op.signature].name);
  line.set_op_class(std::string(ops::OpClassName(work.op_class)));
  SetWork(work, *line.mutable_work());
  const silicon::OperatorSupport support = replay::SupportOn(prepared, target, op.signature);
  line.set_support(static_cast<v1::Support>(support.support));
  line.set_evidence(static_cast<v1::EvidenceKind>(support.evidence));
  line.mutable_support_source()->set_title(support.source);
  line.set_support_note(support.note);
  if (std::holds_alternative<silicon::MdMachine>(target.silicon->chip)) {
    line.set_reason("this machine is modelled by whole steps, not by operators: see `sandglass replay`");
    return line;
  }
  const models::OperatorOptions options = replay::ModelOptions(prepared, target, 1);
  const auto estimate = models::EstimateOperator(work, support, *target.silicon, *target.stack, options);
  const auto explanation = models::ExplainOperator(work, support, *target.silicon, *target.stack, options);
  if (!estimate.ok() || !explanation.ok()) {
    line.set_reason(std::string(estimate.ok() ? explanation.status().message() : estimate.status().message()));
    return line;
  }
  SetTimes(*estimate, *line.mutable_time_terms());
  const replay::TimeFactors factors = replay::FactorsOn(prepared, target, op.signature, *estimate);
  const double seconds = estimate->device.value();
  line.mutable_time_terms()->set_correction_s((factors.correction - 1) * seconds);
  line.mutable_time_terms()->set_calibration_s(factors.correction * (factors.calibration - 1) * seconds);
  line.mutable_device()->set_value(factors.both() * seconds);
  line.mutable_device()->set_unit("s");
  line.mutable_device()->set_provenance(RestsOnAssumption(explanation->time) ? v1::ESTIMATE_PROVENANCE_ASSUMED
                                                                             : v1::ESTIMATE_PROVENANCE_MODELLED);
  line.set_limit(static_cast<v1::Limit>(estimate->limit));
  *line.mutable_time() = TermMessage(Multiplied(prepared, factors, explanation->time));
  *line.mutable_energy() = TermMessage(explanation->energy);
  return line;
}

}  // namespace

absl::StatusOr<std::vector<v1::OperatorEstimate>> ExplainOperators(const trace::Trace& trace,
                                                                   const silicon::Catalog& catalog,
                                                                   const SiliconClass& silicon,
                                                                   const v1::ReplayOptions& options,
                                                                   uint64_t operator_id, int slowest) {
  if (absl::Status status = ValidateOptions(options); !status.ok()) return status;
  const silicon::Target target = catalog.TargetFor(silicon, options.stack());
  if (target.stack == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("option stack is \"", options.stack(), "\": ", silicon.id,
                                                   " has no such stack; `sandglass catalog show ", silicon.id,
                                                   "` names its stacks"));
  }
  const absl::StatusOr<PreparedTrace> made = PrepareFor(trace, catalog, options);
  if (!made.ok()) return made.status();
  const PreparedTrace& prepared = *made;
  std::vector<v1::OperatorEstimate> lines;
  for (const uint32_t index : prepared.work.costed) {
    const trace::Operator& op = trace.operators[index];
    if (operator_id != 0 && op.id != operator_id) continue;
    lines.push_back(Line(prepared, target, op));
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
