// sandglass explain and sandglass coverage: why an operator takes what it takes, and how a trace's operators run.
#include <memory>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyzer/report/coverage_table.h"
#include "analyzer/report/explain_table.h"
#include "analyzer/report/json.h"
#include "analyzer/serve/cli.h"

namespace sandglass::serve {
namespace {

constexpr int kShownOperators = 10;

struct ExplainOptions {
  v1::ExplainRequest request;
  std::string silicon_class;
  std::string on;
  std::string format = "text";
  bool tree = false;
};

struct CoverageOptions {
  v1::CoverageRequest request;
  std::string on = "all";
  std::string format = "text";
  bool all = false;
  std::optional<double> floor;
};

absl::StatusOr<int> Done(const absl::Status& status) {
  if (!status.ok()) return status;
  return kExitOk;
}

absl::StatusOr<int> PrintJson(const google::protobuf::Message& message) {
  const auto json = report::Json(message);
  return json.ok() ? Done(Print(*json)) : json.status();
}

absl::StatusOr<int> Explain(const Globals& globals, ExplainOptions& options) {
  if (options.silicon_class.empty() == options.on.empty()) {
    return absl::InvalidArgumentError("explain: give one class, as CLASS or by --on CLASS");
  }
  options.request.set_silicon_class(options.on.empty() ? options.silicon_class : options.on);
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  const auto response = (*session)->analysis().Explain(options.request);
  if (!response.ok()) return response.status();
  if (options.format == "json") return PrintJson(*response);
  if (!options.tree && !options.request.has_operator_id()) return Done(Print(report::ExplainText(*response)));
  std::string text;
  for (const v1::OperatorEstimate& op : response->operators()) {
    absl::StrAppend(&text, text.empty() ? "" : "\n", report::ExplainTree(op));
  }
  return Done(Print(text));
}

// 3 where a class covers less than the floor.
int ExitCode(const v1::CoverageReport& report, const std::optional<double>& floor) {
  if (!floor.has_value()) return kExitOk;
  for (const v1::ClassCoverage& coverage : report.classes()) {
    if (coverage.covered().value() < *floor) return kExitIncomplete;
  }
  return kExitOk;
}

absl::StatusOr<int> Cover(const Globals& globals, CoverageOptions& options) {
  if (options.on != "all") {
    for (const absl::string_view name : absl::StrSplit(options.on, ',', absl::SkipWhitespace())) {
      options.request.add_silicon_classes(std::string(absl::StripAsciiWhitespace(name)));
    }
    if (options.request.silicon_classes().empty()) {
      return absl::InvalidArgumentError("--on names no class: give CLASS[,CLASS...] or all");
    }
  }
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  const auto response = (*session)->analysis().Coverage(options.request);
  if (!response.ok()) return response.status();
  const absl::StatusOr<int> printed =
      options.format == "json"
          ? PrintJson(response->report())
          : Done(Print(report::CoverageText(response->report(), options.all ? 0 : kShownOperators)));
  if (!printed.ok()) return printed;
  return ExitCode(response->report(), options.floor);
}

void AddFormat(CLI::App& command, std::string& format) {
  command.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
}

}  // namespace

void AddExplainCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand(
      "explain", "A trace's slowest operators on one class; one operator as a tree of terms down to their sources.");
  command->add_option("TRACE", *options->request.mutable_trace(), "a trace's id or name")->required();
  command->add_option("CLASS", options->silicon_class, "a class, by id or alias");
  command->add_option("--on", options->on, "the same")->type_name("CLASS");
  command->add_option_function<uint32_t>(
      "--slowest", [options](const uint32_t& count) { options->request.set_slowest(count); }, "how many; default 20");
  command->add_option_function<uint64_t>(
      "--operator,--op", [options](const uint64_t& id) { options->request.set_operator_id(id); },
      "only the operator of this id, as a tree");
  command->add_flag("--tree", options->tree, "each as a tree");
  AddFormat(*command, options->format);
  AddReplayOptions(*command, *options->request.mutable_options());
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Explain(globals, *options); }; });
}

void AddCoverageCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<CoverageOptions>();
  CLI::App* command = app.add_subcommand(
      "coverage",
      "How a trace's operators run on classes: natively, slowly, on the host or not, and on what evidence.");
  command->add_option("TRACE", *options->request.mutable_trace(), "a trace's id or name")->required();
  command->add_option("--on", options->on, "classes by id or alias, with commas, or all")
      ->type_name("CLASS[,CLASS...]")
      ->capture_default_str();
  command->add_flag("--all", options->all,
                    absl::StrCat("every operator, not the ", kShownOperators, " that hurt most"));
  command
      ->add_option_function<double>(
          "--covered-floor", [options](const double& share) { options->floor = share; },
          "exit with 3 where a class runs less of the time natively")
      ->check(CLI::Range(0.0, 1.0));
  AddFormat(*command, options->format);
  AddReplayOptions(*command, *options->request.mutable_options());
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Cover(globals, *options); }; });
}

}  // namespace sandglass::serve
