#include "tests/faults/server_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "tests/end_to_end/process.h"

namespace sandglass::faults {
namespace {

std::string ErrorFile(const std::string& directory) { return directory + ".stderr"; }

}  // namespace

ServerProcess::ServerProcess(std::string directory, ServerSetup setup)
    : directory_(std::move(directory)), setup_(std::move(setup)) {
  EXPECT_TRUE(Start()) << "the server did not start: " << Errors();
}

ServerProcess::~ServerProcess() { Kill(); }

void ServerProcess::Become(int out) const {
  // A test that crashes must not leave servers behind.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(open(ErrorFile(directory_).c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
  for (const char* name : {"SANDGLASS_STORE", "SANDGLASS_SERVER", "BUILD_WORKING_DIRECTORY"}) unsetenv(name);
  for (const auto& [name, value] : setup_.environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<std::string> command = {setup_.program, "serve", "--store", directory_, "--listen", "127.0.0.1:" + port_};
  command.insert(command.end(), setup_.flags.begin(), setup_.flags.end());
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  if (setup_.before_start) setup_.before_start();
  execv(arguments[0], arguments.data());
  perror(arguments[0]);
  _exit(127);
}

bool ServerProcess::Start() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  pid_ = fork();
  if (pid_ == 0) Become(ends[1]);
  close(ends[1]);
  const std::string line = testing::ReadLine(ends[0]);
  close(ends[0]);
  const std::string before = "listening on ";
  if (line.substr(0, before.size()) != before) {
    WaitForEnd();
    return false;
  }
  address_ = line.substr(before.size());
  port_ = address_.substr(address_.rfind(':') + 1);
  return true;
}

void ServerProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  WaitForEnd();
}

void ServerProcess::Pause() { Signal(SIGSTOP); }

void ServerProcess::Continue() { Signal(SIGCONT); }

void ServerProcess::Signal(int signal) { kill(pid_, signal); }

int ServerProcess::WaitForEnd() { return testing::WaitForChild(std::exchange(pid_, -1)); }

bool ServerProcess::Runs() {
  siginfo_t state{};
  return pid_ > 0 && waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         state.si_pid == 0;
}

std::string ServerProcess::Errors() const {
  std::ostringstream text;
  text << std::ifstream(ErrorFile(directory_)).rdbuf();
  return text.str();
}

uint64_t ServerProcess::PeakResidentBytes() const { return faults::PeakResidentBytes(pid_); }

uint64_t PeakResidentBytes(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  const std::string name = "VmHWM:";
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name, 0) == 0) return std::strtoull(line.c_str() + name.size(), nullptr, 10) << 10;
  }
  return 0;
}

}  // namespace sandglass::faults
