#include <future>
#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "proto/raw_operator.pb.h"
#include "storage/ingest_fixture.h"

namespace sandglass::storage {
namespace {

using google::protobuf::util::MessageDifferencer;

TEST_F(IngestTest, OperatorsComeBackExactly) {
  const v1::TraceManifest manifest = Collect(1, "a", {{100, kRows}, {1, kColumns}, {5000, kColumns}, {4097, kRows}});
  EXPECT_EQ(manifest.operators(), 9198u);
  EXPECT_EQ(manifest.signatures(), 7u);
  ExpectSample(ReadBack(manifest.trace_id()), 9198);
  EXPECT_TRUE(store_->Verify(kDefaultTenant, manifest.trace_id()).ok());
  Restart();
  ExpectSample(ReadBack(manifest.trace_id()), 9198);
  // One chunk of columns, which is stored as it came and never packed.
  ExpectSample(ReadBack(Collect(2, "b", {{3000, kColumns}}).trace_id()), 3000);
  const auto found = store_->FindSealed(kDefaultTenant, "a");
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(MessageDifferencer::Equals(*found, manifest));
}

// The same operators, three ways to cut them and both forms: one digest. Only the header may differ, so names do not.
TEST_F(IngestTest, ContentDigestDoesNotDependOnChunksOrForm) {
  const std::string digest = Collect(1, "a", {{6000, kColumns}}).content_digest();
  EXPECT_EQ(digest.size(), 32u);
  EXPECT_EQ(Collect(2, "a", {{1, kRows}, {5000, kRows}, {999, kColumns}}).content_digest(), digest);
  EXPECT_EQ(Collect(3, "a", std::vector<std::pair<uint32_t, v1::Chunk::Form>>(60, {100, kRows})).content_digest(),
            digest);
  EXPECT_EQ(Collect(4, "a", std::vector<std::pair<uint32_t, v1::Chunk::Form>>(60, {100, kColumns})).content_digest(),
            digest);
  EXPECT_NE(Collect(5, "a", {{5999, kColumns}}).content_digest(), digest);
  EXPECT_NE(Collect(6, "b", {{6000, kColumns}}).content_digest(), digest);
}

TEST_F(IngestTest, SmallChunksArePacked) {
  const std::vector<std::pair<uint32_t, v1::Chunk::Form>> small(90, {100, kColumns});
  const v1::TraceManifest manifest = Collect(1, "a", small);
  std::vector<uint32_t> rows;
  ASSERT_TRUE(store_
                  ->ReadColumns(kDefaultTenant, manifest.trace_id(), 0,
                                [&](uint64_t, const v1::OperatorColumns& columns) -> absl::StatusOr<bool> {
                                  rows.push_back(columns.rows());
                                  return true;
                                })
                  .ok());
  // 9000 = 4096 + 4096 + 808.
  EXPECT_EQ(rows, (std::vector<uint32_t>{4096, 4096, 808}));
  ExpectSample(ReadBack(manifest.trace_id()), 9000);
}

TEST_F(IngestTest, ReadingBeginsAtTheBlockOfTheOperator) {
  // Blocks of 4096, 904, 3000 and 4096: unpacked, because their mean is over 2048.
  const v1::TraceManifest manifest = Collect(1, "a", {{5000, kRows}, {3000, kColumns}, {4096, kColumns}});
  struct {
    uint64_t wanted;
    uint64_t block;
  } const cases[] = {{0, 0},       {4095, 0},    {4096, 4096}, {4999, 4096},
                     {5000, 5000}, {7999, 5000}, {8000, 8000}, {12095, 8000}};
  for (const auto& c : cases) {
    uint64_t got = ~0ull;
    ASSERT_TRUE(store_
                    ->ReadColumns(kDefaultTenant, manifest.trace_id(), c.wanted,
                                  [&](uint64_t first, const v1::OperatorColumns&) -> absl::StatusOr<bool> {
                                    got = first;
                                    return false;
                                  })
                    .ok());
    EXPECT_EQ(got, c.block) << c.wanted;
  }
  bool visited = false;
  ASSERT_TRUE(store_
                  ->ReadColumns(kDefaultTenant, manifest.trace_id(), 12096,
                                [&](uint64_t, const v1::OperatorColumns&) -> absl::StatusOr<bool> {
                                  visited = true;
                                  return true;
                                })
                  .ok());
  EXPECT_FALSE(visited);
}

TEST_F(IngestTest, ATraceWithoutOperatorsCanBeSealed) {
  const v1::TraceManifest manifest = Collect(1, "a", {});
  EXPECT_EQ(manifest.operators(), 0u);
  EXPECT_TRUE(ReadBack(manifest.trace_id()).empty());
}

std::vector<v1::Operator> WithFaults(uint64_t first) {
  std::vector<v1::Operator> operators;
  for (uint64_t i = 0; i < 6; ++i) operators.push_back(SampleOperator(first + i));
  operators[2].set_duration_ps(-7);
  operators[3].set_duration_ps(-7);
  operators[5].set_device(9);
  return operators;
}

TEST_F(IngestTest, StrictModeNamesTheOperator) {
  for (v1::Chunk::Form form : {kRows, kColumns}) {
    const v1::OpenResponse open = Open(SampleOpen(form, "a"));
    Chunker chunker;
    const auto trace = Attach(open);
    ASSERT_TRUE(Append(trace, chunker.NextSample(10, form)).ok());
    ExpectError(Append(trace, chunker.Next(WithFaults(10), form)).status(), absl::StatusCode::kInvalidArgument,
                "chunk 2: operator 12: duration_ps is -7, but it must not be negative");
  }
}

TEST_F(IngestTest, LenientModeLeavesOutAndSaysSo) {
  std::string digest;
  for (v1::Chunk::Form form : {kRows, kColumns}) {
    v1::OpenRequest request = SampleOpen(form, "a");
    request.set_validation(v1::VALIDATION_LENIENT);
    const v1::OpenResponse open = Open(request);
    Chunker chunker;
    const auto trace = Attach(open);
    ASSERT_TRUE(Append(trace, chunker.NextSample(10, form)).ok());
    const auto response = Append(trace, chunker.Next(WithFaults(10), form));
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->durable_operators(), 16u);
    ASSERT_EQ(response->rejected_size(), 2);
    EXPECT_EQ(response->rejected(0).first_operator(), 12u);
    EXPECT_EQ(response->rejected(0).count(), 2u);
    EXPECT_EQ(response->rejected(1).reason(), "device is 9, but the header has 2 devices");
    const auto sealed = ingest_->Seal(kDefaultTenant, SampleSeal(open, chunker));
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    EXPECT_EQ(sealed->manifest().operators(), 13u);
    const v1::Completeness& completeness = sealed->manifest().summary().completeness();
    ASSERT_EQ(completeness.rejected_size(), 2);
    EXPECT_EQ(completeness.rejected(1).first_operator(), 15u);
    if (digest.empty()) digest = sealed->manifest().content_digest();
    EXPECT_EQ(sealed->manifest().content_digest(), digest);
    EXPECT_EQ(ReadBack(open.trace_id()).size(), 13u);
  }
}

// Where a stretch of faulty operators is cut into chunks does not show in the sealed trace.
TEST_F(IngestTest, RejectedStretchesMeetAcrossChunks) {
  std::vector<v1::Operator> operators;
  for (uint64_t i = 0; i < 6; ++i) operators.push_back(SampleOperator(i));
  for (uint64_t i = 2; i < 5; ++i) operators[i].set_duration_ps(-7);
  std::string digest;
  for (size_t cut : {3, 4, 6}) {
    v1::OpenRequest request = SampleOpen(cut, "a");
    request.set_validation(v1::VALIDATION_LENIENT);
    const v1::OpenResponse open = Open(request);
    Chunker chunker;
    const auto trace = Attach(open);
    const auto middle = operators.begin() + static_cast<std::ptrdiff_t>(cut);
    ASSERT_TRUE(Append(trace, chunker.Next({operators.begin(), middle}, kRows)).ok());
    if (middle != operators.end()) {
      ASSERT_TRUE(Append(trace, chunker.Next({middle, operators.end()}, kRows)).ok());
    }
    const auto sealed = ingest_->Seal(1, SampleSeal(open, chunker));
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    const v1::Completeness& completeness = sealed->manifest().summary().completeness();
    ASSERT_EQ(completeness.rejected_size(), 1);
    EXPECT_EQ(completeness.rejected(0).first_operator(), 2u);
    EXPECT_EQ(completeness.rejected(0).count(), 3u);
    if (digest.empty()) digest = sealed->manifest().content_digest();
    EXPECT_EQ(sealed->manifest().content_digest(), digest);
  }
}

// A faulty signature is refused each time that it comes, and takes no number.
TEST_F(IngestTest, LenientModeLeavesFaultySignaturesOutOfRows) {
  v1::OpenRequest request = SampleOpen(1, "a");
  request.set_validation(v1::VALIDATION_LENIENT);
  const v1::OpenResponse open = Open(request);
  std::vector<v1::Operator> operators;
  for (uint64_t i = 0; i < 8; ++i) operators.push_back(SampleOperator(i));
  for (uint64_t i : {1, 4}) {
    operators[i].mutable_signature()->set_name("faulty");
    operators[i].mutable_signature()->clear_kind();
  }
  Chunker chunker;
  const auto response = Append(Attach(open), chunker.Next(operators, kRows));
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->rejected_size(), 2);
  const auto sealed = ingest_->Seal(1, SampleSeal(open, chunker));
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  // Operators 0, 2, 3, 5 and 6 have one each; 7 has that of 0.
  EXPECT_EQ(sealed->manifest().signatures(), 5u);
  const std::vector<v1::Operator> stored = ReadBack(open.trace_id());
  ASSERT_EQ(stored.size(), 6u);
  EXPECT_TRUE(MessageDifferencer::Equals(stored[1], SampleOperator(2)));
  EXPECT_TRUE(MessageDifferencer::Equals(stored[5], SampleOperator(7)));
}

