// sandglass profile: where a trace's time goes on one class, kernel by kernel.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "analyzer/report/json.h"
#include "analyzer/report/profile_table.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/named_traces.h"

namespace sandglass::serve {
namespace {

constexpr uint32_t kShownKernels = 30;

struct ProfileCommand {
  std::string trace;
  v1::ProfileRequest request;
  FileFacts files;
  std::string by = "signature";
  std::string format = "text";
  uint32_t top = kShownKernels;
};

absl::StatusOr<std::string> Render(const v1::ProfileReport& report, const std::string& format) {
  if (format == "json") return report::Json(report);
  return format == "csv" ? report::ProfileCsv(report) : report::ProfileText(report);
}

absl::StatusOr<int> Profile(const Globals& globals, ProfileCommand& command) {
  command.request.set_group(command.by == "name" ? v1::PROFILE_GROUP_NAME : v1::PROFILE_GROUP_SIGNATURE);
  command.request.set_most_kernels(command.top);
  const absl::Status status =
      ForEachTrace(globals, {command.trace}, command.files, [&command](const NamedTrace& trace) -> absl::Status {
        command.request.set_trace(trace.name);
        const auto response = trace.analysis.Profile(command.request);
        if (!response.ok()) return response.status();
        const auto text = Render(response->report(), command.format);
        return text.ok() ? Print(*text) : text.status();
      });
  if (!status.ok()) return status;
  return kExitOk;
}

}  // namespace

void AddProfileCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<ProfileCommand>();
  CLI::App* command =
      app.add_subcommand("profile", "Where a trace's time goes on one class, kernel by kernel, and what bounds each.");
  AddTraceArgument(*command, options->trace);
  command->add_option("--on", *options->request.mutable_silicon_class(), "the class, by id or alias")
      ->type_name("CLASS")
      ->required();
  command->add_option("--by", options->by, "what is put together: kernels of one signature, or of one name")
      ->check(CLI::IsMember({"signature", "name"}))
      ->capture_default_str();
  command->add_option("--top", options->top, "how many kernels, longest time first")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--format", options->format, "text, json or csv")
      ->check(CLI::IsMember({"text", "json", "csv"}))
      ->capture_default_str();
  AddReplayOptions(*command, *options->request.mutable_options());
  AddFileFacts(*command, options->files);
  command->footer(
      "Examples:\n"
      "  sandglass profile demo/transformer-7b-train --on h100-sxm --precision bf16\n"
      "  sandglass profile run.pt.trace.json.gz --on tpu-v6e --by name --format csv\n"
      "JSON is profile_report.proto's ProfileReport.");
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Profile(globals, *options); }; });
}

}  // namespace sandglass::serve
