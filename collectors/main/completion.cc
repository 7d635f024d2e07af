#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "collectors/main/cli.h"
#include "collectors/main/command_words.h"

namespace sandglass::collectors {

std::string BashCompletion(CLI::App& app) {
  std::string cases;
  for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    absl::StrAppend(&cases, "    ", command->get_name(), ") words=\"", WordsAfter(*command), "\" ;;\n");
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
      cases, "    *) words=\"", WordsAfter(app),
      "\" ;;\n"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}\n"
      "complete -F _sandglass_collect sandglass-collect\n");
}

}  // namespace sandglass::collectors
