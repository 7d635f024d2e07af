#include "proto/client_security.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/match.h"

namespace sandglass {
namespace {

std::string FileWith(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "/" + name;
  std::ofstream(path) << text;
  return path;
}

TEST(ClientSecurityTest, TheEnvironmentFillsInWhatIsNotGiven) {
  setenv("SANDGLASS_TLS_CA", "ca", 1);
  setenv("SANDGLASS_TLS_CERT", "cert", 1);
  setenv("SANDGLASS_TLS_KEY", "key", 1);
  setenv("SANDGLASS_TOKEN_FILE", "token", 1);
  const ClientSecurity all = WithEnvironment({});
  EXPECT_EQ(all.ca_file, "ca");
  EXPECT_EQ(all.certificate_file, "cert");
  EXPECT_EQ(all.key_file, "key");
  EXPECT_EQ(all.token_file, "token");
  ClientSecurity given;
  given.token_file = "mine";
  EXPECT_EQ(WithEnvironment(given).token_file, "mine");
}

TEST(ClientSecurityTest, SaysWhatIsMissing) {
  const std::string empty = FileWith("empty", "");
  const std::string file = FileWith("file", "x");
  const std::string two = FileWith("two", "one two\n");
  const std::string blank = FileWith("blank", " \n");
  const struct {
    ClientSecurity security;
    const char* message;
  } cases[] = {
      {{.ca_file = "/absent"}, "/absent cannot be read"},
      {{.ca_file = empty}, "is empty"},
      {{.certificate_file = file, .key_file = file}, "--tls-cert needs --tls-ca"},
      {{.ca_file = file, .certificate_file = file}, "go together"},
      {{.ca_file = file, .key_file = file}, "go together"},
      {{.ca_file = file, .certificate_file = file, .key_file = "/absent"}, "TLS key /absent"},
      {{.ca_file = file, .token_file = "/absent"}, "token file /absent"},
      {{.ca_file = file, .token_file = two}, "more in it than a token"},
      {{.ca_file = file, .token_file = blank}, "holds no token"},
      {{.token_file = file}, "in the clear to sandglass.example:7443"},
  };
  for (const auto& c : cases) {
    const auto made = MakeCredentials(c.security, "sandglass.example:7443");
    EXPECT_EQ(made.status().code(), absl::StatusCode::kInvalidArgument) << c.message;
    EXPECT_TRUE(absl::StrContains(made.status().message(), c.message)) << made.status();
  }
}

TEST(ClientSecurityTest, ATokenMayGoInTheClearWithinTheMachine) {
  const std::string token = FileWith("token", "secret\n");
  for (const char* address : {"127.0.0.1:7443", "[::1]:7443", "localhost:7443"}) {
    EXPECT_TRUE(MakeCredentials({.token_file = token}, address).ok()) << address;
  }
  for (const char* address : {"localhost.example:7443", "127.0.0.1.example:7443", "128.0.0.1:7443", "[::2]:7443"}) {
    EXPECT_FALSE(MakeCredentials({.token_file = token}, address).ok()) << address;
  }
  EXPECT_TRUE(MakeCredentials({}, "sandglass.example:7443").ok());
}

}  // namespace
}  // namespace sandglass
