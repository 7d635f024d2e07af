#include "proto/client_security.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/ingest_service.grpc.pb.h"

namespace sandglass {
namespace {

std::string FileWith(const std::string& name, const std::string& text) {
  const std::string path = ::testing::TempDir() + "/" + name;
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
    const auto made = MakeCredentials({.token_file = token}, address);
    ASSERT_TRUE(made.ok()) << address;
    EXPECT_NE(*made, nullptr) << address;
  }
  for (const char* address : {"localhost.example:7443", "127.0.0.1.example:7443", "128.0.0.1:7443", "[::2]:7443"}) {
    EXPECT_FALSE(MakeCredentials({.token_file = token}, address).ok()) << address;
  }
  EXPECT_TRUE(MakeCredentials({}, "sandglass.example:7443").ok());
}

// Says what came as `authorization`.
class Echo : public v1::IngestService::Service {
  grpc::Status GetStatus(grpc::ServerContext* context, const v1::GetStatusRequest*, v1::GetStatusResponse*) override {
    std::string shown;
    const auto [first, last] = context->client_metadata().equal_range("authorization");
    for (auto it = first; it != last; ++it) shown.append(it->second.data(), it->second.size()).push_back(';');
    return {grpc::StatusCode::ABORTED, shown};
  }
};

TEST(ClientSecurityTest, TheTokenReachesAServerWithinTheMachine) {
  Echo echo;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("0.0.0.0:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&echo);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  const std::string token = FileWith("used-token", "one\n");
  for (const char* host : {"127.0.0.1", "127.0.0.2", "localhost"}) {
    std::ofstream(token) << "one\n";
    const std::string address = absl::StrCat(host, ":", port);
    const auto made = MakeCredentials({.token_file = token}, address);
    ASSERT_TRUE(made.ok()) << made.status();
    const auto stub = v1::IngestService::NewStub(grpc::CreateChannel(address, *made));
    const auto shown = [&stub] {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
      v1::GetStatusResponse response;
      return stub->GetStatus(&context, {}, &response).error_message();
    };
    EXPECT_EQ(shown(), "Bearer one;") << host;
    // Put in its place, for the calls from then on.
    std::ofstream(token) << "two\n";
    EXPECT_EQ(shown(), "Bearer two;") << host;
  }
}

}  // namespace
}  // namespace sandglass
