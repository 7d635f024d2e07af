#include "storage/ingest.h"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "storage/sample_trace.h"

namespace sandglass::storage {
namespace {

using google::protobuf::util::MessageDifferencer;

constexpr auto kRows = v1::Chunk::FORM_ROWS;
constexpr auto kColumns = v1::Chunk::FORM_COLUMNS;

class IngestTest : public testing::Test {
 protected:
  IngestTest() { Restart(); }

  // Closes the store, as at the end of a process, and opens it again.
  void Restart() {
    ingest_.reset();
    store_.reset();
    absl::StatusOr<std::unique_ptr<TraceStore>> store = TraceStore::Open(folder_.File("store"), {});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    IngestOptions options;
    options.now_unix_ns = [this] { return now_ns_ += 1000000; };
    ingest_ = std::make_unique<Ingest>(*store_, options);
  }

  v1::OpenResponse Open(const v1::OpenRequest& request) {
    absl::StatusOr<v1::OpenResponse> response = ingest_->Open(kDefaultTenant, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::OpenResponse();
  }

  static v1::AppendStart StartOf(const v1::OpenResponse& open) {
    v1::AppendStart start;
    start.set_trace_id(open.trace_id());
    start.set_epoch(open.epoch());
    start.set_resume_seq(open.next_seq());
    start.set_chain_digest(open.chain_digest());
    return start;
  }

  std::shared_ptr<Ingest::ActiveTrace> Attach(const v1::OpenResponse& open) {
    auto trace = ingest_->Attach(kDefaultTenant, StartOf(open));
    EXPECT_TRUE(trace.ok()) << trace.status();
    return trace.ok() ? *trace : nullptr;
  }

  // Sends a chunk and waits for its acknowledgement.
  absl::StatusOr<v1::AppendResponse> Append(const std::shared_ptr<Ingest::ActiveTrace>& trace, const v1::Chunk& chunk) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<v1::AppendResponse>>>();
    std::future<absl::StatusOr<v1::AppendResponse>> future = promise->get_future();
    absl::Status status = ingest_->Append(
        trace, chunk, [promise](const absl::StatusOr<v1::AppendResponse>& response) { promise->set_value(response); });
    if (!status.ok()) return status;
    return future.get();
  }

  // Sends chunks of those lengths and seals.
  v1::TraceManifest Collect(uint64_t client, const std::string& name,
                            const std::vector<std::pair<uint32_t, v1::Chunk::Form>>& chunks) {
    const v1::OpenResponse open = Open(SampleOpen(client, name));
    const auto trace = Attach(open);
    Chunker chunker;
    for (const auto& [count, form] : chunks) {
      absl::StatusOr<v1::AppendResponse> response = Append(trace, chunker.NextSample(count, form));
      EXPECT_TRUE(response.ok()) << response.status();
    }
    absl::StatusOr<v1::SealResponse> sealed = ingest_->Seal(kDefaultTenant, SampleSeal(open, chunker));
    EXPECT_TRUE(sealed.ok()) << sealed.status();
    return sealed.ok() ? sealed->manifest() : v1::TraceManifest();
  }

