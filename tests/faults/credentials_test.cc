// Who is let in, and what each may see.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/analysis_service.grpc.pb.h"
#include "proto/chain_digest.h"
#include "storage/wait_until.h"
#include "tests/end_to_end/process.h"
#include "tests/faults/fault_table.h"
#include "tests/faults/sender.h"
#include "tests/faults/server_process.h"
#include "tests/faults/test_certificates.h"

namespace sandglass::faults {
namespace {

using grpc::StatusCode;

constexpr char kAcme[] = "acme-token-0123456789";
constexpr char kBolt[] = "bolt-token-0123456789";
constexpr char kExpired[] = "old-token-0123456789";
constexpr char kCertificate[] = "tenants { name: 'bolt' certificates { common_name: 'bolt-1' role: ROLE_ADMIN } }\n";
constexpr char kFarAway[] = "2099-01-01T00:00:00Z";

std::string Line(const std::string& tenant, const std::string& token, const std::string& role,
                 const std::string& expires) {
  return absl::StrCat("tenants { name: '", tenant, "' tokens { sha256: '", DigestHex(Sha256(token)), "' role: ", role,
                      " expires: '", expires, "' } }\n");
}

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest()
      : folder_(std::filesystem::path(::testing::TempDir()) /
                ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(folder_);
    WriteCredentials(kFarAway);
    setup_.flags = {"--credentials", File("credentials")};
  }

  std::string File(const std::string& name) const { return folder_ / name; }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(File(name)) << text;
    return File(name);
  }

  void WriteCredentials(const std::string& acme_expires) const {
    Write("credentials",
          absl::StrCat(Line("acme", kAcme, "ROLE_ADMIN", acme_expires), Line("bolt", kBolt, "ROLE_ADMIN", kFarAway),
                       Line("acme", kExpired, "ROLE_ADMIN", "2020-01-01T00:00:00Z")));
  }

  void Serve() { server_ = std::make_unique<ServerProcess>(File("store"), setup_); }

  // Waits a minute at most until the server has said `text`.
  bool ServerSays(const std::string& text) const {
    for (int i = 0; i < 3000 && !absl::StrContains(server_->Errors(), text); ++i) {
      absl::SleepFor(absl::Milliseconds(20));
    }
    EXPECT_TRUE(absl::StrContains(server_->Errors(), text)) << server_->Errors();
    return absl::StrContains(server_->Errors(), text);
  }

  // With TLS, for clients that have a certificate of authority_.
  void ServeTls() {
    std::ofstream(File("credentials"), std::ios::app) << kCertificate;
    const CertificatePair pair = authority_.Issue("server");
    setup_.flags.insert(setup_.flags.end(),
                        {"--tls-cert", Write("server.pem", pair.certificate), "--tls-key",
                         Write("server.key", pair.key), "--tls-client-ca", Write("ca.pem", authority_.certificate())});
    Serve();
  }

  std::shared_ptr<grpc::Channel> Plain() const {
    return grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }

  std::shared_ptr<grpc::Channel> Tls(const std::string& authority, const CertificatePair& pair) const {
    return grpc::CreateChannel(server_->address(), grpc::SslCredentials({authority, pair.key, pair.certificate}));
  }

  static grpc::Status ListTraces(const std::shared_ptr<grpc::Channel>& channel, const std::string& token,
                                 v1::ListTracesResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    return v1::AnalysisService::NewStub(channel)->ListTraces(&context, {}, response);
  }

  static grpc::Status ListTraces(const std::shared_ptr<grpc::Channel>& channel, const std::string& token = "") {
    v1::ListTracesResponse response;
    return ListTraces(channel, token, &response);
  }

