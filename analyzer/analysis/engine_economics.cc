// The engine's answers about money.
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/analysis/engine.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/report/economics/reports.h"

namespace sandglass::analysis {
namespace {

using Workloads = google::protobuf::RepeatedPtrField<v1::Workload>;
using Names = google::protobuf::RepeatedPtrField<std::string>;
using Weights = google::protobuf::RepeatedField<double>;

constexpr char kAll[] = "all";

// Traces of a request as workloads. InvalidArgument: another number of weights than of traces.
absl::StatusOr<Workloads> WorkloadsOf(const Names& traces, const Weights& weights, absl::string_view field) {
  if (!weights.empty() && weights.size() != traces.size()) {
    return absl::InvalidArgumentError(absl::StrCat(field, " has ", weights.size(), " entries for ", traces.size(),
                                                   " traces: give one each, or none"));
  }
  Workloads workloads;
  for (int i = 0; i < traces.size(); ++i) {
    v1::Workload& workload = *workloads.Add();
    workload.set_trace(traces[i]);
    if (!weights.empty()) workload.set_weight(weights[i]);
  }
  return workloads;
}

// The default scenario, under the request's, under what the request states besides.
absl::StatusOr<v1::Scenario> ScenarioOf(const v1::Scenario& stated, const v1::ReplayOptions& options) {
  absl::StatusOr<v1::Scenario> scenario = economics::WithDefaults(stated);
  if (scenario.ok()) scenario->mutable_replay()->MergeFrom(options);
  return scenario;
}

v1::Scenario StatedBy(const v1::LockInRequest& request) {
  v1::Scenario scenario = request.scenario();
  v1::LockInAssumptions& lock_in = *scenario.mutable_lock_in();
  if (!request.incumbent_traces().empty()) lock_in.clear_incumbent();
  for (const std::string& trace : request.incumbent_traces()) lock_in.add_incumbent()->set_trace(trace);
  if (!request.successor_traces().empty()) lock_in.clear_successor();
  for (const std::string& trace : request.successor_traces()) lock_in.add_successor()->set_trace(trace);
  if (!request.specialised_class().empty()) lock_in.set_specialised_class(request.specialised_class());
  if (!request.general_class().empty()) lock_in.set_general_class(request.general_class());
  const auto stated = [](double value, const char* unit) { return economics::StatedValue(value, unit, "the request"); };
  if (request.has_hazard_per_year()) *lock_in.mutable_hazard() = stated(request.hazard_per_year(), "1/year");
  if (request.has_horizon_years()) *lock_in.mutable_horizon() = stated(request.horizon_years(), "year");
  if (request.has_budget_usd()) *scenario.mutable_budget() = stated(request.budget_usd(), "USD");
  if (request.seed() > 0) scenario.set_seed(request.seed());
  return scenario;
}

}  // namespace

absl::StatusOr<std::vector<report::NamedTrace>> Engine::LoadAll(const Workloads& workloads, const std::string& field) {
  std::vector<report::NamedTrace> traces;
  for (int i = 0; i < workloads.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", i, "]");
    const auto loaded = Load(workloads[i].trace());
    if (!loaded.ok()) {
      return absl::Status(loaded.status().code(), absl::StrCat(path, ": ", loaded.status().message()));
    }
    // The trace lives as long as what was loaded with it.
    traces.push_back({.trace = std::shared_ptr<const trace::Trace>(*loaded, &(*loaded)->trace),
                      .path = path,
                      .weight = workloads[i].has_weight() ? workloads[i].weight() : 1});
  }
  return traces;
}

absl::StatusOr<const silicon::SiliconClass*> Engine::FindClass(const std::string& name, absl::string_view field) const {
  if (name.empty()) return absl::InvalidArgumentError(absl::StrCat(field, " is empty: give a class by id or alias"));
  auto found = catalog_.Find(name);
  if (found.ok()) return found;
  return absl::Status(found.status().code(), absl::StrCat(field, ": ", found.status().message()));
}