  std::vector<v1::Operator> ReadBack(const std::string& trace_id) {
    std::vector<v1::Operator> operators;
    auto signatures = store_->ReadSignatures(kDefaultTenant, trace_id);
    EXPECT_TRUE(signatures.ok()) << signatures.status();
    absl::Status status = store_->ReadColumns(
        kDefaultTenant, trace_id, 0, [&](uint64_t first, const v1::OperatorColumns& columns) -> absl::StatusOr<bool> {
          EXPECT_EQ(first, operators.size());
          EXPECT_LE(columns.rows(), 4096u);
          EXPECT_EQ(columns.new_signatures_size(), 0);
          absl::StatusOr<v1::OperatorRows> rows = RowsOf(columns, *signatures);
          if (!rows.ok()) return rows.status();
          operators.insert(operators.end(), rows->operators().begin(), rows->operators().end());
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
    return operators;
  }

  void ExpectSample(const std::vector<v1::Operator>& operators, size_t count) {
    ASSERT_EQ(operators.size(), count);
    for (size_t i = 0; i < count; ++i) {
      ASSERT_TRUE(MessageDifferencer::Equals(operators[i], SampleOperator(i))) << i;
    }
  }

  TemporaryFolder folder_;
  std::atomic<int64_t> now_ns_{1700000000000000000};
  std::unique_ptr<TraceStore> store_;
  std::unique_ptr<Ingest> ingest_;
};

void ExpectError(const absl::Status& status, absl::StatusCode code, const std::string& part) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_NE(std::string(status.message()).find(part), std::string::npos) << status;
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos) << status;
}

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

TEST_F(IngestTest, OpenIsIdempotentAndFences) {
  const v1::OpenRequest request = SampleOpen(1, "a");
  const v1::OpenResponse first = Open(request);
  EXPECT_EQ(first.epoch(), 1u);
  EXPECT_EQ(first.next_seq(), 1u);
  EXPECT_EQ(first.chain_digest(), std::string(32, '\0'));
  const auto old_stream = Attach(first);
  Chunker chunker;
  ASSERT_TRUE(Append(old_stream, chunker.NextSample(10, kColumns)).ok());

  const v1::OpenResponse second = Open(request);
  EXPECT_EQ(second.trace_id(), first.trace_id());
  EXPECT_EQ(second.epoch(), 2u);
  EXPECT_EQ(second.next_seq(), 2u);
  EXPECT_EQ(second.durable_operators(), 10u);
  EXPECT_EQ(second.signatures(), 7u);
  EXPECT_EQ(second.chain_digest(), DigestBytes(chunker.chain()));

  const v1::Chunk chunk = chunker.NextSample(10, kColumns);
  ExpectError(Append(old_stream, chunk).status(), absl::StatusCode::kFailedPrecondition, "fenced");
  ExpectError(ingest_->Attach(kDefaultTenant, StartOf(first)).status(), absl::StatusCode::kFailedPrecondition,
              "fenced");
  EXPECT_TRUE(Append(Attach(second), chunk).ok());
  v1::SealRequest stale = SampleSeal(first, chunker);
  ExpectError(ingest_->Seal(kDefaultTenant, stale).status(), absl::StatusCode::kFailedPrecondition, "fenced");
  EXPECT_TRUE(ingest_->Seal(kDefaultTenant, SampleSeal(second, chunker)).ok());

  // The epoch lasts over a restart; another client key is another trace.
  const v1::OpenResponse other = Open(SampleOpen(2, "a"));
  EXPECT_NE(other.trace_id(), first.trace_id());
  Restart();
  EXPECT_EQ(Open(SampleOpen(2, "a")).epoch(), 2u);
}

TEST_F(IngestTest, OpenRefuses) {
  v1::OpenRequest request = SampleOpen(1, "a");
  request.set_client_key("../../etc/passwd");
  ExpectError(ingest_->Open(1, request).status(), absl::StatusCode::kInvalidArgument, "client_key");
  request = SampleOpen(1, "a");
  request.set_schema_version(2);
  ExpectError(ingest_->Open(1, request).status(), absl::StatusCode::kInvalidArgument, "schema_version is 2");
  request = SampleOpen(1, "a b");
  ExpectError(ingest_->Open(1, request).status(), absl::StatusCode::kInvalidArgument, "header.name");
  Open(SampleOpen(1, "a"));
  ExpectError(ingest_->Open(1, SampleOpen(1, "b")).status(), absl::StatusCode::kAlreadyExists, "another header");
  request = SampleOpen(1, "a");
  request.set_validation(v1::VALIDATION_LENIENT);
  ExpectError(ingest_->Open(1, request).status(), absl::StatusCode::kAlreadyExists, "another header or validation");
}

TEST_F(IngestTest, GapsAndDuplicates) {
  const v1::OpenResponse open = Open(SampleOpen(1, "a"));
  auto trace = Attach(open);
  Chunker chunker;
  const v1::Chunk first = chunker.NextSample(10, kColumns);
  const v1::Chunk second = chunker.NextSample(10, kColumns);
  const v1::Chunk third = chunker.NextSample(10, kColumns);
  ASSERT_TRUE(Append(trace, first).ok());
  ExpectError(Append(trace, third).status(), absl::StatusCode::kOutOfRange, "expected 2");
  ASSERT_TRUE(Append(trace, second).ok());

  const auto again = Append(trace, first);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->durable_seq(), 2u);
  EXPECT_EQ(again->durable_operators(), 20u);

