#include "analyzer/serve/housekeeping.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "analyzer/serve/server_fixture.h"
#include "gtest/gtest.h"
#include "storage/backup.h"
#include "storage/wait_until.h"

namespace sandglass::serve {
namespace {

class HousekeepingTest : public ServerFixture {
 protected:
  // Keeps house at `after` the beginning; what it said.
  std::vector<std::string> KeepHouse(const HousekeepingOptions& options, absl::Duration after) {
    std::vector<std::string> said;
    absl::Time now = absl::Now();
    Housekeeping housekeeping(
        *store_, *server_, options, [&](const std::string& what) { said.push_back(what); }, [&] { return now; });
    housekeeping.Tick();
    EXPECT_TRUE(said.empty());
    now += after;
    housekeeping.Tick();
    // A second look at the same moment finds nothing due.
    housekeeping.Tick();
    storage::WaitUntil([&] { return !housekeeping.backing_up(); }, "the backup to end");
    return said;
  }

  size_t Sealed() const { return store_->ListSealed(storage::kDefaultTenant)->size(); }
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
  const std::vector<std::string> said = KeepHouse(options, absl::Hours(25));
  ASSERT_EQ(said.size(), 2u);
  EXPECT_TRUE(absl::StrContains(said[0], "was removed: sealed")) << said[0];
  EXPECT_EQ(Sealed(), 0u);
}

TEST_F(HousekeepingTest, BackupsAreMadeWhenTheyAreDue) {
  const std::string backups = ::testing::TempDir() + "/backups";
  HousekeepingOptions options;
  options.backups = backups;
  options.backup_every = absl::Hours(2);
  options.backups_kept = 1;
  EXPECT_TRUE(KeepHouse(options, absl::Hours(1)).empty());
  for (uint32_t number : {1u, 2u}) {
    const std::vector<std::string> said = KeepHouse(options, absl::Hours(3));
    ASSERT_EQ(said.size(), 1u);
    EXPECT_TRUE(absl::StrContains(said[0], absl::StrCat("backup ", number, " of 2 traces"))) << said[0];
    const auto list = storage::ListBackups(backups);
    ASSERT_TRUE(list.ok()) << list.status();
    ASSERT_EQ(list->backups.size(), 1u);
    EXPECT_EQ(list->backups[0].number, number);
  }
}

}  // namespace
}  // namespace sandglass::serve
