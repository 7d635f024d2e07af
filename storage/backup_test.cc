#include "storage/backup.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "storage/database.h"
#include "storage/fault_hooks.h"
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
  ASSERT_EQ(list->backups.size(), 2u);
  EXPECT_EQ(list->backups[0].traces, 1u);
  EXPECT_EQ(list->backups[1].traces, 2u);
  uint64_t on_disk = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(backups() + "/shared_checksum")) {
    on_disk += entry.file_size();
  }
  EXPECT_LT(on_disk, list->backups[0].bytes + list->backups[1].bytes);
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
  ASSERT_EQ(list->backups.size(), 1u);
  EXPECT_EQ(list->backups[0].number, 3u);
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
  // It asks only after some bytes.
  ASSERT_TRUE(store_->database().Write({Change::Put(Family::kReports, "large", std::string(2 << 20, 'x'))}, true).ok());
  int asked = 0;
  const auto stopped = CreateBackup(*store_, backups(), [&asked] { return ++asked < 3; });
  EXPECT_GE(asked, 3);
  EXPECT_EQ(stopped.status().code(), absl::StatusCode::kCancelled) << stopped.status();
  EXPECT_EQ(CreateBackup(*store_, backups(), [] { return false; }).status().code(), absl::StatusCode::kCancelled);
  const auto list = ListBackups(backups());
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->backups.size(), 1u);
  BackUp();
  const auto health = RestoreBackup(backups(), 0, restored(), GoOn);
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(health->traces.size(), 2u);
}

TEST_F(BackupTest, OneThatIsUnsoundDoesNotHideTheOthers) {
  Collect(1, "first", {{100, kColumns}});
  for (int i = 0; i < 4; ++i) BackUp();
  // One of another program, one whose description is damaged, one whose inventory is; and a file that is none of it.
  std::string bytes;
  {
    std::ostringstream text;
    text << std::ifstream(backups() + "/meta/2").rdbuf();
    bytes = text.str();
  }
  const size_t at = bytes.find("metadata ");
  ASSERT_NE(at, std::string::npos);
  bytes.erase(at, bytes.find('\n', at) + 1 - at);
  std::ofstream(backups() + "/meta/2", std::ios::trunc) << bytes;
  std::ofstream(backups() + "/meta/3", std::ios::trunc) << "garbage";
  std::ofstream(backups() + "/meta/notes") << "mine";
  const auto list = ListBackups(backups());
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->backups.size(), 2u);
  EXPECT_EQ(list->backups[1].number, 4u);
  ASSERT_EQ(list->unsound.size(), 2u);
  EXPECT_EQ(list->unsound[0].find("backup 2: backup 2 of "), 0u) << list->unsound[0];
  EXPECT_EQ(list->unsound[1].find("backup 3: its description is damaged"), 0u) << list->unsound[1];
  ExpectError(RestoreBackup(backups(), 2, restored(), GoOn).status(), absl::StatusCode::kFailedPrecondition,
              "was not made by Sandglass");
  EXPECT_TRUE(RestoreBackup(backups(), 0, restored(), GoOn).ok());
  // To add one takes nothing away from them.
  BackUp();
  EXPECT_EQ(std::distance(fs::directory_iterator(backups() + "/inventories"), fs::directory_iterator()), 5);
}

TEST_F(BackupTest, TheNameOfItsDirectoryMayEndInASlash) {
  Collect(1, "first", {{100, kColumns}});
  BackUp();
  for (const std::string& to : {restored() + "/", folder_.File("empty") + "//", folder_.File("x") + "/../dots/."}) {
    if (to.find("empty") != std::string::npos) fs::create_directory(to);
    const auto health = RestoreBackup(backups() + "/", 0, to, GoOn);
    ASSERT_TRUE(health.ok()) << health.status();
  }
  for (const std::string& at : {restored(), folder_.File("empty"), folder_.File("dots")}) {
    EXPECT_TRUE(fs::exists(at + "/CURRENT")) << at;
    EXPECT_FALSE(fs::exists(at + ".restoring"));
    EXPECT_FALSE(fs::exists(at + "/.restoring"));
  }
}

