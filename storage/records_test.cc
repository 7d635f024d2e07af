#include "storage/records.h"

#include <string>

#include "gtest/gtest.h"

namespace sandglass::storage {
namespace {

TraceHead FullHead() {
  TraceHead head;
  head.state = v1::TRACE_STATE_SEALED;
  head.validation = v1::VALIDATION_LENIENT;
  head.epoch = 3;
  head.durable_seq = 1ull << 40;
  head.sent_operators = 5;
  head.stored_operators = 4;
  head.last_operator_id = ~0ull;
  head.signatures = 7;
  head.signature_bytes = 8;
  head.block_stream = Stream::kPackedBlocks;
  head.blocks = 9;
  head.stored_bytes = 10;
  head.chain = Sha256("chain");
  head.client_key.bytes[0] = 11;
  head.summary_digest = Sha256("summary");
  head.written_unix_ns = -1;
  return head;
}

TEST(Head, ComesBack) {
  const TraceHead in = FullHead();
  const std::optional<TraceHead> out = DecodeHead(EncodeHead(in));
  ASSERT_TRUE(out.has_value());
  // The encoding has every field, so equal bytes are equal heads.
  EXPECT_EQ(EncodeHead(*out), EncodeHead(in));
  EXPECT_EQ(out->state, in.state);
  EXPECT_EQ(out->validation, in.validation);
  EXPECT_EQ(out->last_operator_id, in.last_operator_id);
  EXPECT_EQ(out->block_stream, in.block_stream);
  EXPECT_EQ(out->chain, in.chain);
  EXPECT_EQ(out->client_key, in.client_key);
  EXPECT_EQ(out->summary_digest, in.summary_digest);
  EXPECT_EQ(out->written_unix_ns, -1);
  EXPECT_NE(EncodeHead(TraceHead()), EncodeHead(in));
}

TEST(Head, NoDamageGoesUnseen) {
  const std::string good = EncodeHead(FullHead());
  for (size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(DecodeHead(good.substr(0, i)).has_value()) << i;
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    EXPECT_FALSE(DecodeHead(flipped).has_value()) << i;
  }
  EXPECT_FALSE(DecodeHead(good + "x").has_value());
}

TEST(ChunkRecord, ComesBack) {
  ChunkRecord in;
  in.payload_digest = Sha256("payload");
  in.chain = Sha256("chain");
  in.first_operator = 12;
  in.operators = 13;
  in.rejected.emplace_back().set_reason("id is 0");
  const std::string bytes = EncodeChunkRecord(in);
  const std::optional<ChunkRecord> out = DecodeChunkRecord(bytes);
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(EncodeChunkRecord(*out), bytes);
  EXPECT_EQ(out->first_operator, 12u);
  ASSERT_EQ(out->rejected.size(), 1u);
  EXPECT_EQ(out->rejected[0].reason(), "id is 0");
  for (size_t i = 0; i < bytes.size(); ++i) EXPECT_FALSE(DecodeChunkRecord(bytes.substr(0, i)).has_value()) << i;
}

TEST(Message, ComesBackOrIsRefused) {
  v1::TraceHeader in;
  in.set_name("a");
  v1::TraceHeader out;
  std::string bytes = EncodeMessage(in);
  ASSERT_TRUE(DecodeMessage(bytes, out));
  EXPECT_EQ(out.name(), "a");
  bytes[2] = static_cast<char>(bytes[2] ^ 1);
  EXPECT_FALSE(DecodeMessage(bytes, out));
}

}  // namespace
}  // namespace sandglass::storage
