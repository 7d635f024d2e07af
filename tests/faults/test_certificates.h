// Certificates that are made when a test runs, so that no key is ever committed.
//
// Safe from any thread.
#ifndef SANDGLASS_TESTS_FAULTS_TEST_CERTIFICATES_H_
#define SANDGLASS_TESTS_FAULTS_TEST_CERTIFICATES_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace sandglass::faults {

// In PEM.
struct CertificatePair {
  std::string certificate;
  std::string key;
};

// An authority that signs.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& common_name);

  // Its own certificate, in PEM.
  const std::string& certificate() const { return pem_; }
  // One for a server at 127.0.0.1 or for a client, valid for the next `days`; negative: until so many days ago.
  CertificatePair Issue(const std::string& common_name, int days = 1) const;
  // One that is signed by its own key.
  static CertificatePair SelfSigned(const std::string& common_name);

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
  std::string pem_;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_TEST_CERTIFICATES_H_
