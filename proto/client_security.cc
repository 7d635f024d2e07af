#include "proto/client_security.h"

#include <arpa/inet.h>

#include <cstdlib>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "proto/file_text.h"

namespace sandglass {
namespace {

// gRPC takes an empty text for none: it would trust the system's authorities, say.
absl::StatusOr<std::string> ReadPem(absl::string_view what, const std::string& path) {
  absl::StatusOr<std::string> text = FileText(what, path);
  if (!text.ok() || !text->empty()) return text;
  return absl::InvalidArgumentError(absl::StrCat(what, " ", path, " is empty"));
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  absl::StatusOr<std::string> text = FileText("token file", path);
  if (!text.ok()) return text;
  const std::string token(absl::StripAsciiWhitespace(*text));
  for (const char c : token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) {
      return absl::InvalidArgumentError(
          absl::StrCat("token file ", path, " has more in it than a token: put the token alone into it"));
    }
  }
  if (token.empty()) return absl::InvalidArgumentError(absl::StrCat("token file ", path, " holds no token"));
  return token;
}

class TokenPlugin : public grpc::MetadataCredentialsPlugin {
 public:
  explicit TokenPlugin(std::string path) : path_(std::move(path)) {}

  grpc::Status GetMetadata(grpc::string_ref /*service_url*/, grpc::string_ref /*method_name*/,
                           const grpc::AuthContext& /*channel*/,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    const absl::StatusOr<std::string> token = ReadToken(path_);
    if (!token.ok()) return {grpc::StatusCode::UNAUTHENTICATED, std::string(token.status().message())};
    metadata->emplace("authorization", absl::StrCat("Bearer ", *token));
    return grpc::Status::OK;
  }

  grpc::string DebugString() override { return absl::StrCat("the token of ", path_); }

 private:
  const std::string path_;
};

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeTls(const ClientSecurity& security) {
  grpc::SslCredentialsOptions options;
  absl::StatusOr<std::string> ca = ReadPem("TLS authority", security.ca_file);
  if (!ca.ok()) return ca.status();
  options.pem_root_certs = *std::move(ca);
  if (!security.certificate_file.empty()) {
    absl::StatusOr<std::string> certificate = ReadPem("TLS certificate", security.certificate_file);
    if (!certificate.ok()) return certificate.status();
    absl::StatusOr<std::string> key = ReadPem("TLS key", security.key_file);
    if (!key.ok()) return key.status();
    options.pem_cert_chain = *std::move(certificate);
    options.pem_private_key = *std::move(key);
  }
  return grpc::SslCredentials(options);
}

void FillIn(std::string& value, const char* name) {
  const char* found = value.empty() ? std::getenv(name) : nullptr;
  if (found != nullptr) value = found;
}

}  // namespace

bool IsLoopback(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  in_addr number{};
  // A name may begin with 127, too.
  if (inet_pton(AF_INET, host.c_str(), &number) == 1) return ntohl(number.s_addr) >> 24 == 127;
  return host == "[::1]" || host == "localhost";
}

ClientSecurity WithEnvironment(ClientSecurity given) {
  FillIn(given.ca_file, "SANDGLASS_TLS_CA");
  FillIn(given.certificate_file, "SANDGLASS_TLS_CERT");
  FillIn(given.key_file, "SANDGLASS_TLS_KEY");
  FillIn(given.token_file, "SANDGLASS_TOKEN_FILE");
  return given;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(const ClientSecurity& security,
                                                                          const std::string& address) {
  const bool tls = !security.ca_file.empty();
  if (security.certificate_file.empty() != security.key_file.empty()) {
    return absl::InvalidArgumentError("a TLS certificate and its key go together: give both --tls-cert and --tls-key");
  }
  if (!tls && !security.certificate_file.empty()) {
    return absl::InvalidArgumentError("--tls-cert needs --tls-ca: the authority that the server's certificate is from");
  }
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> channel = grpc::InsecureChannelCredentials();
  if (tls) channel = MakeTls(security);
  if (!channel.ok() || security.token_file.empty()) return channel;
  if (!tls && !IsLoopback(address)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the token would go in the clear to ", address, ": give --tls-ca, and a server that speaks TLS"));
  }
  if (const auto token = ReadToken(security.token_file); !token.ok()) return token.status();
  // Call credentials go with no channel that is insecure by its kind. A local one sends the same bytes, and holds only
  // where both ends are within the machine.
  if (!tls) channel = grpc::experimental::LocalCredentials(LOCAL_TCP);
  return grpc::CompositeChannelCredentials(*channel, grpc::experimental::MetadataCredentialsFromPlugin(
                                                         std::make_unique<TokenPlugin>(security.token_file),
                                                         tls ? GRPC_PRIVACY_AND_INTEGRITY : GRPC_SECURITY_NONE));
}

}  // namespace sandglass
