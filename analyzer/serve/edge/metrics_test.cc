#include "analyzer/serve/edge/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "gtest/gtest.h"

namespace sandglass::serve {
namespace {

// What `metrics` answers a reader.
std::string Read(const Metrics& metrics) {
  const std::string& address = metrics.address();
  uint32_t port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<uint16_t>(port));
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(connect(connection, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  EXPECT_EQ(send(connection, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char part[4096];
  for (ssize_t count = 0; (count = recv(connection, part, sizeof(part), 0)) > 0;) answer.append(part, count);
  close(connection);
  return answer;
}

TEST(MetricsTest, ShowsFiguresAsLongAsTheyAreThere) {
  const auto metrics = Metrics::Start("127.0.0.1:0", "1", ::testing::TempDir());
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  const std::string line = "\nsandglass_connections 7";
  EXPECT_FALSE(absl::StrContains(Read(**metrics), line));
  {
    size_t connections = 7;
    LiveFigures figures;
    figures.connections = [&connections] { return connections; };
    const auto shown = (*metrics)->Show(figures);
    EXPECT_TRUE(absl::StrContains(Read(**metrics), line)) << Read(**metrics);
  }
  const std::string after = Read(**metrics);
  EXPECT_FALSE(absl::StrContains(after, "sandglass_connections")) << after;
  EXPECT_TRUE(absl::StrContains(after, "sandglass_store_bytes")) << after;
}

TEST(MetricsTest, AnAddressThatIsTakenIsNamed) {
  const auto first = Metrics::Start("127.0.0.1:0", "1", ::testing::TempDir());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Metrics::Start((*first)->address(), "1", ::testing::TempDir());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(second.status().message(), (*first)->address())) << second.status();
}

}  // namespace
}  // namespace sandglass::serve
