// What a spool is for: collectors that are killed, and real servers that lose what they acknowledged.
#include "collectors/stream/spool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "collectors/stream/channel.h"
#include "collectors/stream/ingest_writer.h"
#include "storage/trace_store.h"
#include "tests/faults/numbered_trace.h"
#include "tests/faults/server_process.h"
#include "tests/faults/spool_fixture.h"

namespace sandglass::faults {
namespace {

using SpoolTest = SpoolFixture;

TEST_F(SpoolTest, LeavesNothingBehindWhenAllIsWell) {
  const auto writer = Begun();
  AddUpTo(*writer, 12345);
  EXPECT_EQ(Spooled().size(), 1u);
  const auto manifest = writer->Finish(OneStep());
  EXPECT_EQ(writer->stats().durable_operators, 12345u);
  EXPECT_EQ(writer->stats().lost_chunks, 0u);
  EXPECT_EQ(writer->stats().given_up_chunks, 0u);
  ExpectStored(manifest, 12345);
  EXPECT_EQ(CountWarnings(""), 0);
}

TEST_F(SpoolTest, AKilledCollectorLosesNothingThatItRecorded) {
  // So many that a busy machine does not send them all before the server pauses.
  constexpr uint64_t kOperators = 1'000'000;
  {
    CollectorProcess collector({"record", server_.address(), options_.spool.directory, std::to_string(kOperators)});
    WaitUntil([&] { return Peek().mark.durable_seq >= 10; }, "10 chunks to be noted as durable");
    server_.Pause();
    WaitUntil([&] { return Peek().summary.has_value(); }, "the end of the recording");
    EXPECT_FALSE(collector.HasEnded());
  }
  server_.Continue();
  EXPECT_EQ(Peek().operators, kOperators);
  // Those who send it may be killed as well.
  for (int kill = 0; kill < 4 && !Spooled().empty(); ++kill) {
    const uint64_t wanted = Peek().mark.durable_seq + 200;
    CollectorProcess resumer({"resume", server_.address(), OnlySpoolFile()});
    WaitUntil([&] { return resumer.HasEnded() || Peek().mark.durable_seq >= wanted; }, "200 more chunks");
  }
  // The last may have been faster than its killer.
  ExpectStored(Spooled().empty() ? Sealed() : ResumeHere(), kOperators);
}

TEST_F(SpoolTest, ACollectorKilledAtAnyMomentLeavesABeginningOfItsTrace) {
  std::mt19937_64 random(20261127);
  for (int round = 0; round < 10; ++round) {
    Fresh(options_.spool.directory);
    {
      CollectorProcess collector({"record", server_.address(), options_.spool.directory, "1000000"});
      WaitUntil([&] { return !Spooled().empty(); }, "a spool file");
      absl::SleepFor(absl::Milliseconds(static_cast<int64_t>(random() % 60)));
    }
    uint64_t recorded = 0;
    {
      const auto spool = Spool::Open(OnlySpoolFile());
      ASSERT_TRUE(spool.ok()) << spool.status();
      EXPECT_FALSE((*spool)->summary().has_value());
      recorded = (*spool)->operators();
    }
    const auto manifest = ResumeHere();
    ASSERT_TRUE(manifest.ok()) << manifest.status();
    EXPECT_EQ(manifest->operators(), recorded);
    if (round == 9) ExpectStored(manifest, recorded);
  }
}

TEST_F(SpoolTest, AServerThatIsBackInTimeGetsTheLossAgain) {
  const auto writer = Begun();
  AddUpTo(*writer, 500);
  WaitUntilDurable(*writer, 500);
  CopyStore();
  AddUpTo(*writer, 1000);
  WaitUntilDurable(*writer, 1000);
  RestoreCopy();
  AddUpTo(*writer, 1500);
  const auto manifest = writer->Finish(OneStep());
  EXPECT_EQ(writer->stats().lost_chunks, 10u);
  // Said once, with its code, what is lost, and what becomes of it.
  EXPECT_EQ(CountWarnings("LOST DATA"), 1);
  EXPECT_EQ(CountWarnings("(DATA_LOSS): it acknowledged chunks up to 20 and has them only up to 10: 10 chunks with 500 "
                          "operators. They are sent again from "),
            1);
  ExpectStored(manifest, 1500);
}

TEST_F(SpoolTest, AServerThatAcceptedItsLossGetsItAgain) {
  const auto writer = Begun();
  AddUpTo(*writer, 1000);
  WaitUntilDurable(*writer, 1000);
  server_.Kill();
  // The write-ahead log has all of it. The store says what it lacks, and somebody tells it to go on without.
  int deleted = 0;
  for (const auto& file : std::filesystem::directory_iterator(store())) {
    if (file.path().extension() == ".log") deleted += std::filesystem::remove(file.path());
  }
  ASSERT_GT(deleted, 0);
  EXPECT_EQ(storage::TraceStore::Open(store(), {}).status().code(), absl::StatusCode::kDataLoss);
  ASSERT_TRUE(storage::TraceStore::Open(store(), {.accept_loss = true}).ok());
  server_.Start();
  AddUpTo(*writer, 1500);
  const auto manifest = writer->Finish(OneStep());
  EXPECT_EQ(writer->stats().lost_chunks, 20u);
  EXPECT_EQ(CountWarnings("20 chunks with 1000 operators"), 1);
  ExpectStored(manifest, 1500);
}

TEST_F(SpoolTest, ALossThatShowsAtTheSealIsMendedToo) {
  {
    const auto writer = Begun();
    AddUpTo(*writer, 500);
    WaitUntilDurable(*writer, 500);
    CopyStore();
    AddUpTo(*writer, 1000);
    WaitUntilDurable(*writer, 1000);
    writer->Leave();
  }
  auto spool = Spool::Open(OnlySpoolFile());
  ASSERT_TRUE(spool.ok()) << spool.status();
  IngestWriter writer(*stub_, options_);
  ASSERT_TRUE(writer.Resume(*std::move(spool)).ok());
  EXPECT_EQ(writer.stats().durable_operators, 1000u);
  RestoreCopy();
  // There is nothing to send, so the seal is the first that hears of it.
  const auto manifest = writer.Finish(OneStep());
  EXPECT_EQ(writer.stats().lost_chunks, 10u);
  EXPECT_EQ(CountWarnings("LOST DATA"), 1);
  ExpectStored(manifest, 1000);
}

TEST_F(SpoolTest, ASealThatIsRefusedForAnotherReasonStaysRefused) {
  const auto writer = Begun();
  AddUpTo(*writer, 500);
  v1::TraceSummary summary = OneStep();
  summary.mutable_work_done(0)->set_count(-1);
  EXPECT_EQ(writer->Finish(summary).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(writer->Resumable());
}

class SpoolLossTest : public SpoolTest {
 protected:
  // A recording of 1,000 operators, all acknowledged, of which the server then has the first 500 only.
  void RecordWhatTheServerLoses() {
    {
      const auto writer = Begun();
      AddUpTo(*writer, 500);
      WaitUntilDurable(*writer, 500);
      CopyStore();
      AddUpTo(*writer, 1000);
      WaitUntilDurable(*writer, 1000);
      writer->Leave();
    }
    RestoreCopy();
  }
};

TEST_F(SpoolLossTest, ALossIsNoticedByWhoeverComesNext) {
  RecordWhatTheServerLoses();
  const auto manifest = ResumeHere();
  EXPECT_EQ(CountWarnings("acknowledged chunks up to 20 and has them only up to 10"), 1);
  ExpectStored(manifest, 1000);
}

TEST_F(SpoolTest, AnotherServerHasLostNothing) {
  {
    const auto writer = Begun();
    AddUpTo(*writer, 1000);
    WaitUntilDurable(*writer, 1000);
    writer->Leave();
  }
  ServerProcess other(Fresh(directory_ + "/other"));
  const auto other_stub = v1::IngestService::NewStub(collectors::MakeChannel(other.address()));
  IngestWriterOptions options = options_;
  options.destination = other.address();
  auto spool = Spool::Open(OnlySpoolFile());
  ASSERT_TRUE(spool.ok()) << spool.status();
  IngestWriter writer(*other_stub, options);
  ASSERT_TRUE(writer.Resume(*std::move(spool)).ok());
  const auto manifest = writer.Finish(OneStep());
  EXPECT_EQ(CountWarnings(""), 0);
  other.Kill();
  ExpectHolds(directory_ + "/other", manifest, 1000);
  EXPECT_EQ(Spooled(), std::vector<std::string>());
}

TEST_F(SpoolTest, ANewKeyHasLostNothingEither) {
  {
    const auto writer = Begun();
    AddUpTo(*writer, 1000);
    WaitUntilDurable(*writer, 1000);
    writer->Leave();
  }
  options_.new_client_key = [] { return "01234567-89ab-4cde-8f01-23456789abcd"; };
  const auto manifest = ResumeHere();
  EXPECT_EQ(CountWarnings(""), 0);
  options_.new_client_key = nullptr;
  ExpectStored(manifest, 1000);
}

TEST_F(SpoolTest, ASpoolThatIsBehindItsServerIsRefused) {
  {
    const auto writer = Begun();
    AddUpTo(*writer, 1000);
    WaitUntilDurable(*writer, 1000);
    writer->Leave();
  }
  // A loss of power took the end of the file: it ends in the frame of the last chunk now.
  const std::string file = OnlySpoolFile();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  const auto manifest = ResumeHere();
  EXPECT_EQ(manifest.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(manifest.status().message(), " has 20 chunks of trace ")) << manifest.status();
  EXPECT_TRUE(absl::StrContains(manifest.status().message(), file + " only 19: its end was lost")) << manifest.status();
  EXPECT_EQ(OnlySpoolFile(), file);
}

TEST_F(SpoolLossTest, WhatBothHaveLostIsNotSaidToBeSentAgain) {
  RecordWhatTheServerLoses();
  // A loss of power here, too: the last chunk is gone, and the mark that tells of it is not.
  const std::string file = OnlySpoolFile();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  auto spool = Spool::Open(file);
  ASSERT_TRUE(spool.ok()) << spool.status();
  IngestWriter writer(*stub_, options_);
  ASSERT_TRUE(writer.Resume(*std::move(spool)).ok());
  EXPECT_EQ(writer.stats().lost_chunks, 9u);
  EXPECT_EQ(CountWarnings("acknowledged chunks up to 20 and has them only up to 10: 9 chunks with 450 operators. They "
                          "are sent again from "),
            1);
  EXPECT_EQ(CountWarnings(", but 1 chunks at the end are lost for good: the spool has only 19;"), 1);
  ExpectStored(writer.Finish(OneStep()), 950);
}

TEST_F(SpoolTest, AServerThatHasOtherChunksIsNotBelieved) {
  options_.new_client_key = [] { return "01234567-89ab-4cde-8f01-23456789abcd"; };
  {
    const auto writer = Begun();
    AddUpTo(*writer, 1000);
    WaitUntilDurable(*writer, 1000);
    writer->Leave();
  }
  // The same key on another server, which was given something else.
  ServerProcess other(Fresh(directory_ + "/other"));
  const auto other_stub = v1::IngestService::NewStub(collectors::MakeChannel(other.address()));
  IngestWriterOptions plain = options_;
  plain.spool.directory.clear();
  IngestWriter writer(*other_stub, plain);
  ASSERT_TRUE(writer.Begin(NumberedHeader()).ok());
  for (uint64_t id = 2; id <= 501; ++id) ASSERT_TRUE(writer.Add(NumberedOperator(id)).ok());
  WaitUntilDurable(writer, 500);
  auto spool = Spool::Open(OnlySpoolFile());
  ASSERT_TRUE(spool.ok()) << spool.status();
  IngestWriter resumer(*other_stub, options_);
  const absl::Status status = resumer.Resume(*std::move(spool));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "has up to 10 are not those that were sent")) << status;
}

TEST_F(SpoolTest, ASealIsRepeatedWhereItsAnswerWasNotHeard) {
  options_.resume.patience = absl::Milliseconds(300);
  {
    const auto writer = Begun();
    AddUpTo(*writer, 1000);
    server_.Kill();
    EXPECT_FALSE(writer->Finish(OneStep()).ok());
  }
  server_.Start();
  const std::string file = OnlySpoolFile();
  // As a crash between the seal and the removal of the file leaves it.
  std::filesystem::copy(file, file + ".copy");
  const auto first = ResumeHere();
  ASSERT_TRUE(first.ok()) << first.status();
  std::filesystem::rename(file + ".copy", file);
  const auto second = ResumeHere();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
  ExpectStored(second, 1000);
}

TEST_F(SpoolTest, ResumesAfterTheServerIsKilled) {
  const auto writer = Begun();
  std::mt19937_64 random(20261123);
  for (int kill = 0; kill < 6; ++kill) {
    AddUpTo(*writer, added_ + 2000);
    const uint64_t wanted = writer->stats().durable_operators + random() % 1500;
    WaitUntilDurable(*writer, std::min<uint64_t>(wanted, added_ - 50));
    server_.Kill();
    AddUpTo(*writer, added_ + 500);
    server_.Start();
  }
  const auto manifest = writer->Finish(OneStep());
  EXPECT_GE(writer->stats().resumes, 1u);
  // A server that is killed loses nothing.
  EXPECT_EQ(CountWarnings("LOST DATA"), 0);
  ExpectStored(manifest, 15000);
}

TEST_F(SpoolTest, AnAbortedTraceIsGoneHereAndThere) {
  const auto writer = Begun();
  AddUpTo(*writer, 1000);
  const std::string id = writer->stats().trace_id;
  writer->Abort();
  EXPECT_EQ(Spooled(), std::vector<std::string>());
  EXPECT_EQ(GetStatus(id).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(SpoolTest, WhatIsRefusedIsKept) {
  {
    const auto writer = Begun();
    AddUpTo(*writer, 123);
    v1::Operator bad = NumberedOperator(++added_);
    bad.set_duration_ps(-7);
    ASSERT_TRUE(writer->Add(bad).ok());
    const absl::Status status = AddUntilError(*writer);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), OnlySpoolFile())) << status;
    EXPECT_TRUE(writer->Resumable());
  }
  // Another time it is refused again, and kept again.
  EXPECT_EQ(ResumeHere().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Spooled().size(), 1u);
}

TEST_F(SpoolTest, ATraceThatNeverBeganIsNotKept) {
  server_.Kill();
  options_.connect.patience = absl::Milliseconds(200);
  IngestWriter writer(*stub_, options_);
  EXPECT_FALSE(writer.Begin(NumberedHeader()).ok());
  EXPECT_EQ(Spooled(), std::vector<std::string>());
}

}  // namespace
}  // namespace sandglass::faults
