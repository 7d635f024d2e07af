#include "storage/backup.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "storage/ingest_fixture.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

bool GoOn(size_t, size_t) { return true; }

class BackupTest : public IngestTest {
 protected:
  std::string backups() const { return folder_.File("backups"); }
  std::string restored() const { return folder_.File("restored"); }

  BackupSummary BackUp() {
    const auto summary = CreateBackup(*store_, backups(), [] { return true; });
    EXPECT_TRUE(summary.ok()) << summary.status();
    return summary.ok() ? *summary : BackupSummary();
  }

  // The largest file of the backups, which holds operators.
  fs::path Largest() const {
    fs::path largest;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(backups())) {
      if (!entry.is_regular_file() || entry.path().extension() != ".sst") continue;
      if (largest.empty() || entry.file_size() > fs::file_size(largest)) largest = entry.path();
    }
    return largest;
  }

  static void Flip(const fs::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(100);
    const char byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(100);
    file.put(byte);
  }
};

TEST_F(BackupTest, ARestoredStoreHasAllThatWasAcknowledged) {
  const v1::TraceManifest sealed = Collect(1, "sealed", {{100, kColumns}, {50, kColumns}});
  const v1::OpenResponse open = Open(SampleOpen(2, "open"));
  Chunker chunker;
  const auto trace = Attach(open);
  ASSERT_TRUE(Append(trace, chunker.NextSample(30, kColumns)).ok());
  const BackupSummary backup = BackUp();
  EXPECT_EQ(backup.number, 1u);
  EXPECT_EQ(backup.traces, 2u);
  EXPECT_EQ(backup.operators, 180u);
  EXPECT_GT(backup.bytes, 0u);
  // What comes later is not in it.
  ASSERT_TRUE(Append(trace, chunker.NextSample(40, kColumns)).ok());
  Collect(3, "later", {{10, kColumns}});

  const auto health = RestoreBackup(backups(), 0, restored(), GoOn);
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_TRUE(health->sound());
  EXPECT_EQ(health->traces.size(), 2u);
  const auto store = TraceStore::Open(restored(), {});
  ASSERT_TRUE(store.ok()) << store.status();
  const auto manifest = (*store)->FindSealed(kDefaultTenant, "sealed");
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->content_digest(), sealed.content_digest());
  EXPECT_TRUE((*store)->Verify(kDefaultTenant, sealed.trace_id()).ok());
  Ingest ingest(**store);
  v1::GetStatusRequest request;
  request.set_trace_id(open.trace_id());
  const auto status = ingest.GetStatus(kDefaultTenant, request);
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->durable_operators(), 30u);
  EXPECT_FALSE(fs::exists(restored() + ".restoring"));
}

TEST_F(BackupTest, BackupsShareWhatDidNotChange) {
  Collect(1, "first", {{4000, kColumns}});
  BackUp();
  Collect(2, "second", {{10, kColumns}});
  const BackupSummary second = BackUp();
  EXPECT_EQ(second.number, 2u);
  const auto list = ListBackups(backups());
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[0].traces, 1u);
  EXPECT_EQ((*list)[1].traces, 2u);
  uint64_t on_disk = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(backups() + "/shared_checksum")) {
    on_disk += entry.file_size();
  }
  EXPECT_LT(on_disk, (*list)[0].bytes + (*list)[1].bytes);
  // Each can be had.
  for (const uint32_t number : {1u, 2u}) {
    const auto health = RestoreBackup(backups(), number, restored() + std::to_string(number), GoOn);
    ASSERT_TRUE(health.ok()) << health.status();
    EXPECT_EQ(health->traces.size(), number);
  }
}

TEST_F(BackupTest, OldOnesGo) {
  Collect(1, "first", {{100, kColumns}});
  for (int i = 0; i < 3; ++i) BackUp();
  ASSERT_TRUE(PurgeBackups(backups(), 1).ok());
  const auto list = ListBackups(backups());
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ((*list)[0].number, 3u);
  EXPECT_EQ(std::distance(fs::directory_iterator(backups() + "/inventories"), fs::directory_iterator()), 1);
  EXPECT_TRUE(VerifyBackup(backups(), 3).ok());
  ExpectError(VerifyBackup(backups(), 1), absl::StatusCode::kNotFound, "no backup 1 in");
}

TEST_F(BackupTest, DamageIsNamed) {
  Collect(1, "first", {{4000, kColumns}});
  BackUp();
  EXPECT_TRUE(VerifyBackup(backups(), 1).ok());
  const fs::path file = Largest();
  Flip(file);
  ExpectError(VerifyBackup(backups(), 1), absl::StatusCode::kDataLoss, file.filename().string());
  const auto health = RestoreBackup(backups(), 1, restored(), GoOn);
  EXPECT_EQ(health.status().code(), absl::StatusCode::kDataLoss) << health.status();
  EXPECT_FALSE(fs::exists(restored()));
}

TEST_F(BackupTest, ABackupWithoutATraceThatWasAcknowledgedIsRefused) {
  const v1::TraceManifest sealed = Collect(1, "first", {{100, kColumns}});
  BackUp();
  // As if RocksDB had left it out: the inventory of a later backup knows more than the first one holds.
  Collect(2, "second", {{100, kColumns}});
  BackUp();
  std::vector<std::string> inventories;
  for (const fs::directory_entry& entry : fs::directory_iterator(backups() + "/inventories")) {
    inventories.push_back(entry.path() / "INVENTORY");
  }
  ASSERT_EQ(inventories.size(), 2u);
  const bool first_is_smaller = fs::file_size(inventories[0]) < fs::file_size(inventories[1]);
  fs::copy_file(inventories[first_is_smaller ? 1 : 0], inventories[first_is_smaller ? 0 : 1],
                fs::copy_options::overwrite_existing);
  const auto health = RestoreBackup(backups(), 1, restored(), GoOn);
  ExpectError(health.status(), absl::StatusCode::kDataLoss, "is missing with 100 operators");
  EXPECT_FALSE(fs::exists(restored()));
}

TEST_F(BackupTest, ItCanBeStopped) {
  Collect(1, "first", {{4000, kColumns}});
  BackUp();
  Collect(2, "second", {{4000, kColumns}});
  const auto stopped = CreateBackup(*store_, backups(), [] { return false; });
  // A backup so small may be done before it asks for the first time.
  if (!stopped.ok()) {
    EXPECT_EQ(stopped.status().code(), absl::StatusCode::kCancelled) << stopped.status();
  }
  BackUp();
  const auto health = RestoreBackup(backups(), 0, restored(), GoOn);
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(health->traces.size(), 2u);
}

TEST_F(BackupTest, NothingIsOverwritten) {
  Collect(1, "first", {{100, kColumns}});
  BackUp();
  ExpectError(RestoreBackup(backups(), 0, folder_.File("store"), GoOn).status(), absl::StatusCode::kFailedPrecondition,
              "holds something");
  ExpectError(ListBackups(folder_.File("nothing")).status(), absl::StatusCode::kNotFound, "no backups at");
  EXPECT_FALSE(fs::exists(folder_.File("nothing")));
}

}  // namespace
}  // namespace sandglass::storage
