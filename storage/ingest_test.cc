#include <future>
#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "storage/ingest_fixture.h"

namespace sandglass::storage {
namespace {

using google::protobuf::util::MessageDifferencer;

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

constexpr int64_t kHour = int64_t{3600} * 1000000000;

TEST_F(IngestTest, SilentTracesExpireAndSaySo) {
  Collect(9, "sealed", {{10, kColumns}});
  const v1::OpenResponse silent = Open(SampleOpen(1, "silent"));
  const v1::OpenResponse attached = Open(SampleOpen(2, "attached"));
  Chunker chunker;
  ASSERT_TRUE(Append(Attach(silent), chunker.NextSample(10, kColumns)).ok());
  const auto stream = Attach(attached);
  now_ns_ += 2 * kHour;
  const v1::OpenResponse fresh = Open(SampleOpen(3, "fresh"));
  const auto expired = ingest_->ExpireSilent(kHour);
  ASSERT_TRUE(expired.ok()) << expired.status();
  EXPECT_EQ(*expired, std::vector<std::string>{silent.trace_id()});
  v1::GetStatusRequest ask;
  ask.set_trace_id(silent.trace_id());
  EXPECT_EQ(ingest_->GetStatus(1, ask)->state(), v1::TRACE_STATE_EXPIRED);
  EXPECT_EQ(ingest_->GetStatus(1, ask)->durable_seq(), 1u);
  for (const v1::OpenResponse* other : {&attached, &fresh}) {
    ask.set_trace_id(other->trace_id());
    EXPECT_EQ(ingest_->GetStatus(1, ask)->state(), v1::TRACE_STATE_OPEN);
  }
  constexpr auto kFailed = absl::StatusCode::kFailedPrecondition;
  ExpectError(ingest_->Attach(1, StartOf(silent)).status(), kFailed, "has expired");
  ExpectError(ingest_->Open(1, SampleOpen(1, "silent")).status(), kFailed, "has expired");
  ExpectError(ingest_->Seal(1, SampleSeal(silent, chunker)).status(), kFailed, "has expired");
  ExpectError(store_->FindSealed(1, "silent").status(), kFailed, "was never sealed and has expired");
  // Nothing more to expire, also after a restart.
  EXPECT_TRUE(ingest_->ExpireSilent(kHour)->empty());
  Restart();
  ask.set_trace_id(silent.trace_id());
  EXPECT_EQ(ingest_->GetStatus(1, ask)->state(), v1::TRACE_STATE_EXPIRED);
  // It can be given up.
  v1::AbortRequest abort;
  abort.set_trace_id(silent.trace_id());
  abort.set_epoch(silent.epoch());
  EXPECT_TRUE(ingest_->Abort(1, abort).ok());
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
