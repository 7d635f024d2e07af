#include "analyzer/serve/edge/authorizer.h"

#include <google/protobuf/descriptor.h>

#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "proto/analysis_service.pb.h"
#include "proto/chain_digest.h"
#include "proto/ingest_service.pb.h"

namespace sandglass::serve {
namespace {

using absl::StatusCode;

constexpr char kRead[] = "/sandglass.v1.AnalysisService/ListTraces";
constexpr char kWrite[] = "/sandglass.v1.IngestService/Append";

Presented Token(const std::string& token) {
  return {.authorization = {absl::StrCat("Bearer ", token)}, .confidential = true};
}

class AuthorizerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = absl::StrCat(::testing::TempDir(), "/authorizer_XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    file_ = folder + "/credentials";
    auto store = storage::TraceStore::Open(folder + "/store", {});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    Write(absl::StrCat(Line("acme", "reads", "ROLE_READER", "2027-01-31T00:00:00Z"),
                       Line("acme", "writes", "ROLE_WRITER", ""), Line("bolt", "both", "ROLE_ADMIN", ""),
                       "tenants { name: 'bolt' certificates { common_name: 'bolt-1' role: ROLE_WRITER } }\n"));
    auto authorizer = Authorizer::Start(file_, *store_, Authorizer::Certificates::kAsked, [this] { return now_; });
    ASSERT_TRUE(authorizer.ok()) << authorizer.status();
    authorizer_ = *std::move(authorizer);
  }

  static std::string Line(const std::string& tenant, const std::string& token, const std::string& role,
                          const std::string& expires) {
    return absl::StrCat("tenants { name: '", tenant, "' tokens { sha256: '", DigestHex(Sha256(token)), "' role: ", role,
                        " expires: '", expires, "' } }\n");
  }

  void Write(const std::string& text) { std::ofstream(file_) << text; }

  StatusCode CodeOf(const Presented& presented, absl::string_view method) {
    return authorizer_->CallerOf(presented, method).status().code();
  }

  std::string file_;
  absl::Time now_ = absl::FromUnixSeconds(1800000000);  // 2027-01-15
  std::unique_ptr<storage::TraceStore> store_;
  std::unique_ptr<Authorizer> authorizer_;
};

TEST_F(AuthorizerTest, TheTenantComesFromTheCredentials) {
  const uint32_t acme = *store_->TenantNumber("acme");
  const uint32_t bolt = *store_->TenantNumber("bolt");
  ASSERT_NE(acme, bolt);
  EXPECT_EQ(authorizer_->tenants(), 2u);
  EXPECT_EQ(authorizer_->CallerOf(Token("reads"), kRead)->tenant, acme);
  EXPECT_EQ(authorizer_->CallerOf(Token("writes"), kWrite)->tenant, acme);
  EXPECT_EQ(authorizer_->CallerOf(Token("both"), kWrite)->tenant, bolt);
  EXPECT_EQ(authorizer_->CallerOf({.common_name = "bolt-1", .confidential = true}, kWrite)->tenant, bolt);
  // A token goes before a certificate.
  Presented two = Token("writes");
  two.common_name = "bolt-1";
  EXPECT_EQ(authorizer_->CallerOf(two, kWrite)->tenant, acme);
}

TEST_F(AuthorizerTest, RolesSayWhatMayBeCalled) {
  EXPECT_EQ(CodeOf(Token("reads"), kWrite), StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(Token("writes"), kRead), StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(Token("both"), kRead), StatusCode::kOk);
  EXPECT_EQ(CodeOf({.common_name = "bolt-1", .confidential = true}, kRead), StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(Token("both"), "/sandglass.v1.IngestService/Future"), StatusCode::kPermissionDenied);
}

TEST_F(AuthorizerTest, EveryMethodOfTheServicesHasARole) {
  for (const auto* service : {v1::OpenRequest::descriptor()->file()->FindServiceByName("IngestService"),
                              v1::ListTracesRequest::descriptor()->file()->FindServiceByName("AnalysisService")}) {
    ASSERT_NE(service, nullptr);
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string method = absl::StrCat("/", service->full_name(), "/", service->method(i)->name());
      EXPECT_EQ(CodeOf(Token("both"), method), StatusCode::kOk) << method;
    }
  }
}

