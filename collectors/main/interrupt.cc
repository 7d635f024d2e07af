#include "collectors/main/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

namespace sandglass::collectors {
namespace {

constexpr int kGraceMs = 3000;
constexpr int kSignals[] = {SIGINT, SIGTERM};

// A signal handler may do little more than write; the watcher reads. A handler, not a blocked signal, because programs
// that are started inherit what is blocked.
int pipe_ends[2] = {-1, -1};
struct sigaction former[2];

enum Byte : char { kSignal = 's', kEnd = 'e' };

void WriteByte(char byte) {
  const int error = errno;
  while (write(pipe_ends[1], &byte, 1) < 0 && errno == EINTR) {
  }
  errno = error;
}

void OnSignal(int) { WriteByte(kSignal); }

// The next byte; kSignal if none comes in time.
char ReadByte(int timeout_ms) {
  while (true) {
    pollfd ready{.fd = pipe_ends[0], .events = POLLIN, .revents = 0};
    const int count = poll(&ready, 1, timeout_ms);
    if (count == 0) return kSignal;
    char byte = kEnd;
    if (count > 0 && read(pipe_ends[0], &byte, 1) == 1) return byte;
    if (errno != EINTR) return kEnd;
  }
}

}  // namespace

InterruptGuard::InterruptGuard(std::function<void()> cancel, std::function<void()> last_words)
    : cancel_(std::move(cancel)), last_words_(std::move(last_words)) {
  // Without a pipe, signals keep their usual meaning, which ends the process too.
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return;
  watcher_ = std::thread([this] { Watch(); });
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  for (int i = 0; i < 2; ++i) sigaction(kSignals[i], &action, &former[i]);
}

InterruptGuard::~InterruptGuard() {
  if (!watcher_.joinable()) return;
  for (int i = 0; i < 2; ++i) sigaction(kSignals[i], &former[i], nullptr);
  WriteByte(kEnd);
  watcher_.join();
  for (const int end : pipe_ends) close(end);
}

void InterruptGuard::Watch() {
  if (ReadByte(-1) == kEnd) return;
  interrupted_ = true;
  cancel_();
  if (ReadByte(kGraceMs) == kEnd) return;
  last_words_();
  _exit(1);
}

}  // namespace sandglass::collectors
