#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectors/main/cli.h"

namespace sandglass::collectors {
namespace {

std::string WordsOf(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    words.push_back(command->get_name());
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back(absl::StrCat("--", name));
  }
  return absl::StrJoin(words, " ");
}

}  // namespace

std::string BashCompletion(CLI::App& app) {
  std::string cases;
  for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    absl::StrAppend(&cases, "    ", command->get_name(), ") words=\"", WordsOf(*command), "\" ;;\n");
  }
  return absl::StrCat(
      "# bash completion of sandglass-collect; use: source <(sandglass-collect completion bash)\n"
      "_sandglass_collect() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" words\n"
      "  if ((COMP_CWORD == 2)) && [[ ${COMP_WORDS[1]} == run && $current != -* ]]; then\n"
      "    words=\"$(\"${COMP_WORDS[0]}\" workloads 2>/dev/null | cut -d' ' -f1)\"\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} == import && $current != -* && $previous != -* ]]; then\n"
      "    COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  if [[ $previous == --store || $previous == --spool ]]; then\n"
      "    COMPREPLY=($(compgen -d -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  if [[ $previous == --tls-* || $previous == --token-file || $previous == --execution-trace || $previous == "
      "--capture ]]; then\n"
      "    COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  local command=''\n"
      "  ((COMP_CWORD > 1)) && command=\"${COMP_WORDS[1]}\"\n"
      "  case \"$command\" in\n",
      cases, "    *) words=\"", WordsOf(app),
      "\" ;;\n"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}\n"
      "complete -F _sandglass_collect sandglass-collect\n");
}

}  // namespace sandglass::collectors
