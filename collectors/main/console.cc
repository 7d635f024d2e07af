#include "collectors/main/console.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "grpc/support/log.h"
#include "proto/plain_text.h"

namespace sandglass::collectors {
namespace {

// gRPC's own log lines would stand between the user and the one line that says what is wrong.
void QuietGrpc() {
  if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
}

}  // namespace

int Fail(absl::string_view message) {
  std::fprintf(stderr, "sandglass-collect: error: %s\n", PlainText(message).c_str());
  return 1;
}

int Print(absl::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return 0;
  return Fail("standard output cannot be written: is the disk full, or the reader gone?");
}

void Warn(const std::string& message) {
  const char* before = isatty(STDERR_FILENO) == 1 ? "\n" : "";
  std::fprintf(stderr, "%ssandglass-collect: warning: %s\n", before, PlainText(message).c_str());
}

int RunProgram(int argc, char** argv, int (*run)(const std::vector<std::string>& arguments)) {
  // A reader that has gone shows as a failed write, which is reported.
  signal(SIGPIPE, SIG_IGN);
  QuietGrpc();
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    // Libraries throw where memory runs out.
    return Fail(error.what());
  }
}

}  // namespace sandglass::collectors
