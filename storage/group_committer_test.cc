#include "storage/group_committer.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "storage/sample_trace.h"

namespace sandglass::storage {
namespace {

Change PutOf(const std::string& key) { return Change::Put(Family::kReports, key, "value"); }

TEST(GroupCommitter, EverythingIsThereWhenItIsSaidToBe) {
  TemporaryFolder folder;
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(folder.File("s"), {});
  ASSERT_TRUE(database.ok());
  // A tiny limit, so that batches are cut too.
  GroupCommitter committer(**database, 64);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string key = std::to_string(t) + "/" + std::to_string(i);
        EXPECT_TRUE(committer.Commit({PutOf(key)}).ok());
        EXPECT_TRUE((*database)->Get(Family::kReports, key)->has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(committer.pending_bytes(), 0u);
}

TEST(GroupCommitter, CallbacksComeInOrder) {
  TemporaryFolder folder;
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(folder.File("s"), {});
  ASSERT_TRUE(database.ok());
  std::vector<int> order;
  {
    GroupCommitter committer(**database);
    const auto lane = std::make_shared<GroupCommitter::Lane>();
    for (int i = 0; i < 100; ++i) {
      committer.Submit(lane, {PutOf(std::to_string(i))}, [&order, i](const absl::Status& status) {
        EXPECT_TRUE(status.ok());
        order.push_back(i);
      });
    }
  }
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

// A store that is open read-only refuses every write, as a disk does that failed.
TEST(GroupCommitter, NothingFollowsAFailureInItsLane) {
  TemporaryFolder folder;
  ASSERT_TRUE(Database::Open(folder.File("s"), {}).ok());
  StoreOptions read_only;
  read_only.read_only = true;
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(folder.File("s"), read_only);
  ASSERT_TRUE(database.ok()) << database.status();
  int failed = 0;
  {
    GroupCommitter committer(**database);
    const auto lane = std::make_shared<GroupCommitter::Lane>();
    for (int i = 0; i < 3; ++i) {
      committer.Submit(lane, {PutOf("a")}, [&failed](const absl::Status& status) { failed += !status.ok(); });
    }
  }
  EXPECT_EQ(failed, 3);
}

}  // namespace
}  // namespace sandglass::storage
