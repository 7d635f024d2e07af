#include "collectors/main/mistyped.h"

#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/main/command_words.h"
#include "proto/nearest_words.h"

namespace sandglass::collectors {
namespace {

// The command that was typed, as far down as its words are commands.
const CLI::App& CommandTyped(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  return *command;
}

}  // namespace

std::string Mistyped(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining(/*recurse=*/true);
  if (left.empty()) return "";
  const CLI::App& command = CommandTyped(app);
  const std::string typed = left.front().substr(0, left.front().find('='));
  const bool option = absl::StartsWith(typed, "-");
  const std::vector<std::string> known = option ? OptionsOf(command) : CommandsBelow(command);
  // A command that has none below it was given one word too many.
  if (known.empty()) return "";
  const std::string meant = LikelyMeant(typed, known);
  return absl::StrCat("there is no ", option ? "option " : "command ", typed,
                      meant.empty() ? "" : absl::StrCat(" (did you mean ", meant, "?)"));
}

}  // namespace sandglass::collectors
