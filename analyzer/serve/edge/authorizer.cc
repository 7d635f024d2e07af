#include "analyzer/serve/edge/authorizer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpc/grpc_security_constants.h"

namespace sandglass::serve {
namespace {

// Which role a method needs; an admin has both. A method that is not here may be called by nobody.
constexpr struct {
  absl::string_view method;
  v1::Role role;
} kMethods[] = {
    {"/sandglass.v1.IngestService/Open", v1::ROLE_WRITER},
    {"/sandglass.v1.IngestService/Append", v1::ROLE_WRITER},
    {"/sandglass.v1.IngestService/Seal", v1::ROLE_WRITER},
    {"/sandglass.v1.IngestService/GetStatus", v1::ROLE_WRITER},
    {"/sandglass.v1.IngestService/Abort", v1::ROLE_WRITER},
    {"/sandglass.v1.AnalysisService/ListTraces", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/GetTrace", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/ListOperators", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/Replay", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/Compare", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/Explain", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/Profile", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/Schedule", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/Coverage", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/Cost", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/Migrate", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/LockIn", v1::ROLE_READER},
    {"/sandglass.v1.AnalysisService/ListSilicon", v1::ROLE_READER},
};

constexpr absl::string_view kScheme = "Bearer ";

absl::Status Unknown() {
  return absl::UnauthenticatedError(
      "no valid credentials: send a token that this server knows (--token-file), or a certificate that it knows "
      "(--tls-cert and --tls-key)");
}

absl::Status CheckRole(v1::Role has, absl::string_view method) {
  for (const auto& known : kMethods) {
    if (known.method != method) continue;
    if (has == known.role || has == v1::ROLE_ADMIN) return absl::OkStatus();
    return absl::PermissionDeniedError(absl::StrCat(method, " needs ", v1::Role_Name(known.role),
                                                    ", these credentials have ", v1::Role_Name(has), ": use others"));
  }
  return absl::PermissionDeniedError(absl::StrCat(method, " may not be called"));
}

storage::QuotaLimits LimitsOf(const Credentials& credentials, uint32_t tenant) {
  const auto found = credentials.quotas().find(tenant);
  return found == credentials.quotas().end() ? storage::QuotaLimits() : found->second;
}

std::string PropertyOf(const grpc::AuthContext& context, const char* name) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(name);
  // Several common names are as good as none.
  return values.size() == 1 ? std::string(values[0].data(), values[0].size()) : "";
}

}  // namespace

Presented PresentedBy(const grpc::CallbackServerContext& context) {
  Presented presented;
  const auto [first, last] = context.client_metadata().equal_range("authorization");
  for (auto it = first; it != last; ++it) presented.authorization.emplace_back(it->second.data(), it->second.size());
  const std::string peer = context.peer();
  const bool loopback = absl::StartsWith(peer, "ipv4:127.") || absl::StartsWith(peer, "ipv6:[::1]:") ||
                        absl::StartsWith(peer, "ipv6:%5B::1%5D:");
  bool tls = false;
  if (const auto auth = context.auth_context(); auth != nullptr) {
    tls = PropertyOf(*auth, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME) == GRPC_SSL_TRANSPORT_SECURITY_TYPE;
    if (tls && auth->IsPeerAuthenticated()) {
      presented.common_name = PropertyOf(*auth, GRPC_X509_CN_PROPERTY_NAME);
    }
  }
  presented.confidential = tls || loopback;
  return presented;
}

Authorizer::Authorizer(std::string file, storage::TraceStore& store, Certificates certificates,
                       std::function<absl::Time()> now)
    : file_(std::move(file)), store_(store), certificates_(certificates), now_(std::move(now)) {}

absl::StatusOr<std::unique_ptr<Authorizer>> Authorizer::Start(std::string file, storage::TraceStore& store,
                                                              Certificates certificates,
                                                              std::function<absl::Time()> now) {
  std::unique_ptr<Authorizer> authorizer(new Authorizer(std::move(file), store, certificates, std::move(now)));
  if (absl::Status status = authorizer->Reload(); !status.ok()) return status;
  return authorizer;
}

absl::Status Authorizer::Reload() {
  auto credentials =
      Credentials::Load(file_, [this](absl::string_view name) { return store_.TenantNumber(std::string(name)); });
  if (!credentials.ok()) return credentials.status();
  if (certificates_ == Certificates::kNone && (*credentials)->names_certificates()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_,
                     ": names certificates of clients, but no client is asked for one: give --tls-client-ca with "
                     "their authority, or take them out"));
  }
  storage::MutexLock lock(mutex_);
  credentials_ = *std::move(credentials);
  for (const auto& [tenant, quota] : quotas_) quota->SetLimits(LimitsOf(*credentials_, tenant));
  return absl::OkStatus();
}

std::shared_ptr<storage::Quota> Authorizer::QuotaOf(uint32_t tenant) const {
  storage::MutexLock lock(mutex_);
  std::shared_ptr<storage::Quota>& quota = quotas_[tenant];
  if (quota == nullptr) {
    quota = std::make_shared<storage::Quota>(now_);
    quota->SetLimits(LimitsOf(*credentials_, tenant));
  }
  return quota;
}

std::vector<std::string> Authorizer::left_out() const {
  storage::MutexLock lock(mutex_);
  return credentials_->left_out();
}

size_t Authorizer::tenants() const {
  storage::MutexLock lock(mutex_);
  return credentials_->tenants();
}

absl::StatusOr<Grant> Authorizer::GrantOf(const Identity& identity, absl::string_view method) const {
  std::shared_ptr<const Credentials> credentials;
  {
    storage::MutexLock lock(mutex_);
    credentials = credentials_;
  }
  const Grant* grant =
      identity.token ? credentials->FindToken(*identity.token) : credentials->FindCommonName(identity.common_name);
  if (grant == nullptr || grant->expires <= now_()) return Unknown();
  if (absl::Status status = CheckRole(grant->role, method); !status.ok()) return status;
  return *grant;
}

absl::StatusOr<storage::Caller> Authorizer::CallerOf(const Presented& presented, absl::string_view method) const {
  Identity identity;
  if (!presented.authorization.empty()) {
    if (!presented.confidential) {
      return absl::UnauthenticatedError(
          "a token came in the clear, so others may have read it: make a new one, and connect by TLS (--tls-ca)");
    }
    absl::string_view token = presented.authorization[0];
    if (presented.authorization.size() > 1 || !absl::ConsumePrefix(&token, kScheme)) return Unknown();
    identity.token = Sha256(std::string(token));
  } else if (!presented.common_name.empty()) {
    identity.common_name = presented.common_name;
  } else {
    return Unknown();
  }
  const absl::StatusOr<Grant> grant = GrantOf(identity, method);
  if (!grant.ok()) return grant.status();
  storage::Caller caller;
  caller.tenant = grant->tenant;
  caller.quota = QuotaOf(grant->tenant);
  caller.may_go_on = [this, identity = std::move(identity), method = std::string(method), tenant = grant->tenant] {
    const absl::StatusOr<Grant> now = GrantOf(identity, method);
    if (now.ok() && now->tenant == tenant) return absl::OkStatus();
    if (absl::IsPermissionDenied(now.status())) return now.status();
    return absl::UnauthenticatedError("the credentials of this stream have expired or were withdrawn: get new ones");
  };
  return caller;
}

}  // namespace sandglass::serve
