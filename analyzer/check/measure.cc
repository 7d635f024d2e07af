#include "analyzer/check/measure.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/check/policy.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/report/messages.h"
#include "analyzer/report/profile_table.h"

namespace sandglass::check {
namespace {

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

// A profile on each class of the policy, which also says what their ids are. `trace` becomes the trace's id, so that
// all further questions are about the same one.
absl::StatusOr<std::vector<v1::ProfileReport>> Profiles(analysis::Analysis& analysis, const v1::Policy& policy,
                                                        std::string& trace, ClassIds& ids) {
  v1::ProfileRequest request;
  request.set_group(v1::PROFILE_GROUP_NAME);
  request.set_most_kernels(kMostOperators);
  *request.mutable_options() = policy.options();
  std::vector<v1::ProfileReport> profiles;
  for (const std::string& silicon : ClassNamesOf(policy)) {
    request.set_trace(trace);
    request.set_silicon_class(silicon);
    auto response = analysis.Profile(request);
    if (!response.ok()) {
      return absl::Status(response.status().code(),
                          absl::StrCat("on class \"", silicon, "\" of the policy: ", response.status().message()));
    }
    ids[silicon] = response->report().silicon_class();
    trace = response->report().trace_id();
    profiles.push_back(std::move(*response->mutable_report()));
  }
  return profiles;
}

// Moves of what nobody knows are not asked for: what they cost is not known either.
v1::CheckedMove UnknownMove() {
  v1::CheckedMove move;
  move.set_verdict(v1::VERDICT_UNKNOWN);
  move.set_reason("too little of its work is known to say what it costs to move it");
  return move;
}

absl::StatusOr<v1::CheckedMove> Move(analysis::Analysis& analysis, const v1::ReplayReport& replay,
                                     const v1::CheckedMove& which) {
  v1::MigrateRequest request;
  auto scenario = economics::BuiltInScenario(which.scenario());
  if (!scenario.ok()) return scenario.status();
  *request.mutable_scenario() = *std::move(scenario);
  request.add_traces(replay.trace_id());
  request.set_from_class(which.from_class());
  request.set_to_class(which.to_class());
  // Those of the replay, every default written out, before the scenario's: one set of options for the whole report.
  *request.mutable_options() = replay.options();
  const auto response = analysis.Migrate(request);
  if (!response.ok()) return response.status();
  const v1::MigrationReport& report = response->report();
  v1::CheckedMove move;
  move.set_verdict(report.verdict());
  if (report.verdict() == v1::VERDICT_SUPPORTED && report.has_go_forward()) {
    *move.mutable_go_forward() = report.go_forward();
  } else {
    move.set_reason(report.reason().empty() ? absl::StrJoin(report.warnings(), "; ") : report.reason());
  }
  return move;
}

bool HasMove(const v1::CheckedTrace& trace, const v1::CheckedMove& move) {
  return std::any_of(trace.moves().begin(), trace.moves().end(), [&move](const v1::CheckedMove& other) {
    return other.from_class() == move.from_class() && other.to_class() == move.to_class() &&
           other.scenario() == move.scenario();
  });
}

// The moves that a rule asks for, those left out that are there. From a class to itself there is none.
std::vector<v1::CheckedMove> MissingMoves(const v1::Policy& policy, const v1::Rule& rule, const ClassIds& ids,
                                          const v1::CheckedTrace& trace) {
  std::vector<v1::CheckedMove> moves;
  for (const std::string& to : TargetsOf(policy, rule)) {
    v1::CheckedMove move;
    move.set_from_class(ids.at(rule.from_class()));
    move.set_to_class(ids.at(to));
    move.set_scenario(ScenarioOf(rule));
    if (move.from_class() != move.to_class() && !HasMove(trace, move)) moves.push_back(std::move(move));
  }
  return moves;
}

absl::Status AddMoves(analysis::Analysis& analysis, const v1::Policy& policy, const v1::ReplayReport& replay,
                      const ClassIds& ids, v1::CheckedTrace& trace) {
  const bool known = std::any_of(trace.classes().begin(), trace.classes().end(), [](const v1::CheckedClass& row) {
    return row.known_percent() > 0 && row.verdict() != v1::VERDICT_UNKNOWN;
  });
  for (const v1::Rule& rule : policy.rules()) {
    if (rule.metric() != v1::METRIC_MIGRATION_USD || !NamesTrace(rule, trace.trace_name())) continue;
    for (v1::CheckedMove& which : MissingMoves(policy, rule, ids, trace)) {
      const absl::StatusOr<v1::CheckedMove> move = known ? Move(analysis, replay, which) : UnknownMove();
      if (!move.ok()) {
        return absl::Status(move.status().code(),
                            absl::StrCat("rule \"", rule.name(), "\": ", move.status().message()));
      }
      which.MergeFrom(*move);
      // Two names of one class may ask twice.
      if (!HasMove(trace, which)) *trace.add_moves() = std::move(which);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Measured> MeasureTrace(analysis::Analysis& analysis, const std::string& trace, const v1::Policy& policy,
                                      analysis::Progress progress, ClassIds& ids) {
  std::string id = trace;
  const auto profiles = Profiles(analysis, policy, id, ids);
  if (!profiles.ok()) return profiles.status();
  v1::ReplayRequest request;
  request.set_trace(id);
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
  for (const v1::ProfileReport& profile : *profiles) {
    v1::CheckedClass* row = FindRow(measured.trace, profile.silicon_class());
    // Two names of one class bring its operators once.
    if (row != nullptr && row->operators().empty()) AddOperators(profile, *row);
  }
  if (absl::Status status = AddCoverage(analysis, request, measured.trace); !status.ok()) return status;
  absl::Status status = AddMoves(analysis, policy, measured.replay, ids, measured.trace);
  if (!status.ok()) return status;
  return measured;
}

}  // namespace sandglass::check