TEST_F(IngestTest, ColumnsMustNumberSignaturesOnAndNotRepeat) {
  const v1::OpenResponse open = Open(SampleOpen(1, "a"));
  Chunker chunker;
  ASSERT_TRUE(Append(Attach(open), chunker.NextSample(1, kColumns)).ok());
  Chunker stranger;
  v1::Chunk chunk = stranger.NextSample(1, kColumns);
  chunk.set_seq(2);
  chunk.set_first_operator(1);
  ExpectError(Append(Attach(Open(SampleOpen(1, "a"))), chunk).status(), absl::StatusCode::kInvalidArgument,
              "first_signature is 0, but the trace has 1");
  v1::OperatorColumns columns;
  columns.ParseFromString(chunk.payload());
  columns.set_first_signature(1);
  columns.mutable_id()->set_deltas(0, 2);
  chunk.set_payload(columns.SerializeAsString());
  FixChecksum(chunk);
  ExpectError(Append(Attach(Open(SampleOpen(1, "a"))), chunk).status(), absl::StatusCode::kInvalidArgument,
              "new_signatures[0]: signature is the same as number 0");
}
// The bytes of rows, with each signature in the parts that `cut` makes of it.
template <typename Cut>
v1::Chunk RowsWithSignatures(uint32_t count, Cut cut) {
  v1::RawOperatorRows rows;
  for (uint32_t i = 0; i < count; ++i) {
    const v1::Operator op = SampleOperator(i);
    v1::Operator bare = op;
    bare.clear_signature();
    v1::RawOperator& raw = *rows.add_operators();
    EXPECT_TRUE(raw.ParseFromString(bare.SerializeAsString()));
    for (const std::string& part : cut(op.signature())) raw.add_signature(part);
  }
  Chunker chunker;
  v1::Chunk chunk = chunker.NextSample(count, kRows);
  chunk.set_payload(rows.SerializeAsString());
  FixChecksum(chunk);
  return chunk;
}

