// Connections: too many, half open, and a server without descriptors.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/wait_until.h"
#include "tests/faults/black_hole.h"
#include "tests/faults/fault_table.h"
#include "tests/faults/raw_connection.h"
#include "tests/faults/sender.h"
#include "tests/faults/server_process.h"

namespace sandglass::faults {
namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30;

std::string Megabytes(uint64_t bytes) { return absl::StrCat(bytes >> 20, " MiB"); }

class ListenerTest : public ::testing::Test {
 protected:
  void Serve(const std::vector<std::string>& flags, std::function<void()> before_start = nullptr) {
    ServerSetup setup;
    setup.flags = flags;
    setup.before_start = std::move(before_start);
    const std::filesystem::path folder = ::testing::TempDir();
    server_ = std::make_unique<ServerProcess>(folder / ::testing::UnitTest::GetInstance()->current_test_info()->name(),
                                              std::move(setup));
  }

  grpc::Status Call() { return Sender(OwnConnection(server_->address())).Open(99, "call"); }

  // HTTP/2 connections without a call; how many the server keeps when it has refused what is more than `most`, or has
  // had a minute for it.
  size_t Fill(std::vector<RawConnection>& connections, size_t count, size_t most) {
    for (size_t i = 0; i < count; ++i) {
      RawConnection connection(server_->address());
      if (connection.connected()) connection.Send(Http2Preface());
      connections.push_back(std::move(connection));
    }
    size_t kept = 0;
    for (const absl::Time end = absl::Now() + absl::Minutes(1); absl::Now() < end;) {
      kept = 0;
      for (const RawConnection& connection : connections) {
        if (connection.connected() && !connection.ClosesWithin(std::chrono::milliseconds(0))) ++kept;
      }
      if (kept <= most) break;
      absl::SleepFor(absl::Milliseconds(200));
    }
    return kept;
  }

  std::unique_ptr<ServerProcess> server_;
};

TEST_F(ListenerTest, Fault13_AHalfOpenConnectionIsClosedAndFenced) {
  Serve({"--keepalive", "1"});
  BlackHole relay(server_->address());
  Sender cut_off(OwnConnection(relay.address()));
  ASSERT_TRUE(cut_off.Open(1, "a").ok());
  cut_off.Begin();
  ASSERT_TRUE(cut_off.Send(10));
  ASSERT_TRUE(cut_off.Receive());
  relay.Swallow();
  // The same collector from elsewhere need not wait.
  Sender again(OwnConnection(server_->address()));
  ASSERT_TRUE(again.Open(1, "a").ok());
  EXPECT_EQ(again.trace_id(), cut_off.trace_id());
  // After 1 s of silence and 10 s for an answer.
  const absl::Time cut = absl::Now();
  storage::WaitUntil([&] { return relay.server_closed(); }, "the server to close the connection");
  const absl::Duration took = absl::Now() - cut;
  cut_off.Cancel();
  cut_off.End();
  Saw(13, "a connection goes silent in a stream; keepalive 1 s",
      absl::StrCat("a new session at once; the old connection closed after ",
                   absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(10)))));
}

TEST_F(ListenerTest, Fault13_AnIdleHalfOpenConnectionIsClosedToo) {
  Serve({"--keepalive", "1"});
  // It never answers a ping, and there is no call.
  const RawConnection silent(server_->address());
  ASSERT_TRUE(silent.Send(Http2Preface()));
  EXPECT_TRUE(silent.ClosesWithin(std::chrono::seconds(30)));
  // One that answers stays.
  Sender sender(OwnConnection(server_->address()));
  ASSERT_TRUE(sender.Open(1, "a").ok());
  sender.Begin();
  ASSERT_TRUE(sender.Send(10));
  ASSERT_TRUE(sender.Receive());
  absl::SleepFor(absl::Seconds(13));
  ASSERT_TRUE(sender.Send(10));
  EXPECT_TRUE(sender.Receive()) << sender.End().error_message();
  Saw(13, "an idle connection that answers no ping; a silent one that does", "the first is closed, the second serves");
}

TEST_F(ListenerTest, Fault18_TenThousandConnections) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  // As many as the limit on descriptors allows to both sides.
  const size_t wanted = std::min<size_t>(10000, limit.rlim_max - 1000);
  std::string seen;
  for (const size_t most : {wanted + 100, size_t{1000}}) {
    server_.reset();
    Serve({"--max-connections", absl::StrCat(most)});
    {
      std::vector<RawConnection> connections;
      const size_t kept = Fill(connections, wanted, most);
      EXPECT_EQ(kept, std::min(wanted, most));
      const grpc::Status status = Call();
      EXPECT_EQ(status.error_code(), wanted < most ? grpc::StatusCode::OK : grpc::StatusCode::UNAVAILABLE)
          << status.error_message();
      absl::StrAppend(&seen, "bound ", most, ": ", kept, " served, ", wanted - kept, " refused, peak ",
                      Megabytes(server_->PeakResidentBytes()), "; ");
      EXPECT_LT(server_->PeakResidentBytes(), kGiB);
    }
    storage::WaitUntil([&] { return Call().ok(); }, "a place for another connection");
    EXPECT_TRUE(server_->Runs());
  }
  Saw(18, absl::StrCat(wanted, " connections"), seen);
}

TEST_F(ListenerTest, Fault19_DescriptorsExhaustedAndFreeAgain) {
  Serve({}, [] {
    const rlimit few = {.rlim_cur = 256, .rlim_max = 256};
    setrlimit(RLIMIT_NOFILE, &few);
  });
  Sender before(OwnConnection(server_->address()));
  ASSERT_TRUE(before.Open(1, "before").ok());
  before.Begin();
  size_t kept = 0;
  {
    std::vector<RawConnection> connections;
    kept = Fill(connections, 600, 255);
    EXPECT_LT(kept, 256u);
    // Who is in is served, and the store has the descriptors that it needs.
    ASSERT_TRUE(before.Send(10));
    ASSERT_TRUE(before.Receive());
    EXPECT_EQ(Call().error_code(), grpc::StatusCode::UNAVAILABLE);
  }
  const absl::Time freed = absl::Now();
  grpc::Status status = Call();
  while (!status.ok() && absl::Now() < freed + absl::Seconds(5)) status = Call();
  EXPECT_TRUE(status.ok()) << status.error_message();
  before.HalfClose();
  EXPECT_TRUE(before.End().ok());
  EXPECT_TRUE(before.Seal().ok());
  Saw(19, "ulimit -n 256 and 600 idle connections, then none",
      absl::StrCat(kept, " kept, the rest refused; a stream of before goes on; new calls ",
                   absl::FormatDuration(absl::Trunc(absl::Now() - freed, absl::Milliseconds(10))), " later"));
}

}  // namespace
}  // namespace sandglass::faults