TEST_F(AuthorizerTest, AllWhoAreNotKnownHearTheSame) {
  const absl::Status unknown = authorizer_->CallerOf(Token("guess"), kRead).status();
  EXPECT_EQ(unknown.code(), StatusCode::kUnauthenticated);
  now_ += absl::Hours(24 * 30);  // "reads" has expired.
  const Presented cases[] = {
      {.confidential = true},
      {},
      Token("reads"),
      Token(""),
      Token(" both"),
      {.authorization = {"both"}, .confidential = true},
      {.authorization = {"bearer both"}, .confidential = true},
      {.authorization = {"Basic both"}, .confidential = true},
      {.authorization = {"Bearer both", "Bearer both"}, .confidential = true},
      // Whoever sends a token is not known by the certificate.
      {.authorization = {"Bearer guess"}, .common_name = "bolt-1", .confidential = true},
      {.common_name = "bolt-2", .confidential = true},
  };
  for (const Presented& presented : cases) EXPECT_EQ(authorizer_->CallerOf(presented, kRead).status(), unknown);
}

TEST_F(AuthorizerTest, ATokenInTheClearIsRefusedEvenIfItIsRight) {
  Presented clear = Token("both");
  clear.confidential = false;
  const absl::Status status = authorizer_->CallerOf(clear, kRead).status();
  EXPECT_EQ(status.code(), StatusCode::kUnauthenticated);
  clear.authorization = {"Bearer guess"};
  EXPECT_EQ(authorizer_->CallerOf(clear, kRead).status(), status);
}

TEST_F(AuthorizerTest, AStreamMayGoOnUntilItsCredentialsEnd) {
  const absl::StatusOr<storage::Caller> caller = authorizer_->CallerOf(Token("reads"), kRead);
  ASSERT_TRUE(caller.ok());
  now_ = absl::FromUnixSeconds(int64_t{20849} * 86400) - absl::Nanoseconds(1);  // Just before 2027-01-31.
  EXPECT_TRUE(caller->may_go_on().ok());
  now_ += absl::Nanoseconds(1);
  EXPECT_EQ(caller->may_go_on().code(), StatusCode::kUnauthenticated);
}

TEST_F(AuthorizerTest, CallersOfATenantShareItsQuota) {
  Write(absl::StrCat("tenants { name: 'acme' quota { streams: 1 } }\n", Line("acme", "writes", "ROLE_WRITER", ""),
                     Line("acme", "both", "ROLE_ADMIN", ""), Line("bolt", "other", "ROLE_ADMIN", "")));
  ASSERT_TRUE(authorizer_->Reload().ok());
  const auto place = authorizer_->CallerOf(Token("writes"), kWrite)->quota->TakeStream();
  EXPECT_TRUE(place.ok());
  EXPECT_FALSE(authorizer_->CallerOf(Token("both"), kWrite)->quota->TakeStream().ok());
  EXPECT_TRUE(authorizer_->CallerOf(Token("other"), kWrite)->quota->TakeStream().ok());
  Write(absl::StrCat("tenants { name: 'acme' quota { streams: 2 } }\n", Line("acme", "both", "ROLE_ADMIN", "")));
  ASSERT_TRUE(authorizer_->Reload().ok());
  // What was taken is taken still.
  const auto second = authorizer_->CallerOf(Token("both"), kWrite)->quota->TakeStream();
  EXPECT_TRUE(second.ok());
  EXPECT_FALSE(authorizer_->CallerOf(Token("both"), kWrite)->quota->TakeStream().ok());
}

