// A TCP connection to a server, for what no gRPC client would do.
//
// Not safe for use by several threads at once.
#ifndef SANDGLASS_TESTS_FAULTS_RAW_CONNECTION_H_
#define SANDGLASS_TESTS_FAULTS_RAW_CONNECTION_H_

#include <chrono>
#include <initializer_list>
#include <string>
#include <utility>

namespace sandglass::faults {

// How an HTTP/2 client begins: its preface and empty settings.
std::string Http2Preface();

// An HTTP/2 frame.
std::string Http2Frame(char type, char flags, int stream, const std::string& payload);

// The HEADERS frame that begins a gRPC call, with further headers.
std::string CallHeaders(int stream, const std::string& path,
                        std::initializer_list<std::pair<std::string, std::string>> more = {});

class RawConnection {
 public:
  // Connects to IPv4:PORT.
  explicit RawConnection(const std::string& address);
  ~RawConnection();
  RawConnection(RawConnection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  RawConnection& operator=(RawConnection&&) = delete;

  bool connected() const { return socket_ >= 0; }
  // False: the other side has closed.
  bool Send(const std::string& bytes) const;
  // All that comes until the other side closes.
  std::string ReadToEnd() const;
  // Whether the other side closes within that time. What it sends meanwhile is thrown away.
  bool ClosesWithin(std::chrono::milliseconds time) const;

 private:
  int socket_;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_RAW_CONNECTION_H_
