// Completion of typed words in shells: what a program's own command line can hold next, and the few lines that bash,
// zsh and fish need to ask it. Both programs have it, as `completion SHELL` and `completion candidates WORD...`.
//
// Pure but for `values`.
#ifndef SANDGLASS_COLLECTORS_MAIN_COMPLETION_H_
#define SANDGLASS_COLLECTORS_MAIN_COMPLETION_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace CLI {
class App;
}  // namespace CLI

namespace sandglass::collectors {

// Values that an argument of that name may have ("CLASS", "TRACE", "WORKLOAD"); none for names that mean nothing here.
using ValuesOf = std::function<std::vector<std::string>(absl::string_view name)>;

// What may stand in the place of the last of `typed`, the words after the program's name: one a line, behind a tab what
// it is for. A line ":files" or ":folders" asks the shell for such names as well. Commands and options come with their
// help, options with a fixed set of values with those; other values are asked of `values`.
std::string Candidates(const CLI::App& app, const std::vector<std::string>& typed, const ValuesOf& values);

// The script by which `shell` completes `program`: "bash", "zsh" or "fish". Errors: InvalidArgument for another.
absl::StatusOr<std::string> CompletionScript(absl::string_view shell, absl::string_view program);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_MAIN_COMPLETION_H_
