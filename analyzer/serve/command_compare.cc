#include <cstdint>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "analyzer/report/comparison.h"
#include "analyzer/report/json.h"
#include "analyzer/serve/cli.h"

namespace sandglass::serve {
namespace {

struct CompareOptions {
  v1::CompareRequest request;
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

}  // namespace sandglass::serve
