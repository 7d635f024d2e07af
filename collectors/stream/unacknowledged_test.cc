#include "collectors/stream/unacknowledged.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace sandglass::collectors {
namespace {

// Chunks 1, 2, 3 … of two operators and ten bytes each.
std::vector<PackedChunk> MakeChunks(int count) {
  std::vector<PackedChunk> chunks;
  Digest chain{};
  for (int i = 1; i <= count; ++i) {
    auto request = std::make_shared<v1::AppendRequest>();
    v1::Chunk& chunk = *request->mutable_chunk();
    chunk.set_seq(i);
    chunk.set_first_operator(uint64_t{2} * (i - 1));
    chunk.set_operators(2);
    chunk.set_payload(absl::StrCat("payload", 100 + i));
    chain = ChainDigest(chain, i, Sha256(chunk.payload()));
    chunks.push_back({std::move(request), chain});
  }
  return chunks;
}

class UnacknowledgedTest : public ::testing::Test {
 protected:
  UnacknowledgedTest() {
    for (const PackedChunk& chunk : all_) chunks_.Push(chunk);
  }

  std::string ChainAt(uint64_t seq) const { return DigestBytes(seq == 0 ? Digest{} : all_[seq - 1].chain); }

  v1::OpenResponse Opened(uint64_t next_seq, uint64_t credit_bytes) const {
    v1::OpenResponse response;
    response.set_trace_id("T");
    response.set_next_seq(next_seq);
    response.set_credit_bytes(credit_bytes);
    if (next_seq >= 1 && next_seq <= 5) response.set_chain_digest(ChainAt(next_seq - 1));
    return response;
  }

  v1::AppendResponse Acknowledged(uint64_t seq, uint64_t credit_bytes) const {
    v1::AppendResponse response;
    response.set_durable_seq(seq);
    response.set_credit_bytes(credit_bytes);
    if (seq <= 4) response.set_chain_digest(ChainAt(seq));
    return response;
  }

  // Sends all that the credit allows, and returns the numbers.
  std::vector<uint64_t> SendAll() {
    std::vector<uint64_t> sent;
    while (const PackedChunk* next = chunks_.Next()) {
      sent.push_back(next->chunk().seq());
      chunks_.MarkSent();
    }
    return sent;
  }

