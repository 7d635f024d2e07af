#include "analyzer/report/replay_report.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyzer/economics/class_cost.h"
#include "analyzer/economics/defaults.h"
#include "analyzer/models/error_prior.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/report/messages.h"
#include "analyzer/report/replay_options.h"

namespace sandglass::report {
namespace {

using economics::ClassCost;
using replay::ClassReplay;
using replay::PreparedTrace;
using silicon::SiliconClass;

constexpr double kPicosecond = 1e-12;
constexpr double kNanosecond = 1e-9;
constexpr int kReportVersion = 1;

// What is the same for all classes of a report.
struct Context {
  const silicon::Catalog& catalog;
  const std::string& stack;
  const PreparedTrace& prepared;
  const economics::EconomicDefaults& defaults;
  const models::ErrorPriors& priors;
  economics::CostOptions cost_options;
  trace::WorkDone work_done;
};

}  // namespace

v1::Coverage CoverageMessage(const replay::Coverage& coverage) {
  v1::Coverage message;
  message.set_operators(coverage.operators);
  message.set_operators_known(coverage.known);
  message.set_operator_share(coverage.operator_share);
  if (coverage.time_share.has_value()) message.set_time_share(*coverage.time_share);
  for (const replay::UnknownOperator& unknown : coverage.unknown) {
    v1::UnknownOperator& entry = *message.add_unknown();
    entry.set_name(unknown.name);
    entry.set_count(unknown.count);
    if (unknown.time_share.has_value()) entry.set_time_share(*unknown.time_share);
    entry.set_reason(unknown.reason);
  }
  return message;
}

namespace {

v1::Footprint FootprintMessage(const replay::Footprint& footprint, const SiliconClass& silicon) {
  v1::Footprint message;
  if (footprint.persistent.has_value()) message.set_persistent_bytes(footprint.persistent->value());
  if (footprint.transient.has_value()) message.set_transient_bytes(footprint.transient->value());
  message.set_method(footprint.method);
  if (silicon.memory.has_value()) message.set_device_bytes(silicon.memory->capacity_bytes.value);
  return message;
}

void AddTerms(const ClassReplay& replay, const ClassCost& cost, v1::ClassReplay& message) {
  v1::TimeTerms& time = *message.mutable_time_terms();
  time.set_launch_s(replay.time.launch.value());
  time.set_matrix_s(replay.time.matrix.value());
  time.set_vector_s(replay.time.vector.value());
  time.set_memory_s(replay.time.memory.value());
  time.set_serial_s(replay.time.serial.value());
  time.set_communication_s(replay.time.communication.value());
  time.set_power_stretch_s(replay.time.power_stretch.value());
  time.set_host_gap_s(replay.time.host_gap.value());
  time.set_host_s(replay.time.host.value());
  time.set_host_transfer_s(replay.time.host_transfer.value());
  time.set_correction_s(replay.time.correction.value());
  time.set_calibration_s(replay.time.calibration.value());
  v1::EnergyTerms& energy = *message.mutable_energy_terms();
  energy.set_idle_j(replay.energy.idle.value());
  energy.set_matrix_j(replay.energy.matrix.value());
  energy.set_vector_j(replay.energy.vector.value());
  energy.set_memory_j(replay.energy.memory.value());
  energy.set_host_j(cost.host.value());
  energy.set_facility_j(cost.facility.value());
  if (!cost.usd.has_value()) return;
  *message.mutable_cost_terms() = CostTermsMessage(cost.usd_terms);
}

void AddOperatorClasses(const ClassReplay& replay, v1::ClassReplay& message) {
  Seconds total;
  for (const replay::ClassTotals& totals : replay.op_classes) total += totals.device;
  for (const replay::ClassTotals& totals : replay.op_classes) {
    const std::string name(ops::OpClassName(totals.op_class));
    v1::OperatorClassTotals& entry = *message.add_operator_classes();
    entry.set_op_class(name);
    entry.set_count(totals.count);
    entry.set_device_s(totals.device.value());
    entry.set_limit(static_cast<v1::Limit>(totals.limit));
    entry.set_matrix_flop(totals.matrix.value());
    entry.set_vector_flop(totals.vector.value());
    entry.set_bytes(totals.bytes.value());
    v1::SupportedClass& support = *message.add_support();
    support.set_op_class(name);
    support.set_support(static_cast<v1::Support>(totals.support.support));
    support.set_count(totals.count);
    if (total > Seconds()) support.set_time_share(totals.device / total);
    support.set_evidence(static_cast<v1::EvidenceKind>(totals.support.evidence));
    support.mutable_source()->set_title(totals.support.source);
  }
}

void AddFigures(const Context& context, const SiliconClass& silicon, const ClassReplay& replay,
                v1::ClassReplay& message) {
  const ClassCost cost = economics::CostOf(replay, silicon, context.work_done.count, context.defaults, context.priors,
                                           context.cost_options);
  const absl::string_view unit = UnitName(context.work_done.unit);
  v1::PerUnit& per_unit = *message.mutable_per_unit();
  per_unit.set_unit(static_cast<v1::WorkUnit>(context.work_done.unit));
  *per_unit.mutable_seconds() =
      FiguresEstimate(cost.seconds, absl::StrCat("s/", unit), cost.band, {&cost.time_figures});
  *per_unit.mutable_joules() =
      FiguresEstimate(cost.joules, absl::StrCat("J/", unit), cost.band, {&cost.time_figures, &cost.energy_figures});
  if (cost.usd.has_value()) {
    *per_unit.mutable_usd() = FiguresEstimate(*cost.usd, absl::StrCat("USD/", unit), cost.band,
                                              {&cost.time_figures, &cost.energy_figures, &cost.money_figures});
    *message.mutable_price() = PriceMessage(*cost.price);
  }
  *message.mutable_wall() = FiguresEstimate(cost.wall_seconds, "s", cost.band, {&cost.time_figures});
  *message.mutable_energy() =
      FiguresEstimate(cost.energy_joules, "J", cost.band, {&cost.time_figures, &cost.energy_figures});
  AddTerms(replay, cost, message);
  AddOperatorClasses(replay, message);
  for (const std::string& warning : cost.warnings) message.add_warnings(warning);
}

v1::ClassReplay ClassMessage(const Context& context, const SiliconClass& silicon) {
  const ClassReplay replay = replay::ReplayOn(context.prepared, context.catalog.TargetFor(silicon, context.stack));
  v1::ClassReplay message;
  message.set_silicon_class(silicon.id);
  message.set_display_name(silicon.display_name);
  message.set_verdict(static_cast<v1::Verdict>(replay.verdict));
  message.set_reason(replay.reason);
  message.set_generality(static_cast<v1::Generality>(silicon.generality));
  message.set_stack(replay.stack == nullptr ? context.stack : replay.stack->name);
  message.set_precision(static_cast<v1::PrecisionPolicy>(context.prepared.precision));
  *message.mutable_coverage() = CoverageMessage(context.prepared.work.coverage);
  *message.mutable_footprint() = FootprintMessage(context.prepared.footprint, silicon);
  for (const std::string& warning : replay.warnings) message.add_warnings(warning);
  if (replay.verdict != replay::Verdict::kSupported) return message;
  message.set_devices(static_cast<uint32_t>(replay.devices));
  message.set_limit(static_cast<v1::Limit>(replay.limit));
  message.set_launch_idle_share(replay.launch_idle_share);
  if (silicon.power.clock_hz.has_value()) message.set_clock_share(replay.clock);
  message.set_launch_bound(LaunchBound(replay));
  AddFigures(context, silicon, replay, message);
  return message;
}

// Wall time of the run itself, in seconds; nullopt: no clock readings.
std::optional<double> SourceSeconds(const trace::Trace& trace) {
  if (trace.shapes_only) return std::nullopt;
  if (trace.window_start_ns.has_value() && trace.window_end_ns.has_value() &&
      *trace.window_end_ns > *trace.window_start_ns) {
    return static_cast<double>(*trace.window_end_ns - *trace.window_start_ns) * kNanosecond;
  }
  std::optional<double> first;
  std::optional<double> last;
  for (const trace::Operator& op : trace.operators) {
    if (!op.start_ns.has_value() || !op.duration_ps.has_value()) continue;
    const double start = static_cast<double>(*op.start_ns) * kNanosecond;
    const double end = start + static_cast<double>(*op.duration_ps) * kPicosecond;
    first = std::min(first.value_or(start), start);
    last = std::max(last.value_or(end), end);
  }
  if (!first.has_value() || *last <= *first) return std::nullopt;
  return *last - *first;
}

v1::ReplayReport Header(const PreparedTrace& prepared, const silicon::Catalog& catalog,
                        const v1::ReplayOptions& options) {
  const trace::Trace& trace = *prepared.trace;
  v1::ReplayReport report;
  report.set_report_version(kReportVersion);
  report.set_trace_id(trace.id);
  report.set_trace_name(trace.name);
  report.set_content_digest(trace.content_digest_hex);
  report.set_catalog_digest(catalog.digest_hex());
  report.set_phase(static_cast<v1::Phase>(trace.phase));
  report.set_run_mode(trace.shapes_only ? v1::RUN_MODE_SHAPES_ONLY : v1::RUN_MODE_MEASURED);
  *report.mutable_options() = options;
  for (const trace::WorkDone& done : trace.work_done) {
    v1::WorkDone& entry = *report.add_work_done();
    entry.set_unit(static_cast<v1::WorkUnit>(done.unit));
    entry.set_count(done.count);
  }
  for (const trace::TracedDevice& device : trace.devices) {
    v1::Device& entry = *report.add_devices();
    entry.set_raw_name(device.raw_name);
    entry.set_silicon_class(device.silicon_class);
    entry.set_asserted_by(device.asserted_by);
  }
  report.mutable_completeness()->set_dropped_operators(trace.dropped_operators);
  report.mutable_completeness()->set_truncated(trace.truncated);
  if (const auto seconds = SourceSeconds(trace); seconds.has_value()) {
    v1::Estimate& estimate = *report.mutable_source_seconds_per_unit();
    estimate.set_value(*seconds / trace.work_done.front().count);
    estimate.set_unit(absl::StrCat("s/", UnitName(trace.work_done.front().unit)));
    estimate.set_provenance(v1::ESTIMATE_PROVENANCE_MEASURED);
  }
  const double share = prepared.work.coverage.Share();
  if (share < 1) {
    report.add_warnings(
        absl::StrFormat("the work of %.2f %% of the trace is not known; it is charged at the mean of "
                        "what is known",
                        100 * (1 - share)));
  }
  if (trace.dropped_operators > 0) {
    report.add_warnings(absl::StrCat(trace.dropped_operators, " operators were dropped while the trace was recorded"));
  }
  if (trace.rejected_operators > 0) {
    report.add_warnings(absl::StrCat(trace.rejected_operators, " operators were rejected when the trace was taken in"));
  }
  return report;
}

}  // namespace

absl::StatusOr<v1::ReplayReport> BuildReplayReport(const trace::Trace& trace, const silicon::Catalog& catalog,
                                                   const std::vector<const SiliconClass*>& classes,
                                                   const v1::ReplayOptions& options,
                                                   absl::FunctionRef<bool(int done, int total)> progress) {
  if (absl::Status status = ValidateOptions(options); !status.ok()) return status;
  if (trace.work_done.empty() || !(trace.work_done.front().count > 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("trace ", trace.id, " counts no units of work: record it again with a producer that states them"));
  }
  const absl::StatusOr<economics::EconomicDefaults> defaults = economics::LoadDefaults();
  if (!defaults.ok()) return defaults.status();
  const absl::StatusOr<models::ErrorPriors> priors = models::ErrorPriors::Embedded();
  if (!priors.ok()) return priors.status();

  const absl::StatusOr<PreparedTrace> made = PrepareFor(trace, catalog, options);
  if (!made.ok()) return made.status();
  const PreparedTrace& prepared = *made;
  const Context context = {.catalog = catalog,
                           .stack = options.stack(),
                           .prepared = prepared,
                           .defaults = *defaults,
                           .priors = *priors,
                           .cost_options = CostOptionsOf(options),
                           .work_done = trace.work_done.front()};
  v1::ReplayReport report = Header(prepared, catalog, EffectiveOptions(options, *defaults));
  if (options.has_calibration() && options.calibration().catalog_digest() != catalog.digest_hex()) {
    report.add_warnings("the calibration was made with another catalog: make it anew by `sandglass calibrate`");
  }
  const auto total = static_cast<int>(classes.size());
  for (int done = 0; done < total; ++done) {
    *report.add_classes() = ClassMessage(context, *classes[done]);
    if (!progress(done + 1, total)) return absl::CancelledError("replay was cancelled");
  }
  return report;
}

}  // namespace sandglass::report
