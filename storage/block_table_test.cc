// Blocks that go past the log: what is there afterwards, and what a death or a full disk on the way leaves.
#include "storage/block_table.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/trace_id.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "storage/backup.h"
#include "storage/database.h"
#include "storage/fault_hooks.h"
#include "storage/file_marks.h"
#include "storage/ingest_fixture.h"
#include "storage/inventory.h"
#include "storage/key.h"
#include "storage/mend.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kChunkOperators = 150;
constexpr int kChunks = 60;

// What the hook below sees and does.
std::string hooked_folder;
std::string snapshots;
std::vector<std::string> passed;
uint64_t manifest_bytes = 0;

// Keeps what a process that dies at a point of a table would leave.
void Pass(const char* point) {
  if (!absl::StartsWith(point, "bulk-")) return;
  passed.push_back(point);
  FileMarks marks;
  EXPECT_TRUE(MarkManifest(hooked_folder, marks).ok());
  manifest_bytes = marks.manifest_bytes;
  if (!snapshots.empty()) fs::copy(hooked_folder, absl::StrCat(snapshots, "/", point));
}

class BlockTableTest : public IngestTest {
 protected:
  BlockTableTest() {
    // Its threads look at the hooks.
    Close();
    passed.clear();
    snapshots.clear();
    hooked_folder = path();
    TheFaultHooks().at = Pass;
    TheFaultHooks().uncompacted = true;
    UseTables(true);
  }
  ~BlockTableTest() override {
    Close();
    TheFaultHooks() = FaultHooks();
  }

  std::string path() const { return folder_.File("store"); }

  void Close() {
    ingest_.reset();
    store_.reset();
  }

  // Opens the store anew, so that the traces of this test are large, or small.
  void UseTables(bool use) {
    store_options_.max_log_bytes = use ? 64 << 10 : 64 << 20;
    Restart();
  }

  std::vector<std::string> LeftTables() const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(path())) {
      const std::string name = entry.path().filename();
      if (absl::StartsWith(name, "bulk-")) names.push_back(name);
    }
    return names;
  }

  static std::string BytesOf(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(stream), {}};
  }

  std::vector<fs::path> TablesWith(const std::string& block) const {
    std::vector<fs::path> tables;
    for (const fs::directory_entry& entry : fs::directory_iterator(path())) {
      if (entry.path().extension() != ".sst") continue;
      if (absl::StrContains(BytesOf(entry.path()), block)) tables.push_back(entry.path());
    }
    return tables;
  }

  // A trace of which each seal packs all blocks, up to its seal.
  v1::OpenResponse Send(uint64_t client, Chunker& chunker, int chunks) {
    v1::OpenResponse open = Open(SampleOpen(client, "large"));
    const auto trace = Attach(open);
    for (int i = 0; i < chunks; ++i) {
      const auto response = Append(trace, chunker.NextSample(kChunkOperators, kColumns));
      EXPECT_TRUE(response.ok()) << response.status();
    }
    return open;
  }

  v1::TraceManifest CollectLarge(uint64_t client, int chunks = kChunks) {
    Chunker chunker;
    const v1::OpenResponse open = Send(client, chunker, chunks);
    const auto sealed = ingest_->Seal(kDefaultTenant, SampleSeal(open, chunker));
    EXPECT_TRUE(sealed.ok()) << sealed.status();
    return sealed.ok() ? sealed->manifest() : v1::TraceManifest();
  }

  void ExpectWhole(const v1::TraceManifest& manifest) {
    const absl::Status verified = store_->Verify(kDefaultTenant, manifest.trace_id());
    EXPECT_TRUE(verified.ok()) << verified;
    EXPECT_EQ(manifest.operators() % kChunkOperators, 0u);
    ExpectSample(ReadBack(manifest.trace_id()), manifest.operators());
  }

  // The packed blocks, without what goes by the trace's id.
  std::vector<std::string> Blocks(const std::string& trace) const {
    constexpr size_t kFrame = 29;
    std::vector<std::string> blocks;
    const std::string prefix = StreamPrefix(kDefaultTenant, *ParseTraceId(trace), Stream::kPackedBlocks);
    const absl::Status status =
        store_->database().Scan(Family::kBlocks, prefix, PrefixEnd(prefix),
                                [&](absl::string_view, absl::string_view value) -> absl::StatusOr<bool> {
                                  blocks.emplace_back(value.substr(kFrame));
                                  return true;
                                });
    EXPECT_TRUE(status.ok()) << status;
    return blocks;
  }
};

