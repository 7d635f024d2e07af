#include "tests/benchmarks/measured_run.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace sandglass::benchmarks {
namespace {

// The longest command, with zeros between its words.
constexpr size_t kMostCommandBytes = 64 << 10;
constexpr absl::string_view kZero("\0", 1);

// One answer of the runner; `seconds` below 0: it failed.
MeasuredRun RunHere(std::vector<std::string> words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
    execvp(pointers[0], pointers.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  const bool ended = child > 0 && wait4(child, &status, 0, &usage) == child;
  if (!ended || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return {.seconds = -1};
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {seconds, static_cast<uint64_t>(usage.ru_maxrss) << 10};
}

// Runs what comes, until the other end is closed.
[[noreturn]] void Serve(int socket) {
  std::string message(kMostCommandBytes, '\0');
  while (true) {
    const ssize_t bytes = recv(socket, message.data(), message.size(), 0);
    if (bytes <= 0) _exit(0);
    const MeasuredRun run = RunHere(absl::StrSplit(message.substr(0, static_cast<size_t>(bytes)), kZero));
    if (send(socket, &run, sizeof(run), MSG_NOSIGNAL) < 0) _exit(1);
  }
}

}  // namespace

ProgramRunner::ProgramRunner() {
  int ends[2];
  // Each message comes whole.
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) process_ = fork();
  if (process_ < 0) {
    std::perror("a process that runs the programs cannot be begun");
    std::exit(1);
  }
  if (process_ == 0) {
    close(ends[0]);
    Serve(ends[1]);
  }
  close(ends[1]);
  socket_ = ends[0];
}

ProgramRunner::~ProgramRunner() {
  close(socket_);
  waitpid(process_, nullptr, 0);
}

std::optional<MeasuredRun> ProgramRunner::Run(const std::vector<std::string>& command) {
  const std::string message = absl::StrJoin(command, kZero);
  MeasuredRun run;
  if (message.size() > kMostCommandBytes) return std::nullopt;
  if (send(socket_, message.data(), message.size(), MSG_NOSIGNAL) < 0) return std::nullopt;
  if (recv(socket_, &run, sizeof(run), 0) != sizeof(run) || run.seconds < 0) return std::nullopt;
  return run;
}

}  // namespace sandglass::benchmarks
