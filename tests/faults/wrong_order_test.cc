// Clients that send chunks twice, out of order, too late or as somebody else, and a clock that jumps.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "storage/ingest.h"
#include "storage/trace_store.h"
#include "tests/faults/fault_fixture.h"
#include "tests/faults/fault_table.h"

namespace sandglass::faults {
namespace {

using absl::StatusCode;
using storage::Chunker;
using storage::SampleOpen;
using storage::SampleSeal;

constexpr v1::Chunk::Form kRows = v1::Chunk::FORM_ROWS;

class WrongOrderTest : public FaultFixture {
 protected:
  v1::OpenResponse Open(uint64_t key = 1) {
    const auto open = client_->Open(SampleOpen(key, "trace"));
    EXPECT_TRUE(open.ok()) << open.status();
    return open.value_or(v1::OpenResponse());
  }

  std::string ContentDigestOf(const absl::StatusOr<v1::SealResponse>& sealed) {
    EXPECT_TRUE(sealed.ok()) << sealed.status();
    return sealed.ok() ? sealed->manifest().content_digest() : "";
  }

  // What a trace has that met no fault.
  std::string ExpectedDigest(uint32_t operators) {
    return SubmitSample(*client_, 100, "trace", operators).content_digest();
  }
};

TEST_F(WrongOrderTest, Fault23_ADuplicateIsAcknowledgedAndNotStored) {
  const v1::OpenResponse open = Open();
  Chunker chunker;
  std::vector<v1::Chunk> chunks;
  for (int i = 0; i < 3; ++i) chunks.push_back(chunker.NextSample(10, kRows));
  // Each twice on one stream, and all of them again on another.
  const Appended twice =
      client_->Append(StartOf(open), {chunks[0], chunks[0], chunks[1], chunks[0], chunks[1], chunks[2], chunks[2]});
  EXPECT_TRUE(twice.status.ok()) << twice.status;
  EXPECT_EQ(twice.last.durable_operators(), 30u);
  const Appended again = client_->Append(StartOf(open), chunks);
  EXPECT_TRUE(again.status.ok()) << again.status;
  EXPECT_EQ(again.last.durable_seq(), 3u);
  EXPECT_EQ(again.last.durable_operators(), 30u);
  // The same number with other content is no duplicate.
  v1::Chunk other = chunks[1];
  other.set_payload(chunks[2].payload());
  storage::FixChecksum(other);
  ExpectRefused(client_->Append(StartOf(open), {other}).status, StatusCode::kAlreadyExists, "chunk 2");
  EXPECT_EQ(ContentDigestOf(client_->Seal(SampleSeal(open, chunker))), ExpectedDigest(30));
  Saw(23, "each chunk sent three times, and one number with other content",
      "acknowledged each time, stored once, other content ALREADY_EXISTS, digest equal" + Peak());
}

TEST_F(WrongOrderTest, Fault24_AGapOrAReorderIsRefusedWithTheNumberThatIsExpected) {
  const v1::OpenResponse open = Open();
  Chunker chunker;
  std::vector<v1::Chunk> chunks;
  for (int i = 0; i < 4; ++i) chunks.push_back(chunker.NextSample(10, kRows));
  ExpectRefused(client_->Append(StartOf(open), {chunks[1]}).status, StatusCode::kOutOfRange, "expected 1");
  ExpectRefused(client_->Append(StartOf(open), {chunks[0], chunks[2], chunks[1]}).status, StatusCode::kOutOfRange,
                "expected 2");
  v1::Chunk zero = chunks[0];
  zero.set_seq(0);
  ExpectRefused(client_->Append(StartOf(open), {zero}).status, StatusCode::kOutOfRange, "chunk 0");
  // Whoever begins a stream too far ahead hears it at once.
  v1::AppendStart ahead = StartOf(open);
  ahead.set_resume_seq(4);
  ExpectRefused(client_->Append(ahead, {}).status, StatusCode::kOutOfRange, "expected 2");
  const v1::OpenResponse reopened = Open();
  EXPECT_EQ(reopened.next_seq(), 2u);
  EXPECT_TRUE(client_->Append(StartOf(reopened), {chunks[1], chunks[2], chunks[3]}).status.ok());
  EXPECT_EQ(ContentDigestOf(client_->Seal(SampleSeal(reopened, chunker))), ExpectedDigest(40));
  Saw(24, "chunks 2 first, then 1 3 2, then 0, then a start at 4",
      "OUT_OF_RANGE with the expected number each time, nothing buffered, digest equal after going on" + Peak());
}

TEST_F(WrongOrderTest, Fault25_OfTwoWritersTheNewerEpochWins) {
  const v1::OpenResponse older = Open();
  Chunker chunker;
  const v1::Chunk first = chunker.NextSample(10, kRows);
  const v1::Chunk second = chunker.NextSample(10, kRows);
  EXPECT_TRUE(client_->Append(StartOf(older), {first}).status.ok());
  const v1::OpenResponse newer = Open();
  EXPECT_EQ(newer.epoch(), older.epoch() + 1);
  ExpectRefused(client_->Append(StartOf(older), {first, second}).status, StatusCode::kFailedPrecondition, "fenced");
  ExpectRefused(client_->Seal(SampleSeal(older, chunker)).status(), StatusCode::kFailedPrecondition, "fenced");
  ExpectRefused(client_->Abort(older.trace_id(), older.epoch()), StatusCode::kFailedPrecondition, "fenced");
  EXPECT_TRUE(client_->Append(StartOf(newer), {second}).status.ok());
  EXPECT_EQ(ContentDigestOf(client_->Seal(SampleSeal(newer, chunker))), ExpectedDigest(20));
  Saw(25, "a second writer opens the trace of a first one",
      "the first is fenced at append, seal and abort; the second seals, digest equal" + Peak());
}

TEST_F(WrongOrderTest, Fault25_ManyWritersAtOnceLeaveOneTrace) {
  constexpr int kWriters = 8;
  Chunker chunker;
  std::vector<v1::Chunk> chunks;
  for (int i = 0; i < 20; ++i) chunks.push_back(chunker.NextSample(50, kRows));
  std::atomic<int> sealed{0};
  std::atomic<int> fenced{0};
  std::vector<std::thread> writers;
  writers.reserve(kWriters);
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&] {
      // Each goes on until it has sealed, or until somebody else has.
      for (int attempt = 0; attempt < 1000; ++attempt) {
        const auto open = client_->Open(SampleOpen(1, "trace"));
        if (!open.ok()) continue;
        if (open->has_content_digest()) return;
        const std::vector<v1::Chunk> left(chunks.begin() + static_cast<int>(open->next_seq()) - 1, chunks.end());
        const absl::Status appended = client_->Append(StartOf(*open), left).status;
        if (!appended.ok()) {
          fenced += absl::IsFailedPrecondition(appended) ? 1 : 0;
          continue;
        }
        if (client_->Seal(SampleSeal(*open, chunker)).ok()) {
          ++sealed;
          return;
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(sealed, 1);
  const auto open = client_->Open(SampleOpen(1, "trace"));
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_EQ(open->content_digest(), ExpectedDigest(1000));
  Saw(25, "8 writers of one trace at once",
      absl::StrCat("one sealed it, ", fenced.load(), " times one was fenced, ", "epoch ", open->epoch(),
                   ", digest equal", Peak()));
}

TEST_F(WrongOrderTest, Fault26_ASealThatDoesNotMatchShowsNothing) {
  const v1::OpenResponse open = Open();
  Chunker chunker;
  const v1::Chunk chunk = chunker.NextSample(10, kRows);
  EXPECT_TRUE(client_->Append(StartOf(open), {chunk}).status.ok());
  const v1::SealRequest good = SampleSeal(open, chunker);
  v1::SealRequest bad = good;
  bad.set_chain_digest(std::string(32, 'x'));
  ExpectRefused(client_->Seal(bad).status(), StatusCode::kFailedPrecondition, "chain_digest");
  bad = good;
  bad.set_operators(9);
  ExpectRefused(client_->Seal(bad).status(), StatusCode::kFailedPrecondition, "operators is 9");
  bad = good;
  bad.set_last_seq(2);
  ExpectRefused(client_->Seal(bad).status(), StatusCode::kFailedPrecondition, "last_seq is 2");
  EXPECT_EQ(SealedNames(), std::vector<std::string>());
  EXPECT_EQ(client_->GetStatus(open.trace_id())->state(), v1::TRACE_STATE_OPEN);
  EXPECT_EQ(Sandglass({"replay", "trace", "--on", "H100-SXM"}).code, 1);

  const std::string digest = ContentDigestOf(client_->Seal(good));
  ExpectRefused(client_->Append(StartOf(open), {chunk}).status, StatusCode::kFailedPrecondition, "sealed");
  ExpectRefused(client_->Append(StartOf(open), {chunker.NextSample(10, kRows)}).status, StatusCode::kFailedPrecondition,
                "sealed");
  EXPECT_EQ(ContentDigestOf(client_->Seal(good)), digest);
  v1::SealRequest other = good;
  other.mutable_summary()->mutable_work_done(0)->set_count(7);
  ExpectRefused(client_->Seal(other).status(), StatusCode::kFailedPrecondition, "another summary");
  ExpectRefused(client_->Abort(open.trace_id(), open.epoch()), StatusCode::kFailedPrecondition, "sealed");
  EXPECT_EQ(SealedNames(), std::vector<std::string>{"trace"});
  EXPECT_EQ(digest, ExpectedDigest(10));
  Saw(26, "seals with a wrong digest, count and number; append, another seal and abort after the seal",
      "FAILED_PRECONDITION each time, nothing listed before, the sealed trace unchanged after" + Peak());
}

// Debian's libfaketime in the server; its monotonic clock is left alone, as no administrator changes that.
ServerSetup ClockOffBy(const std::string& offset) {
  ServerSetup setup;
  setup.environment = {{"LD_PRELOAD", "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"},
                       {"FAKETIME", offset},
                       {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
  return setup;
}

TEST_F(WrongOrderTest, Fault22_TheWallClockJumpsByADayBothWays) {
  if (!std::filesystem::exists(ClockOffBy("").environment[0].second)) {
    GTEST_SKIP() << "libfaketime is not installed: third_party/setup installs it";
  }
  // A trace that is begun now, goes on a day later, and ends a day before it began.
  Chunker chunker;
  const v1::OpenResponse open = Open(50);
  EXPECT_TRUE(client_->Append(StartOf(open), {chunker.NextSample(10, kRows)}).status.ok());
  std::vector<v1::TraceManifest> manifests = {SubmitSample(*client_, 1, "first", 10)};
  uint64_t key = 1;
  for (const char* offset : {"+1d", "-1d"}) {
    Restart(ClockOffBy(offset));
    const v1::OpenResponse again = Open(50);
    EXPECT_EQ(again.trace_id(), open.trace_id());
    EXPECT_TRUE(client_->Append(StartOf(again), {chunker.NextSample(10, kRows)}).status.ok());
    ++key;
    manifests.push_back(SubmitSample(*client_, key, key == 2 ? "second" : "third", 10));
  }
  constexpr int64_t kDayNs = int64_t{24} * 3600 * 1'000'000'000;
  EXPECT_GT(manifests[1].sealed_unix_ns() - manifests[0].sealed_unix_ns(), kDayNs * 9 / 10);
  EXPECT_GT(manifests[1].sealed_unix_ns() - manifests[2].sealed_unix_ns(), kDayNs * 19 / 10);
  // Ids only grow, whatever the clock says: so does the order, and a name means the newest.
  EXPECT_LT(manifests[0].trace_id(), manifests[1].trace_id());
  EXPECT_LT(manifests[1].trace_id(), manifests[2].trace_id());
  EXPECT_EQ(SealedNames(), (std::vector<std::string>{"third", "second", "first"}));
  const v1::OpenResponse last = Open(50);
  EXPECT_EQ(ContentDigestOf(client_->Seal(SampleSeal(last, chunker))), ExpectedDigest(30));
  Saw(22, "the server's clock a day ahead, then a day behind (libfaketime)",
      "ids and order grow, an open trace goes on, digest equal" + Peak());
}

TEST(ClockTest, Fault22_SilenceIsCountedWithoutSurprise) {
  constexpr int64_t kHourNs = int64_t{3600} * 1'000'000'000;
  const storage::TemporaryFolder folder;
  const auto store = storage::TraceStore::Open(folder.path(), {});
  ASSERT_TRUE(store.ok()) << store.status();
  std::atomic<int64_t> now{int64_t{1700000000} * 1'000'000'000};
  storage::IngestOptions options;
  options.now_unix_ns = [&now] { return now.load(); };
  storage::Ingest ingest(**store, options);
  const auto open = ingest.Open(storage::kDefaultTenant, SampleOpen(1, "trace"));
  ASSERT_TRUE(open.ok()) << open.status();
  // A clock that goes back makes nobody silent; one that goes on makes those silent who are.
  now -= 24 * kHourNs;
  EXPECT_EQ(ingest.ExpireSilent(kHourNs)->size(), 0u);
  now += 24 * kHourNs;
  EXPECT_EQ(ingest.ExpireSilent(kHourNs)->size(), 0u);
  now += 24 * kHourNs;
  EXPECT_EQ(*ingest.ExpireSilent(72 * kHourNs), std::vector<std::string>());
  EXPECT_EQ(*ingest.ExpireSilent(kHourNs), std::vector<std::string>{open->trace_id()});
  EXPECT_EQ(ingest.Open(storage::kDefaultTenant, SampleOpen(1, "trace")).status().code(),
            StatusCode::kFailedPrecondition);
  Saw(22, "the clock of the ingest a day back, then two days on (in this process)",
      "a silent trace ends when its silence is over, and not before");
}

}  // namespace
}  // namespace sandglass::faults