std::string KeyOf(uint32_t block) { return EncodeKey({kDefaultTenant, {}, Stream::kPackedBlocks, block}); }

TEST_F(BlockTableTest, IsThereAllAtOnce) {
  Database& database = store_->database();
  {
    auto table = database.BeginTable();
    ASSERT_TRUE(table.ok()) << table.status();
    for (uint32_t i = 0; i < 3; ++i) ASSERT_TRUE((*table)->Add(KeyOf(i), absl::StrCat("block ", i)).ok());
    EXPECT_EQ(*database.Get(Family::kBlocks, KeyOf(0)), std::nullopt);
    snapshots = folder_.path();
    const absl::Status taken = (*table)->TakeIn();
    ASSERT_TRUE(taken.ok()) << taken;
    snapshots.clear();
  }
  EXPECT_EQ(LeftTables(), std::vector<std::string>());
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(*database.Get(Family::kBlocks, KeyOf(i)), absl::StrCat("block ", i));
  // Nothing was written behind it, and it has not been closed.
  const auto copy = TraceStore::Open(folder_.File("bulk-taken"), {});
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(*(*copy)->database().Get(Family::kBlocks, KeyOf(2)), "block 2");
}

TEST_F(BlockTableTest, WhatIsNotTakenInIsGone) {
  {
    auto table = store_->database().BeginTable();
    ASSERT_TRUE(table.ok()) << table.status();
    ASSERT_TRUE((*table)->Add(KeyOf(0), "block").ok());
    EXPECT_EQ(LeftTables().size(), 1u);
  }
  EXPECT_EQ(LeftTables(), std::vector<std::string>());
  EXPECT_TRUE(store_->CheckWritable().ok());
}

TEST_F(BlockTableTest, AReaderBeginsNone) {
  StoreOptions options;
  options.read_only = true;
  const auto reader = TraceStore::Open(path(), options);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ExpectError((*reader)->database().BeginTable().status(), absl::StatusCode::kFailedPrecondition, "read-only");
}

TEST_F(BlockTableTest, WhatADeadProcessLeftGoesWhenTheStoreIsOpenedForWriting) {
  const v1::TraceManifest manifest = CollectLarge(1);
  Close();
  std::ofstream(path() + "/bulk-7.tmp") << "half a table";
  StoreOptions options;
  options.read_only = true;
  ASSERT_TRUE(TraceStore::Open(path(), options).ok());
  const auto mended = Mend(path(), {});
  ASSERT_TRUE(mended.ok()) << mended.status();
  EXPECT_TRUE(mended->files.empty());
  EXPECT_EQ(LeftTables().size(), 1u);
  Restart();
  EXPECT_EQ(LeftTables(), std::vector<std::string>());
  ExpectWhole(manifest);
}

TEST_F(BlockTableTest, ASealMakesTheSameOfATraceEitherWay) {
  const v1::TraceManifest by_table = CollectLarge(1);
  EXPECT_EQ(passed, (std::vector<std::string>{"bulk-written", "bulk-taken"}));
  EXPECT_EQ(LeftTables(), std::vector<std::string>());
  passed.clear();
  UseTables(false);
  const v1::TraceManifest by_log = CollectLarge(2);
  EXPECT_EQ(passed, std::vector<std::string>());
  EXPECT_EQ(by_table.content_digest(), by_log.content_digest());
  EXPECT_EQ(by_table.stored_bytes(), by_log.stored_bytes());
  EXPECT_EQ(Blocks(by_table.trace_id()), Blocks(by_log.trace_id()));
  for (int life = 0; life < 2; ++life) {
    ExpectWhole(by_table);
    ExpectWhole(by_log);
    Restart();
  }
}

TEST_F(BlockTableTest, TheSealNotesTheManifestThatNamesTheTable) {
  CollectLarge(1);
  ASSERT_EQ(passed.size(), 2u);
  EXPECT_GE(store_->inventory()->Contents().files.manifest_bytes, manifest_bytes);
}

