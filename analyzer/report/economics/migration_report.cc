#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/economics/migration.h"
#include "analyzer/economics/move_cost.h"
#include "analyzer/economics/workload.h"
#include "analyzer/report/economics/estimates.h"
#include "analyzer/report/economics/move_message.h"
#include "analyzer/report/economics/priced_workload.h"
#include "analyzer/report/economics/reports.h"
#include "analyzer/report/messages.h"

namespace sandglass::report {
namespace {

using economics::Migration;
using economics::MovePricer;
using economics::Stage;
using economics::TraceOnClass;
using economics::WorkloadOnClass;

constexpr int kReportVersion = 1;
constexpr int kPaths = 4000;
constexpr int kMatrixPaths = 1000;
constexpr char kAssumptions[] = "migration";

const silicon::SiliconClass& SiliconOf(const WorkloadOnClass& workload) { return *workload.front().target.silicon; }

// A ratio of costs times `factor`, with its range and grounds.
v1::Estimate RatioEstimate(const economics::CostRatio& ratio, double factor, absl::string_view unit) {
  v1::Estimate estimate =
      PlainEstimate(ratio.value * factor, unit,
                    ratio.assumptions.empty() ? v1::ESTIMATE_PROVENANCE_MODELLED : v1::ESTIMATE_PROVENANCE_ASSUMED);
  estimate.set_low(Rounded(ratio.value * factor * ratio.ends.low));
  estimate.set_high(Rounded(ratio.value * factor * ratio.ends.high));
  estimate.set_coverage(ratio.coverage);
  for (const std::string& path : ratio.assumptions) estimate.add_assumptions(path);
  return estimate;
}

// Whether the target can do all of it once ported, and why not.
std::pair<v1::Verdict, std::string> VerdictOn(const WorkloadOnClass& to) {
  for (const TraceOnClass& on : to) {
    if (on.ported.verdict != replay::Verdict::kSupported) {
      return {static_cast<v1::Verdict>(on.ported.verdict), absl::StrCat(on.trace->name, ": ", on.ported.reason)};
    }
  }
  return {v1::VERDICT_SUPPORTED, ""};
}

v1::MigrationCell CellOf(const WorkloadOnClass& from, const WorkloadOnClass& to, bool other_model,
                         const economics::Scenario& scenario, const MovePricer& pricer) {
  v1::MigrationCell cell;
  cell.set_from_class(SiliconOf(from).id);
  cell.set_to_class(SiliconOf(to).id);
  cell.set_verdict(VerdictOn(to).first);
  const absl::StatusOr<Migration> planned = economics::PlanMigration(from, to, other_model, scenario);
  if (!planned.ok()) return cell;
  cell.set_kernels(static_cast<uint32_t>(planned->kernels.size()));
  *cell.mutable_cost_ratio() = RatioEstimate(planned->cost_ratio, 1, "ratio");
  const std::optional<economics::MoveCost> cost = economics::PriceOf(*planned, pricer);
  if (!cost.has_value()) return cell;
  const double annual = planned->move.annual_from_usd;
  *cell.mutable_go_forward_years() = SpreadEstimate(
      {.p5 = cost->go_forward.p5 / annual, .p50 = cost->go_forward.p50 / annual, .p95 = cost->go_forward.p95 / annual},
      "year", kAssumptions);
  *cell.mutable_person_months() = SpreadEstimate(cost->person_months, "person-month", kAssumptions);
  if (cost->payback_years.has_value()) {
    *cell.mutable_payback_years() = SpreadEstimate(*cost->payback_years, "year", kAssumptions);
  }
  return cell;
}

// Every move among the classes. A class on which today's work has no cost is no place to leave.
void AddCells(const std::vector<WorkloadOnClass>& today, const std::vector<WorkloadOnClass>& after, bool other_model,
              const economics::Scenario& scenario, v1::MigrationReport& report) {
  const MovePricer pricer(scenario.migration, kMatrixPaths, scenario.seed);
  for (size_t i = 0; i < today.size(); ++i) {
    const bool here = std::all_of(today[i].begin(), today[i].end(),
                                  [](const TraceOnClass& on) { return economics::CostAt(on, Stage::kToday).ok(); });
    if (!here) {
      report.add_warnings(absl::StrCat(SiliconOf(today[i]).id,
                                       " has no row in the matrix: today's work does not run "
                                       "on it, or has no price there"));
      continue;
    }
    for (size_t j = 0; j < after.size(); ++j) {
      if (i == j && !other_model) continue;
      *report.add_matrix() = CellOf(today[i], after[j], other_model, scenario, pricer);
    }
  }
}

absl::Status AddMatrix(const MigrationQuestion& question, const std::vector<economics::WorkloadTrace>& traces,
                       const std::vector<economics::WorkloadTrace>& after, const silicon::Catalog& catalog,
                       const PricedScenario& priced, v1::MigrationReport& report) {
  const bool other_model = !question.successors.empty();
  std::vector<WorkloadOnClass> rows;
  std::vector<WorkloadOnClass> columns;
  for (const silicon::SiliconClass* silicon : question.matrix) {
    if (catalog.TargetFor(*silicon, priced.stack).stack == nullptr) continue;
    auto row = PutOn(traces, *silicon, catalog, priced);
    if (!row.ok()) return row.status();
    auto column = other_model ? PutOn(after, *silicon, catalog, priced) : row;
    if (!column.ok()) return column.status();
    rows.push_back(*std::move(row));
    columns.push_back(*std::move(column));
  }
  AddCells(rows, columns, other_model, priced.scenario, report);
  return absl::OkStatus();
}

// Times that are of launches rank nothing.
void AddLaunchWarnings(const WorkloadOnClass& workload, v1::MigrationReport& report) {
  for (const TraceOnClass& on : workload) {
    if (!LaunchBound(on.ported)) continue;
    report.add_warnings(
        absl::StrCat(on.trace->name, " is launch-bound on ", on.target.silicon->id, ": its cost there ranks nothing"));
  }
}

void AddKernels(const WorkloadOnClass& to, const Migration& planned, const economics::Scenario& scenario,
                v1::MigrationReport& report) {
  const silicon::Stack& stack = *to.front().target.stack;
  for (const economics::MissingKernel& kernel : planned.kernels) {
    *report.add_kernels() = KernelMessage(kernel, stack, scenario.migration);
  }
  const int models = planned.move.pieces[static_cast<size_t>(economics::KernelFamily::kModel)];
  for (int i = 0; i < models; ++i) {
    v1::KernelToWrite& entry = *report.add_kernels();
    entry.set_op_class("model");
    entry.add_traces(to[i].trace->name);
    entry.set_language("the stack's framework");
    *entry.mutable_kloc() = AssumptionEstimate(scenario.migration.kloc_model, "KLOC");
  }
}

// All figures of the move that was asked for.
void AddPlanned(const WorkloadOnClass& to, const Migration& planned, const economics::Scenario& scenario,
                v1::MigrationReport& report) {
  AddKernels(to, planned, scenario, report);
  AddMove(planned.move, economics::PriceOf(planned, MovePricer(scenario.migration, kPaths, scenario.seed)), report);
  *report.mutable_annual_to() = RatioEstimate(planned.cost_ratio, planned.move.annual_from_usd, "USD/year");
  if (planned.closed) {
    report.add_warnings(absl::StrCat("users cannot write kernels for stack ", to.front().target.stack->name,
                                     ", so what is missing there has no price and no date"));
  }
  if (planned.move.slow == 0) report.add_warnings("it does not run there until it was ported");
  AddLaunchWarnings(to, report);
}

v1::MigrationReport Header(const MigrationQuestion& question, const silicon::Catalog& catalog,
                           const PricedScenario& priced) {
  v1::MigrationReport report;
  report.set_report_version(kReportVersion);
  report.set_catalog_digest(catalog.digest_hex());
  *report.mutable_scenario() = priced.echoed;
  report.set_from_class(question.from->id);
  report.set_to_class(question.to->id);
  for (const NamedTrace& named : question.traces) report.add_traces(named.trace->name);
  for (const NamedTrace& named : question.successors) report.add_successor_traces(named.trace->name);
  return report;
}

absl::Status CheckQuestion(const MigrationQuestion& question, const economics::Scenario& scenario) {
  if (!question.successors.empty() && !scenario.successor_units.has_value()) {
    return absl::InvalidArgumentError(
        "equivalence.successor_units is not declared: costs of two models compare only where so many units of the "
        "successor do what one unit of the incumbent does, so state it in the scenario or with --equal-units");
  }
  if (question.successors.empty() && question.from == question.to) {
    return absl::InvalidArgumentError(absl::StrCat("to_class is ", question.to->id,
                                                   ", where the work is already: name another class, or successor "
                                                   "traces for a move of the model"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::MigrationReport> BuildMigrationReport(const MigrationQuestion& question,
                                                         const silicon::Catalog& catalog,
                                                         const v1::Scenario& scenario) {
  const absl::StatusOr<PricedScenario> priced = PriceScenario(scenario);
  if (!priced.ok()) return priced.status();
  if (absl::Status status = CheckQuestion(question, priced->scenario); !status.ok()) return status;
  const auto traces = PrepareTraces(question.traces, catalog, scenario, "traces");
  if (!traces.ok()) return traces.status();
  const bool other_model = !question.successors.empty();
  auto after = *traces;
  if (other_model) {
    auto successors = PrepareTraces(question.successors, catalog, scenario, "successor_traces");
    if (!successors.ok()) return successors.status();
    after = *std::move(successors);
  }
  v1::MigrationReport report = Header(question, catalog, *priced);
  const double least = std::min(LeastKnownShare(*traces), LeastKnownShare(after));
  report.set_least_coverage(Rounded(least));
  const std::string below = BelowFloor(least, scenario.replay());
  if (!below.empty()) {
    report.add_warnings(absl::StrCat("no numbers are given: ", below));
    return report;
  }
  const auto from = PutOn(*traces, *question.from, catalog, *priced);
  if (!from.ok()) return from.status();
  const auto to = PutOn(after, *question.to, catalog, *priced);
  if (!to.ok()) return to.status();

  const auto [verdict, reason] = VerdictOn(*to);
  report.set_verdict(verdict);
  report.set_reason(reason);
  for (const TraceOnClass& on : *from) {
    if (const auto cost = economics::CostAt(on, Stage::kToday); !cost.ok()) return cost.status();
  }
  if (verdict == v1::VERDICT_SUPPORTED) {
    const absl::StatusOr<Migration> planned = economics::PlanMigration(*from, *to, other_model, priced->scenario);
    if (!planned.ok()) return planned.status();
    AddPlanned(*to, *planned, priced->scenario, report);
  }
  if (question.matrix.empty()) return report;
  absl::Status status = AddMatrix(question, *traces, after, catalog, *priced, report);
  if (!status.ok()) return status;
  return report;
}

}  // namespace sandglass::report
