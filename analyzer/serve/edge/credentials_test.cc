#include "analyzer/serve/edge/credentials.h"

#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "proto/chain_digest.h"

namespace sandglass::serve {
namespace {

const std::string kDigits(64, 'a');

std::string Tenant(const std::string& fields) { return absl::StrCat("tenants { name: 'acme' ", fields, " }"); }

std::string Token(const std::string& fields) { return Tenant(absl::StrCat("tokens { ", fields, " }")); }

TEST(CredentialsTest, EachMistakeIsNamedWithItsPlace) {
  const std::string good = absl::StrCat("sha256: '", kDigits, "' role: ROLE_READER");
  const struct {
    std::string text;
    const char* message;
  } cases[] = {
      {"", "nobody could call"},
      {"tenants { nme: 'a' }", "f:1:14: is not what a credentials file has here"},
      {"my-secret", "f:1:"},
      {"tenants { my-secret }", "f:1:"},
      {"tenants { name: my-secret }", "f:1:"},
      {"tenants { name: 'my-secret\n' }", "f:1:"},
      {Token("sha256: my-secret"), "f:1:"},
      {Token("role: ROLE_my-secret"), "f:1:"},
      {Token("my-secret: 'x'"), "f:1:"},
      {absl::StrCat(Token(good), "\nmy-secret\n"), "f:2:"},
      {"tenants { name: 'Acme' }", "tenants[0].name is 'Acme'"},
      {"tenants { name: '' }", "tenants[0].name is ''"},
      {absl::StrCat("tenants { name: '", std::string(65, 'a'), "' }"), "1 to 64 characters"},
      {"tenants { name: 'a\\033' }", "a\\033"},
      {Token("sha256: 'my-secret' role: ROLE_READER"), "tenants[0].tokens[0].sha256 has 9 characters"},
      {Token(absl::StrCat("sha256: '", std::string(64, 'g'), "' role: ROLE_READER")), "64 hexadecimal digits"},
      {Token(absl::StrCat("sha256: '", kDigits, "'")), "tenants[0].tokens[0].role is absent"},
      {Token(absl::StrCat(good, " expires: 'tomorrow'")), "tokens[0].expires is 'tomorrow'"},
      {Token(absl::StrCat(good, " expires: '2027-01-31'")), "tokens[0].expires is '2027-01-31'"},
      {absl::StrCat(Token(good), "tenants { name: 'b' tokens { sha256: '", std::string(64, 'A'),
                    "' role: ROLE_ADMIN } }"),
       "tenants[1].tokens[0].sha256 is that of another token"},
      {Tenant("quota { operators_per_second: 0 }"), "tenants[0].quota.operators_per_second is 0"},
      {Tenant("quota { bytes_per_second: 0 }"), "tenants[0].quota.bytes_per_second is 0"},
      {Tenant("quota { streams: 1 }") + Tenant("quota { streams: 2 }"), "tenants[1].quota is the second one of"},
      {Tenant("certificates { role: ROLE_READER }"), "tenants[0].certificates[0].common_name is empty"},
      {Tenant("certificates { common_name: 'c' }"), "tenants[0].certificates[0].role is absent"},
      {Tenant("certificates { common_name: 'c' role: ROLE_READER } certificates { common_name: 'c' role: ROLE_ADMIN }"),
       "tenants[0].certificates[1].common_name is 'c' again"},
  };
  for (const auto& c : cases) {
    const auto parsed = Credentials::Parse("f", c.text);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_TRUE(absl::StrContains(parsed.status().message(), c.message)) << parsed.status();
    EXPECT_FALSE(absl::StrContains(parsed.status().message(), "my-secret")) << parsed.status();
  }
}

TEST(CredentialsTest, FindsWhatTheFileSays) {
  const std::string file = ::testing::TempDir() + "/credentials";
  std::ofstream(file) << "tenants { name: 'acme' tokens { sha256: '" << DigestHex(Sha256("one"))
                      << "' role: ROLE_READER expires: '2027-01-31T00:00:00Z' } }\n"
                      << "tenants { name: 'bolt' certificates { common_name: 'Bolt 1' role: ROLE_WRITER } }\n"
                      << "tenants { name: 'acme' tokens { sha256: '" << DigestHex(Sha256("two"))
                      << "' role: ROLE_ADMIN } }\n";
  const auto loaded = Credentials::Load(
      file, [](absl::string_view name) -> absl::StatusOr<uint32_t> { return name == "acme" ? 2 : 3; });
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const Credentials& credentials = **loaded;
  EXPECT_EQ(credentials.tenants(), 2u);
  const Grant* one = credentials.FindToken(Sha256("one"));
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->tenant, 2u);
  EXPECT_EQ(one->role, v1::ROLE_READER);
  // 2027-01-31 is 20,849 days after 1970-01-01.
  EXPECT_EQ(one->expires, absl::FromUnixSeconds(int64_t{20849} * 86400));
  const Grant* two = credentials.FindToken(Sha256("two"));
  ASSERT_NE(two, nullptr);
  EXPECT_EQ(two->tenant, 2u);
  EXPECT_EQ(two->expires, absl::InfiniteFuture());
  EXPECT_EQ(credentials.FindToken(Sha256("three")), nullptr);
  const Grant* bolt = credentials.FindCommonName("Bolt 1");
  ASSERT_NE(bolt, nullptr);
  EXPECT_EQ(bolt->tenant, 3u);
  EXPECT_EQ(bolt->role, v1::ROLE_WRITER);
  EXPECT_EQ(credentials.FindCommonName("bolt 1"), nullptr);
}

TEST(CredentialsTest, AFileThatIsNotThereIsAnError) {
  const auto loaded = Credentials::Load("/absent", [](absl::string_view) { return absl::StatusOr<uint32_t>(2); });
  EXPECT_TRUE(absl::StrContains(loaded.status().message(), "/absent cannot be read")) << loaded.status();
}

}  // namespace
}  // namespace sandglass::serve
