// Takes connections in for a gRPC server, in place of gRPC 1.51's own listener, which does not listen any more once it
// ran out of descriptors, and knows no bound.
//
// At most so many connections are open at a time; further ones are closed at once, so that their clients hear it.
// Where no descriptor is left, the same happens until one is. Safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_SERVE_EDGE_LISTENER_H_
#define SANDGLASS_ANALYZER_SERVE_EDGE_LISTENER_H_

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/mutex.h"

struct addrinfo;

namespace sandglass::serve {

// How many connections the process can hold beside a store's files: `wanted`, or less where the limit on descriptors
// asks for it.
size_t MostConnections(size_t wanted);

class Listener {
 public:
  // Gets the descriptor of a connection, which it must see to be closed in the end.
  using Take = std::function<void(int listener, int connection)>;

  // Listens on `address`, HOST:PORT; port 0 takes a free one. Where the host has several addresses, on each that this
  // machine has. Connections wait until Start. Errors: Unavailable.
  static absl::StatusOr<std::unique_ptr<Listener>> Bind(const std::string& address, size_t most_connections);
  // The same on addresses that a name stands for; messages name none but those.
  static absl::StatusOr<std::unique_ptr<Listener>> BindAll(const addrinfo* addresses, size_t most_connections);
  // Stops.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The port that it got.
  int port() const { return port_; }

  // Hands connections to `take` from now on, on a thread of its own. To be called once.
  void Start(Take take);
  // Takes no more in, from the system's point of view too; what was taken stays. May be called more than once.
  void Stop();

  // Connections that are open, and how many were refused so far.
  size_t open();
  uint64_t refused() const { return refused_; }

 private:
  explicit Listener(size_t most_connections);

  // Listens on each of `addresses`. Errors: Unavailable with the address; then it listens on none.
  absl::Status ListenOnAll(const addrinfo* addresses);
  void CloseSockets();
  void Run(const Take& take);
  // Takes in what waits on a socket; false: there is no descriptor for it now.
  bool Accept(int socket, const Take& take);
  // Takes the next connection into the place of the spare descriptor, only to close it.
  void Refuse(int socket);
  bool HasRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Sweep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t most_;
  int port_ = 0;
  std::vector<int> sockets_;
  // Written to by Stop.
  int wake_ = -1;
  int spare_ = -1;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> refused_ = 0;
  std::thread thread_;
  storage::Mutex mutex_;
  // Descriptors that were handed out, with the number of their socket: who took one closes it without a word, and then
  // the descriptor is another socket's, or none.
  std::map<int, ino_t> taken_ ABSL_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point swept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_EDGE_LISTENER_H_
