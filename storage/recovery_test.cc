// How a store goes on after its disk was full. A limit on the size of files stands in for the disk.
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "storage/ingest_fixture.h"

namespace sandglass::storage {
namespace {

class RecoveryTest : public IngestTest {
 protected:
  RecoveryTest() {
    // Then such a write fails, as on a full disk.
    signal(SIGXFSZ, SIG_IGN);
    sealed_ = Collect(1, "before", {{50, kColumns}, {50, kRows}});
  }
  ~RecoveryTest() override { LimitFiles(RLIM_INFINITY); }

  static void LimitFiles(rlim_t bytes) {
    const rlimit limit = {bytes, RLIM_INFINITY};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }

  // Writes until the log is as long as it may become.
  void RunFull() {
    LimitFiles(64 << 10);
    const auto trace = Attach(Open(SampleOpen(2, "full")));
    Chunker chunker;
    absl::Status status;
    for (int i = 0; i < 1000 && status.ok(); ++i) status = Append(trace, chunker.NextSample(4000, kColumns)).status();
    ASSERT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  }

  // Tries until there is nothing in the way.
  absl::Status Recovered() {
    absl::Status status = store_->TryRecover();
    for (int i = 0; i < 400 && !status.ok(); ++i) {
      absl::SleepFor(absl::Milliseconds(50));
      status = store_->TryRecover();
    }
    return status;
  }

  // What TryRecover says while a trace is being read.
  absl::Status RecoverWhileReading() {
    absl::Status status;
    const absl::Status read = store_->ReadColumns(kDefaultTenant, sealed_.trace_id(), 0,
                                                  [&](uint64_t, const v1::OperatorColumns&) -> absl::StatusOr<bool> {
                                                    status = store_->TryRecover();
                                                    return false;
                                                  });
    EXPECT_TRUE(read.ok()) << read;
    return status;
  }

  v1::TraceManifest sealed_;
};

TEST_F(RecoveryTest, SaysWhatIsInTheWayAndGoesOnWithoutIt) {
  RunFull();
  const absl::Status status = store_->TryRecover();
  ExpectError(status, absl::StatusCode::kResourceExhausted, "cannot be opened anew yet");
  EXPECT_NE(std::string(status.message()).find("INVENTORY.new"), std::string::npos) << status;
  // Asked again at once, it says the same; the more often it fails, the more rarely it tries.
  EXPECT_EQ(store_->TryRecover(), status);
  EXPECT_NE(std::string(status.message()).find("tried again in 1s"), std::string::npos) << status;
  absl::Status second = status;
  for (int i = 0; i < 400 && second == status; ++i) {
    absl::SleepFor(absl::Milliseconds(50));
    second = store_->TryRecover();
  }
  EXPECT_NE(std::string(second.message()).find("tried again in 2s"), std::string::npos) << second;
  EXPECT_TRUE(store_->Verify(kDefaultTenant, sealed_.trace_id()).ok());
  LimitFiles(RLIM_INFINITY);
  const absl::Status recovered = Recovered();
  ASSERT_TRUE(recovered.ok()) << recovered;
  Collect(3, "after", {{50, kColumns}});
}

TEST_F(RecoveryTest, WaitsForReaders) {
  RunFull();
  LimitFiles(RLIM_INFINITY);
  const absl::Status status = RecoverWhileReading();
  ExpectError(status, absl::StatusCode::kResourceExhausted, "is being read");
  const absl::Status recovered = Recovered();
  EXPECT_TRUE(recovered.ok()) << recovered;
}

TEST_F(RecoveryTest, WhatWasLostIsSaidWhileOthersRead) {
  RunFull();
  LimitFiles(RLIM_INFINITY);
  std::filesystem::rename(folder_.File("store/INVENTORY"), folder_.File("elsewhere"));
  const absl::Status status = RecoverWhileReading();
  ExpectError(status, absl::StatusCode::kDataLoss, "its INVENTORY is missing");
  EXPECT_TRUE(store_->Verify(kDefaultTenant, sealed_.trace_id()).ok());
  std::filesystem::rename(folder_.File("elsewhere"), folder_.File("store/INVENTORY"));
  const absl::Status recovered = Recovered();
  EXPECT_TRUE(recovered.ok()) << recovered;
}

}  // namespace
}  // namespace sandglass::storage
