// The words that may follow a command, one of which a mistyped word may have meant.
#ifndef SANDGLASS_COLLECTORS_MAIN_COMMAND_WORDS_H_
#define SANDGLASS_COLLECTORS_MAIN_COMMAND_WORDS_H_

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace sandglass::collectors {

// Names of the commands below it.
std::vector<std::string> CommandsBelow(const CLI::App& command);

// Its long options with their dashes, each once, and those of the commands above it that it takes as well.
std::vector<std::string> OptionsOf(const CLI::App& command);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_COMMAND_WORDS_H_
