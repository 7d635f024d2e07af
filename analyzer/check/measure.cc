#include "analyzer/check/measure.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/check/policy.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/report/messages.h"
#include "analyzer/report/profile_table.h"

namespace sandglass::check {
namespace {

constexpr char kDefaultScenario[] = "default";
constexpr uint32_t kMostOperators = 100000;

v1::CheckedClass ClassOf(const v1::ClassReplay& row) {
  v1::CheckedClass checked;
  checked.set_silicon_class(row.silicon_class());
  checked.set_verdict(row.verdict());
  checked.set_reason(row.reason());
  checked.set_devices(row.devices());
  if (row.has_per_unit()) *checked.mutable_per_unit() = row.per_unit();
  checked.set_known_percent(100 * report::LeastKnownShare(row.coverage()));
  return checked;
}

void AddOperators(const v1::ProfileReport& profile, v1::CheckedClass& checked) {
  const double work = profile.work_done().count();
  if (work <= 0) return;
  for (const v1::KernelTotals& kernel : profile.kernels()) {
    v1::OperatorUse& use = *checked.add_operators();
    use.set_name(report::KernelName(kernel));
    use.set_op_class(kernel.op_class());
    use.set_count_per_unit(static_cast<double>(kernel.count()) / work);
    use.set_device_s_per_unit(kernel.device_s() / work);
  }
}

v1::CheckedClass* FindRow(v1::CheckedTrace& trace, const std::string& id) {
  for (v1::CheckedClass& row : *trace.mutable_classes()) {
    if (row.silicon_class() == id) return &row;
  }
  return nullptr;
}

// A share in percent.
v1::Estimate Percent(v1::Estimate share) {
  share.set_value(100 * share.value());
  if (share.has_low()) share.set_low(100 * share.low());
  if (share.has_high()) share.set_high(100 * share.high());
  share.set_unit("%");
  return share;
}

absl::Status AddCoverage(analysis::Analysis& analysis, const v1::ReplayRequest& replay, v1::CheckedTrace& trace) {
  v1::CoverageRequest request;
  request.set_trace(replay.trace());
  *request.mutable_silicon_classes() = replay.silicon_classes();
  *request.mutable_options() = replay.options();
  const auto response = analysis.Coverage(request);
  if (!response.ok()) return response.status();
  for (const v1::ClassCoverage& coverage : response->report().classes()) {
    v1::CheckedClass* row = FindRow(trace, coverage.silicon_class());
    if (row == nullptr) continue;
    if (coverage.has_covered()) *row->mutable_native() = Percent(coverage.covered());
    if (coverage.has_retained()) *row->mutable_retained() = Percent(coverage.retained());
  }
  return absl::OkStatus();
}

absl::Status AddProfiles(analysis::Analysis& analysis, const v1::Policy& policy, const std::string& name,
                         v1::CheckedTrace& trace, ClassIds& ids) {
  v1::ProfileRequest request;
  request.set_trace(name);
  request.set_group(v1::PROFILE_GROUP_NAME);
  request.set_most_kernels(kMostOperators);
  *request.mutable_options() = policy.options();
  for (const std::string& silicon : ClassNamesOf(policy)) {
    request.set_silicon_class(silicon);
    const auto response = analysis.Profile(request);
    if (!response.ok()) return response.status();
    const std::string& id = response->report().silicon_class();
    ids[silicon] = id;
    v1::CheckedClass* row = FindRow(trace, id);
    if (row == nullptr) return absl::InternalError(absl::StrCat("no replay of ", id, " came back"));
    // Two names of one class.
    if (row->operators().empty()) AddOperators(response->report(), *row);
  }
  return absl::OkStatus();
}

// The classes that a rule holds on.
std::vector<std::string> TargetsOf(const v1::Policy& policy, const v1::Rule& rule) {
  const auto& names = rule.silicon_classes().empty() ? policy.silicon_classes() : rule.silicon_classes();
  return {names.begin(), names.end()};
}

absl::StatusOr<v1::CheckedMove> Move(analysis::Analysis& analysis, const v1::Policy& policy, const v1::Rule& rule,
                                     const std::string& name, const std::string& to) {
  v1::MigrateRequest request;
  const std::string scenario = rule.scenario().empty() ? kDefaultScenario : rule.scenario();
  auto stated = economics::BuiltInScenario(scenario);
  if (!stated.ok()) {
    return absl::Status(stated.status().code(),
                        absl::StrCat("rule \"", rule.name(), "\": ", stated.status().message()));
  }
  *request.mutable_scenario() = *std::move(stated);
  request.add_traces(name);
  request.set_from_class(rule.from_class());
  request.set_to_class(to);
  *request.mutable_options() = policy.options();
  const auto response = analysis.Migrate(request);
  if (!response.ok()) return response.status();
  const v1::MigrationReport& report = response->report();
  v1::CheckedMove move;
  move.set_from_class(report.from_class());
  move.set_to_class(report.to_class());
  move.set_scenario(scenario);
  move.set_reason(report.reason().empty() ? absl::StrJoin(report.warnings(), "; ") : report.reason());
  if (report.verdict() == v1::VERDICT_SUPPORTED && report.has_go_forward()) {
    *move.mutable_go_forward() = report.go_forward();
    move.clear_reason();
  }
  return move;
}

bool HasMove(const v1::CheckedTrace& trace, const v1::CheckedMove& move) {
  return std::any_of(trace.moves().begin(), trace.moves().end(), [&move](const v1::CheckedMove& other) {
    return other.from_class() == move.from_class() && other.to_class() == move.to_class() &&
           other.scenario() == move.scenario();
  });
}

absl::Status AddMoves(analysis::Analysis& analysis, const v1::Policy& policy, const std::string& name,
                      v1::CheckedTrace& trace, ClassIds& ids) {
  for (const v1::Rule& rule : policy.rules()) {
    if (rule.metric() != v1::METRIC_MIGRATION_USD) continue;
    for (const std::string& to : TargetsOf(policy, rule)) {
      auto move = Move(analysis, policy, rule, name, to);
      if (!move.ok()) return move.status();
      ids[rule.from_class()] = move->from_class();
      if (!HasMove(trace, *move)) *trace.add_moves() = *std::move(move);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Measured> MeasureTrace(analysis::Analysis& analysis, const std::string& trace, const v1::Policy& policy,
                                      analysis::Progress progress, ClassIds& ids) {
  v1::ReplayRequest request;
  request.set_trace(trace);
  for (const std::string& name : ClassNamesOf(policy)) request.add_silicon_classes(name);
  *request.mutable_options() = policy.options();
  auto replay = analysis.Replay(request, progress);
  if (!replay.ok()) return replay.status();
  Measured measured;
  measured.trace.set_trace_id(replay->trace_id());
  measured.trace.set_trace_name(replay->trace_name());
  measured.trace.set_content_digest(replay->content_digest());
  if (!replay->work_done().empty()) measured.trace.set_unit(replay->work_done(0).unit());
  for (const v1::ClassReplay& row : replay->classes()) *measured.trace.add_classes() = ClassOf(row);
  measured.replay = *std::move(replay);
  if (absl::Status status = AddCoverage(analysis, request, measured.trace); !status.ok()) return status;
  if (absl::Status status = AddProfiles(analysis, policy, trace, measured.trace, ids); !status.ok()) return status;
  if (absl::Status status = AddMoves(analysis, policy, trace, measured.trace, ids); !status.ok()) return status;
  return measured;
}

}  // namespace sandglass::check
