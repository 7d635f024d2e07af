#include "analyzer/serve/edge/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace sandglass::serve {
namespace {

// A client's connection, which is closed with this object.
class Client {
 public:
  explicit Client(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  // What comes first: a byte, or the end (0). Waits for it.
  char Read() const {
    char byte = 0;
    return read(socket_, &byte, 1) == 1 ? byte : '\0';
  }

 private:
  int socket_;
  bool connected_ = false;
};

class ListenerTest : public ::testing::Test {
 protected:
  void Listen(size_t most) {
    auto listener = Listener::Bind("127.0.0.1:0", most);
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    listener_->Start([this](int, int connection) {
      const char hello = 'h';
      EXPECT_EQ(write(connection, &hello, 1), 1);
      storage::MutexLock lock(mutex_);
      taken_.push_back(connection);
    });
  }
  ~ListenerTest() override {
    listener_.reset();
    CloseAll();
  }
  void CloseAll() {
    storage::MutexLock lock(mutex_);
    for (const int connection : taken_) close(connection);
    taken_.clear();
  }

  std::unique_ptr<Listener> listener_;
  storage::Mutex mutex_;
  std::vector<int> taken_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(ListenerTest, TakesNoMoreThanItsBoundAndTheRestHearsIt) {
  Listen(3);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(listener_->port()));
    EXPECT_EQ(clients.back()->Read(), 'h');
  }
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Client(listener_->port()).Read(), '\0');
  EXPECT_EQ(listener_->refused(), 2u);
  EXPECT_EQ(listener_->open(), 3u);
  // Closed by whoever took them; there is room again.
  CloseAll();
  EXPECT_EQ(listener_->open(), 0u);
  EXPECT_EQ(Client(listener_->port()).Read(), 'h');
}

TEST_F(ListenerTest, GoesOnWhenDescriptorsAreFreeAgain) {
  Listen(1000);
  const Client before(listener_->port());
  ASSERT_EQ(before.Read(), 'h');
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  // Every descriptor below the new limit is in use, save one for the client.
  const int highest = open("/dev/null", O_RDONLY);
  rlimit none = limit;
  none.rlim_cur = static_cast<rlim_t>(highest) + 1;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  close(highest);
  {
    const Client starved(listener_->port());
    ASSERT_TRUE(starved.connected());
    EXPECT_EQ(starved.Read(), '\0');
  }
  EXPECT_GE(listener_->refused(), 1u);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(Client(listener_->port()).Read(), 'h');
}

TEST_F(ListenerTest, AfterStopConnectionsAreRefusedAndTheOthersStay) {
  Listen(10);
  const int port = listener_->port();
  const Client client(port);
  EXPECT_EQ(client.Read(), 'h');
  listener_->Stop();
  listener_->Stop();
  EXPECT_FALSE(Client(port).connected());
  EXPECT_EQ(listener_->open(), 1u);
  // The port is free at once.
  EXPECT_TRUE(Listener::Bind(absl::StrCat("127.0.0.1:", port), 10).ok());
}

TEST(BindTest, WhatCannotBeListenedOnIsNamed) {
  const auto first = Listener::Bind("127.0.0.1:0", 10);
  ASSERT_TRUE(first.ok());
  const std::string used = absl::StrCat("127.0.0.1:", (*first)->port());
  for (const std::string& address : {used, std::string("nonsense"), std::string(":0"), std::string("127.0.0.1:"),
                                     std::string("127.0.0.1:http"), std::string("203.0.113.1:0")}) {
    const auto second = Listener::Bind(address, 10);
    EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable) << address;
    EXPECT_TRUE(absl::StrContains(second.status().message(), absl::StrCat("cannot listen on ", address, ": ")))
        << second.status();
    EXPECT_TRUE(absl::StrContains(second.status().message(), "--listen")) << second.status();
  }
}

// A name's addresses, each with a port.
class Addresses {
 public:
  explicit Addresses(const std::vector<std::pair<const char*, int>>& hosts)
      : numbers_(hosts.size()), all_(hosts.size()) {
    for (size_t i = 0; i < hosts.size(); ++i) {
      numbers_[i].sin_family = AF_INET;
      numbers_[i].sin_port = htons(static_cast<uint16_t>(hosts[i].second));
      EXPECT_EQ(inet_pton(AF_INET, hosts[i].first, &numbers_[i].sin_addr), 1);
      all_[i].ai_family = AF_INET;
      all_[i].ai_addr = reinterpret_cast<sockaddr*>(&numbers_[i]);
      all_[i].ai_addrlen = sizeof(sockaddr_in);
      if (i > 0) all_[i - 1].ai_next = &all_[i];
    }
  }
  const addrinfo* first() const { return all_.data(); }

 private:
  std::vector<sockaddr_in> numbers_;
  std::vector<addrinfo> all_;
};

TEST(BindTest, HalfOfAHostIsNotEnough) {
  const auto other = Listener::Bind("127.0.0.2:0", 10);
  ASSERT_TRUE(other.ok()) << other.status();
  const int port = (*other)->port();
  const Addresses two({{"127.0.0.1", port}, {"127.0.0.2", port}});
  EXPECT_EQ(Listener::BindAll(two.first(), 10).status(), absl::UnavailableError("127.0.0.2: Address already in use"));
  // It does not keep what it could have.
  EXPECT_TRUE(Listener::Bind(absl::StrCat("127.0.0.1:", port), 10).ok());
  (*other)->Stop();
  const auto both = Listener::BindAll(two.first(), 10);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_FALSE(Listener::Bind(absl::StrCat("127.0.0.1:", port), 10).ok());
  EXPECT_FALSE(Listener::Bind(absl::StrCat("127.0.0.2:", port), 10).ok());
}

TEST(BindTest, AnAddressThatIsNamedTwiceIsOne) {
  const auto listener = Listener::BindAll(Addresses({{"127.0.0.1", 0}, {"127.0.0.1", 0}}).first(), 10);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(Client((*listener)->port()).connected());
}

TEST(BindTest, AnAddressThatTheMachineDoesNotHaveIsLeftOut) {
  const Addresses two({{"203.0.113.1", 0}, {"127.0.0.1", 0}});
  const auto listener = Listener::BindAll(two.first(), 10);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(Client((*listener)->port()).connected());
  EXPECT_EQ(Listener::BindAll(Addresses({{"203.0.113.1", 0}}).first(), 10).status(),
            absl::UnavailableError("203.0.113.1: Cannot assign requested address"));
}

TEST(MostConnectionsTest, LeavesDescriptorsForTheStore) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < 4096) GTEST_SKIP() << "at most " << limit.rlim_max << " descriptors are allowed here";
  rlimit changed = limit;
  changed.rlim_cur = 256;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &changed), 0);
  EXPECT_EQ(MostConnections(10000), 128u);
  EXPECT_EQ(MostConnections(100), 100u);
  changed.rlim_cur = 4096;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &changed), 0);
  EXPECT_EQ(MostConnections(10000), 3456u);  // 4096 - 640
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

}  // namespace
}  // namespace sandglass::serve
