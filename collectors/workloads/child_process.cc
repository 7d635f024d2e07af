#include "collectors/workloads/child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace sandglass::collectors {
namespace {

constexpr int kNotFound = 127;
constexpr int kCannotStart = 126;
constexpr size_t kLastLines = 3;

// The last lines that are not empty, joined into one.
std::string LastLines(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  std::vector<std::string> lines = absl::StrSplit(text.str(), absl::ByAnyChar("\r\n"), absl::SkipWhitespace());
  if (lines.size() > kLastLines) lines.erase(lines.begin(), lines.end() - static_cast<ptrdiff_t>(kLastLines));
  return absl::StrJoin(lines, " | ");
}

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void Become(char* const* arguments, const char* directory, const char* output) {
  if (chdir(directory) != 0) _exit(kCannotStart);
  const int file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (file < 0 || nothing < 0) _exit(kCannotStart);
  if (dup2(nothing, STDIN_FILENO) < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0) {
    _exit(kCannotStart);
  }
  execvp(arguments[0], arguments);
  _exit(errno == ENOENT ? kNotFound : kCannotStart);
}

}  // namespace

absl::Status RunChild(const std::vector<std::string>& arguments, const std::string& directory,
                      const std::string& output) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) return absl::InternalError(absl::StrCat(arguments[0], ": cannot start: ", std::strerror(errno)));
  if (child == 0) Become(pointers.data(), directory.c_str(), output.c_str());
  int state = 0;
  while (waitpid(child, &state, 0) < 0) {
    if (errno != EINTR) return absl::InternalError(absl::StrCat(arguments[0], ": lost: ", std::strerror(errno)));
  }
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return absl::OkStatus();
  if (WIFEXITED(state) && WEXITSTATUS(state) == kNotFound) {
    return absl::NotFoundError(absl::StrCat(arguments[0], ": no such program"));
  }
  const std::string how =
      WIFEXITED(state) ? absl::StrCat("exit code ", WEXITSTATUS(state)) : absl::StrCat("signal ", WTERMSIG(state));
  return absl::InternalError(
      absl::StrCat(absl::StrJoin(arguments, " "), ": ", how, ": ", LastLines(absl::StrCat(directory, "/", output))));
}

}  // namespace sandglass::collectors
