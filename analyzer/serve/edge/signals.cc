#include "analyzer/serve/edge/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <tuple>

namespace sandglass::serve {
namespace {

int pipe_ends[2] = {-1, -1};

// A handler may do little more than write. Where the pipe is full, enough signals wait already.
void OnSignal(int signal) {
  const int error = errno;
  const char byte = static_cast<char>(signal);
  [[maybe_unused]] const ssize_t written = write(pipe_ends[1], &byte, 1);
  errno = error;
}

}  // namespace

Signals::Signals(const std::vector<int>& signals) : signals_(signals) {
  // Without a pipe, signals keep their usual meaning, which ends the process.
  if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  for (const int signal : signals_) sigaction(signal, &action, nullptr);
}

Signals::~Signals() {
  for (const int signal : signals_) ::signal(signal, SIG_DFL);
  for (int& end : pipe_ends) {
    if (end >= 0) close(end);
    end = -1;
  }
}

int Signals::Wait(absl::Duration patience) {
  // A wall clock that is set must not make the wait longer or shorter.
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(patience);
  while (true) {
    char byte = 0;
    if (read(pipe_ends[0], &byte, 1) == 1) return byte;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left <= std::chrono::milliseconds(0)) return 0;
    pollfd ready{.fd = pipe_ends[0], .events = POLLIN, .revents = 0};
    // Whatever ends it, the pipe says what came.
    std::ignore = poll(&ready, 1, static_cast<int>(left.count()));
  }
}

}  // namespace sandglass::serve
