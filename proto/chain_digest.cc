#include "proto/chain_digest.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <cstring>

#include "absl/strings/escaping.h"

namespace sandglass {
namespace {

// OpenSSL refuses SHA-256 only when it is out of memory or broken; there is no digest to go on with then.
void Require(int succeeded) {
  if (succeeded != 1) std::abort();
}

// Looking the algorithm up costs more than hashing a small message, so it is done once. It is never freed: digests
// may be computed while the process ends.
const EVP_MD* Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Require(algorithm != nullptr);
  return algorithm;
}

}  // namespace

struct Sha256Stream::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(evp); }
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {
  Require(context_->evp != nullptr);
  Require(EVP_DigestInit_ex2(context_->evp, Algorithm(), nullptr));
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Update(absl::string_view bytes) {
  Require(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()));
}

Digest Sha256Stream::Finish() {
  Digest digest;
  Require(EVP_DigestFinal_ex(context_->evp, digest.data(), nullptr));
  return digest;
}

Digest Sha256(absl::string_view bytes) {
  Digest digest;
  Require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, Algorithm(), nullptr));
  return digest;
}

Digest ChainDigest(const Digest& previous, uint64_t seq, const Digest& payload_digest) {
  char bytes[32 + 8 + 32];
  std::memcpy(bytes, previous.data(), 32);
  for (int i = 0; i < 8; ++i) bytes[32 + i] = static_cast<char>(seq >> (56 - 8 * i));
  std::memcpy(bytes + 40, payload_digest.data(), 32);
  return Sha256(absl::string_view(bytes, sizeof bytes));
}

std::string DigestBytes(const Digest& digest) {
  return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

bool ParseDigest(absl::string_view bytes, Digest& digest) {
  if (bytes.size() != digest.size()) return false;
  std::memcpy(digest.data(), bytes.data(), digest.size());
  return true;
}

std::string DigestHex(const Digest& digest) { return absl::BytesToHexString(DigestBytes(digest)); }

}  // namespace sandglass
