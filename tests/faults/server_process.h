// A server in a process of its own, which a test can kill, stop and start again.
//
// Not safe for use by several threads at once.
#ifndef SANDGLASS_TESTS_FAULTS_SERVER_PROCESS_H_
#define SANDGLASS_TESTS_FAULTS_SERVER_PROCESS_H_

#include <sys/types.h>

#include <string>

namespace sandglass::faults {

class ServerProcess {
 public:
  // Starts ingest_server on the store in `directory`, on a free port, and waits until it listens.
  explicit ServerProcess(std::string directory);
  // Kills it.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // 127.0.0.1:PORT; the same after each Start.
  const std::string& address() const { return address_; }

  // SIGKILL; returns when the process is gone.
  void Kill();
  // Starts it again, on the same port. Requires: Kill was called.
  void Start();
  // SIGSTOP and SIGCONT.
  void Pause();
  void Continue();

 private:
  const std::string directory_;
  std::string address_;
  std::string port_ = "0";
  pid_t pid_ = -1;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_SERVER_PROCESS_H_