absl::StatusOr<v1::CostResponse> Engine::Cost(const v1::CostRequest& request) {
  const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(request.scenario(), {});
  if (!scenario.ok()) return scenario.status();
  const auto classes = Classes({request.silicon_classes().begin(), request.silicon_classes().end()});
  if (!classes.ok()) return classes.status();
  // Without traces of its own, a question is about the scenario's incumbent.
  Workloads workloads = scenario->lock_in().incumbent();
  if (!request.traces().empty()) workloads = *WorkloadsOf(request.traces(), {}, "traces");
  const auto traces = LoadAll(workloads, "traces");
  if (!traces.ok()) return traces.status();
  auto report = report::BuildCostReport(*traces, catalog_, *classes, *scenario);
  if (!report.ok()) return report.status();
  v1::CostResponse response;
  *response.mutable_report() = *std::move(report);
  return response;
}

absl::StatusOr<v1::MigrateResponse> Engine::Migrate(const v1::MigrateRequest& request) {
  const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(request.scenario(), request.options());
  if (!scenario.ok()) return scenario.status();
  const v1::LockInAssumptions& lock_in = scenario->lock_in();
  report::MigrationQuestion question;
  const auto stated_or = [](const std::string& stated, const std::string& standard) {
    return stated.empty() ? standard : stated;
  };
  // A scenario's owner has the general silicon and looks at the specialised.
  const auto from = FindClass(stated_or(request.from_class(), lock_in.general_class()), "from_class");
  if (!from.ok()) return from.status();
  const auto to = FindClass(stated_or(request.to_class(), lock_in.specialised_class()), "to_class");
  if (!to.ok()) return to.status();
  question.from = *from;
  question.to = *to;
  if (request.traces().empty() && !request.weights().empty()) {
    return absl::InvalidArgumentError("weights are given without traces: name a trace for each");
  }
  absl::StatusOr<Workloads> workloads = lock_in.incumbent();
  if (!request.traces().empty()) workloads = WorkloadsOf(request.traces(), request.weights(), "weights");
  if (!workloads.ok()) return workloads.status();
  auto traces = LoadAll(*workloads, "traces");
  if (!traces.ok()) return traces.status();
  question.traces = *std::move(traces);
  const absl::StatusOr<Workloads> after =
      WorkloadsOf(request.successor_traces(), request.successor_weights(), "successor_weights");
  if (!after.ok()) return after.status();
  auto successors = LoadAll(*after, "successor_traces");
  if (!successors.ok()) return successors.status();
  question.successors = *std::move(successors);
  if (!request.matrix_classes().empty()) {
    const bool all = request.matrix_classes_size() == 1 && request.matrix_classes(0) == kAll;
    const auto classes =
        Classes(all ? std::vector<std::string>()
                    : std::vector<std::string>(request.matrix_classes().begin(), request.matrix_classes().end()));
    if (!classes.ok()) return classes.status();
    question.matrix = *classes;
  }
  auto report = report::BuildMigrationReport(question, catalog_, *scenario);
  if (!report.ok()) return report.status();
  v1::MigrateResponse response;
  *response.mutable_report() = *std::move(report);
  return response;
}

absl::StatusOr<v1::LockInResponse> Engine::LockIn(const v1::LockInRequest& request) {
  const absl::StatusOr<v1::Scenario> scenario = ScenarioOf(StatedBy(request), request.options());
  if (!scenario.ok()) return scenario.status();
  const v1::LockInAssumptions& lock_in = scenario->lock_in();
  report::LockInQuestion question;
  const auto specialised = FindClass(lock_in.specialised_class(), "lock_in.specialised_class");
  if (!specialised.ok()) return specialised.status();
  const auto general = FindClass(lock_in.general_class(), "lock_in.general_class");
  if (!general.ok()) return general.status();
  question.specialised = *specialised;
  question.general = *general;
  auto incumbents = LoadAll(lock_in.incumbent(), "lock_in.incumbent");
  if (!incumbents.ok()) return incumbents.status();
  question.incumbents = *std::move(incumbents);
  auto successors = LoadAll(lock_in.successor(), "lock_in.successor");
  if (!successors.ok()) return successors.status();
  question.successors = *std::move(successors);
  auto report = report::BuildLockInReport(question, catalog_, *scenario, [this] { return !go_on_ || go_on_(); });
  if (!report.ok()) return report.status();
  v1::LockInResponse response;
  *response.mutable_report() = *std::move(report);
  return response;
}

}  // namespace sandglass::analysis
