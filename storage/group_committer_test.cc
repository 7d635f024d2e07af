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

GroupCommitter::Write WriterOf(Database& database) {
  return [&database](const std::vector<Change>& changes) { return database.Write(changes, true); };
}

TEST(GroupCommitter, EverythingIsThereWhenItIsSaidToBe) {
  TemporaryFolder folder;
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(folder.File("s"), {});
  ASSERT_TRUE(database.ok());
  // A tiny limit, so that batches are cut too.
  GroupCommitter committer(WriterOf(**database), 64);
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
    GroupCommitter committer(WriterOf(**database));
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

// The second write fails, as on a disk that had a mishap; all others succeed.
TEST(GroupCommitter, NothingFollowsAFailureInItsLane) {
  int writes = 0;
  std::vector<std::string> written;
  std::vector<std::string> refused;
  {
    // Each change is a batch of its own.
    GroupCommitter committer(
        [&](const std::vector<Change>& changes) {
          if (++writes == 2) return absl::UnavailableError("mishap");
          for (const Change& change : changes) written.push_back(change.key);
          return absl::OkStatus();
        },
        /*max_batch_bytes=*/1);
    const auto lane = std::make_shared<GroupCommitter::Lane>();
    const auto other = std::make_shared<GroupCommitter::Lane>();
    const auto submit = [&](const std::shared_ptr<GroupCommitter::Lane>& where, const std::string& key) {
      committer.Submit(where, {PutOf(key)}, [&refused, key](const absl::Status& status) {
        if (!status.ok()) refused.push_back(key);
      });
    };
    submit(lane, "a1");
    submit(lane, "a2");
    submit(other, "b1");
    submit(lane, "a3");
    submit(other, "b2");
  }
  EXPECT_EQ(written, (std::vector<std::string>{"a1", "b1", "b2"}));
  EXPECT_EQ(refused, (std::vector<std::string>{"a2", "a3"}));
}

}  // namespace
}  // namespace sandglass::storage
