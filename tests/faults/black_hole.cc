#include "tests/faults/black_hole.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace sandglass::faults {
namespace {

// How often the relay looks up.
constexpr int kLookMs = 20;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int Connect(int port) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in to = Loopback(port);
  // A refused or a lost connection is what the relay exists for: its first read tells.
  (void)connect(made, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  return made;
}

}  // namespace

BlackHole::BlackHole(const std::string& server)
    : server_(server), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* const place = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, place, size) != 0 || listen(listener_, 1) != 0 || getsockname(listener_, place, &size) != 0) {
    std::perror("a relay without a port");
    std::abort();
  }
  address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this] { Run(); });
}

BlackHole::~BlackHole() {
  ends_ = true;
  thread_.join();
  close(listener_);
}

void BlackHole::Run() {
  pollfd wait{.fd = listener_, .events = POLLIN, .revents = 0};
  while (!ends_ && poll(&wait, 1, kLookMs) == 0) {
  }
  if (ends_) return;
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  const int server = Connect(std::atoi(server_.c_str() + server_.rfind(':') + 1));
  bool open = true;
  while (!ends_) {
    const bool passes = open && !swallows_;
    const short wanted = passes ? POLLIN : 0;
    std::array<pollfd, 2> ready = {pollfd{client, wanted, 0},
                                   pollfd{server, static_cast<short>(wanted | POLLRDHUP), 0}};
    poll(ready.data(), ready.size(), kLookMs);
    if ((ready[1].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) server_closed_ = true;
    if (passes && (ready[0].revents & POLLIN) != 0) open = Pass(client, server);
    if (passes && (ready[1].revents & POLLIN) != 0) open = Pass(server, client) && open;
    if (server_closed_) usleep(kLookMs * 1000);
  }
  close(client);
  close(server);
}

bool BlackHole::Pass(int from, int to) {
  std::array<char, 65536> bytes;
  const ssize_t count = read(from, bytes.data(), bytes.size());
  if (count <= 0) return false;
  for (ssize_t sent = 0; sent < count;) {
    const ssize_t now = send(to, bytes.data() + sent, static_cast<size_t>(count - sent), MSG_NOSIGNAL);
    if (now < 0) return false;
    sent += now;
  }
  return true;
}

}  // namespace sandglass::faults
