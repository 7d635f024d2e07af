#include "analyzer/serve/edge/credentials.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "proto/file_text.h"
#include "proto/text_proto.h"

namespace sandglass::serve {
namespace {

constexpr size_t kMostNameBytes = 64;
constexpr absl::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

// In place of the parser's words, which quote what stands there: a token, where somebody put one in the wrong place.
constexpr absl::string_view kNotCredentials =
    "is not what a credentials file has here (what stands here is not shown, for it may be secret): give tenants as "
    "`sandglass credentials new-token` prints them";

// What is wrong at `path`.
absl::Status Wrong(const std::string& path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path, " ", what));
}

absl::Status CheckName(const std::string& path, const std::string& name) {
  const bool sound = !name.empty() && name.size() <= kMostNameBytes &&
                     name.find_first_not_of(std::string(kNameCharacters)) == std::string::npos;
  if (sound) return absl::OkStatus();
  return Wrong(path, absl::StrCat("is '", absl::CEscape(name.substr(0, kMostNameBytes)),
                                  "': it must be 1 to 64 characters out of a-z, 0-9, '-', '_' and '.'"));
}

absl::Status CheckRole(const std::string& path, v1::Role role) {
  if (role != v1::ROLE_UNSPECIFIED && v1::Role_IsValid(role)) return absl::OkStatus();
  return Wrong(path, "is absent: it must be ROLE_READER, ROLE_WRITER or ROLE_ADMIN");
}

absl::StatusOr<absl::Time> ExpiryOf(const std::string& text) {
  absl::Time time = absl::InfiniteFuture();
  std::string error;
  if (text.empty() || absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  return absl::InvalidArgumentError(
      absl::StrCat("is '", absl::CEscape(text.substr(0, 40)), "': it must be a time as 2027-01-31T00:00:00Z"));
}

// What must be unlike in the whole file.
struct Seen {
  std::set<std::string> digests;
  std::set<std::string> common_names;
  std::set<std::string> with_quota;
};

absl::Status CheckQuota(const std::string& path, const v1::TenantCredentials& tenant, Seen& seen) {
  if (!tenant.has_quota()) return absl::OkStatus();
  const v1::TenantQuota& quota = tenant.quota();
  if (!seen.with_quota.insert(tenant.name()).second) {
    return Wrong(path, absl::StrCat("is the second one of tenant '", tenant.name(), "': there may be one"));
  }
  if (quota.has_operators_per_second() && quota.operators_per_second() == 0) {
    return Wrong(path + ".operators_per_second", "is 0: it must be at least 1; leave it out for no limit");
  }
  if (quota.has_bytes_per_second() && quota.bytes_per_second() == 0) {
    return Wrong(path + ".bytes_per_second", "is 0: it must be at least 1; leave it out for no limit");
  }
  return absl::OkStatus();
}

storage::QuotaLimits LimitsOf(const v1::TenantQuota& quota) {
  storage::QuotaLimits limits;
  if (quota.has_operators_per_second()) limits.operators_per_second = quota.operators_per_second();
  if (quota.has_bytes_per_second()) limits.bytes_per_second = quota.bytes_per_second();
  if (quota.has_streams()) limits.streams = quota.streams();
  if (quota.has_stored_bytes()) limits.stored_bytes = quota.stored_bytes();
  if (quota.has_open_traces()) limits.open_traces = quota.open_traces();
  return limits;
}

absl::Status CheckToken(const std::string& path, const v1::TokenCredential& token, Seen& seen) {
  const std::string& digits = token.sha256();
  if (digits.size() != 2 * sizeof(Digest) ||
      !std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); })) {
    // Not shown: somebody may have put the token itself here.
    return Wrong(path + ".sha256", absl::StrCat("has ", digits.size(),
                                                " characters: it must be the 64 hexadecimal digits that `sandglass "
                                                "credentials new-token` prints"));
  }
  if (!seen.digests.insert(absl::AsciiStrToLower(digits)).second) {
    return Wrong(path + ".sha256", "is that of another token, too: each must be there once");
  }
  if (absl::Status status = CheckRole(path + ".role", token.role()); !status.ok()) return status;
  const absl::StatusOr<absl::Time> expires = ExpiryOf(token.expires());
  return expires.ok() ? absl::OkStatus() : Wrong(path + ".expires", expires.status().message());
}

