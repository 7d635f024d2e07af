// sandglass cost, migrate, lockin and scenarios: what work costs, what it costs to move, what it risks to stay.
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/report/economics/documents.h"
#include "analyzer/report/economics/focus.h"
#include "analyzer/report/numbers.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/console.h"
#include "analyzer/serve/scenario_options.h"

namespace sandglass::serve {
namespace {

struct CostCommand {
  ScenarioOptions scenario;
  std::vector<std::string> traces;
  std::string on = "all";
};

struct MigrateCommand {
  ScenarioOptions scenario;
  std::vector<std::string> traces;
  std::vector<double> weights;
  std::string from;
  std::string to;
  std::vector<std::string> successors;
  std::string matrix;
};

struct LockInCommand {
  ScenarioOptions scenario;
  v1::LockInRequest request;
  std::vector<std::string> incumbents;
  std::vector<std::string> successors;
};

// 3, and why there are no numbers: less is known of a trace than the floor asks.
int Incomplete(const google::protobuf::RepeatedPtrField<std::string>& warnings) {
  Tell(Level::kIncomplete, warnings.empty() ? "no numbers" : warnings.Get(0));
  return kExitIncomplete;
}

absl::Status PrintFocus(const v1::CostReport& report) {
  const absl::StatusOr<report::FocusFile> file = report::FocusCsv(report);
  if (!file.ok()) return file.status();
  if (!file->unpriced.empty()) {
    Tell(Level::kNote, absl::StrCat(file->unpriced.size(), " have no price, which is not zero, and no row: ",
                                    file->unpriced.front(), file->unpriced.size() > 1 ? ", and others" : ""));
  }
  return Print(file->csv);
}

absl::StatusOr<int> Cost(const Globals& globals, const CostCommand& command) {
  v1::CostRequest request;
  absl::StatusOr<v1::Scenario> scenario = StatedScenario(command.scenario);
  if (!scenario.ok()) return scenario.status();
  *request.mutable_scenario() = *scenario;
  for (const std::string& trace : command.traces) request.add_traces(trace);
  if (command.on != "all") {
    for (const std::string& name : SplitNames(command.on)) request.add_silicon_classes(name);
  }
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  const auto response = (*session)->analysis().Cost(request);
  if (!response.ok()) return response.status();
  const absl::Status printed =
      command.scenario.format == "focus"
          ? PrintFocus(response->report())
          : PrintReport(response->report(), report::CostDocument(response->report()), command.scenario);
  if (!printed.ok()) return printed;
  for (const v1::TraceCost& trace : response->report().traces()) {
    if (trace.classes().empty()) return Incomplete(response->report().warnings());
  }
  return kExitOk;
}

absl::StatusOr<int> Migrate(const Globals& globals, const MigrateCommand& command) {
  v1::MigrateRequest request;
  absl::StatusOr<v1::Scenario> scenario = StatedScenario(command.scenario);
  if (!scenario.ok()) return scenario.status();
  *request.mutable_scenario() = *scenario;
  request.set_from_class(command.from);
  request.set_to_class(command.to);
  for (const std::string& trace : command.traces) request.add_traces(trace);
  for (const double weight : command.weights) request.add_weights(weight);
  for (const std::string& trace : command.successors) request.add_successor_traces(trace);
  for (const std::string& name : SplitNames(command.matrix)) request.add_matrix_classes(name);
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  const auto response = (*session)->analysis().Migrate(request);
  if (!response.ok()) return response.status();
  const absl::Status printed =
      PrintReport(response->report(), report::MigrationDocument(response->report()), command.scenario);
  if (!printed.ok()) return printed;
  const bool answered = response->report().verdict() != v1::VERDICT_UNSPECIFIED;
  return answered ? kExitOk : Incomplete(response->report().warnings());
}

absl::StatusOr<int> LockIn(const Globals& globals, LockInCommand& command) {
  absl::StatusOr<v1::Scenario> scenario = StatedScenario(command.scenario);
  if (!scenario.ok()) return scenario.status();
  *command.request.mutable_scenario() = *scenario;
  for (const std::string& trace : command.incumbents) command.request.add_incumbent_traces(trace);
  for (const std::string& trace : command.successors) command.request.add_successor_traces(trace);
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  const auto response = (*session)->analysis().LockIn(command.request);
  if (!response.ok()) return response.status();
  const absl::Status printed =
      PrintReport(response->report(), report::LockInDocument(response->report()), command.scenario);
  if (!printed.ok()) return printed;
  return response->report().inputs().empty() ? Incomplete(response->report().warnings()) : kExitOk;
}

absl::StatusOr<int> Scenarios(const std::string& name) {
  if (!name.empty()) {
    const absl::StatusOr<std::string> text = economics::BuiltInScenarioText(name);
    if (!text.ok()) return text.status();
    if (absl::Status printed = Print(*text); !printed.ok()) return printed;
    return kExitOk;
  }
  std::string list;
  for (const std::string& each : economics::ScenarioNames()) {
    const absl::StatusOr<v1::Scenario> scenario = economics::BuiltInScenario(each);
    if (!scenario.ok()) return scenario.status();
    absl::StrAppend(&list, each, std::string(each.size() < 20 ? 20 - each.size() : 1, ' '), scenario->title(), "\n");
  }
  if (absl::Status printed = Print(list); !printed.ok()) return printed;
  return kExitOk;
}

void AddCoverageFloor(CLI::App& command, ScenarioOptions& options) {
  command
      .add_option_function<double>(
          "--coverage-floor", [&options](const double& share) { options.replay.set_coverage_floor(share); },
          "exit with 3 where less of a trace's work is known")
      ->check(CLI::Range(0.0, 1.0));
}

}  // namespace

void AddCostCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<CostCommand>();
  CLI::App* command =
      app.add_subcommand("cost", "What traces cost on each class: owned, rented, joules, carbon, work a year.");
  command->add_option("TRACE", options->traces, "traces by id or name; default: the scenario's incumbent");
  command->add_option("--on", options->on, "classes by id or alias, with commas, or all")
      ->type_name("CLASS[,CLASS...]")
      ->capture_default_str();
  AddScenarioOptions(*command, options->scenario, {"focus"});
  AddCoverageFloor(*command, options->scenario);
  command->footer(
      "Examples:\n"
      "  sandglass cost demo/transformer-7b-train --on h100-sxm,tpu-v6e --scenario lab_one_rack\n"
      "  sandglass cost demo/transformer-7b-train --format focus >estimate.csv\n"
      "focus is a Cost and Usage file of FOCUS 1.2. Its rows are estimates and alternatives: sums mean something "
      "within "
      "one SubAccountId alone.");
  command->callback([options, &globals, &action] { action = [options, &globals] { return Cost(globals, *options); }; });
}

void AddMigrateCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<MigrateCommand>();
  CLI::App* command = app.add_subcommand(
      "migrate", "What it costs to move traces from one class to another, or to another model on the same class.");
  command->add_option("--from", options->from, "the class where the work is; default: the scenario's general class")
      ->type_name("CLASS");
  command->add_option("--to", options->to, "the class to move to; default: the scenario's specialised class")
      ->type_name("CLASS");
  command->add_option("--trace", options->traces, "what is moved; default: the scenario's incumbent; may be repeated")
      ->type_name("TRACE")
      ->allow_extra_args(false);
  command->add_option("--weight", options->weights, "share of each trace in what is spent, in the order of --trace")
      ->type_name("W")
      ->allow_extra_args(false);
  command
      ->add_option("--successor", options->successors,
                   "what runs after the move, where the model moves too; needs --equal-units or the scenario's "
                   "equivalence; may be repeated")
      ->type_name("TRACE")
      ->allow_extra_args(false);
  AddCoverageFloor(*command, options->scenario);
  command->add_option("--matrix", options->matrix, "also every move among these classes, with commas, or all")
      ->type_name("CLASS[,CLASS...]");
  AddScenarioOptions(*command, options->scenario);
  command->footer("Example: sandglass migrate --from h100-sxm --to trainium2 --trace demo/mamba-7b-train");
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Migrate(globals, *options); }; });
}

void AddLockInCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<LockInCommand>();
  CLI::App* command =
      app.add_subcommand("lockin", "Whether specialised silicon is worth the risk that model architectures shift.");
  command
      ->add_option("--specialised,--specialized", *options->request.mutable_specialised_class(),
                   "the specialised class; default: the scenario's")
      ->type_name("CLASS");
  command->add_option("--general", *options->request.mutable_general_class(), "the general class; default: as above")
      ->type_name("CLASS");
  command->add_option("--incumbent", options->incumbents, "a trace of today's work; may be repeated")
      ->type_name("TRACE")
      ->allow_extra_args(false);
  command->add_option("--successor", options->successors, "a trace of what may come; may be repeated")
      ->type_name("TRACE")
      ->allow_extra_args(false);
  command
      ->add_option_function<double>(
          "--hazard", [options](const double& value) { options->request.set_hazard_per_year(value); },
          "hazard of a shift, per year; default: the scenario's prior")
      ->type_name("PER_YEAR");
  command
      ->add_option_function<double>(
          "--horizon", [options](const double& value) { options->request.set_horizon_years(value); },
          "years over which costs are counted; default: the scenario's")
      ->type_name("YEARS");
  AddScenarioOptions(*command, options->scenario);
  AddCoverageFloor(*command, options->scenario);
  command->footer(
      "Example: sandglass lockin --scenario sovereign_50b --specialised trainium2 --general h100-sxm "
      "--incumbent demo/transformer-7b-train --successor demo/mamba-7b-train");
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return LockIn(globals, *options); }; });
}

void AddScenariosCommand(CLI::App& app, Action& action) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("scenarios", "The built-in scenarios; one as the file that it is.");
  command->add_option("NAME", *name, "a scenario, to be printed whole");
  command->callback([name, &action] { action = [name] { return Scenarios(*name); }; });
}

}  // namespace sandglass::serve
