#include "storage/key.h"

#include <string>

#include "gtest/gtest.h"

namespace sandglass::storage {
namespace {

TEST(Key, BytesByHand) {
  Key key{0x01020304, {}, Stream::kManifest, 0x0a0b0c0d};
  for (size_t i = 0; i < 16; ++i) key.trace.bytes[i] = static_cast<uint8_t>(0x10 + i);
  const std::string expected =
      "\x01\x02\x03\x04\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x03\x0a\x0b\x0c\x0d";
  EXPECT_EQ(EncodeKey(key), expected);
  const std::optional<Key> decoded = DecodeKey(expected);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->tenant, key.tenant);
  EXPECT_EQ(decoded->trace, key.trace);
  EXPECT_EQ(decoded->stream, key.stream);
  EXPECT_EQ(decoded->block, key.block);
}

TEST(Key, ByteOrderIsNumberOrder) {
  EXPECT_LT(EncodeKey({1, {}, Stream::kHead, 255}), EncodeKey({1, {}, Stream::kHead, 256}));
  EXPECT_LT(EncodeKey({1, {}, Stream::kHead, 0xffffffff}), EncodeKey({1, {}, Stream::kHeader, 0}));
  EXPECT_LT(EncodeKey({255, {}, Stream::kManifest, 0xffffffff}), EncodeKey({256, {}, Stream::kHead, 0}));
}

TEST(Key, OnlyWholeKeysDecode) {
  EXPECT_EQ(DecodeKey(std::string(24, 'x')), std::nullopt);
  EXPECT_EQ(DecodeKey(std::string(26, 'x')), std::nullopt);
}

TEST(Key, PrefixEndIsJustAfterTheLast) {
  EXPECT_EQ(PrefixEnd("ab"), "ac");
  EXPECT_EQ(PrefixEnd(std::string("a\xff\xff")), "b");
  const std::string prefix = StreamPrefix(7, {}, Stream::kChunks);
  EXPECT_LT(EncodeKey({7, {}, Stream::kChunks, 0xffffffff}), PrefixEnd(prefix));
  EXPECT_GE(EncodeKey({7, {}, Stream::kClientKeys, 0}), PrefixEnd(prefix));
}

TEST(Key, NamesAndClientKeysOfOneTenantOnly) {
  EXPECT_NE(NamePrefix(1, "a"), NamePrefix(2, "a"));
  EXPECT_NE(NamePrefix(1, "a"), NamePrefix(1, "b"));
  EXPECT_NE(ClientKeyKey(1, {}), ClientKeyKey(2, {}));
}

}  // namespace
}  // namespace sandglass::storage
