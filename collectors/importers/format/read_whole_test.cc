#include "collectors/importers/format/read_whole.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace sandglass::collectors {
namespace {

absl::StatusOr<std::string> Read(const std::string& bytes, uint64_t most_bytes) {
  const std::unique_ptr<ByteSource> source = MemoryByteSource(bytes);
  return ReadWhole(*source, most_bytes);
}

TEST(ReadWholeTest, GivesAllBytesUpToTheBound) {
  std::string bytes;
  for (int i = 0; i < 2'500'000; ++i) bytes.push_back(static_cast<char>(i % 251));
  for (const uint64_t most_bytes : {bytes.size(), 2 * bytes.size()}) {
    const auto whole = Read(bytes, most_bytes);
    ASSERT_TRUE(whole.ok()) << whole.status();
    EXPECT_TRUE(*whole == bytes) << most_bytes;
  }
  EXPECT_EQ(Read("", 0).value_or("?"), "");
}

TEST(ReadWholeTest, RefusesWhatIsLarger) {
  const std::string bytes(4 << 20, 'x');
  const auto whole = Read(bytes, bytes.size() - 1);
  EXPECT_EQ(whole.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(whole.status().message(), "the file has, unpacked, more than the 3 MiB that are read of this format");
}

TEST(ReadWholeTest, HandsOnTheSourcesErrors) {
  EXPECT_EQ(Read("\x1f\x8b no gzip", 1 << 20).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sandglass::collectors
