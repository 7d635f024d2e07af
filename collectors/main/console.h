// What the programs of this folder say, and how they begin and end.
#ifndef SANDGLASS_COLLECTORS_MAIN_CONSOLE_H_
#define SANDGLASS_COLLECTORS_MAIN_CONSOLE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sandglass::collectors {

// Each returns the exit code that follows from it.
//
// Says what is wrong, in one line.
int Fail(absl::string_view message);
// Writes to standard output, and says so where that cannot be done.
int Print(absl::string_view text);

// Says what is wrong and was mended or left out, in a line of its own, also where a terminal shows the progress.
void Warn(const std::string& message);

// Calls `run` with the program's arguments, and returns the exit code. What a library throws becomes a message.
int RunProgram(int argc, char** argv, int (*run)(const std::vector<std::string>& arguments));

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_CONSOLE_H_
