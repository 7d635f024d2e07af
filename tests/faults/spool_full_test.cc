// Spools that fill up while a real server stands still or stays away.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/stream/ingest_writer.h"
#include "collectors/stream/spool.h"
#include "tests/faults/numbered_trace.h"
#include "tests/faults/spool_fixture.h"

namespace sandglass::faults {
namespace {

using SpoolFullTest = SpoolFixture;

TEST_F(SpoolFullTest, TheRecordingOutlastsAServerThatIsAway) {
  options_.resume.patience = absl::Milliseconds(300);
  const auto writer = Begun();
  AddUpTo(*writer, 1000);
  server_.Kill();
  AddUpTo(*writer, 5000);
  WaitUntil([&] { return CountWarnings("takes nothing now") == 1; }, "the warning");
  // Memory does not grow with what waits in the file.
  EXPECT_GT(writer->stats().spooled_bytes, 0u);
  AddUpTo(*writer, 10000);
  server_.Start();
  WaitUntilDurable(*writer, 10000);
  const auto manifest = writer->Finish(OneStep());
  EXPECT_EQ(CountWarnings("takes nothing now"), 1);
  ExpectStored(manifest, 10000);
}

TEST_F(SpoolFullTest, AServerThatStaysAwayLeavesTheTraceToBeResumed) {
  options_.resume.patience = absl::Milliseconds(300);
  {
    const auto writer = Begun();
    AddUpTo(*writer, 1000);
    server_.Kill();
    AddUpTo(*writer, 3000);
    const auto manifest = writer->Finish(OneStep());
    EXPECT_EQ(manifest.status().code(), absl::StatusCode::kUnavailable);
    for (const std::string& part :
         {server_.address(), std::string("mend it"), OnlySpoolFile(), std::string("all of it is kept in"),
          absl::StrCat("`sandglass-collect resume --spool ", options_.spool.directory, "` takes it up")}) {
      EXPECT_TRUE(absl::StrContains(manifest.status().message(), part)) << part << ": " << manifest.status();
    }
    EXPECT_TRUE(writer->Resumable());
  }
  server_.Start();
  ExpectStored(ResumeHere(), 3000);
}

TEST_F(SpoolFullTest, AFullSpoolBlocksUntilTheServerIsBack) {
  options_.spool.max_bytes = 64 << 10;
  options_.max_buffered_bytes = 16 << 10;
  const auto writer = Begun();
  AddUpTo(*writer, 500);
  WaitUntilDurable(*writer, 500);
  server_.Pause();
  std::thread producer([&] { AddUpTo(*writer, 100000); });
  // The next chunk does not fit, and those that could go have gone: chunks 1 to 10 at most.
  WaitUntil(
      [&] {
        return writer->stats().given_up_chunks >= 10 &&
               writer->stats().spooled_bytes + kMostChunkBytes > options_.spool.max_bytes;
      },
      "the spool to be full");
  EXPECT_EQ(writer->stats().given_up_chunks, 10u);
  server_.Continue();
  uint64_t most_spooled_bytes = 0;
  WaitUntil(
      [&] {
        most_spooled_bytes = std::max(most_spooled_bytes, writer->stats().spooled_bytes);
        return writer->stats().durable_operators > 90000;
      },
      "most of the trace to be durable");
  producer.join();
  const auto manifest = writer->Finish(OneStep());
  EXPECT_LE(most_spooled_bytes, options_.spool.max_bytes);
  EXPECT_LE(writer->stats().peak_buffered_bytes, options_.max_buffered_bytes + kMostChunkBytes);
  EXPECT_GT(writer->stats().given_up_chunks, 1000u);
  EXPECT_EQ(CountWarnings("is full: chunks that"), 1);
  ExpectStored(manifest, 100000);
}

TEST_F(SpoolFullTest, AFullSpoolAndAServerThatStaysAwayAreAnError) {
  options_.spool.max_bytes = 64 << 10;
  options_.resume.patience = absl::Milliseconds(300);
  {
    const auto writer = Begun();
    AddUpTo(*writer, 500);
    server_.Kill();
    const absl::Status status = AddUntilError(*writer);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "; what was recorded is kept in ")) << status;
    EXPECT_TRUE(writer->Resumable());
  }
  uint64_t recorded = 0;
  {
    const auto spool = Spool::Open(OnlySpoolFile());
    ASSERT_TRUE(spool.ok()) << spool.status();
    EXPECT_FALSE((*spool)->summary().has_value());
    recorded = (*spool)->operators();
    EXPECT_GT(recorded, 500u);
  }
  server_.Start();
  ExpectStored(ResumeHere(), recorded);
}

TEST_F(SpoolFullTest, AFullDiskEndsTheRecordingAndKeepsWhatThereIs) {
  signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  {
    const auto writer = Begun();
    // Of this process's files only; the server's are its own.
    rlimit limited = unlimited;
    limited.rlim_cur = 64 << 10;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limited), 0);
    const absl::Status status = AddUntilError(*writer);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "; free space there")) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "; what was recorded is kept in ")) << status;
    EXPECT_TRUE(writer->Resumable());
  }
  uint64_t recorded = 0;
  {
    const auto spool = Spool::Open(OnlySpoolFile());
    ASSERT_TRUE(spool.ok()) << spool.status();
    EXPECT_EQ((*spool)->torn_bytes(), 0u);
    recorded = (*spool)->operators();
    EXPECT_GT(recorded, 500u);
  }
  ExpectStored(ResumeHere(), recorded);
}

TEST_F(SpoolFullTest, WhatTheFullSpoolGaveUpCannotBeSentAgain) {
  options_.spool.max_bytes = 16 << 10;
  const auto writer = Begun();
  AddUpTo(*writer, 500);
  WaitUntilDurable(*writer, 500);
  CopyStore();
  AddUpTo(*writer, 50000);
  WaitUntilDurable(*writer, 50000);
  RestoreCopy();
  const absl::Status status = AddUntilError(*writer);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_TRUE(absl::StrContains(status.message(),
                                "acknowledged chunks up to 1000 and has them only up to 10; the spool "
                                "file "))
      << status;
  EXPECT_TRUE(absl::StrContains(status.message(), " was full and keeps them only from ")) << status;
}

TEST_F(SpoolFullTest, MemoryIsBoundedWhileTheFileGrows) {
  options_.max_buffered_bytes = 16 << 10;
  const auto writer = Begun();
  AddUpTo(*writer, 500);
  server_.Pause();
  AddUpTo(*writer, 100000);
  EXPECT_GT(writer->stats().spooled_bytes, 20 * options_.max_buffered_bytes);
  server_.Continue();
  const auto manifest = writer->Finish(OneStep());
  EXPECT_LE(writer->stats().peak_buffered_bytes, options_.max_buffered_bytes + kMostChunkBytes);
  ExpectStored(manifest, 100000);
}

}  // namespace
}  // namespace sandglass::faults
