// Programs under test: run to the end, or kept running beside the test.
//
// Used from one thread, but for ReadLine and WaitForChild, which may be called from any. A program gets the test's
// environment with the SANDGLASS_ and BUILD_WORKING_DIRECTORY variables taken out, and no standard input.
#ifndef SANDGLASS_TESTS_END_TO_END_PROCESS_H_
#define SANDGLASS_TESTS_END_TO_END_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace sandglass::testing {

using Environment = std::vector<std::pair<std::string, std::string>>;

struct Outcome {
  // Exit code, or 128 + the signal.
  int code = -1;
  std::string out;
  std::string err;
};

// Runs `command` (a path and its arguments) to its end.
Outcome RunProgram(const std::vector<std::string>& command, const Environment& environment = {});

// A program that goes on until it is told to stop. Killed when this goes away.
class Running {
 public:
  explicit Running(const std::vector<std::string>& command);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // Its first line of standard output, without the newline; empty if it ended without one.
  const std::string& first_line() const { return first_line_; }

  void Signal(int signal);

  // Sends `signal`, waits for the end, and returns the exit code, or 128 + the signal that ended it.
  int Stop(int signal);

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string first_line_;
};

// The first line that comes from a pipe, without its newline, or what comes until the pipe ends. A line that does not
// come within two minutes fails the test.
std::string ReadLine(int pipe);

// Waits until a child has ended: its exit code, or 128 + the signal; -1: it is no child. One that does not end within
// two minutes fails the test, and is killed.
int WaitForChild(pid_t pid);

// A new folder that the test may write to.
std::string NewFolder();

}  // namespace sandglass::testing

#endif  // SANDGLASS_TESTS_END_TO_END_PROCESS_H_