  const std::filesystem::path folder_;
  const TestAuthority authority_{"the authority"};
  ServerSetup setup_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(CredentialsTest, Fault27_OnlyTrustedCertificatesConnect) {
  ServeTls();
  const TestAuthority other("another authority");
  const std::vector<std::pair<std::string, std::shared_ptr<grpc::Channel>>> refused = {
      {"none", Tls(authority_.certificate(), {})},
      {"self-signed", Tls(authority_.certificate(), TestAuthority::SelfSigned("bolt-1"))},
      {"another authority's", Tls(authority_.certificate(), other.Issue("bolt-1"))},
      {"an authority's of the same name",
       Tls(authority_.certificate(), TestAuthority("the authority").Issue("bolt-1"))},
      {"expired", Tls(authority_.certificate(), authority_.Issue("bolt-1", -1))},
      {"a server that the client does not trust", Tls(other.certificate(), authority_.Issue("bolt-1"))},
      {"no TLS", Plain()},
  };
  for (const auto& [what, channel] : refused) {
    // With a good token, too.
    for (const char* token : {"", kAcme}) {
      const grpc::Status status = ListTraces(channel, token);
      EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << what << ": " << status.error_message();
      EXPECT_FALSE(absl::StrContains(status.error_message(), "acme")) << status.error_message();
    }
  }
  EXPECT_TRUE(ListTraces(Tls(authority_.certificate(), authority_.Issue("bolt-1"))).ok());
  // Trusted, but nobody's: only a token helps.
  const auto stranger = Tls(authority_.certificate(), authority_.Issue("bolt-2"));
  EXPECT_EQ(ListTraces(stranger).error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(ListTraces(stranger, kAcme).ok());
  EXPECT_TRUE(server_->Runs());
  Saw(27, "7 kinds of untrusted TLS peers", "all UNAVAILABLE, with a good token too; trusted ones are served");
}

TEST_F(CredentialsTest, Fault27_AllWhoAreNotKnownHearTheSame) {
  Serve();
  std::set<std::string> messages;
  for (const char* token : {"", "guess", kExpired, "acme-token-012345678", "Bearer acme-token-0123456789"}) {
    const grpc::Status listed = ListTraces(Plain(), token);
    EXPECT_EQ(listed.error_code(), StatusCode::UNAUTHENTICATED) << token;
    messages.insert(listed.error_message());
    Sender sender(Plain(), token);
    const grpc::Status opened = sender.Open(1, "a");
    EXPECT_EQ(opened.error_code(), StatusCode::UNAUTHENTICATED) << token;
    messages.insert(opened.error_message());
    sender.Begin();
    const grpc::Status streamed = sender.End();
    EXPECT_EQ(streamed.error_code(), StatusCode::UNAUTHENTICATED) << token;
    messages.insert(streamed.error_message());
  }
  EXPECT_EQ(messages.size(), 1u);
  EXPECT_TRUE(ListTraces(Plain(), kAcme).ok());
  Saw(27, "no token, wrong ones, an expired one; unary calls and streams", "UNAUTHENTICATED, one message for all");
}

TEST_F(CredentialsTest, Fault27_AStreamEndsWhenItsTokenExpires) {
  Serve();
  Sender sender(Plain(), kAcme);
  ASSERT_TRUE(sender.Open(1, "a").ok());
  sender.Begin();
  ASSERT_TRUE(sender.Send(10));
  ASSERT_TRUE(sender.Receive());
  WriteCredentials(absl::FormatTime(absl::RFC3339_full, absl::Now() + absl::Seconds(2), absl::UTCTimeZone()));
  server_->Signal(SIGHUP);
  uint64_t durable = 0;
  while (sender.Send(1) && sender.Receive()) durable = sender.durable();
  const grpc::Status status = sender.End();
  EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED) << status.error_message();
  EXPECT_TRUE(absl::StrContains(status.error_message(), "have expired")) << status.error_message();
  EXPECT_EQ(sender.TrailingSeq(), static_cast<int64_t>(durable));
  EXPECT_EQ(sender.GetStatus(sender.trace_id()).error_code(), StatusCode::UNAUTHENTICATED);
  // A new token takes the trace up where it was.
  WriteCredentials(kFarAway);
  server_->Signal(SIGHUP);
  EXPECT_TRUE(ServerSays("credentials were read again: 2 tenants\nsandglass: credentials were read again")) << "twice";
  EXPECT_TRUE(sender.GetStatus(sender.trace_id()).ok());
  for (const char* secret : {kAcme, kBolt, kExpired}) {
    EXPECT_FALSE(absl::StrContains(server_->Errors(), secret)) << server_->Errors();
  }
  Saw(27, "a token that expires in a stream",
      absl::StrCat("UNAUTHENTICATED after chunk ", durable, ", durable sequence in the trailers"));
}

TEST_F(CredentialsTest, Fault27_AWrongCredentialsFileChangesNothing) {
  Serve();
  Write("credentials", "tenants { name: 'acme' tokens { sha256: 'secret-by-mistake' role: ROLE_ADMIN } }");
  server_->Signal(SIGHUP);
  ASSERT_TRUE(ServerSays("stay as they were"));
  EXPECT_TRUE(absl::StrContains(server_->Errors(), "tenants[0].tokens[0].sha256")) << server_->Errors();
  // Both lines of `credentials new-token`, in place of the second only.
  Write("credentials", "sandglass_secret-by-mistake\n" + Line("acme", kAcme, "ROLE_ADMIN", kFarAway));
  server_->Signal(SIGHUP);
  EXPECT_TRUE(ServerSays("credentials:1:17: is not what a credentials file has here"));
  EXPECT_FALSE(absl::StrContains(server_->Errors(), "secret-by-mistake")) << server_->Errors();
  EXPECT_TRUE(ListTraces(Plain(), kAcme).ok());
  Saw(27, "SIGHUP with a broken credentials file", "a warning with the field; the old credentials stay");
}

TEST_F(CredentialsTest, Fault28_AnotherTenantsTraceIsAsAbsent) {
  Serve();
  Sender acme(Plain(), kAcme);
  ASSERT_TRUE(acme.Open(1, "secret-name").ok());
  acme.Begin();
  ASSERT_TRUE(acme.Send(10));
  acme.HalfClose();
  ASSERT_TRUE(acme.End().ok());
  ASSERT_TRUE(acme.Seal().ok());
  const std::string sealed = acme.trace_id();
  ASSERT_TRUE(acme.Open(2, "open").ok());
  const std::string open = acme.trace_id();
  std::string absent = sealed;
  absent.back() = absent.back() == '0' ? '1' : '0';
  ASSERT_NE(absent, open);

  Sender bolt(Plain(), kBolt);
  // All that a caller can ask of an id; the errors with the id cut out.
  const auto answers = [&](const std::string& id) {
    std::vector<grpc::Status> all = {bolt.GetStatus(id)};
    v1::SealRequest seal;
    seal.set_trace_id(id);
    v1::SealResponse sealed_response;
    all.push_back(bolt.stub().Seal(bolt.NewContext().get(), seal, &sealed_response));
    v1::AbortRequest abort;
    abort.set_trace_id(id);
    abort.set_epoch(1);
    v1::AbortResponse aborted;
    all.push_back(bolt.stub().Abort(bolt.NewContext().get(), abort, &aborted));
    const auto context = bolt.NewContext();
    const auto stream = bolt.stub().Append(context.get());
    v1::AppendRequest start;
    start.mutable_start()->set_trace_id(id);
    start.mutable_start()->set_epoch(1);
    start.mutable_start()->set_resume_seq(1);
    start.mutable_start()->set_chain_digest(std::string(32, '\0'));
    stream->Write(start);
    all.push_back(stream->Finish());
    EXPECT_EQ(context->GetServerTrailingMetadata().count("sandglass-durable-seq"), 0u);
    const auto analysis = v1::AnalysisService::NewStub(Plain());
    v1::GetTraceRequest get;
    get.set_trace(id);
    v1::GetTraceResponse got;
    all.push_back(analysis->GetTrace(bolt.NewContext().get(), get, &got));
    v1::ReplayRequest replay;
    replay.set_trace(id);
    const auto replay_context = bolt.NewContext();
    all.push_back(analysis->Replay(replay_context.get(), replay)->Finish());
    std::vector<std::string> texts;
    for (const grpc::Status& status : all) {
      EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND) << id << ": " << status.error_message();
      texts.push_back(absl::StrReplaceAll(status.error_message(), {{id, "ID"}}) + status.error_details());
    }
    return texts;
  };
  const std::vector<std::string> nothing = answers(absent);
  EXPECT_EQ(answers(sealed), nothing);
  EXPECT_EQ(answers(open), nothing);
  v1::ListTracesResponse listed;
  ASSERT_TRUE(ListTraces(Plain(), kBolt, &listed).ok());
  EXPECT_EQ(listed.traces_size(), 0);
  // Its owner has it still.
  ASSERT_TRUE(ListTraces(Plain(), kAcme, &listed).ok());
  EXPECT_EQ(listed.traces_size(), 1);
  Saw(28, "6 calls with the id of another tenant's trace, sealed and open",
      "NOT_FOUND, byte by byte as for an id that does not exist");
}

