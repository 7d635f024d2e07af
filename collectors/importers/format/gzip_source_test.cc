#include "collectors/importers/format/gzip_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/byte_source_fixture.h"

namespace sandglass::collectors {
namespace {

using ::testing::HasSubstr;

struct Unpacked {
  std::string text;
  absl::Status status;
};

Unpacked Unpack(const std::string& packed, size_t most_packed = 1 << 20, size_t most_read = 1 << 20) {
  const std::unique_ptr<ByteSource> source = GzipSource(std::make_unique<SlowSource>(packed, most_packed));
  Unpacked unpacked;
  std::string block(most_read, '\0');
  while (true) {
    const absl::StatusOr<size_t> count = source->Read(block.data(), block.size());
    unpacked.status = count.status();
    if (!count.ok() || *count == 0) return unpacked;
    unpacked.text.append(block, 0, *count);
  }
}

std::string Text(size_t size) {
  std::mt19937_64 random(size);
  std::string text;
  while (text.size() < size) absl::StrAppend(&text, "{\"number\": ", random() % 1000, "},\n");
  text.resize(size);
  return text;
}

TEST(GzipSourceTest, UnpacksWhateverTheLevelAndTheSizesOfReads) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{70'000}, size_t{1'000'000}}) {
    const std::string text = Text(size);
    for (const int level : {0, 1, 6, 9}) {
      const std::string packed = Gzip(text, level);
      const Unpacked whole = Unpack(packed);
      EXPECT_TRUE(whole.status.ok() && whole.text == text) << size << " " << level << whole.status;
    }
    const std::string packed = Gzip(text);
    EXPECT_EQ(Unpack(packed, 1 << 20, 7).text, text);
    EXPECT_EQ(Unpack(packed, 1).text, text);
  }
}

TEST(GzipSourceTest, UnpacksMemberAfterMember) {
  const std::string packed = absl::StrCat(Gzip(Text(1000)), Gzip(""), Gzip(Text(100'000)));
  const std::string text = absl::StrCat(Text(1000), Text(100'000));
  for (const size_t most : {1, 5, 1000, 1 << 20}) {
    const Unpacked unpacked = Unpack(packed, most);
    EXPECT_TRUE(unpacked.status.ok()) << unpacked.status;
    EXPECT_EQ(unpacked.text, text) << most;
  }
}

// With a name and a comment, as gzip(1) writes them.
TEST(GzipSourceTest, PassesAHeaderWithANameAndAComment) {
  std::string packed = Gzip("text");
  packed[3] = 0x08 | 0x10;
  packed.insert(10, std::string("name\0comment\0", 13));
  EXPECT_EQ(Unpack(packed).text, "text");
  EXPECT_EQ(Unpack(packed, 1).text, "text");
}

TEST(GzipSourceTest, WhatIsCutOffSaysSoBehindWhatCouldBeUnpacked) {
  const std::string text = Text(300'000);
  const std::string packed = Gzip(text);
  for (const size_t size : {size_t{2}, size_t{12}, packed.size() / 2, packed.size() - 9, packed.size() - 1}) {
    const Unpacked unpacked = Unpack(packed.substr(0, size));
    EXPECT_EQ(unpacked.status.code(), absl::StatusCode::kDataLoss) << size;
    EXPECT_THAT(unpacked.status.message(),
                HasSubstr(absl::StrCat("byte ", size, " of the packed file: the file ends")));
    EXPECT_EQ(unpacked.text, text.substr(0, unpacked.text.size()));
  }
  // Whatever the sizes of reads: all but what the last bits say.
  const std::string half = packed.substr(0, packed.size() / 2);
  const size_t most = Unpack(half).text.size();
  EXPECT_GT(most, text.size() / 3);
  for (const size_t most_read : {1'000, 60'000, 65'536}) {
    const Unpacked unpacked = Unpack(half, 1 << 20, most_read);
    EXPECT_GE(unpacked.text.size() + 300, most) << most_read;
    EXPECT_EQ(unpacked.text, text.substr(0, unpacked.text.size()));
  }
  EXPECT_EQ(Unpack(packed.substr(0, packed.size() - 1)).text, text);
}

TEST(GzipSourceTest, ByteByByteDamageIsToldAndNoneGoesUnseen) {
  const std::string text = Text(2'000);
  const std::string packed = Gzip(text);
  for (size_t at = 10; at < packed.size(); ++at) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x15);
    const Unpacked unpacked = Unpack(damaged);
    EXPECT_EQ(unpacked.status.code(), absl::StatusCode::kDataLoss) << at;
  }
  std::string damaged = packed;
  damaged[packed.size() - 5] ^= 1;
  EXPECT_THAT(Unpack(damaged).status.message(), HasSubstr("is damaged (incorrect data check)"));
  EXPECT_THAT(Unpack(absl::StrCat(packed, "no gzip, but more")).status.message(), HasSubstr("is damaged"));
}

}  // namespace
}  // namespace sandglass::collectors