TEST_F(IngestTest, SignaturesAreTheSameHoweverTheyAreEncoded) {
  const auto backwards = [](const v1::OpSignature& signature) {
    v1::OpSignature name;
    name.set_name(signature.name());
    v1::OpSignature rest = signature;
    rest.clear_name();
    return std::vector<std::string>{rest.SerializeAsString() + name.SerializeAsString()};
  };
  const auto in_two = [](const v1::OpSignature& signature) {
    v1::OpSignature name;
    name.set_name(signature.name());
    v1::OpSignature rest = signature;
    rest.clear_name();
    return std::vector<std::string>{name.SerializeAsString(), rest.SerializeAsString()};
  };
  uint64_t client = 0;
  for (const v1::Chunk& chunk : {RowsWithSignatures(100, backwards), RowsWithSignatures(100, in_two)}) {
    const v1::OpenResponse open = Open(SampleOpen(++client, "encoded"));
    const auto trace = Attach(open);
    const auto response = Append(trace, chunk);
    ASSERT_TRUE(response.ok()) << response.status();
    v1::SealRequest seal;
    seal.set_trace_id(open.trace_id());
    seal.set_epoch(open.epoch());
    seal.set_last_seq(1);
    seal.set_operators(100);
    seal.set_chain_digest(response->chain_digest());
    *seal.mutable_summary() = SampleSummary();
    const auto sealed = ingest_->Seal(kDefaultTenant, seal);
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    EXPECT_EQ(sealed->manifest().signatures(), 7u);
    ExpectSample(ReadBack(open.trace_id()), 100);
  }
}

TEST_F(IngestTest, ASignatureThatCannotBeReadRefusesItsChunkInEveryMode) {
  for (const v1::Validation validation : {v1::VALIDATION_STRICT, v1::VALIDATION_LENIENT}) {
    v1::OpenRequest request = SampleOpen(static_cast<uint64_t>(validation), "broken");
    request.set_validation(validation);
    const auto trace = Attach(Open(request));
    const v1::Chunk chunk =
        RowsWithSignatures(10, [](const v1::OpSignature&) { return std::vector<std::string>{"\x0a\xff"}; });
    ExpectError(Append(trace, chunk).status(), absl::StatusCode::kInvalidArgument, "is not a whole OperatorRows");
  }
}

}  // namespace
}  // namespace sandglass::storage