  using Numbers = std::vector<uint64_t>;
  const std::vector<PackedChunk> all_ = MakeChunks(4);
  Unacknowledged chunks_;
};

TEST_F(UnacknowledgedTest, SendsAsFarAsCreditGoes) {
  ASSERT_TRUE(chunks_.GoOnFrom(Opened(1, 20)).ok());
  EXPECT_EQ(SendAll(), Numbers({1, 2}));
  EXPECT_EQ(chunks_.bytes_in_flight(), 20u);
  ASSERT_TRUE(chunks_.Acknowledge(Acknowledged(1, 20)).ok());
  EXPECT_EQ(SendAll(), Numbers({3}));
  // One chunk may always be under way.
  ASSERT_TRUE(chunks_.Acknowledge(Acknowledged(3, 1)).ok());
  EXPECT_EQ(chunks_.durable_operators(), 6u);
  EXPECT_EQ(SendAll(), Numbers({4}));
  ASSERT_TRUE(chunks_.Acknowledge(Acknowledged(4, 1)).ok());
  EXPECT_TRUE(chunks_.empty());
  EXPECT_EQ(chunks_.bytes(), 0u);
  EXPECT_EQ(chunks_.bytes_in_flight(), 0u);
}

TEST_F(UnacknowledgedTest, ALateAcknowledgementChangesNothing) {
  ASSERT_TRUE(chunks_.GoOnFrom(Opened(1, 100)).ok());
  SendAll();
  ASSERT_TRUE(chunks_.Acknowledge(Acknowledged(3, 100)).ok());
  ASSERT_TRUE(chunks_.Acknowledge(Acknowledged(2, 100)).ok());
  EXPECT_EQ(chunks_.durable_seq(), 3u);
  EXPECT_EQ(chunks_.bytes(), 10u);
}

TEST_F(UnacknowledgedTest, RefusesAcknowledgementsThatCannotBe) {
  ASSERT_TRUE(chunks_.GoOnFrom(Opened(1, 20)).ok());
  SendAll();
  EXPECT_EQ(chunks_.Acknowledge(Acknowledged(3, 20)).code(), absl::StatusCode::kInternal);
  v1::AppendResponse other = Acknowledged(2, 20);
  other.set_chain_digest(ChainAt(1));
  EXPECT_EQ(chunks_.Acknowledge(other).code(), absl::StatusCode::kDataLoss);
}

TEST_F(UnacknowledgedTest, GoesOnFromWhereTheServerStands) {
  ASSERT_TRUE(chunks_.GoOnFrom(Opened(1, 100)).ok());
  EXPECT_EQ(SendAll(), Numbers({1, 2, 3, 4}));
  ASSERT_TRUE(chunks_.Acknowledge(Acknowledged(1, 100)).ok());
  // Chunk 2 became durable, but the acknowledgement was lost with the connection.
  ASSERT_TRUE(chunks_.GoOnFrom(Opened(3, 100)).ok());
  EXPECT_EQ(chunks_.bytes_in_flight(), 0u);
  const v1::AppendStart start = chunks_.Start("T", 7);
  EXPECT_EQ(start.resume_seq(), 3u);
  EXPECT_EQ(start.chain_digest(), ChainAt(2));
  EXPECT_EQ(start.epoch(), 7u);
  EXPECT_EQ(SendAll(), Numbers({3, 4}));
}

TEST_F(UnacknowledgedTest, GoesOnBehindAnyChunk) {
  ASSERT_TRUE(chunks_.GoOnFrom(Opened(1, 100)).ok());
  SendAll();
  ASSERT_TRUE(chunks_.Acknowledge(Acknowledged(3, 100)).ok());
  // Further back than what was acknowledged.
  chunks_.GoOnBehind(1, 2, all_[0].chain, 20);
  EXPECT_TRUE(chunks_.empty());
  EXPECT_TRUE(chunks_.all_sent());
  EXPECT_EQ(chunks_.bytes(), 0u);
  EXPECT_EQ(chunks_.bytes_in_flight(), 0u);
  EXPECT_EQ(chunks_.durable_seq(), 1u);
  EXPECT_EQ(chunks_.durable_operators(), 2u);
  EXPECT_EQ(chunks_.Start("T", 7).resume_seq(), 2u);
  EXPECT_EQ(chunks_.Start("T", 7).chain_digest(), ChainAt(1));
  for (size_t i = 1; i < all_.size(); ++i) chunks_.Push(all_[i]);
  EXPECT_FALSE(chunks_.all_sent());
  // Ten bytes each, and credit for two.
  EXPECT_EQ(SendAll(), Numbers({2, 3}));
  ASSERT_TRUE(chunks_.Acknowledge(Acknowledged(3, 20)).ok());
  EXPECT_EQ(SendAll(), Numbers({4}));
  EXPECT_TRUE(chunks_.all_sent());
  ASSERT_TRUE(chunks_.Acknowledge(Acknowledged(4, 20)).ok());
  EXPECT_EQ(chunks_.durable_operators(), 8u);
}

TEST_F(UnacknowledgedTest, NoticesWhatTheServerCannotHave) {
  struct Case {
    const char* what;
    uint64_t next_seq;
    absl::StatusCode code;
  };
  const Case cases[] = {
      {"less than it acknowledged", 2, absl::StatusCode::kDataLoss},
      {"nothing at all", 1, absl::StatusCode::kDataLoss},
      {"no number", 0, absl::StatusCode::kDataLoss},
      {"more than was sent", 5, absl::StatusCode::kFailedPrecondition},
  };
  for (const Case& c : cases) {
    Unacknowledged chunks;
    for (const PackedChunk& chunk : all_) chunks.Push(chunk);
    ASSERT_TRUE(chunks.GoOnFrom(Opened(1, 30)).ok());
    while (chunks.Next() != nullptr) chunks.MarkSent();
    ASSERT_TRUE(chunks.Acknowledge(Acknowledged(2, 10)).ok());
    const absl::Status status = chunks.GoOnFrom(Opened(c.next_seq, 30));
    EXPECT_EQ(status.code(), c.code) << c.what << ": " << status;
  }
}

TEST_F(UnacknowledgedTest, NoticesOtherChunksAndSealedTraces) {
  ASSERT_TRUE(chunks_.GoOnFrom(Opened(1, 100)).ok());
  SendAll();
  v1::OpenResponse other = Opened(3, 100);
  other.set_chain_digest(ChainAt(1));
  EXPECT_EQ(chunks_.GoOnFrom(other).code(), absl::StatusCode::kDataLoss);
  v1::OpenResponse sealed = Opened(3, 100);
  sealed.set_content_digest("digest");
  EXPECT_EQ(chunks_.GoOnFrom(sealed).code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace sandglass::collectors