TEST_F(CredentialsTest, TheProgramsUseTokensAndCertificates) {
  // A new token by the program itself.
  const auto made = sandglass::testing::RunProgram(
      {kProgram, "credentials", "new-token", "--tenant", "acme", "--role", "reader", "--days", "1"});
  ASSERT_EQ(made.code, 0) << made.err;
  const std::vector<std::string> lines = absl::StrSplit(made.out, '\n');
  ASSERT_GE(lines.size(), 2u);
  std::ofstream(File("credentials"), std::ios::app) << lines[1] << "\n";
  const std::string token = Write("token", lines[0] + "\n");
  const auto checked = sandglass::testing::RunProgram({kProgram, "credentials", "check", File("credentials")});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_TRUE(absl::StrContains(checked.out, "4 tokens, 0 certificates")) << checked.out;

  ServeTls();
  const CertificatePair pair = authority_.Issue("nobody");
  const sandglass::testing::Environment all = {{"SANDGLASS_SERVER", server_->address()},
                                               {"SANDGLASS_TLS_CA", File("ca.pem")},
                                               {"SANDGLASS_TLS_CERT", Write("client.pem", pair.certificate)},
                                               {"SANDGLASS_TLS_KEY", Write("client.key", pair.key)},
                                               {"SANDGLASS_TOKEN_FILE", token}};
  const auto by_environment = sandglass::testing::RunProgram({kProgram, "traces", "ls"}, all);
  EXPECT_EQ(by_environment.code, 0) << by_environment.err;
  const auto by_flags = sandglass::testing::RunProgram({kProgram, "traces", "ls", "--server", server_->address(),
                                                        "--tls-ca", File("ca.pem"), "--tls-cert", File("client.pem"),
                                                        "--tls-key", File("client.key"), "--token-file", token});
  EXPECT_EQ(by_flags.code, 0) << by_flags.err;
  const auto without = sandglass::testing::RunProgram({kProgram, "traces", "ls", "--server", server_->address()});
  EXPECT_EQ(without.code, 1);
  EXPECT_TRUE(absl::StrContains(without.err, "--tls-ca")) << without.err;
}

