#include "tests/faults/server_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace sandglass::faults {
namespace {

constexpr const char* kBinary = "tests/faults/ingest_server";

}  // namespace

ServerProcess::ServerProcess(std::string directory) : directory_(std::move(directory)) { Start(); }

ServerProcess::~ServerProcess() { Kill(); }

void ServerProcess::Start() {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  pid_ = fork();
  ASSERT_GE(pid_, 0);
  if (pid_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(kBinary, kBinary, directory_.c_str(), port_.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::string line;
  for (char c = 0; c != '\n' && read(ends[0], &c, 1) == 1;) line.push_back(c);
  close(ends[0]);
  const std::string before = "listening on ";
  ASSERT_EQ(line.substr(0, before.size()), before) << "the server did not start";
  address_ = line.substr(before.size(), line.size() - before.size() - 1);
  port_ = address_.substr(address_.rfind(':') + 1);
}

void ServerProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void ServerProcess::Pause() { kill(pid_, SIGSTOP); }

void ServerProcess::Continue() { kill(pid_, SIGCONT); }

}  // namespace sandglass::faults
