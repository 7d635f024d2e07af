#include "collectors/stream/client_key.h"

#include <gtest/gtest.h>

#include <set>

namespace sandglass::collectors {
namespace {

TEST(ClientKeyTest, IsAVersion4Uuid) {
  std::array<uint8_t, 16> zero{};
  EXPECT_EQ(ClientKeyOf(zero), "00000000-0000-4000-8000-000000000000");
  std::array<uint8_t, 16> ones;
  ones.fill(0xff);
  EXPECT_EQ(ClientKeyOf(ones), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  std::array<uint8_t, 16> counting;
  for (uint8_t i = 0; i < 16; ++i) counting[i] = i;
  EXPECT_EQ(ClientKeyOf(counting), "00010203-0405-4607-8809-0a0b0c0d0e0f");
}

TEST(ClientKeyTest, IsNewEachTime) {
  std::set<std::string> keys;
  for (int i = 0; i < 1000; ++i) keys.insert(NewClientKey());
  EXPECT_EQ(keys.size(), 1000u);
}

TEST(ClientKeyTest, TellsUuidsFromOtherTexts) {
  for (const char* good : {"00000000-0000-4000-8000-000000000000", "ABCDEF01-2345-6789-abcd-ef0123456789"}) {
    EXPECT_TRUE(IsClientKey(good)) << good;
  }
  EXPECT_TRUE(IsClientKey(NewClientKey()));
  for (const char* bad : {"", "..", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000000",
                          "00000000-0000-4000-8000-00000000000g", "000000000000040000800000000000000000",
                          "../../..-/../-../.-../.-../../../../", "00000000-0000-4000-8000-000000000\n00"}) {
    EXPECT_FALSE(IsClientKey(bad)) << bad;
  }
}

}  // namespace
}  // namespace sandglass::collectors