TEST_F(AuthorizerTest, CertificatesThatNobodyIsAskedForAreRefused) {
  const auto start = [this] { return Authorizer::Start(file_, *store_, Authorizer::Certificates::kNone); };
  EXPECT_EQ(start().status().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(start().status().message(), "give --tls-client-ca")) << start().status();
  const std::string tokens = Line("acme", "writes", "ROLE_WRITER", "");
  Write(tokens);
  const auto authorizer = start();
  ASSERT_TRUE(authorizer.ok()) << authorizer.status();
  Write(tokens + "tenants { name: 'bolt' certificates { common_name: 'bolt-1' role: ROLE_WRITER } }\n");
  EXPECT_EQ((*authorizer)->Reload().code(), StatusCode::kInvalidArgument);
}

TEST_F(AuthorizerTest, AReloadWithdrawsTokensAlsoWhereANewTenantGetsNoNumber) {
  const std::string folder = store_->directory();
  authorizer_.reset();
  store_.reset();
  // As one whose disk is full: what is there can be read.
  auto store = storage::TraceStore::Open(folder, {.read_only = true});
  ASSERT_TRUE(store.ok()) << store.status();
  Write(Line("acme", "reads", "ROLE_READER", "") + Line("acme", "writes", "ROLE_WRITER", ""));
  const auto authorizer = Authorizer::Start(file_, **store, Authorizer::Certificates::kNone);
  ASSERT_TRUE(authorizer.ok()) << authorizer.status();
  EXPECT_TRUE((*authorizer)->left_out().empty());
  Write(Line("acme", "reads", "ROLE_READER", "") + Line("new", "one", "ROLE_READER", "") +
        Line("new", "two", "ROLE_READER", ""));
  ASSERT_TRUE((*authorizer)->Reload().ok());
  EXPECT_TRUE((*authorizer)->CallerOf(Token("reads"), kRead).ok());
  EXPECT_EQ((*authorizer)->CallerOf(Token("writes"), kWrite).status().code(), StatusCode::kUnauthenticated);
  EXPECT_EQ((*authorizer)->CallerOf(Token("one"), kRead).status().code(), StatusCode::kUnauthenticated);
  EXPECT_EQ((*authorizer)->tenants(), 1u);
  ASSERT_EQ((*authorizer)->left_out().size(), 1u);
  EXPECT_TRUE(absl::StrContains((*authorizer)->left_out()[0], "tenant 'new': no tenant"))
      << (*authorizer)->left_out()[0];
}

TEST_F(AuthorizerTest, AReloadWithdrawsAndMovesTokens) {
  const absl::StatusOr<storage::Caller> writes = authorizer_->CallerOf(Token("writes"), kWrite);
  const absl::StatusOr<storage::Caller> both = authorizer_->CallerOf(Token("both"), kWrite);
  ASSERT_TRUE(writes.ok() && both.ok());
  Write("nonsense");
  EXPECT_EQ(authorizer_->Reload().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(writes->may_go_on().ok());
  Write(absl::StrCat(Line("acme", "both", "ROLE_WRITER", ""), Line("acme", "new", "ROLE_WRITER", "")));
  EXPECT_TRUE(authorizer_->Reload().ok());
  EXPECT_EQ(writes->may_go_on().code(), StatusCode::kUnauthenticated);
  // The same token, but of another tenant now: its stream writes to the old one's trace.
  EXPECT_EQ(both->may_go_on().code(), StatusCode::kUnauthenticated);
  EXPECT_EQ(CodeOf(Token("new"), kWrite), StatusCode::kOk);
  Write(Line("acme", "new", "ROLE_READER", ""));
  const absl::StatusOr<storage::Caller> demoted = authorizer_->CallerOf(Token("new"), kWrite);
  EXPECT_TRUE(authorizer_->Reload().ok());
  EXPECT_EQ(demoted->may_go_on().code(), StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace sandglass::serve
