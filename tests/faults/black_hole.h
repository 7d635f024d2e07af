// A relay to a server that can go silent: both sides believe that the other is there, as when a cable is pulled.
//
// The methods may be called from any thread.
#ifndef SANDGLASS_TESTS_FAULTS_BLACK_HOLE_H_
#define SANDGLASS_TESTS_FAULTS_BLACK_HOLE_H_

#include <atomic>
#include <string>
#include <thread>

namespace sandglass::faults {

class BlackHole {
 public:
  // Relays one connection to IPv4:PORT.
  explicit BlackHole(const std::string& server);
  ~BlackHole();
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;

  // Where clients connect to.
  const std::string& address() const { return address_; }
  // From now on nothing is passed on or read any more.
  void Swallow() { swallows_ = true; }
  // Whether the server has closed its side.
  bool server_closed() const { return server_closed_; }

 private:
  void Run();
  // Passes on what came; false: that side has closed.
  static bool Pass(int from, int to);

  const std::string server_;
  std::string address_;
  int listener_ = -1;
  std::atomic<bool> swallows_ = false;
  std::atomic<bool> server_closed_ = false;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_BLACK_HOLE_H_