  Chunker other;
  v1::Chunk changed = other.NextSample(9, kColumns);
  ExpectError(Append(trace, changed).status(), absl::StatusCode::kAlreadyExists, "chunk 1");
  ASSERT_TRUE(Append(trace, third).ok());
  ASSERT_TRUE(ingest_->Seal(kDefaultTenant, SampleSeal(open, chunker)).ok());
  ExpectSample(ReadBack(open.trace_id()), 30);
}

TEST_F(IngestTest, AttachChecksWhereItGoesOn) {
  const v1::OpenResponse open = Open(SampleOpen(1, "a"));
  Chunker chunker;
  ASSERT_TRUE(Append(Attach(open), chunker.NextSample(10, kColumns)).ok());
  const Digest after_first = chunker.chain();
  ASSERT_TRUE(Append(*ingest_->Attach(1, StartOf(open)), chunker.NextSample(1, kColumns)).ok());
  v1::AppendStart start = StartOf(open);
  start.set_resume_seq(4);
  ExpectError(ingest_->Attach(1, start).status(), absl::StatusCode::kOutOfRange, "expected 3");
  start.set_resume_seq(2);
  ExpectError(ingest_->Attach(1, start).status(), absl::StatusCode::kFailedPrecondition, "chain digest");
  start.set_chain_digest(DigestBytes(after_first));
  EXPECT_TRUE(ingest_->Attach(1, start).ok());
  start.set_trace_id(std::string(26, '0'));
  ExpectError(ingest_->Attach(1, start).status(), absl::StatusCode::kNotFound, "no trace");
  start.set_trace_id("../..");
  ExpectError(ingest_->Attach(1, start).status(), absl::StatusCode::kInvalidArgument, "trace_id");
  // Another tenant's trace is as one that does not exist.
  ExpectError(ingest_->Attach(2, StartOf(open)).status(), absl::StatusCode::kNotFound, "no trace");
}

TEST_F(IngestTest, FaultyChunksAreRefusedWholeAndTheTraceGoesOn) {
  struct {
    const char* message;
    void (*spoil)(v1::Chunk&);
  } const cases[] = {
      {"payload_xxh3", [](v1::Chunk& c) { c.set_payload_xxh3(c.payload_xxh3() + 1); }},
      {"first_operator is 5, but 10", [](v1::Chunk& c) { c.set_first_operator(5); }},
      {"operators is 0", [](v1::Chunk& c) { c.set_operators(0); }},
      {"says 4 operators, and its payload has 3", [](v1::Chunk& c) { c.set_operators(4); }},
      {"form is 0", [](v1::Chunk& c) { c.set_form(v1::Chunk::FORM_UNSPECIFIED); }},
      {"send at most 1048576",
       [](v1::Chunk& c) {
         c.set_payload(std::string((1 << 20) + 1, 'x'));
         FixChecksum(c);
       }},
      {"is not a whole Operator",
       [](v1::Chunk& c) {
         c.set_payload(c.payload().substr(0, c.payload().size() - 1));
         FixChecksum(c);
       }},
  };
  for (v1::Chunk::Form form : {kRows, kColumns}) {
    Chunker chunker;
    const v1::OpenResponse now = Open(SampleOpen(form, "b"));
    ASSERT_TRUE(Append(Attach(now), chunker.NextSample(10, form)).ok());
    const v1::Chunk good = chunker.NextSample(3, form);
    for (const auto& c : cases) {
      v1::Chunk bad = good;
      c.spoil(bad);
      ExpectError(Append(Attach(Open(SampleOpen(form, "b"))), bad).status(), absl::StatusCode::kInvalidArgument,
                  c.message);
    }
    const v1::OpenResponse last = Open(SampleOpen(form, "b"));
    EXPECT_EQ(last.durable_operators(), 10u);
    ASSERT_TRUE(Append(Attach(last), good).ok());
    ASSERT_TRUE(ingest_->Seal(kDefaultTenant, SampleSeal(last, chunker)).ok());
    ExpectSample(ReadBack(last.trace_id()), 13);
  }
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

TEST_F(IngestTest, SealMustMatchAndIsIdempotent) {
  const v1::OpenResponse open = Open(SampleOpen(1, "a"));
  const auto trace = Attach(open);
  Chunker chunker;
  ASSERT_TRUE(Append(trace, chunker.NextSample(10, kColumns)).ok());
  const v1::SealRequest good = SampleSeal(open, chunker);
  v1::SealRequest bad = good;
  bad.set_last_seq(2);
  ExpectError(ingest_->Seal(1, bad).status(), absl::StatusCode::kFailedPrecondition, "last_seq is 2");
  bad = good;
  bad.set_operators(9);
  ExpectError(ingest_->Seal(1, bad).status(), absl::StatusCode::kFailedPrecondition, "operators is 9");
  bad = good;
  bad.set_chain_digest(std::string(32, 'x'));
  ExpectError(ingest_->Seal(1, bad).status(), absl::StatusCode::kFailedPrecondition, "chain_digest");
  bad = good;
  bad.mutable_summary()->mutable_work_done(0)->set_count(-1);
  ExpectError(ingest_->Seal(1, bad).status(), absl::StatusCode::kInvalidArgument, "summary.work_done[0].count");
  EXPECT_TRUE(store_->ListSealed(1)->empty());
  ExpectError(store_->FindSealed(1, "a").status(), absl::StatusCode::kFailedPrecondition, "is not sealed yet");
  ExpectError(store_->FindSealed(1, open.trace_id()).status(), absl::StatusCode::kFailedPrecondition,
              "is not sealed yet");
  ExpectError(store_->ReadSignatures(1, open.trace_id()).status(), absl::StatusCode::kFailedPrecondition,
              "is not sealed yet");

  const auto sealed = ingest_->Seal(1, good);
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  const auto again = ingest_->Seal(1, good);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*sealed, *again));
  bad = good;
  bad.mutable_summary()->mutable_work_done(0)->set_count(5);
  ExpectError(ingest_->Seal(1, bad).status(), absl::StatusCode::kFailedPrecondition, "another summary");

