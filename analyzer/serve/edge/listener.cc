#include "analyzer/serve/edge/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sandglass::serve {
namespace {

constexpr int kBacklog = 1024;
// After so many it looks whether it shall stop.
constexpr int kAcceptsInARow = 64;
// RocksDB may have 512 files open; the rest is for logs, pipes and gRPC's own.
constexpr size_t kOtherDescriptors = 640;
// A peer that does not acknowledge what was sent to it is gone.
constexpr unsigned int kUserTimeoutMs = 30000;
// At its bound, a listener looks so often for connections that went.
constexpr auto kSweep = std::chrono::milliseconds(100);
// So long it waits for a descriptor to come free, or for what keeps the system from saying what is ready.
constexpr int kPauseMs = 50;
// Where any port will do, one that is free on the first address may be taken on the second.
constexpr int kPortsTried = 16;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

absl::StatusOr<Addresses> Resolve(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = host.empty() || port.empty() ? EAI_NONAME : getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error == 0) return Addresses(found, &freeaddrinfo);
  return absl::UnavailableError(gai_strerror(error));
}

void SetPort(sockaddr_storage& address, int port) {
  if (address.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = htons(static_cast<uint16_t>(port));
  } else {
    reinterpret_cast<sockaddr_in&>(address).sin_port = htons(static_cast<uint16_t>(port));
  }
}

int PortIn(const sockaddr_storage& address) {
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

sockaddr_storage AddressOf(const addrinfo& where) {
  sockaddr_storage address{};
  std::copy_n(reinterpret_cast<const char*>(where.ai_addr), where.ai_addrlen, reinterpret_cast<char*>(&address));
  return address;
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  return getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 ? PortIn(address) : 0;
}

// A socket that listens, on `port` if that is not 0; -1 and errno where there can be none.
int ListenOn(const addrinfo& where, int port) {
  const int made = socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  const int on = 1;
  // What is left of former connections to this port must not keep a server from starting again.
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // Connections inherit these.
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(made, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs, sizeof(kUserTimeoutMs));
  const int off = 0;
  if (where.ai_family == AF_INET6) setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  sockaddr_storage address = AddressOf(where);
  if (port != 0) SetPort(address, port);
  if (bind(made, reinterpret_cast<sockaddr*>(&address), where.ai_addrlen) == 0 && listen(made, kBacklog) == 0) {
    return made;
  }
  const int error = errno;
  close(made);
  errno = error;
  return -1;
}

// The number of the socket behind a descriptor; 0 if it is none.
ino_t SocketOf(int descriptor) {
  struct stat state {};
  return fstat(descriptor, &state) == 0 && S_ISSOCK(state.st_mode) ? state.st_ino : 0;
}

// Whether the machine has no such address, as one without IPv6 has none for the second of `localhost`.
bool IsAbsent(int error) { return error == EADDRNOTAVAIL || error == EAFNOSUPPORT; }

// Whether `where` stands in the list that begins with `first` before its own place, too: where /etc/hosts gives
// localhost an address of IPv6, the resolver may name that of IPv4 twice.
bool IsAgain(const addrinfo& where, const addrinfo* first) {
  for (; first != &where; first = first->ai_next) {
    if (first->ai_addrlen == where.ai_addrlen && memcmp(first->ai_addr, where.ai_addr, where.ai_addrlen) == 0)
      return true;
  }
  return false;
}

std::string NameOf(const addrinfo& address) {
  char host[NI_MAXHOST] = "";
  const int error = getnameinfo(address.ai_addr, address.ai_addrlen, host, sizeof(host), nullptr, 0, NI_NUMERICHOST);
  return error == 0 ? host : "an address";
}

// Not to turn round and round.
void Pause(pollfd wake) { std::ignore = poll(&wake, 1, kPauseMs); }

int OpenSpare() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

size_t MostConnections(size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const size_t all = limit.rlim_cur;
  return std::min(wanted, all - std::min(kOtherDescriptors, all / 2));
}

Listener::Listener(size_t most_connections)
    : most_(most_connections), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), spare_(OpenSpare()) {}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Bind(const std::string& address, size_t most_connections) {
  const absl::StatusOr<Addresses> found = Resolve(address);
  absl::Status status = found.status();
  if (status.ok()) {
    auto listener = BindAll(found->get(), most_connections);
    if (listener.ok()) return listener;
    status = listener.status();
  }
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", status.message(),
                                             ": give --listen an address of this machine as HOST:PORT and a port that "
                                             "is free (0: any)"));
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::BindAll(const addrinfo* addresses, size_t most_connections) {
  std::unique_ptr<Listener> listener(new Listener(most_connections));
  if (listener->wake_ < 0) return absl::UnavailableError("no descriptor is left (ulimit -n)");
  if (absl::Status status = listener->ListenOnAll(addresses); !status.ok()) return status;
  return listener;
}