absl::Status CheckCertificate(const std::string& path, const v1::CertificateCredential& certificate, Seen& seen) {
  const std::string& name = certificate.common_name();
  if (name.empty()) return Wrong(path + ".common_name", "is empty: it must be a certificate's common name");
  if (!seen.common_names.insert(name).second) {
    return Wrong(path + ".common_name", absl::StrCat("is '", absl::CEscape(name.substr(0, kMostNameBytes)),
                                                     "' again: each must be there once"));
  }
  return CheckRole(path + ".role", certificate.role());
}

absl::Status CheckTenant(const std::string& path, const v1::TenantCredentials& tenant, Seen& seen) {
  if (absl::Status status = CheckName(path + ".name", tenant.name()); !status.ok()) return status;
  if (absl::Status status = CheckQuota(path + ".quota", tenant, seen); !status.ok()) return status;
  for (int i = 0; i < tenant.tokens_size(); ++i) {
    const std::string token = absl::StrCat(path, ".tokens[", i, "]");
    if (absl::Status status = CheckToken(token, tenant.tokens(i), seen); !status.ok()) return status;
  }
  for (int i = 0; i < tenant.certificates_size(); ++i) {
    const std::string certificate = absl::StrCat(path, ".certificates[", i, "]");
    if (absl::Status status = CheckCertificate(certificate, tenant.certificates(i), seen); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Credentials> Credentials::Parse(const std::string& file, const std::string& text) {
  v1::Credentials message;
  if (absl::Status status = ParseTextProto(file, text, message, kNotCredentials); !status.ok()) return status;
  Seen seen;
  for (int i = 0; i < message.tenants_size(); ++i) {
    const std::string path = absl::StrCat(file, ": tenants[", i, "]");
    if (absl::Status status = CheckTenant(path, message.tenants(i), seen); !status.ok()) return status;
  }
  if (seen.digests.empty() && seen.common_names.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file,
                     ": names no token and no certificate, so nobody could call: add the line that `sandglass "
                     "credentials new-token` prints"));
  }
  return message;
}

absl::StatusOr<std::shared_ptr<const Credentials>> Credentials::Load(const std::string& file, NumberOf number_of) {
  const absl::StatusOr<std::string> text = FileText("credentials", file);
  if (!text.ok()) return text.status();
  const absl::StatusOr<v1::Credentials> message = Parse(file, *text);
  if (!message.ok()) return message.status();
  auto credentials = std::make_shared<Credentials>();
  std::set<std::string> names;
  std::set<std::string> without_number;
  for (const v1::TenantCredentials& tenant : message->tenants()) {
    const absl::StatusOr<uint32_t> number = number_of(tenant.name());
    if (!number.ok()) {
      if (without_number.insert(tenant.name()).second) {
        credentials->left_out_.push_back(absl::StrCat("tenant '", tenant.name(), "': ", number.status().message()));
      }
      continue;
    }
    names.insert(tenant.name());
    if (tenant.has_quota()) credentials->quotas_[*number] = LimitsOf(tenant.quota());
    for (const v1::TokenCredential& token : tenant.tokens()) {
      const std::string bytes = absl::HexStringToBytes(token.sha256());
      Token& added = credentials->tokens_.emplace_back();
      std::copy(bytes.begin(), bytes.end(), added.digest.begin());
      added.grant = {*number, token.role(), *ExpiryOf(token.expires())};
    }
    for (const v1::CertificateCredential& certificate : tenant.certificates()) {
      credentials->common_names_[certificate.common_name()] = {*number, certificate.role()};
    }
  }
  credentials->tenants_ = names.size();
  return credentials;
}

const Grant* Credentials::FindToken(const Digest& digest) const {
  const Grant* found = nullptr;
  // To the end, whatever is found.
  for (const Token& token : tokens_) {
    if (CRYPTO_memcmp(token.digest.data(), digest.data(), digest.size()) == 0) found = &token.grant;
  }
  return found;
}

const Grant* Credentials::FindCommonName(const std::string& name) const {
  const auto found = common_names_.find(name);
  return found == common_names_.end() ? nullptr : &found->second;
}

}  // namespace sandglass::serve