  ExpectError(Append(trace, chunker.NextSample(1, kColumns)).status(), absl::StatusCode::kFailedPrecondition,
              "is sealed");
  ExpectError(ingest_->Attach(1, StartOf(open)).status(), absl::StatusCode::kFailedPrecondition, "is sealed");
  v1::AbortRequest abort;
  abort.set_trace_id(open.trace_id());
  abort.set_epoch(open.epoch());
  ExpectError(ingest_->Abort(1, abort).status(), absl::StatusCode::kFailedPrecondition, "is sealed");
  const v1::OpenResponse reopened = Open(SampleOpen(1, "a"));
  EXPECT_EQ(reopened.content_digest(), sealed->manifest().content_digest());
}

TEST_F(IngestTest, StatusAndAbort) {
  const v1::OpenResponse open = Open(SampleOpen(1, "a"));
  Chunker chunker;
  ASSERT_TRUE(Append(Attach(open), chunker.NextSample(10, kRows)).ok());
  v1::GetStatusRequest ask;
  ask.set_trace_id(open.trace_id());
  auto status = ingest_->GetStatus(1, ask);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->state(), v1::TRACE_STATE_OPEN);
  EXPECT_EQ(status->durable_seq(), 1u);
  EXPECT_EQ(status->durable_operators(), 10u);
  ExpectError(ingest_->GetStatus(2, ask).status(), absl::StatusCode::kNotFound, "no trace");
  v1::AbortRequest abort;
  abort.set_trace_id(open.trace_id());
  abort.set_epoch(7);
  ExpectError(ingest_->Abort(1, abort).status(), absl::StatusCode::kFailedPrecondition, "fenced");
  abort.set_epoch(1);
  ASSERT_TRUE(ingest_->Abort(1, abort).ok());
  ExpectError(ingest_->GetStatus(1, ask).status(), absl::StatusCode::kNotFound, "no trace");
  // The client key is free again.
  EXPECT_NE(Open(SampleOpen(1, "a")).trace_id(), open.trace_id());
}

// Chunks that are not waited for one by one: the committer takes several in one sync, and acknowledges each.
TEST_F(IngestTest, PipelinedChunksAreAllAcknowledgedInOrder) {
  const v1::OpenResponse open = Open(SampleOpen(1, "a"));
  const auto trace = Attach(open);
  Chunker chunker;
  std::vector<uint64_t> acknowledged;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(ingest_
                    ->Append(trace, chunker.NextSample(20, i % 2 == 0 ? kRows : kColumns),
                             [&](const absl::StatusOr<v1::AppendResponse>& response) {
                               ASSERT_TRUE(response.ok());
                               acknowledged.push_back(response->durable_seq());
                             })
                    .ok());
  }
  // Sealing waits for what is on its way.
  ASSERT_TRUE(ingest_->Seal(1, SampleSeal(open, chunker)).ok());
  ASSERT_EQ(acknowledged.size(), 200u);
  for (size_t i = 0; i < acknowledged.size(); ++i) EXPECT_EQ(acknowledged[i], i + 1);
  ExpectSample(ReadBack(open.trace_id()), 4000);
}

}  // namespace
}  // namespace sandglass::storage
