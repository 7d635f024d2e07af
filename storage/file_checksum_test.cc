#include "storage/file_checksum.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace sandglass::storage {
namespace {

std::string Bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * i * 31 >> 3);
  return bytes;
}

// The checksum of what comes in pieces of at most that many bytes.
std::string Checksum(rocksdb::FileChecksumGenFactory& factory, const std::string& bytes, size_t piece) {
  const std::unique_ptr<rocksdb::FileChecksumGenerator> generator = factory.CreateFileChecksumGenerator({});
  for (size_t at = 0; at < bytes.size(); at += piece) {
    generator->Update(bytes.data() + at, std::min(piece, bytes.size() - at));
  }
  generator->Finalize();
  return generator->GetChecksum();
}

TEST(FileChecksumTest, IsThatOfTheStandard) {
  // RFC 3720, B.4, and the check value of the catalogue of CRCs.
  EXPECT_EQ(Checksum(*FileChecksums(), "123456789", 9), "\xe3\x06\x92\x83");
  EXPECT_EQ(Checksum(*FileChecksums(), std::string(32, '\xff'), 32), "\x62\xa8\xab\x43");
}

TEST(FileChecksumTest, IsRocksDbsOfAnyLengthInAnyPieces) {
  const auto theirs = rocksdb::GetFileChecksumGenCrc32cFactory();
  const auto ours = FileChecksums();
  EXPECT_STREQ(ours->Name(), theirs->Name());
  EXPECT_STREQ(ours->CreateFileChecksumGenerator({})->Name(), theirs->CreateFileChecksumGenerator({})->Name());
  for (const size_t count : {0, 1, 7, 8, 9, 64, 1000, 3071, 3072, 3073, 6144, 30000, 100003}) {
    const std::string bytes = Bytes(count);
    const std::string expected = Checksum(*theirs, bytes, count + 1);
    for (const size_t piece : {1, 3, 8, 3072, 4096, 29007, 200000}) {
      EXPECT_EQ(Checksum(*ours, bytes, piece), expected) << count << " bytes in pieces of " << piece;
    }
  }
}

TEST(FileChecksumTest, NoOtherKindIsMade) {
  rocksdb::FileChecksumGenContext context;
  context.requested_checksum_func_name = "FileChecksumCrc32c";
  EXPECT_NE(FileChecksums()->CreateFileChecksumGenerator(context), nullptr);
  context.requested_checksum_func_name = "another";
  EXPECT_EQ(FileChecksums()->CreateFileChecksumGenerator(context), nullptr);
}

}  // namespace
}  // namespace sandglass::storage
