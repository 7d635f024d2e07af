#include "proto/chain_digest.h"

#include <string>

#include "gtest/gtest.h"

namespace sandglass {
namespace {

// From FIPS 180-2, appendix B.1.
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, KnownAnswer) {
  EXPECT_EQ(DigestHex(Sha256("abc")), kAbc);
  Sha256Stream stream;
  stream.Update("a");
  stream.Update("");
  stream.Update("bc");
  EXPECT_EQ(DigestHex(stream.Finish()), kAbc);
}

TEST(ChainDigest, FirstChunkByHand) {
  std::string bytes(32, '\0');                  // H(0)
  bytes += std::string("\0\0\0\0\0\0\0\1", 8);  // seq 1, big-endian
  bytes += DigestBytes(Sha256("abc"));
  EXPECT_EQ(ChainDigest(Digest{}, 1, Sha256("abc")), Sha256(bytes));
}

TEST(ChainDigest, DependsOnEachPart) {
  const Digest base = ChainDigest(Digest{}, 1, Sha256("abc"));
  EXPECT_NE(base, ChainDigest(Sha256("x"), 1, Sha256("abc")));
  EXPECT_NE(base, ChainDigest(Digest{}, uint64_t{1} << 56, Sha256("abc")));
  EXPECT_NE(base, ChainDigest(Digest{}, 1, Sha256("abd")));
}

TEST(ParseDigest, TakesOnly32Bytes) {
  Digest digest;
  EXPECT_TRUE(ParseDigest(DigestBytes(Sha256("abc")), digest));
  EXPECT_EQ(digest, Sha256("abc"));
  EXPECT_FALSE(ParseDigest("", digest));
  EXPECT_FALSE(ParseDigest(std::string(31, 'a'), digest));
  EXPECT_FALSE(ParseDigest(std::string(33, 'a'), digest));
}

}  // namespace
}  // namespace sandglass
