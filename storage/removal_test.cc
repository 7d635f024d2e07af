// What is removed: which traces may be, what their readers hear, and that the disk has its place back.
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "proto/trace_id.h"
#include "storage/database.h"
#include "storage/fault_hooks.h"
#include "storage/ingest_fixture.h"
#include "storage/key.h"

namespace sandglass::storage {
namespace {

class RemovalTest : public IngestTest {
 protected:
  ~RemovalTest() override { TheFaultHooks().at = nullptr; }

  // Bytes of the store's tables.
  uint64_t TableBytes() const {
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.File("store"))) {
      if (entry.path().extension() == ".sst") bytes += entry.file_size();
    }
    return bytes;
  }

  static size_t KeysOf(TraceStore& store, Family family, const std::string& trace) {
    size_t keys = 0;
    const std::string prefix = TracePrefix(kDefaultTenant, *ParseTraceId(trace));
    const absl::Status status = store.database().Scan(
        family, prefix, PrefixEnd(prefix), [&](absl::string_view, absl::string_view) -> absl::StatusOr<bool> {
          ++keys;
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
    return keys;
  }

  v1::TraceManifest Large(uint64_t client, const std::string& name) {
    return Collect(client, name, std::vector<std::pair<uint32_t, v1::Chunk::Form>>(40, {4000, kColumns}));
  }
};

TEST_F(RemovalTest, AnOpenTraceStays) {
  const v1::OpenResponse open = Open(SampleOpen(1, "open"));
  ExpectError(store_->Delete(kDefaultTenant, open.trace_id()), absl::StatusCode::kFailedPrecondition,
              "is open; it can be removed when it is sealed");
  EXPECT_EQ(Open(SampleOpen(1, "open")).trace_id(), open.trace_id());
}

TEST_F(RemovalTest, AnExpiredTraceGoesByItsId) {
  const v1::OpenResponse open = Open(SampleOpen(1, "silent"));
  now_ns_ += 1000000000;
  ASSERT_EQ(ingest_->ExpireSilent(1)->size(), 1u);
  // Its name is not enough, but leads to the id.
  ExpectError(store_->IdOf(kDefaultTenant, "silent").status(), absl::StatusCode::kFailedPrecondition, open.trace_id());
  EXPECT_EQ(*store_->IdOf(kDefaultTenant, open.trace_id()), open.trace_id());
  const absl::Status removed = store_->Delete(kDefaultTenant, open.trace_id());
  EXPECT_TRUE(removed.ok()) << removed;
  EXPECT_NE(Open(SampleOpen(1, "silent")).trace_id(), open.trace_id());
}

// The trace that the hook below removes.
TraceStore* hooked_store = nullptr;
std::string hooked_trace;

void RemoveWhenItsHeadWasRead(const char* point) {
  if (std::string(point) != "head-read") return;
  TheFaultHooks().at = nullptr;
  const absl::Status removed = hooked_store->Delete(kDefaultTenant, hooked_trace);
  EXPECT_TRUE(removed.ok()) << removed;
}

TEST_F(RemovalTest, WhoReadsMeanwhileHearsThatItIsGone) {
  const auto read_all = [&](const std::string& id) {
    return store_->ReadColumns(kDefaultTenant, id, 20,
                               [](uint64_t, const v1::OperatorColumns&) -> absl::StatusOr<bool> { return true; });
  };
  const std::vector<std::function<absl::Status(const std::string&)>> readers = {
      [&](const std::string& id) { return store_->FindSealed(kDefaultTenant, id).status(); },
      [&](const std::string& id) { return store_->ReadSignatures(kDefaultTenant, id).status(); },
      read_all,
      [&](const std::string& id) { return store_->Verify(kDefaultTenant, id); },
  };
  for (size_t i = 0; i < readers.size(); ++i) {
    hooked_store = store_.get();
    hooked_trace = Collect(i + 1, "a", {{50, kColumns}, {50, kRows}}).trace_id();
    TheFaultHooks().at = RemoveWhenItsHeadWasRead;
    ExpectError(readers[i](hooked_trace), absl::StatusCode::kNotFound, "was removed while it was read");
  }
}

TEST_F(RemovalTest, TheDiskHasThePlaceBack) {
  const v1::TraceManifest before = Large(1, "before");
  const v1::TraceManifest gone = Large(2, "gone");
  const v1::TraceManifest after = Large(3, "after");
  // What was written long ago lies in tables.
  ASSERT_TRUE(store_->Delete(kDefaultTenant, Collect(4, "small", {{10, kColumns}}).trace_id()).ok());
  absl::Status reclaimed = store_->Reclaim();
  ASSERT_TRUE(reclaimed.ok()) << reclaimed;
  const uint64_t bytes = TableBytes();
  ASSERT_GT(bytes, 3 * gone.stored_bytes() - 1);
  ASSERT_TRUE(store_->Delete(kDefaultTenant, gone.trace_id()).ok());
  reclaimed = store_->Reclaim();
  ASSERT_TRUE(reclaimed.ok()) << reclaimed;
  EXPECT_LT(TableBytes(), bytes - gone.stored_bytes() * 9 / 10);
  for (int life = 0; life < 2; ++life) {
    for (const Family family : {Family::kMeta, Family::kBlocks, Family::kDictionary, Family::kIndex}) {
      EXPECT_EQ(KeysOf(*store_, family, gone.trace_id()), 0u);
    }
    for (const v1::TraceManifest& neighbour : {before, after}) {
      const absl::Status verified = store_->Verify(kDefaultTenant, neighbour.trace_id());
      EXPECT_TRUE(verified.ok()) << verified;
    }
    Restart();
  }
}

// Where the hook below finds the store, and where it puts what a death at each point would leave of it.
std::string hooked_folder;
std::string snapshots;

void KeepWhatIsOnDisk(const char* point) {
  if (std::string(point).rfind("reclaim-", 0) != 0) return;
  size_t taken = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(snapshots)) ++taken;
  std::filesystem::copy(hooked_folder, snapshots + "/" + std::to_string(taken) + point);
}

TEST_F(RemovalTest, ADeathOnTheWayLeavesNeighboursWhole) {
  const v1::TraceManifest before = Large(1, "before");
  // Each comes into a file of its own below the newest level, where whole files are dropped.
  const auto settle = [&](uint64_t client) {
    EXPECT_TRUE(store_->Delete(kDefaultTenant, Collect(client, "small", {{10, kColumns}}).trace_id()).ok());
    EXPECT_TRUE(store_->Reclaim().ok());
  };
  settle(11);
  const v1::TraceManifest gone = Large(2, "gone");
  settle(12);
  const v1::TraceManifest after = Large(3, "after");
  settle(13);
  ASSERT_TRUE(store_->Delete(kDefaultTenant, gone.trace_id()).ok());
  hooked_folder = folder_.File("store");
  snapshots = folder_.File("snapshots");
  std::filesystem::create_directory(snapshots);
  TheFaultHooks().at = KeepWhatIsOnDisk;
  const absl::Status reclaimed = store_->Reclaim();
  TheFaultHooks().at = nullptr;
  ASSERT_TRUE(reclaimed.ok()) << reclaimed;
  size_t deaths = 0;
  for (const auto& snapshot : std::filesystem::directory_iterator(snapshots)) {
    const auto store = TraceStore::Open(snapshot.path(), {});
    ASSERT_TRUE(store.ok()) << snapshot << ": " << store.status();
    EXPECT_EQ(KeysOf(**store, Family::kMeta, gone.trace_id()), 0u) << snapshot;
    EXPECT_EQ((*store)->Delete(kDefaultTenant, gone.trace_id()).code(), absl::StatusCode::kNotFound) << snapshot;
    for (const v1::TraceManifest& neighbour : {before, after}) {
      const absl::Status verified = (*store)->Verify(kDefaultTenant, neighbour.trace_id());
      EXPECT_TRUE(verified.ok()) << snapshot << ": " << verified;
    }
    ++deaths;
  }
  // Flushed; dropped and removed again in two families; compacted in five.
  EXPECT_EQ(deaths, 10u);
}

TEST_F(RemovalTest, AnAbortedTracesPlaceIsGivenBackToo) {
  const v1::OpenResponse open = Open(SampleOpen(1, "aborted"));
  const auto trace = Attach(open);
  Chunker chunker;
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(Append(trace, chunker.NextSample(4000, kColumns)).ok());
  ASSERT_TRUE(store_->Delete(kDefaultTenant, Collect(2, "small", {{10, kColumns}}).trace_id()).ok());
  ASSERT_TRUE(store_->Reclaim().ok());
  const uint64_t bytes = TableBytes();
  v1::AbortRequest abort;
  abort.set_trace_id(open.trace_id());
  abort.set_epoch(open.epoch());
  ASSERT_TRUE(ingest_->Abort(kDefaultTenant, abort).ok());
  const absl::Status reclaimed = store_->Reclaim();
  ASSERT_TRUE(reclaimed.ok()) << reclaimed;
  EXPECT_LT(TableBytes(), bytes / 4);
}

}  // namespace
}  // namespace sandglass::storage
