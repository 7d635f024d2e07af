#include <cstdint>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "analyzer/report/comparison.h"
#include "analyzer/report/explain_table.h"
#include "analyzer/report/json.h"
#include "analyzer/serve/cli.h"

namespace sandglass::serve {
namespace {

struct CompareOptions {
  v1::CompareRequest request;
  std::string format = "text";
};

struct ExplainOptions {
  v1::ExplainRequest request;
  std::string format = "text";
};

absl::StatusOr<int> Done(const absl::Status& status) {
  if (!status.ok()) return status;
  return kExitOk;
}

absl::StatusOr<int> PrintJson(const google::protobuf::Message& message) {
  const auto json = report::Json(message);
  return json.ok() ? Done(Print(*json)) : json.status();
}

absl::StatusOr<int> Compare(const Globals& globals, const CompareOptions& options) {
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  const auto response = (*session)->analysis().Compare(options.request);
  if (!response.ok()) return response.status();
  if (options.format == "json") return PrintJson(response->comparison());
  return Done(Print(report::ComparisonText(response->comparison())));
}

absl::StatusOr<int> Explain(const Globals& globals, const ExplainOptions& options) {
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  const auto response = (*session)->analysis().Explain(options.request);
  if (!response.ok()) return response.status();
  if (options.format == "json") return PrintJson(*response);
  return Done(Print(report::ExplainText(*response)));
}

void AddFormat(CLI::App& command, std::string& format) {
  command.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
}

}  // namespace

void AddCompareCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand("compare", "One class against another on one trace.");
  command->add_option("TRACE", *options->request.mutable_trace(), "a trace's id or name")->required();
  command->add_option("BASE", *options->request.mutable_base_class(), "the one class, by id or alias")->required();
  command->add_option("OTHER", *options->request.mutable_other_class(), "the other class")->required();
  AddFormat(*command, options->format);
  AddReplayOptions(*command, *options->request.mutable_options());
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Compare(globals, *options); }; });
}

void AddExplainCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand("explain", "A trace's slowest operators on one class, with every term.");
  command->add_option("TRACE", *options->request.mutable_trace(), "a trace's id or name")->required();
  command->add_option("CLASS", *options->request.mutable_silicon_class(), "a class, by id or alias")->required();
  command->add_option_function<uint32_t>(
      "--slowest", [options](const uint32_t& count) { options->request.set_slowest(count); }, "how many; default 20");
  command->add_option_function<uint64_t>(
      "--operator", [options](const uint64_t& id) { options->request.set_operator_id(id); },
      "only the operator of this id");
  AddFormat(*command, options->format);
  AddReplayOptions(*command, *options->request.mutable_options());
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Explain(globals, *options); }; });
}

}  // namespace sandglass::serve