TEST_F(BlockTableTest, ADeathOnTheWayLeavesTheTraceOpen) {
  const v1::TraceManifest whole = CollectLarge(1, kChunks + 30);
  Chunker sent;
  const v1::OpenResponse first = Send(2, sent, kChunks);
  snapshots = folder_.File("deaths");
  fs::create_directory(snapshots);
  ASSERT_TRUE(ingest_->Seal(kDefaultTenant, SampleSeal(first, sent)).ok());
  const std::string deaths = std::exchange(snapshots, "");
  for (const char* point : {"bulk-written", "bulk-taken"}) {
    Close();
    fs::remove_all(path());
    fs::rename(absl::StrCat(deaths, "/", point), path());
    EXPECT_EQ(LeftTables().empty(), std::string(point) == "bulk-taken");
    Restart();
    EXPECT_EQ(LeftTables(), std::vector<std::string>()) << point;
    EXPECT_EQ(Blocks(first.trace_id()).empty(), std::string(point) == "bulk-written");
    // Its client goes on, and seals more than the first time.
    Chunker chunker = sent;
    const v1::OpenResponse again = Open(SampleOpen(2, "large"));
    ASSERT_EQ(again.next_seq(), chunker.seq() + 1) << point;
    const auto trace = Attach(again);
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(Append(trace, chunker.NextSample(kChunkOperators, kColumns)).ok());
    const auto sealed = ingest_->Seal(kDefaultTenant, SampleSeal(again, chunker));
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    EXPECT_EQ(sealed->manifest().content_digest(), whole.content_digest());
    Restart();
    ExpectWhole(sealed->manifest());
    ExpectWhole(whole);
    EXPECT_EQ(Blocks(first.trace_id()), Blocks(whole.trace_id())) << point;
  }
}

TEST_F(BlockTableTest, ASealRemovesWhatAnotherLeft) {
  const v1::TraceManifest whole = CollectLarge(1);
  for (const bool use : {true, false}) {
    UseTables(use);
    passed.clear();
    Chunker chunker;
    const v1::OpenResponse open = Send(2 + use, chunker, kChunks);
    // Some of another program's, of which each block held less.
    for (const uint32_t block : {0, 1, 100}) {
      const std::string key = EncodeKey({kDefaultTenant, *ParseTraceId(open.trace_id()), Stream::kPackedBlocks, block});
      ASSERT_TRUE(store_->database().Write({Change::Put(Family::kBlocks, key, "left")}, false).ok());
    }
    const auto sealed = ingest_->Seal(kDefaultTenant, SampleSeal(open, chunker));
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    EXPECT_EQ(passed.empty(), !use);
    EXPECT_EQ(sealed->manifest().content_digest(), whole.content_digest());
    ExpectWhole(sealed->manifest());
    EXPECT_EQ(Blocks(open.trace_id()), Blocks(whole.trace_id()));
  }
}

TEST_F(BlockTableTest, ARemovedTracesTableGoes) {
  const v1::TraceManifest before = CollectLarge(1);
  const v1::TraceManifest gone = CollectLarge(2);
  const v1::TraceManifest after = CollectLarge(3);
  const std::string block = Blocks(gone.trace_id())[0];
  const size_t tables = TablesWith(block).size();
  ASSERT_TRUE(store_->Delete(kDefaultTenant, gone.trace_id()).ok());
  const absl::Status reclaimed = store_->Reclaim();
  ASSERT_TRUE(reclaimed.ok()) << reclaimed;
  EXPECT_EQ(TablesWith(block).size(), tables - 1);
  EXPECT_TRUE(Blocks(gone.trace_id()).empty());
  ExpectWhole(before);
  ExpectWhole(after);
}

