#include "collectors/stream/chunk_packer.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include <string>
#include <vector>

#include "proto/trace.pb.h"

namespace sandglass::collectors {
namespace {

v1::Operator MakeOperator(uint64_t id, const std::string& name) {
  v1::Operator op;
  op.set_id(id);
  op.mutable_signature()->set_kind(v1::OPERATOR_KIND_HOST_OP);
  op.mutable_signature()->set_name(name);
  return op;
}

// The operators of chunks, in order.
std::vector<v1::Operator> Unpack(const std::vector<PackedChunk>& chunks) {
  std::vector<v1::OpSignature> signatures;
  std::vector<v1::Operator> operators;
  for (const PackedChunk& chunk : chunks) {
    v1::OperatorColumns columns;
    EXPECT_TRUE(columns.ParseFromString(chunk.chunk().payload()));
    EXPECT_EQ(columns.first_signature(), signatures.size());
    for (const v1::OpSignature& signature : columns.new_signatures()) signatures.push_back(signature);
    const absl::StatusOr<v1::OperatorRows> rows = RowsOf(columns, signatures);
    EXPECT_TRUE(rows.ok()) << rows.status();
    for (const v1::Operator& op : rows->operators()) operators.push_back(op);
  }
  return operators;
}

TEST(ChunkPackerTest, EndsChunksByCountAndLosesNothing) {
  ChunkPacker packer({.operators = 3});
  std::vector<PackedChunk> chunks;
  for (uint64_t id = 1; id <= 7; ++id) {
    std::optional<PackedChunk> chunk = packer.Add(MakeOperator(id, id % 2 ? "odd" : "even"));
    EXPECT_EQ(chunk.has_value(), id % 3 == 0) << id;
    if (chunk) chunks.push_back(*chunk);
  }
  EXPECT_EQ(packer.operators(), 7u);
  chunks.push_back(packer.Flush().value());
  EXPECT_FALSE(packer.Flush().has_value());
  EXPECT_EQ(packer.operators(), 7u);
  EXPECT_EQ(packer.last_seq(), 3u);

  Digest chain{};
  for (size_t i = 0; i < chunks.size(); ++i) {
    const v1::Chunk& chunk = chunks[i].chunk();
    EXPECT_EQ(chunk.seq(), i + 1);
    EXPECT_EQ(chunk.first_operator(), 3 * i);
    EXPECT_EQ(chunk.operators(), i < 2 ? 3u : 1u);
    EXPECT_EQ(chunk.form(), v1::Chunk::FORM_COLUMNS);
    EXPECT_EQ(chunk.payload_xxh3(), XXH3_64bits(chunk.payload().data(), chunk.payload().size()));
    chain = ChainDigest(chain, i + 1, Sha256(chunk.payload()));
    EXPECT_EQ(chunks[i].chain, chain);
  }
  EXPECT_EQ(packer.chain(), chain);

  const std::vector<v1::Operator> operators = Unpack(chunks);
  ASSERT_EQ(operators.size(), 7u);
  for (uint64_t id = 1; id <= 7; ++id) {
    EXPECT_EQ(operators[id - 1].SerializeAsString(), MakeOperator(id, id % 2 ? "odd" : "even").SerializeAsString());
  }
}

TEST(ChunkPackerTest, EndsChunksByBytes) {
  ChunkPacker packer({.operators = 1000000, .bytes = 64 << 10});
  std::vector<PackedChunk> chunks;
  // Each name is new, so each operator takes a kilobyte.
  for (uint64_t id = 1; id <= 1000; ++id) {
    std::optional<PackedChunk> chunk = packer.Add(MakeOperator(id, std::to_string(id) + std::string(1000, 'x')));
    if (chunk) chunks.push_back(*chunk);
  }
  // ApproximateBytes is never less than half of the truth.
  ASSERT_GE(chunks.size(), 7u);
  for (const PackedChunk& chunk : chunks) EXPECT_LE(chunk.bytes(), 2u * (64 << 10) + 2000);
}

}  // namespace
}  // namespace sandglass::collectors
