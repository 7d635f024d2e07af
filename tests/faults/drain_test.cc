// A server that is asked to go.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/wait_until.h"
#include "tests/faults/fault_table.h"
#include "tests/faults/health.h"
#include "tests/faults/sender.h"
#include "tests/faults/server_process.h"

namespace sandglass::faults {
namespace {

// That of `sandglass serve`, and some time to start and end on a busy machine.
constexpr absl::Duration kGrace = absl::Seconds(20 + 20);

class DrainTest : public ::testing::Test {
 protected:
  DrainTest()
      : server_(std::filesystem::path(::testing::TempDir()) /
                ::testing::UnitTest::GetInstance()->current_test_info()->name()) {}

  std::shared_ptr<grpc::Channel> Channel() const { return OwnConnection(server_.address()); }

  ServerProcess server_;
};

TEST_F(DrainTest, Fault41_SigtermUnderLoad) {
  constexpr int kStreams = 6;
  std::vector<std::unique_ptr<Sender>> senders;
  std::vector<std::thread> threads;
  std::atomic<uint64_t> acknowledged = 0;
  for (int i = 0; i < kStreams; ++i) {
    senders.push_back(std::make_unique<Sender>(Channel()));
    ASSERT_TRUE(senders.back()->Open(i, absl::StrCat("t", i)).ok());
    senders.back()->Begin();
    ASSERT_TRUE(senders.back()->Send(10));
    ASSERT_TRUE(senders.back()->Receive());
  }
  // The last one is silent: nobody but the server can end it.
  for (int i = 0; i + 1 < kStreams; ++i) {
    Sender& sender = *senders[i];
    threads.emplace_back([&sender] {
      while (sender.Send(500)) {
      }
    });
    threads.emplace_back([&sender, &acknowledged] {
      while (sender.Receive()) ++acknowledged;
    });
  }
  HealthWatch watch(Channel(), "");
  EXPECT_EQ(watch.Next(), Health::kServing);
  storage::WaitUntil([&] { return acknowledged >= 200; }, "200 acknowledgements");
  const absl::Time asked = absl::Now();
  server_.Signal(SIGTERM);
  EXPECT_EQ(watch.Next(), Health::kNotServing);
  // The watch is a call, too, which only its client ends.
  EXPECT_EQ(server_.WaitForEnd(), 0);
  const absl::Duration took = absl::Now() - asked;
  EXPECT_LT(took, kGrace);
  for (std::thread& thread : threads) thread.join();
  for (const auto& sender : senders) {
    const grpc::Status status = sender->End();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
    // Every acknowledgement that there was came.
    EXPECT_EQ(sender->TrailingSeq(), static_cast<int64_t>(sender->durable())) << status.error_message();
  }
  // And all of it is there.
  ASSERT_TRUE(server_.Start());
  for (int i = 0; i < kStreams; ++i) {
    const uint64_t durable = senders[i]->durable();
    v1::OpenResponse opened;
    Sender again(Channel());
    ASSERT_TRUE(
        again.stub().Open(again.NewContext().get(), storage::SampleOpen(i, absl::StrCat("t", i)), &opened).ok());
    EXPECT_EQ(opened.next_seq(), durable + 1);
  }
  Saw(41,
      absl::StrCat("SIGTERM with ", kStreams, " streams, one silent, after ", acknowledged.load(), " acknowledgements"),
      absl::StrCat("NOT_SERVING, UNAVAILABLE with the last sequence on each, exit code 0 after ",
                   absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(10)))));
}

TEST_F(DrainTest, Fault41_AnIdleServerGoesAtOnceAndItsPortIsFree) {
  EXPECT_EQ(HealthOf(Channel(), ""), Health::kServing);
  EXPECT_EQ(HealthOf(Channel(), "sandglass.v1.IngestService"), Health::kServing);
  EXPECT_EQ(HealthOf(Channel(), "sandglass.v1.AnalysisService"), Health::kServing);
  EXPECT_EQ(HealthOf(Channel(), "another"), Health::kServiceUnknown);
  for (const int signal : {SIGTERM, SIGINT}) {
    server_.Signal(signal);
    EXPECT_EQ(server_.WaitForEnd(), 0);
    ASSERT_TRUE(server_.Start()) << server_.Errors();
  }
  EXPECT_EQ(HealthOf(Channel(), ""), Health::kServing);
  Saw(41, "SIGTERM and SIGINT to an idle server", "exit code 0; starts again on the same port");
}

}  // namespace
}  // namespace sandglass::faults
