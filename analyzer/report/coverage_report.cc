#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/replay/class_coverage.h"
#include "analyzer/report/replay_options.h"
#include "analyzer/report/replay_report.h"

namespace sandglass::report {
namespace {

constexpr int kReportVersion = 1;

v1::OperatorCoverage OperatorMessage(const replay::OperatorCoverage& entry) {
  v1::OperatorCoverage message;
  message.set_name(entry.name);
  message.set_op_class(std::string(ops::OpClassName(entry.op_class)));
  message.set_element_type(static_cast<v1::DataType>(entry.element_type));
  message.set_count(entry.count);
  message.set_support(static_cast<v1::Support>(entry.support.support));
  message.set_evidence(static_cast<v1::EvidenceKind>(entry.support.evidence));
  message.mutable_source()->set_title(entry.support.source);
  message.set_note(entry.support.note);
  if (entry.native.has_value()) message.set_native_s(entry.native->value());
  if (entry.actual.has_value()) message.set_actual_s(entry.actual->value());
  if (entry.native_share.has_value()) message.set_native_share(*entry.native_share);
  if (entry.retained.has_value()) message.set_retained(*entry.retained);
  return message;
}

v1::Estimate ShareEstimate(double value) {
  v1::Estimate estimate;
  estimate.set_value(value);
  estimate.set_unit("ratio");
  estimate.set_provenance(v1::ESTIMATE_PROVENANCE_MODELLED);
  return estimate;
}

void AddPort(const replay::ClassCoverage& coverage, const silicon::Stack& stack, v1::ClassCoverage& message) {
  for (const replay::PortItem& item : coverage.port) {
    v1::PortItem& entry = *message.add_port();
    entry.set_op_class(std::string(ops::OpClassName(item.op_class)));
    for (const std::string& name : item.names) entry.add_names(name);
    entry.set_support(static_cast<v1::Support>(item.support));
    entry.set_kernel_language(stack.kernel_language);
    if (item.saved_share.has_value()) entry.set_saved_share(*item.saved_share);
  }
}

v1::ClassCoverage ClassMessage(const replay::PreparedTrace& prepared, const silicon::Target& target) {
  const replay::ClassCoverage coverage = replay::CoverOn(prepared, target);
  v1::ClassCoverage message;
  message.set_silicon_class(target.silicon->id);
  message.set_display_name(target.silicon->display_name);
  message.set_stack(target.stack->name);
  for (const auto& [support, share] : coverage.shares) {
    v1::SupportShare& entry = *message.add_shares();
    entry.set_support(static_cast<v1::Support>(support));
    entry.set_count(share.count);
    entry.set_native_share(share.native_share);
  }
  *message.mutable_covered() = ShareEstimate(coverage.covered);
  if (coverage.retained.has_value()) *message.mutable_retained() = ShareEstimate(*coverage.retained);
  std::set<std::string> assumptions;
  for (const replay::OperatorCoverage& entry : coverage.operators) {
    *message.add_operators() = OperatorMessage(entry);
    assumptions.insert(entry.assumptions.begin(), entry.assumptions.end());
  }
  if (message.has_retained() && !assumptions.empty()) {
    message.mutable_retained()->set_provenance(v1::ESTIMATE_PROVENANCE_ASSUMED);
    for (const std::string& path : assumptions) message.mutable_retained()->add_assumptions(path);
  }
  AddPort(coverage, *target.stack, message);
  if (coverage.by_count) message.add_warnings("times of single operators are not modelled: shares are of operators");
  if (target.stack->dynamic_shapes == silicon::DynamicShapes::kRecompile) {
    message.add_warnings("each new shape compiles anew; that time is not in these shares");
  } else if (target.stack->dynamic_shapes == silicon::DynamicShapes::kStatic) {
    message.add_warnings("only shapes that were compiled ahead of time run");
  }
  return message;
}

}  // namespace

absl::StatusOr<v1::CoverageReport> BuildCoverageReport(const trace::Trace& trace, const silicon::Catalog& catalog,
                                                       const std::vector<const silicon::SiliconClass*>& classes,
                                                       const v1::ReplayOptions& options) {
  if (absl::Status status = ValidateOptions(options); !status.ok()) return status;
  const replay::PreparedTrace prepared = replay::Prepare(trace, PrecisionOf(options));
  v1::CoverageReport report;
  report.set_report_version(kReportVersion);
  report.set_trace_id(trace.id);
  report.set_trace_name(trace.name);
  report.set_content_digest(trace.content_digest_hex);
  report.set_catalog_digest(catalog.digest_hex());
  *report.mutable_options() = options;
  // Of which nothing depends here.
  report.mutable_options()->clear_mode();
  report.mutable_options()->clear_calibration();
  *report.mutable_coverage() = CoverageMessage(prepared.work.coverage);
  for (const silicon::SiliconClass* silicon : classes) {
    const silicon::Target target = catalog.TargetFor(*silicon, options.stack());
    if (target.stack != nullptr) *report.add_classes() = ClassMessage(prepared, target);
  }
  if (report.classes().empty() && !classes.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("option stack is \"", options.stack(),
                                                   "\": none of the classes has it; `sandglass catalog show CLASS` "
                                                   "names a class's stacks"));
  }
  return report;
}

}  // namespace sandglass::report