// The file is being written meanwhile, and what is read of it then may be anything.
TEST_F(BackupTest, WhatWasAcknowledgedIsNotReadFromTheFile) {
  Collect(1, "first", {{100, kColumns}});
  std::ofstream(folder_.File("store/INVENTORY"), std::ios::trunc) << "half of";
  EXPECT_EQ(BackUp().traces, 1u);
  EXPECT_TRUE(RestoreBackup(backups(), 0, restored(), GoOn).ok());
}

// A file system on which no backup has room.
class FullForBackups final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "FullForBackups"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (path.find("/backups/") != std::string::npos) return rocksdb::IOStatus::NoSpace("no room for it");
    return FileSystemWrapper::NewWritableFile(path, options, file, debug);
  }
};

TEST_F(BackupTest, ADiskThatIsFullIsSaidToBe) {
  Collect(1, "first", {{100, kColumns}});
  const std::unique_ptr<rocksdb::Env> full =
      rocksdb::NewCompositeEnv(std::make_shared<FullForBackups>(rocksdb::FileSystem::Default()));
  TheFaultHooks().env = full.get();
  const auto made = CreateBackup(*store_, backups(), [] { return true; });
  TheFaultHooks().env = nullptr;
  ExpectError(made.status(), absl::StatusCode::kResourceExhausted, "free space on its disk");
  EXPECT_EQ(BackUp().traces, 1u);
}

TEST_F(BackupTest, AReaderMakesNone) {
  Collect(1, "first", {{100, kColumns}});
  StoreOptions options;
  options.read_only = true;
  const auto reader = TraceStore::Open(folder_.File("store"), options);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ExpectError(CreateBackup(**reader, backups(), [] { return true; }).status(), absl::StatusCode::kFailedPrecondition,
              "open to be read only");
}

TEST_F(BackupTest, NothingIsOverwritten) {
  Collect(1, "first", {{100, kColumns}});
  BackUp();
  ExpectError(RestoreBackup(backups(), 0, folder_.File("store"), GoOn).status(), absl::StatusCode::kFailedPrecondition,
              "holds something");
  ExpectError(ListBackups(folder_.File("nothing")).status(), absl::StatusCode::kNotFound, "no backups at");
  EXPECT_FALSE(fs::exists(folder_.File("nothing")));
}

TEST_F(BackupTest, ACheckpointIsAStoreOfItsOwn) {
  const v1::TraceManifest sealed = Collect(1, "sealed", {{100, kColumns}, {50, kColumns}});
  const v1::TraceManifest removed = Collect(2, "removed", {{10, kColumns}});
  Open(SampleOpen(3, "open"));
  const auto traces = CreateCheckpoint(*store_, restored());
  ASSERT_TRUE(traces.ok()) << traces.status();
  EXPECT_EQ(*traces, 2u);
  size_t tables = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(restored())) {
    if (entry.path().extension() != ".sst") continue;
    ++tables;
    EXPECT_EQ(entry.hard_link_count(), 2u) << entry.path();
  }
  EXPECT_GT(tables, 0u);
  // What happens to the one afterwards does not happen to the other, also where tables are written anew.
  ASSERT_TRUE(store_->Delete(kDefaultTenant, removed.trace_id()).ok());
  ASSERT_TRUE(store_->Reclaim().ok());
  Collect(4, "later", {{10, kColumns}});
  const auto copy = TraceStore::Open(restored(), {});
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ((*copy)->ListSealed(kDefaultTenant)->size(), 2u);
  EXPECT_TRUE((*copy)->Verify(kDefaultTenant, sealed.trace_id()).ok());
  EXPECT_TRUE((*copy)->Verify(kDefaultTenant, removed.trace_id()).ok());
  ASSERT_TRUE((*copy)->Delete(kDefaultTenant, sealed.trace_id()).ok());
  EXPECT_TRUE(store_->Verify(kDefaultTenant, sealed.trace_id()).ok());
  EXPECT_FALSE(fs::exists(restored() + ".linking"));
}

TEST_F(BackupTest, ACheckpointOverwritesNothing) {
  Collect(1, "sealed", {{10, kColumns}});
  fs::create_directory(restored());
  std::ofstream(restored() + "/mine") << "text";
  const auto refused = CreateCheckpoint(*store_, restored());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(fs::exists(restored() + "/mine"));
  // Of a store that somebody else may be writing, none can be made.
  StoreOptions read_only;
  read_only.read_only = true;
  const auto reader = TraceStore::Open(store_->directory(), read_only);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(CreateCheckpoint(**reader, folder_.File("another")).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace sandglass::storage
