#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "analyzer/serve/cli.h"
#include "collectors/main/command_words.h"

namespace sandglass::serve {
namespace {

// A case of the script for `command` and each command below it; `path` is what was typed before ("traces ls").
void AddCases(CLI::App& command, const std::string& path, std::string& script) {
  absl::StrAppend(&script, "    '", path, "') words='", collectors::WordsAfter(command), "' ;;\n");
  for (CLI::App* sub : command.get_subcommands([](CLI::App*) { return true; })) {
    AddCases(*sub, absl::StrCat(path, path.empty() ? "" : " ", sub->get_name()), script);
  }
}

// Follows the typed words down the commands as far as they are commands, and offers what may come there.
constexpr absl::string_view kScriptHead = R"(# bash completion of sandglass; use: source <(sandglass completion bash)
_sandglass_words() {
  case "$1" in
)";
constexpr absl::string_view kScriptTail = R"(    *) return 1 ;;
  esac
}
_sandglass() {
  local words path='' word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if _sandglass_words "${path:+$path }$word"; then path="${path:+$path }$word"; fi
  done
  _sandglass_words "$path"
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
  case "${COMP_WORDS[COMP_CWORD-1]}" in
    --store|--catalog) COMPREPLY=($(compgen -d -- "${COMP_WORDS[COMP_CWORD]}")) ;;
  esac
}
complete -F _sandglass sandglass
)";

}  // namespace

void AddCompletionCommand(CLI::App& app, Action& action) {
  CLI::App* completion = app.add_subcommand("completion", "Completion for shells.");
  completion->require_subcommand(1);
  CLI::App* bash = completion->add_subcommand("bash", "Print the script: source <(sandglass completion bash)");
  bash->callback([&app, &action] {
    action = [&app]() -> absl::StatusOr<int> {
      std::string cases;
      AddCases(app, "", cases);
      if (absl::Status status = Print(absl::StrCat(kScriptHead, cases, kScriptTail)); !status.ok()) return status;
      return kExitOk;
    };
  });
}

}  // namespace sandglass::serve
