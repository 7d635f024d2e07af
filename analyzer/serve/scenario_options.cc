#include "analyzer/serve/scenario_options.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "analyzer/economics/scenario_protos.h"
#include "analyzer/report/json.h"
#include "analyzer/serve/cli.h"
#include "proto/file_text.h"

namespace sandglass::serve {
namespace {

constexpr absl::string_view kVersion = "scenario_version: 1\n";

// A name that looks like a file is one; every other is built in.
absl::StatusOr<v1::Scenario> Named(const std::string& scenario) {
  const std::string path = UserPath(scenario);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored) || std::filesystem::is_directory(path, ignored)) {
    return economics::BuiltInScenario(scenario);
  }
  const absl::StatusOr<std::string> text = FileText("--scenario", path);
  if (!text.ok()) return text.status();
  return economics::ParseScenario(*text, scenario);
}

}  // namespace

void AddScenarioInputs(CLI::App& command, ScenarioOptions& options) {
  command
      .add_option("--scenario", options.scenario,
                  absl::StrCat("a file, or one of ", absl::StrJoin(economics::ScenarioNames(), ", "),
                               "; `sandglass scenarios NAME` prints one"))
      ->type_name("FILE");
  command
      .add_option("--set", options.settings,
                  "an assumption over the scenario's, such as 'lock_in { hazard { value: 0.1 unit: \"1/year\" source: "
                  "\"me\" } }'; may be repeated")
      ->type_name("TEXTPROTO")
      ->allow_extra_args(false);
  command.add_option("--budget", options.budget_usd, "money in the fleet, in USD")->type_name("USD");
  command
      .add_option("--equal-units", options.equal_units,
                  "declares that so many units of the successor do what one of the incumbent does, at equal quality")
      ->type_name("N");
  command.add_option("--seed", options.seed, "seed of the simulations; the same seed gives the same report")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--paths", options.paths, "paths of the simulation; default 200,000")
      ->check(CLI::NonNegativeNumber);
  AddReplayOptions(command, options.replay);
}

void AddScenarioOptions(CLI::App& command, ScenarioOptions& options, std::vector<std::string> more_formats) {
  AddScenarioInputs(command, options);
  std::vector<std::string> formats = {"text", "json", "csv", "markdown", "html"};
  formats.insert(formats.end(), more_formats.begin(), more_formats.end());
  command.add_option("--format", options.format, absl::StrJoin(formats, ", "))
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
  command.add_flag("--brief", options.brief, "only the answer and its first table");
}

absl::StatusOr<v1::Scenario> StatedScenario(const ScenarioOptions& options) {
  v1::Scenario scenario;
  if (!options.scenario.empty()) {
    absl::StatusOr<v1::Scenario> named = Named(options.scenario);
    if (!named.ok()) return named.status();
    scenario = *std::move(named);
  }
  for (const std::string& setting : options.settings) {
    // The version comes last, so that lines and columns of errors are those of the user's text.
    const bool states_version = absl::StrContains(setting, "scenario_version");
    const absl::StatusOr<v1::Scenario> over =
        economics::ParseScenario(absl::StrCat(setting, "\n", states_version ? "" : kVersion), "--set");
    if (!over.ok()) return over.status();
    scenario = economics::LayOver(scenario, *over);
  }
  if (options.budget_usd.has_value()) {
    *scenario.mutable_budget() = economics::StatedValue(*options.budget_usd, "USD", "--budget");
  }
  if (options.equal_units.has_value()) {
    *scenario.mutable_equivalence()->mutable_successor_units() =
        economics::StatedValue(*options.equal_units, "ratio", "--equal-units");
  }
  if (options.seed.has_value()) scenario.set_seed(*options.seed);
  if (options.paths.has_value()) scenario.set_paths(*options.paths);
  scenario.mutable_replay()->MergeFrom(options.replay);
  return scenario;
}

absl::Status PrintReport(const google::protobuf::Message& report, report::ResultDocument document,
                         const ScenarioOptions& options) {
  if (options.format == "json") {
    const absl::StatusOr<std::string> json = report::Json(report);
    return json.ok() ? Print(*json) : json.status();
  }
  const absl::StatusOr<report::DocumentFormat> known = report::DocumentFormatOf(options.format);
  if (!known.ok()) return known.status();
  // The last section holds the assumptions.
  if (options.brief) document.sections.resize(document.sections.size() > 1 ? 1 : 0);
  return Print(report::Render(document, *known));
}

std::vector<std::string> SplitNames(absl::string_view names) {
  return absl::StrSplit(names, ',', absl::SkipWhitespace());
}

}  // namespace sandglass::serve
