#include "tests/faults/raw_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace sandglass::faults {
namespace {

constexpr char kHeaders = 1;
constexpr char kSettings = 4;
constexpr char kEndHeaders = 4;

// A literal header that is not indexed, in HPACK. Its strings have fewer than 127 bytes.
std::string Literal(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + name + static_cast<char>(value.size()) + value;
}

}  // namespace

std::string Http2Frame(char type, char flags, int stream, const std::string& payload) {
  const size_t size = payload.size();
  std::string frame = {static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size), type,
                       flags};
  for (int shift = 24; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(stream >> shift));
  return frame + payload;
}

std::string Http2Preface() { return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Http2Frame(kSettings, 0, 0, ""); }

std::string CallHeaders(int stream, const std::string& path,
                        std::initializer_list<std::pair<std::string, std::string>> more) {
  std::string headers = Literal(":method", "POST") + Literal(":scheme", "http") + Literal(":path", path) +
                        Literal(":authority", "localhost") + Literal("te", "trailers") +
                        Literal("content-type", "application/grpc");
  for (const auto& [name, value] : more) headers += Literal(name, value);
  return Http2Frame(kHeaders, kEndHeaders, stream, headers);
}

RawConnection::RawConnection(const std::string& address) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  to.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1)));
  if (connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0) return;
  close(socket_);
  socket_ = -1;
}

RawConnection::~RawConnection() {
  if (socket_ >= 0) close(socket_);
}

bool RawConnection::Send(const std::string& bytes) const {
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0) return false;
    sent += static_cast<size_t>(count);
  }
  return true;
}

std::string RawConnection::ReadToEnd() const {
  std::string all;
  std::array<char, 4096> part;
  for (ssize_t count = 1; count > 0;) {
    count = read(socket_, part.data(), part.size());
    if (count > 0) all.append(part.data(), static_cast<size_t>(count));
  }
  return all;
}

bool RawConnection::ClosesWithin(std::chrono::milliseconds time) const {
  const auto end = std::chrono::steady_clock::now() + time;
  std::array<char, 4096> rest;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, static_cast<int>(std::max<int64_t>(left.count(), 0))) == 0) return false;
    if (read(socket_, rest.data(), rest.size()) <= 0) return true;
  }
}

}  // namespace sandglass::faults
