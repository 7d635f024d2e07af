#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "analyzer/serve/cli.h"
#include "collectors/main/completion.h"

namespace sandglass::serve {
namespace {

// More traces than anyone reads through.
constexpr uint32_t kMostTraces = 1000;

// Of the store or server that the words name, or else the environment.
std::vector<std::string> TraceNames(Globals globals, const std::vector<std::string>& typed) {
  for (size_t i = 0; i + 1 < typed.size(); ++i) {
    if (typed[i] == "--store") globals.store = typed[i + 1];
    if (typed[i] == "--server") globals.server = typed[i + 1];
  }
  const auto session = Session::Open(globals);
  if (!session.ok()) return {};
  v1::ListTracesRequest request;
  request.set_page_size(kMostTraces);
  const auto traces = (*session)->analysis().ListTraces(request);
  if (!traces.ok()) return {};
  std::vector<std::string> names;
  for (const v1::TraceManifest& manifest : traces->traces()) names.push_back(manifest.header().name());
  return names;
}

std::vector<std::string> ClassIds() {
  const auto catalog = silicon::Catalog::Embedded();
  if (!catalog.ok()) return {};
  std::vector<std::string> ids;
  for (const silicon::SiliconClass& silicon : catalog->classes()) ids.push_back(silicon.id);
  return ids;
}

}  // namespace

std::string CompletionCandidates(const CLI::App& app, const Globals& globals, const std::vector<std::string>& typed) {
  return collectors::Candidates(app, typed, [&](absl::string_view name) {
    if (name == "TRACE") return TraceNames(globals, typed);
    for (const absl::string_view is_class : {"CLASS", "BASE", "OTHER", "A", "B"}) {
      if (name == is_class) return ClassIds();
    }
    return std::vector<std::string>();
  });
}

void AddCompletionCommand(CLI::App& app, Action& action) {
  auto shell = std::make_shared<std::string>();
  CLI::App* completion = app.add_subcommand("completion", "Print the script that completes words in a shell.");
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  completion->footer(
      "Examples:\n"
      "  source <(sandglass completion bash)\n"
      "  source <(sandglass completion zsh)\n"
      "  sandglass completion fish | source\n"
      "Commands, options and their values are completed, and classes of the catalog and names of traces: those of "
      "--store or --server, or of SANDGLASS_STORE or SANDGLASS_SERVER.");
  completion->callback([shell, &action] {
    action = [shell]() -> absl::StatusOr<int> {
      const auto script = collectors::CompletionScript(*shell, "sandglass");
      if (!script.ok()) return script.status();
      if (absl::Status status = Print(*script); !status.ok()) return status;
      return kExitOk;
    };
  });
}

}  // namespace sandglass::serve
