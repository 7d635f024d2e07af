#include "analyzer/serve/edge/tls_files.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "proto/file_text.h"

namespace sandglass::serve {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bytes = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bytes Over(const std::string& text) {
  return Bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
}

absl::StatusOr<Certificate> CertificateOf(const std::string& flag, const std::string& path, const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(Over(pem).get(), nullptr, nullptr, nullptr), &X509_free);
  if (certificate != nullptr) return certificate;
  return absl::InvalidArgumentError(absl::StrCat(flag, " ", path, " has no certificate in PEM"));
}

// No question for a password in the middle of a start.
int NoPassword(char*, int, int, void*) { return -1; }

absl::Status CheckPair(const TlsFiles& files, const std::string& certificate_pem, const std::string& key_pem) {
  const absl::StatusOr<Certificate> certificate = CertificateOf("--tls-cert", files.certificate, certificate_pem);
  if (!certificate.ok()) return certificate.status();
  const Key key(PEM_read_bio_PrivateKey(Over(key_pem).get(), nullptr, NoPassword, nullptr), &EVP_PKEY_free);
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("--tls-key ", files.key, " has no private key in PEM without a password"));
  }
  if (X509_check_private_key(certificate->get(), key.get()) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--tls-key ", files.key, " is not the key of --tls-cert ", files.certificate));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const TlsFiles& files) {
  if (files.certificate.empty() && files.key.empty() && files.client_ca.empty()) {
    return grpc::InsecureServerCredentials();
  }
  if (files.certificate.empty() || files.key.empty()) {
    return absl::InvalidArgumentError("TLS needs both --tls-cert and --tls-key");
  }
  absl::StatusOr<std::string> certificate = FileText("--tls-cert", files.certificate);
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<std::string> key = FileText("--tls-key", files.key);
  if (!key.ok()) return key.status();
  if (absl::Status status = CheckPair(files, *certificate, *key); !status.ok()) return status;
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({*std::move(key), *std::move(certificate)});
  if (!files.client_ca.empty()) {
    absl::StatusOr<std::string> ca = FileText("--tls-client-ca", files.client_ca);
    if (!ca.ok()) return ca.status();
    if (const auto first = CertificateOf("--tls-client-ca", files.client_ca, *ca); !first.ok()) return first.status();
    options.pem_root_certs = *std::move(ca);
    options.client_certificate_request = GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc::SslServerCredentials(options);
}

}  // namespace sandglass::serve
