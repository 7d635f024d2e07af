// What is wrong with the words of a command line that it has nothing for, and what they may have meant.
#ifndef SANDGLASS_COLLECTORS_MAIN_MISTYPED_H_
#define SANDGLASS_COLLECTORS_MAIN_MISTYPED_H_

#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace sandglass::collectors {

// After parsing failed: of the first word that was not understood, that there is no such command or option, and which
// one is near; empty where every word was.
std::string Mistyped(const CLI::App& app);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_MISTYPED_H_
