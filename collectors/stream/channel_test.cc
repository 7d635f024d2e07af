#include "collectors/stream/channel.h"

#include <gtest/gtest.h>

namespace sandglass::collectors {
namespace {

TEST(ChannelTest, TakesHostAndPort) {
  for (const char* good : {"127.0.0.1:7443", "localhost:1", "a.example.org:65535", "[::1]:80"}) {
    EXPECT_TRUE(CheckAddress(good).ok()) << good;
  }
}

TEST(ChannelTest, RefusesAllElseAndShowsIt) {
  for (const char* bad : {"", "localhost", ":80", "localhost:", "localhost:0", "localhost:65536", "localhost:-1",
                          "localhost:http", "::1:80", "http://host:80", "two words:80", "[::1:80"}) {
    const absl::Status status = CheckAddress(bad);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_NE(status.message().find("HOST:PORT"), absl::string_view::npos) << bad;
  }
  EXPECT_NE(CheckAddress("a\nb:1").message().find("a\\nb:1"), absl::string_view::npos);
}

TEST(ChannelTest, AProtectedOneNeedsItsFiles) {
  const auto channel = MakeChannel("127.0.0.1:7443", {.ca_file = "/absent"});
  EXPECT_EQ(channel.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(channel.status().message().find("/absent"), absl::string_view::npos) << channel.status();
  EXPECT_TRUE(MakeChannel("127.0.0.1:7443", ClientSecurity()).ok());
}

}  // namespace
}  // namespace sandglass::collectors
