// SHA-256, and the chain digest by which the two ends of an ingest stream show that they mean the same chunks.
//
// H(0) is 32 zero bytes; H(i) = SHA-256(H(i-1) || seq as 8 bytes big-endian || SHA-256(payload of chunk i)).
#ifndef SANDGLASS_PROTO_CHAIN_DIGEST_H_
#define SANDGLASS_PROTO_CHAIN_DIGEST_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace sandglass {

// A SHA-256.
using Digest = std::array<uint8_t, 32>;

// The SHA-256 of `bytes`. Safe to call from several threads.
Digest Sha256(absl::string_view bytes);

// SHA-256 of bytes that come in pieces. Not safe for use by several threads at once.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void Update(absl::string_view bytes);
  // The digest of all pieces. To be called once, last.
  Digest Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// H(seq), from H(seq - 1) and the SHA-256 of the payload of chunk `seq`. Safe to call from several threads.
Digest ChainDigest(const Digest& previous, uint64_t seq, const Digest& payload_digest);

// The bytes of a digest as protobuf's `bytes` fields take them.
std::string DigestBytes(const Digest& digest);

// Reads a digest from a `bytes` field; false if it is not 32 bytes long.
bool ParseDigest(absl::string_view bytes, Digest& digest);

// 64 small hexadecimal digits.
std::string DigestHex(const Digest& digest);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_CHAIN_DIGEST_H_