absl::Status Listener::ListenOnAll(const addrinfo* addresses) {
  const bool any_port = addresses != nullptr && PortIn(AddressOf(*addresses)) == 0;
  for (int tries = any_port ? kPortsTried : 1;; --tries) {
    absl::Status status;
    absl::Status absent = absl::UnavailableError("it has no address");
    for (const addrinfo* where = addresses; where != nullptr && status.ok(); where = where->ai_next) {
      if (IsAgain(*where, addresses)) continue;
      const int made = ListenOn(*where, port_);
      if (made >= 0) {
        sockets_.push_back(made);
        port_ = PortOf(made);
        continue;
      }
      const int error = errno;
      // Half of the clients would reach nobody, or another server.
      (IsAbsent(error) ? absent : status) =
          absl::UnavailableError(absl::StrCat(NameOf(*where), ": ", strerrordesc_np(error)));
    }
    if (status.ok() && !sockets_.empty()) return status;
    CloseSockets();
    port_ = 0;
    if (tries <= 1 || status.ok()) return status.ok() ? absent : status;
  }
}

void Listener::CloseSockets() {
  for (const int socket : sockets_) close(socket);
  sockets_.clear();
}

Listener::~Listener() {
  Stop();
  for (const int descriptor : {wake_, spare_}) {
    if (descriptor >= 0) close(descriptor);
  }
}

void Listener::Start(Take take) {
  thread_ = std::thread([this, take = std::move(take)] { Run(take); });
}

void Listener::Stop() {
  stopping_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
  if (thread_.joinable()) thread_.join();
  CloseSockets();
}

size_t Listener::open() {
  storage::MutexLock lock(mutex_);
  Sweep();
  return taken_.size();
}

void Listener::Run(const Take& take) {
  std::vector<pollfd> ready;
  for (const int socket : sockets_) ready.push_back({.fd = socket, .events = POLLIN, .revents = 0});
  ready.push_back({.fd = wake_, .events = POLLIN, .revents = 0});
  while (!stopping_) {
    // Nothing but Stop ends it: where the system has no memory for the question now, it will have some later.
    if (poll(ready.data(), ready.size(), -1) < 0) {
      if (errno != EINTR) Pause(ready.back());
      continue;
    }
    bool descriptors = true;
    for (const int socket : sockets_) descriptors = Accept(socket, take) && descriptors;
    // Not to turn round and round meanwhile.
    if (!descriptors) Pause(ready.back());
  }
}

bool Listener::Accept(int socket, const Take& take) {
  for (int i = 0; i < kAcceptsInARow; ++i) {
    const int connection = accept4(socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
      Refuse(socket);
      return false;
    }
    bool room = false;
    {
      storage::MutexLock lock(mutex_);
      room = HasRoom();
      if (room) taken_[connection] = SocketOf(connection);
    }
    if (room) {
      take(socket, connection);
    } else {
      ++refused_;
      close(connection);
    }
  }
  return true;
}

void Listener::Refuse(int socket) {
  if (spare_ >= 0) close(spare_);
  const int connection = accept4(socket, nullptr, nullptr, SOCK_CLOEXEC);
  if (connection >= 0) {
    ++refused_;
    close(connection);
  }
  spare_ = OpenSpare();
}

bool Listener::HasRoom() {
  if (taken_.size() >= most_ && std::chrono::steady_clock::now() - swept_ >= kSweep) Sweep();
  return taken_.size() < most_;
}

void Listener::Sweep() {
  swept_ = std::chrono::steady_clock::now();
  for (auto it = taken_.begin(); it != taken_.end();) {
    it = SocketOf(it->first) == it->second ? std::next(it) : taken_.erase(it);
  }
}

}  // namespace sandglass::serve
