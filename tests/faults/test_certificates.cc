#include "tests/faults/test_certificates.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdint>

namespace sandglass::faults {
namespace {

constexpr long kDaySeconds = 86400;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Key NewKey() { return Key(EVP_EC_gen("P-256"), &EVP_PKEY_free); }

void Extend(X509* certificate, int what, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
  EXPECT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Signed by `signer`, whose certificate is `issuer`; null: the certificate itself.
Certificate Make(const std::string& common_name, EVP_PKEY* key, X509* issuer, EVP_PKEY* signer, bool authority,
                 int days) {
  Certificate made(X509_new(), &X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial));
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -10 * kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), days * kDaySeconds);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer == nullptr ? made.get() : issuer));
  Extend(made.get(), NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!authority) Extend(made.get(), NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  EXPECT_GT(X509_sign(made.get(), signer, EVP_sha256()), 0);
  return made;
}

std::string Text(const std::unique_ptr<BIO, decltype(&BIO_free)>& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string Pem(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  EXPECT_EQ(PEM_write_bio_X509(bio.get(), certificate), 1);
  return Text(bio);
}

std::string Pem(EVP_PKEY* key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  return Text(bio);
}

}  // namespace

TestAuthority::TestAuthority(const std::string& common_name)
    : key_(NewKey()),
      certificate_(Make(common_name, key_.get(), nullptr, key_.get(), /*authority=*/true, 1)),
      pem_(Pem(certificate_.get())) {}

CertificatePair TestAuthority::Issue(const std::string& common_name, int days) const {
  const Key key = NewKey();
  return {Pem(Make(common_name, key.get(), certificate_.get(), key_.get(), false, days).get()), Pem(key.get())};
}

CertificatePair TestAuthority::SelfSigned(const std::string& common_name) {
  const Key key = NewKey();
  return {Pem(Make(common_name, key.get(), nullptr, key.get(), false, 1).get()), Pem(key.get())};
}

}  // namespace sandglass::faults
