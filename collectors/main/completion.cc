#include "collectors/main/completion.h"

#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace sandglass::collectors {
namespace {

// The lines of an answer.
class Lines {
 public:
  explicit Lines(const std::string& begun) : begun_(begun) {}

  void Add(absl::string_view word, absl::string_view help = "") {
    if (!absl::StartsWith(word, begun_)) return;
    // The first sentence will do.
    const absl::string_view sentence = help.substr(0, help.find_first_of(".;\n"));
    absl::StrAppend(&text_, word, sentence.empty() ? "" : "\t", sentence, "\n");
  }
  void AddFiles() { absl::StrAppend(&text_, ":files\n"); }
  void AddFolders() { absl::StrAppend(&text_, ":folders\n"); }

  const std::string& begun() const { return begun_; }
  std::string Take() { return std::move(text_); }

 private:
  const std::string begun_;
  std::string text_;
};

// Of `command`, and of those above it whose options it takes as well.
const CLI::Option* FindOption(const CLI::App& command, const std::string& word) {
  for (const CLI::App* app = &command; app != nullptr; app = app->get_fallthrough() ? app->get_parent() : nullptr) {
    for (const CLI::Option* option : app->get_options()) {
      if (absl::StartsWith(word, "-") && option->check_name(word)) return option;
    }
  }
  return nullptr;
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// The values of a type such as "TEXT:{text,json}".
std::vector<std::string> Choices(const std::string& type) {
  const size_t open = type.find('{');
  const size_t close = type.find('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  return absl::StrSplit(type.substr(open + 1, close - open - 1), ',');
}

// Values with commas between them: the last one is being typed.
void AddListed(const std::vector<std::string>& values, bool list, Lines& lines) {
  const size_t comma = list ? lines.begun().rfind(',') : std::string::npos;
  const std::string before = comma == std::string::npos ? "" : lines.begun().substr(0, comma + 1);
  for (const std::string& value : values) lines.Add(absl::StrCat(before, value));
}

void AddValues(const CLI::Option& option, const std::string& name, const ValuesOf& values, Lines& lines) {
  const std::string type = option.get_type_name();
  if (absl::StartsWith(type, "DIR")) return lines.AddFolders();
  if (absl::StartsWith(type, "FILE") || absl::StartsWith(name, "FILE")) return lines.AddFiles();
  const std::vector<std::string> choices = Choices(type);
  if (!choices.empty()) return AddListed(choices, false, lines);
  const std::string of = name.empty() ? type : name;
  // "CLASS[,CLASS...]" is a list of CLASS.
  AddListed(values(of.substr(0, of.find_first_of("[,"))), absl::StrContains(of, ","), lines);
  if (of == "TRACE") lines.AddFiles();
}

// The argument that stands behind so many others; the last one may stand for several. nullptr: there is none.
const CLI::Option* ArgumentAt(const CLI::App& command, size_t before) {
  std::vector<const CLI::Option*> arguments;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) arguments.push_back(option);
  }
  if (before < arguments.size()) return arguments[before];
  return !arguments.empty() && arguments.back()->get_items_expected_max() > 1 ? arguments.back() : nullptr;
}

// `arguments`: how many were typed.
void AddWords(const CLI::App& command, size_t arguments, const ValuesOf& values, Lines& lines) {
  if (absl::StartsWith(lines.begun(), "-")) {
    for (const CLI::App* app = &command; app != nullptr; app = app->get_fallthrough() ? app->get_parent() : nullptr) {
      for (const CLI::Option* option : app->get_options()) {
        for (const std::string& name : option->get_lnames())
          lines.Add(absl::StrCat("--", name), option->get_description());
      }
    }
    return;
  }
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    lines.Add(below->get_name(), below->get_description());
  }
  const CLI::Option* argument = ArgumentAt(command, arguments);
  if (argument != nullptr) AddValues(*argument, argument->get_single_name(), values, lines);
}

constexpr char kBash[] = R"(# bash completion of PROGRAM; use: source <(PROGRAM completion bash)
_FUNCTION() {
  local IFS=$'\n' line current="${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  for line in $("${COMP_WORDS[0]}" completion candidates "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); do
    case "$line" in
      :files) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$current")) ;;
      :folders) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$current")) ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done
}
complete -F _FUNCTION PROGRAM
)";

constexpr char kZsh[] = R"(#compdef PROGRAM
# zsh completion of PROGRAM; use: source <(PROGRAM completion zsh), or put it into a folder of $fpath as _PROGRAM
_FUNCTION() {
  local line word
  local -a found
  for line in "${(@f)$("${words[1]}" completion candidates "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case "$line" in
      '') ;;
      :files) _files ;;
      :folders) _files -/ ;;
      *$'\t'*) word=${line%%$'\t'*}; found+=("${word//:/\\:}:${line#*$'\t'}") ;;
      *) found+=("${line//:/\\:}") ;;
    esac
  done
  (( ${#found} )) && _describe 'PROGRAM' found
}
compdef _FUNCTION PROGRAM
)";

constexpr char kFish[] = R"(# fish completion of PROGRAM; use: PROGRAM completion fish | source
function __FUNCTION_candidates
  set -l typed (commandline -opc)
  set -l current (commandline -ct)
  for line in ($typed[1] completion candidates $typed[2..-1] "$current" 2>/dev/null)
    switch $line
      case :files
        __fish_complete_path "$current"
      case :folders
        __fish_complete_directories "$current"
      case '*'
        echo $line
    end
  end
end
complete -c PROGRAM -f -a '(__FUNCTION_candidates)'
)";

}  // namespace

std::string Candidates(const CLI::App& app, const std::vector<std::string>& typed, const ValuesOf& values) {
  Lines lines(typed.empty() ? "" : typed.back());
  const CLI::App* command = &app;
  const CLI::Option* awaits_value = nullptr;
  size_t arguments = 0;
  for (size_t i = 0; i + 1 < typed.size(); ++i) {
    if (awaits_value != nullptr) {
      awaits_value = nullptr;
      continue;
    }
    if (const CLI::Option* option = FindOption(*command, typed[i]); option != nullptr) {
      awaits_value = TakesValue(*option) ? option : nullptr;
      continue;
    }
    const auto below = command->get_subcommands([&](const CLI::App* sub) { return sub->get_name() == typed[i]; });
    if (below.empty()) ++arguments;
    if (!below.empty()) command = below.front();
  }
  if (awaits_value != nullptr) {
    AddValues(*awaits_value, "", values, lines);
  } else {
    AddWords(*command, arguments, values, lines);
  }
  return lines.Take();
}

absl::StatusOr<std::string> CompletionScript(absl::string_view shell, absl::string_view program) {
  const char* script = shell == "bash" ? kBash : shell == "zsh" ? kZsh : shell == "fish" ? kFish : nullptr;
  if (script == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("no completion for the shell ", shell, ": bash, zsh or fish"));
  }
  return absl::StrReplaceAll(script, {{"PROGRAM", program}, {"FUNCTION", absl::StrReplaceAll(program, {{"-", "_"}})}});
}

}  // namespace sandglass::collectors