TEST_F(BlockTableTest, BackupsAndMendsKnowIt) {
  const v1::TraceManifest manifest = CollectLarge(1);
  const std::string block = Blocks(manifest.trace_id())[0];
  const std::string backups = folder_.File("backups");
  ASSERT_TRUE(CreateBackup(*store_, backups, [] { return true; }).ok());
  Close();
  const auto restored = RestoreBackup(backups, 0, folder_.File("restored"), [](size_t, size_t) { return true; });
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_TRUE(restored->sound());
  const std::vector<fs::path> tables = TablesWith(block);
  ASSERT_EQ(tables.size(), 1u);
  const fs::path& damaged = tables[0];
  std::string bytes = BytesOf(damaged);
  bytes[bytes.find(block) + block.size() / 2] ^= 1;
  std::ofstream(damaged, std::ios::binary | std::ios::trunc) << bytes;
  const auto mended = Mend(path(), {.backups = backups});
  ASSERT_TRUE(mended.ok()) << mended.status();
  ASSERT_EQ(mended->files.size(), 1u);
  EXPECT_EQ(mended->files[0].name, damaged.filename());
  EXPECT_EQ(mended->files[0].what, "does not have its checksum");
  EXPECT_EQ(mended->files[0].state, DamagedFile::State::kRestored);
  Restart();
  ExpectWhole(manifest);
}

// A disk that has no room for tables that are written beside the database, as long as it is told so.
class FullForTables final : public rocksdb::FileSystemWrapper {
 public:
  // At which step it is full; empty: not at all.
  static inline std::string full_at;

  FullForTables() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FullForTables"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (IsFull("create", path)) return NoRoom();
    rocksdb::IOStatus status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (status.ok() && IsFull("append", path)) *file = std::make_unique<FullFile>(std::move(*file));
    return status;
  }

  rocksdb::IOStatus LinkFile(const std::string& path, const std::string& name, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
    if (IsFull("link", path)) return NoRoom();
    return FileSystemWrapper::LinkFile(path, name, options, debug);
  }

 private:
  class FullFile final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;
    rocksdb::IOStatus Append(const rocksdb::Slice&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      return NoRoom();
    }
    rocksdb::IOStatus Append(const rocksdb::Slice&, const rocksdb::IOOptions&, const rocksdb::DataVerificationInfo&,
                             rocksdb::IODebugContext*) override {
      return NoRoom();
    }
  };

  static bool IsFull(const std::string& step, const std::string& path) {
    // In this order: the files of other threads are no tables of ours.
    return absl::StrContains(path, "/bulk-") && step == full_at;
  }
  static rocksdb::IOStatus NoRoom() { return rocksdb::IOStatus::NoSpace(); }
};

TEST_F(BlockTableTest, AFullDiskLeavesTheTraceOpenAndTheStoreToRecover) {
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(std::make_shared<FullForTables>());
  Close();
  TheFaultHooks().env = env.get();
  Restart();
  uint64_t client = 0;
  const v1::TraceManifest whole = CollectLarge(++client);
  for (const char* step : {"create", "append", "link"}) {
    Chunker chunker;
    const v1::OpenResponse open = Send(++client, chunker, kChunks);
    FullForTables::full_at = step;
    const absl::Status full = ingest_->Seal(kDefaultTenant, SampleSeal(open, chunker)).status();
    FullForTables::full_at.clear();
    ExpectError(full, absl::StatusCode::kResourceExhausted, "free space on its disk");
    EXPECT_EQ(LeftTables(), std::vector<std::string>()) << step;
    ExpectError(store_->CheckWritable(), absl::StatusCode::kResourceExhausted, "free space on its disk");
    ExpectWhole(whole);
    v1::GetStatusRequest request;
    request.set_trace_id(open.trace_id());
    EXPECT_EQ(ingest_->GetStatus(kDefaultTenant, request)->state(), v1::TRACE_STATE_OPEN) << step;
    // A store is opened anew at most once a second.
    auto sealed = ingest_->Seal(kDefaultTenant, SampleSeal(open, chunker));
    for (int i = 0; i < 100 && absl::IsResourceExhausted(sealed.status()); ++i) {
      absl::SleepFor(absl::Milliseconds(50));
      sealed = ingest_->Seal(kDefaultTenant, SampleSeal(open, chunker));
    }
    ASSERT_TRUE(sealed.ok()) << step << ": " << sealed.status();
    EXPECT_EQ(sealed->manifest().content_digest(), whole.content_digest());
    ExpectWhole(sealed->manifest());
  }
  Close();
}

}  // namespace
}  // namespace sandglass::storage
