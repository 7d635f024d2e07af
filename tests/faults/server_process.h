// The real server in a process of its own, which a test can kill, stop, starve and start again.
//
// Not safe for use by several threads at once. A server ends with the thread that started it.
#ifndef SANDGLASS_TESTS_FAULTS_SERVER_PROCESS_H_
#define SANDGLASS_TESTS_FAULTS_SERVER_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sandglass::faults {

// `sandglass`, as users have it.
inline constexpr const char* kProgram = "analyzer/serve/sandglass";
// The same program with fault_injection.h in it.
inline constexpr const char* kProgramWithFaults = "tests/faults/sandglass_with_faults";

struct ServerSetup {
  std::string program = kProgram;
  // Further options of `sandglass serve`.
  std::vector<std::string> flags = {};
  std::vector<std::pair<std::string, std::string>> environment = {};
  // Called in the new process just before it becomes the server: for limits.
  std::function<void()> before_start = nullptr;
};

class ServerProcess {
 public:
  // Starts `sandglass serve` on the store in `directory`, on a free port, and waits until it listens.
  explicit ServerProcess(std::string directory, ServerSetup setup = {});
  // Kills it.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // 127.0.0.1:PORT; the same after each Start.
  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }
  // What the next Start does.
  ServerSetup& setup() { return setup_; }

  // SIGKILL; returns when the process is gone.
  void Kill();
  // Starts it again, on the same port. Requires: it does not run. False if it ended without listening; Errors() says
  // why.
  bool Start();
  // SIGSTOP and SIGCONT.
  void Pause();
  void Continue();
  void Signal(int signal);
  // Waits until it ends by itself: its exit code, or 128 + the signal. As WaitForChild.
  int WaitForEnd();
  // Whether it runs still.
  bool Runs();

  // What all its lives wrote to standard error.
  std::string Errors() const;
  // The most memory that its present life has had resident, in bytes.
  uint64_t PeakResidentBytes() const;

 private:
  [[noreturn]] void Become(int out) const;

  const std::string directory_;
  ServerSetup setup_;
  std::string address_;
  std::string port_ = "0";
  pid_t pid_ = -1;
};

// The most memory that a process has had resident, in bytes.
uint64_t PeakResidentBytes(pid_t pid);

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_SERVER_PROCESS_H_
