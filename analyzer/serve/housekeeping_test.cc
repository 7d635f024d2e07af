#include "analyzer/serve/housekeeping.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "analyzer/serve/server_fixture.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/ingest_service.grpc.pb.h"
#include "storage/backup.h"
#include "storage/wait_until.h"

namespace sandglass::serve {
namespace {

class HousekeepingTest : public ServerFixture {
 protected:
  void SetUp() override {
    ServerFixture::SetUp();
    std::string folder = absl::StrCat(::testing::TempDir(), "/housekeeping_XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    backups_ = folder + "/backups";
  }

  HousekeepingOptions WithBackups() const {
    HousekeepingOptions options;
    options.backups = backups_;
    options.backup_every = absl::Hours(2);
    options.backups_kept = 1;
    return options;
  }

  std::unique_ptr<Housekeeping> Start(const HousekeepingOptions& options) {
    return std::make_unique<Housekeeping>(
        *store_, *server_, options, [this](const Chore& chore) { said_.push_back(chore); },
        Clocks{.wall = [this] { return wall_; }, .steady = [this] { return steady_; }});
  }

  // Both clocks go on.
  void Pass(absl::Duration time) {
    wall_ += time;
    steady_ += time;
  }

  // What it says when it looks, and a backup that it began is through.
  std::vector<std::string> Tick(Housekeeping& housekeeping) {
    said_.clear();
    housekeeping.Tick();
    storage::WaitUntil([&] { return !housekeeping.backing_up(); }, "the backup to end");
    std::vector<std::string> messages;
    for (const Chore& chore : said_) messages.push_back(chore.message);
    return messages;
  }

  // What it says `after` the beginning, when it said nothing at the beginning.
  std::vector<std::string> KeepHouse(const HousekeepingOptions& options, absl::Duration after) {
    const auto housekeeping = Start(options);
    EXPECT_TRUE(Tick(*housekeeping).empty());
    Pass(after);
    const std::vector<std::string> said = Tick(*housekeeping);
    // A second look at the same moment finds nothing due.
    EXPECT_TRUE(Tick(*housekeeping).empty());
    return said;
  }

  size_t Sealed() const { return store_->ListSealed(storage::kDefaultTenant)->size(); }

  std::string backups_;
  absl::Time wall_ = absl::Now();
  absl::Duration steady_ = absl::Hours(7);
  std::vector<Chore> said_;
};

TEST_F(HousekeepingTest, NothingGoesUnlessItIsAskedFor) {
  EXPECT_TRUE(KeepHouse({}, absl::Hours(24 * 365)).empty());
  EXPECT_EQ(Sealed(), 2u);
}

TEST_F(HousekeepingTest, TracesThatAreTooOldAreRemovedAndNamed) {
  HousekeepingOptions options;
  options.retention.age = absl::Hours(24);
  EXPECT_TRUE(KeepHouse(options, absl::Hours(23)).empty());
  EXPECT_EQ(Sealed(), 2u);
  const auto housekeeping = Start(options);
  Pass(absl::Hours(2));
  ASSERT_EQ(Tick(*housekeeping).size(), 2u);
  EXPECT_TRUE(absl::StrContains(said_[0].message, "was removed: sealed")) << said_[0].message;
  EXPECT_TRUE(absl::StrContains(said_[0].message, said_[0].trace_id)) << said_[0].message;
  EXPECT_EQ(said_[0].trace_name, "one");
  EXPECT_EQ(said_[1].trace_name, "two");
  EXPECT_FALSE(said_[0].warning);
  EXPECT_EQ(Sealed(), 0u);
}

TEST_F(HousekeepingTest, AWallClockThatIsSetMakesNoTraceOld) {
  HousekeepingOptions options;
  options.retention.age = absl::Hours(24);
  {
    // It jumps while the server runs.
    const auto housekeeping = Start(options);
    wall_ += absl::Hours(24 * 365);
    steady_ += absl::Hours(1);
    EXPECT_TRUE(Tick(*housekeeping).empty());
  }
  {
    // It was wrong at the start, and is put right.
    const auto housekeeping = Start(options);
    wall_ -= absl::Hours(24 * 365 - 1);
    steady_ += absl::Hours(1);
    EXPECT_TRUE(Tick(*housekeeping).empty());
  }
  EXPECT_EQ(Sealed(), 2u);
}

TEST_F(HousekeepingTest, TheFirstBackupIsMadeAtOnce) {
  const auto housekeeping = Start(WithBackups());
  const std::vector<std::string> said = Tick(*housekeeping);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(absl::StrContains(said[0], "backup 1 of 2 traces is in ")) << said[0];
  EXPECT_TRUE(Tick(*housekeeping).empty());
}

TEST_F(HousekeepingTest, BackupsAreMadeWhenTheyAreDue) {
  EXPECT_EQ(Tick(*Start(WithBackups())).size(), 1u);
  EXPECT_TRUE(KeepHouse(WithBackups(), absl::Hours(1)).empty());
  for (uint32_t number : {2u, 3u}) {
    wall_ = absl::Now();
    const std::vector<std::string> said = KeepHouse(WithBackups(), absl::Hours(3));
    ASSERT_EQ(said.size(), 1u);
    EXPECT_TRUE(absl::StrContains(said[0], absl::StrCat("backup ", number, " of 2 traces"))) << said[0];
    const auto list = storage::ListBackups(backups_);
    ASSERT_TRUE(list.ok()) << list.status();
    ASSERT_EQ(list->backups.size(), 1u);
    EXPECT_EQ(list->backups[0].number, number);
  }
}

TEST_F(HousekeepingTest, ABackupOfAServerThatRanBeforeCounts) {
  EXPECT_EQ(Tick(*Start(WithBackups())).size(), 1u);
  // It is an hour and a half old at the start.
  Pass(absl::Minutes(90));
  const auto housekeeping = Start(WithBackups());
  EXPECT_TRUE(Tick(*housekeeping).empty());
  Pass(absl::Minutes(29));
  EXPECT_TRUE(Tick(*housekeeping).empty());
  Pass(absl::Minutes(2));
  EXPECT_EQ(Tick(*housekeeping).size(), 1u);
}

TEST_F(HousekeepingTest, ABackupThatFailsIsTriedAgainSoon) {
  HousekeepingOptions options = WithBackups();
  options.backups = "/proc/none";
  const auto housekeeping = Start(options);
  const std::vector<std::string> said = Tick(*housekeeping);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(absl::StrContains(said[0], "no backup was made: ")) << said[0];
  EXPECT_TRUE(said_[0].warning);
  EXPECT_TRUE(Tick(*housekeeping).empty());
  Pass(absl::Minutes(11));
  EXPECT_EQ(Tick(*housekeeping).size(), 1u);
}

TEST_F(HousekeepingTest, AfterStopNothingIsDone) {
  const auto housekeeping = Start(WithBackups());
  housekeeping->Stop();
  EXPECT_TRUE(Tick(*housekeeping).empty());
  EXPECT_FALSE(storage::ListBackups(backups_).ok());
}

TEST_F(HousekeepingTest, TracesThatNobodyWritesToAreEndedAndNamed) {
  const auto stub =
      v1::IngestService::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  v1::OpenRequest open;
  open.set_client_key("00000000-0000-4000-8000-00000000abcd");
  open.set_schema_version(1);
  *open.mutable_header() = analysis::TinyTraining("silent", 1).header;
  grpc::ClientContext open_context;
  v1::OpenResponse opened;
  ASSERT_TRUE(stub->Open(&open_context, open, &opened).ok());
  HousekeepingOptions options;
  options.expire_after = absl::ZeroDuration();
  EXPECT_TRUE(KeepHouse(options, absl::Hours(1)).empty());
  // Silence is counted by the ingest's own clock.
  options.expire_after = absl::Nanoseconds(1);
  const std::vector<std::string> said = KeepHouse(options, absl::Minutes(1));
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(absl::StrContains(said[0], absl::StrCat("trace ", opened.trace_id(), " has expired"))) << said[0];
  v1::GetStatusRequest request;
  request.set_trace_id(opened.trace_id());
  grpc::ClientContext status_context;
  v1::GetStatusResponse status;
  ASSERT_TRUE(stub->GetStatus(&status_context, request, &status).ok());
  EXPECT_EQ(status.state(), v1::TRACE_STATE_EXPIRED);
}

// A server over a store that is only open to be read takes no traces, as one with a full disk.
TEST_F(HousekeepingTest, AStoreThatTakesNoTracesIsToldAndShown) {
  const std::string folder = store_->directory();
  EXPECT_TRUE(Tick(*Start({})).empty());
  EXPECT_TRUE(server_->ingest_serving());
  // One whose disk is never empty enough.
  remote_.reset();
  server_.reset();
  engine_.reset();
  store_.reset();
  auto store = storage::TraceStore::Open(folder, {.min_free_bytes = SIZE_MAX / 2});
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
  auto server = Server::Start(*store_, *catalog_, {});
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  const auto housekeeping = Start({});
  const std::vector<std::string> said = Tick(*housekeeping);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(absl::StrContains(said[0], "the store takes no traces: ")) << said[0];
  EXPECT_TRUE(said_[0].warning);
  EXPECT_FALSE(server_->ingest_serving());
  // Told once.
  EXPECT_TRUE(Tick(*housekeeping).empty());
}

}  // namespace
}  // namespace sandglass::serve
