#include "tests/end_to_end/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "gtest/gtest.h"
#include "storage/wait_until.h"

namespace sandglass::testing {
namespace {

// In the child: becomes the program.
[[noreturn]] void Become(const std::vector<std::string>& command, const Environment& environment, int out, int err) {
  for (const char* name : {"SANDGLASS_STORE", "SANDGLASS_SERVER", "BUILD_WORKING_DIRECTORY"}) unsetenv(name);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  perror(arguments[0]);
  _exit(127);
}

std::string ReadAll(FILE* file) {
  rewind(file);
  std::string text;
  char buffer[4096];
  for (size_t count = 0; (count = fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, count);
  return text;
}

}  // namespace

std::string ReadLine(int pipe) {
  std::string line;
  fcntl(pipe, F_SETFL, fcntl(pipe, F_GETFL) | O_NONBLOCK);
  const auto has_ended = [&] {
    while (true) {
      char byte = 0;
      const ssize_t count = read(pipe, &byte, 1);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
      if (count <= 0 || byte == '\n') return true;
      line.push_back(byte);
    }
  };
  storage::WaitUntil(has_ended, "a program's first line");
  return line;
}

int WaitForChild(pid_t pid) {
  int status = 0;
  pid_t ended = 0;
  const auto has_ended = [&] { return (ended = waitpid(pid, &status, WNOHANG)) != 0; };
  if (!storage::WaitUntil(has_ended, "a program to end")) {
    kill(pid, SIGKILL);
    ended = waitpid(pid, &status, 0);
  }
  if (ended != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Outcome RunProgram(const std::vector<std::string>& command, const Environment& environment) {
  FILE* out = tmpfile();
  FILE* err = tmpfile();
  const pid_t pid = fork();
  if (pid == 0) Become(command, environment, fileno(out), fileno(err));
  Outcome outcome;
  outcome.code = WaitForChild(pid);
  outcome.out = ReadAll(out);
  outcome.err = ReadAll(err);
  fclose(out);
  fclose(err);
  return outcome;
}

Running::Running(const std::vector<std::string>& command) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  pid_ = fork();
  if (pid_ == 0) Become(command, {}, ends[1], STDERR_FILENO);
  close(ends[1]);
  out_ = ends[0];
  first_line_ = ReadLine(out_);
}

Running::~Running() {
  if (pid_ > 0) Stop(SIGKILL);
  close(out_);
}

void Running::Signal(int signal) { kill(pid_, signal); }

int Running::Stop(int signal) {
  Signal(signal);
  const int code = WaitForChild(pid_);
  pid_ = -1;
  return code;
}

std::string NewFolder() {
  std::string folder = ::testing::TempDir() + "/end_to_end_XXXXXX";
  EXPECT_NE(mkdtemp(folder.data()), nullptr);
  return folder;
}

}  // namespace sandglass::testing