TEST_F(CredentialsTest, TheProgramsUseTokensInTheClearWithinTheMachine) {
  Serve();
  for (const auto& [token, code] : {std::pair(kAcme, 0), std::pair("guess", 1)}) {
    const auto listed = sandglass::testing::RunProgram(
        {kProgram, "traces", "ls", "--server", server_->address(), "--token-file", Write("token", token)});
    EXPECT_EQ(listed.code, code) << listed.err;
    EXPECT_EQ(absl::StrContains(listed.err, "no valid credentials"), code == 1) << listed.err;
  }
}

TEST_F(CredentialsTest, ServersAreNotOpenToANetworkByOversight) {
  const CertificatePair pair = authority_.Issue("server");
  const std::string certificate = Write("server.pem", pair.certificate);
  const std::string key = Write("server.key", pair.key);
  const std::string other = Write("other.key", authority_.Issue("other").key);
  const struct {
    std::vector<std::string> flags;
    const char* message;
  } cases[] = {
      {{"--listen", "0.0.0.0:0"}, "give --tls-cert and --tls-key"},
      {{"--listen", "[::]:0", "--credentials", File("credentials")}, "give --tls-cert and --tls-key"},
      {{"--listen", "0.0.0.0:0", "--tls-cert", certificate, "--tls-key", key}, "give --credentials or --tls-client-ca"},
      {{"--listen", "127.0.0.1:0", "--tls-cert", certificate}, "both --tls-cert and --tls-key"},
      {{"--listen", "127.0.0.1:0", "--tls-client-ca", certificate}, "both --tls-cert and --tls-key"},
      {{"--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", other}, "is not the key of"},
      {{"--listen", "127.0.0.1:0", "--tls-cert", key, "--tls-key", key}, "has no certificate in PEM"},
      {{"--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", certificate}, "has no private key"},
      {{"--listen", "127.0.0.1:0", "--credentials", key}, "server.key:"},
      {{"--listen", "127.0.0.1:0", "--credentials", Write("certificates", kCertificate)}, "give --tls-client-ca"},
      {{"--listen", "127.0.0.1:0", "--tls-ca", certificate}, "says how to ask a server, and `serve` asks none"},
      {{"--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0"}, "--metrics 0.0.0.0:0 is open to other machines"},
      // What the metrics' server takes for all addresses.
      {{"--listen", "127.0.0.1:0", "--metrics", "9464"}, "--metrics 9464 is open to other machines"},
      {{"--listen", "127.0.0.1:0", "--backups", File("backups"), "--backup-every", "0"}, "leave --backups out"},
      {{"--listen", "127.0.0.1:0", "--backup-every", "5"}, "--backup-every requires --backups"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> command = {kProgram, "serve", "--store", File("exposed")};
    command.insert(command.end(), c.flags.begin(), c.flags.end());
    const auto outcome = sandglass::testing::RunProgram(command);
    EXPECT_EQ(outcome.code, 1) << c.message;
    EXPECT_TRUE(absl::StrContains(outcome.err, c.message)) << outcome.err;
    EXPECT_FALSE(absl::StrContains(outcome.err, "PRIVATE KEY")) << outcome.err;
  }
  // Not the server's own, though it looks so.
  const auto before = sandglass::testing::RunProgram(
      {kProgram, "--tls-cert", certificate, "--tls-key", key, "serve", "--store", File("exposed")});
  EXPECT_EQ(before.code, 1);
  EXPECT_TRUE(absl::StrContains(before.err, "give --tls-cert and --tls-key behind `serve`")) << before.err;
}

}  // namespace
}  // namespace sandglass::faults
