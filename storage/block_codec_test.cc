#include "storage/block_codec.h"

#include <string>

#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "proto/operator_columns.h"
#include "storage/sample_trace.h"

namespace sandglass::storage {
namespace {

v1::OperatorColumns SampleColumns(uint32_t rows) {
  ColumnBuilder builder;
  for (uint32_t i = 0; i < rows; ++i) builder.Add(SampleOperator(i));
  return builder.Take();
}

TEST(BlockCodec, ComesBack) {
  const v1::OperatorColumns columns = SampleColumns(100);
  const absl::StatusOr<std::string> bytes = EncodeBlock("key", 4096, columns);
  ASSERT_TRUE(bytes.ok());
  const absl::StatusOr<Block> block = DecodeBlock("key", *bytes);
  ASSERT_TRUE(block.ok()) << block.status();
  EXPECT_EQ(block->first, 4096u);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(block->columns, columns));
  EXPECT_EQ(*PeekFirst(*bytes), 4096u);
}

TEST(BlockCodec, HeaderByHand) {
  const std::string bytes = *EncodeBlock("k", 0x0102, v1::OperatorColumns());
  // "SGB1", codec 1, rows 0, first 0x0102, raw size 0; an 8-byte checksum follows.
  const std::string expected("SGB1\x01\0\0\0\0\x02\x01\0\0\0\0\0\0\0\0\0\0", 21);
  EXPECT_EQ(bytes.substr(0, 21), expected);
}

TEST(BlockCodec, NoDamageGoesUnseen) {
  const std::string good = *EncodeBlock("key", 0, SampleColumns(20));
  for (size_t i = 0; i < good.size(); ++i) {
    EXPECT_EQ(DecodeBlock("key", good.substr(0, i)).status().code(), absl::StatusCode::kDataLoss) << i;
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x40);
    EXPECT_EQ(DecodeBlock("key", flipped).status().code(), absl::StatusCode::kDataLoss) << i;
  }
}

TEST(BlockCodec, ABlockInTheWrongPlaceIsDamage) {
  const std::string good = *EncodeBlock("key", 0, SampleColumns(20));
  EXPECT_EQ(DecodeBlock("kez", good).status().message(), "its checksum does not match");
}

}  // namespace
}  // namespace sandglass::storage
