// Damages the files of a real store, one after another: where anything that was acknowledged would be missing, the
// store must refuse to open, name the reason, and change nothing, so that it opens again once the file is mended.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "storage/database.h"
#include "storage/ingest.h"
#include "storage/inventory.h"
#include "storage/key.h"
#include "storage/sample_trace.h"
#include "storage/trace_store.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

constexpr auto kColumns = v1::Chunk::FORM_COLUMNS;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// The database's own files with their contents; its logs for people and its lock change with every look.
std::map<std::string, std::string> Snapshot(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    if (name.rfind("LOG", 0) != 0 && name != "LOCK") files[name] = ReadFile(entry.path());
  }
  return files;
}

void Restore(const std::string& directory, const std::map<std::string, std::string>& files) {
  fs::remove_all(directory);
  fs::create_directories(directory);
  for (const auto& [name, bytes] : files) WriteFile(directory + "/" + name, bytes);
}

// Two sealed traces, the first of them in tables, and an open one of which four chunks were acknowledged.
class LostFilesTest : public ::testing::Test {
 protected:
  LostFilesTest() {
    for (uint64_t client : {1, 2}) sealed_.push_back(Collect(client, /*chunks=*/3, /*seal=*/true));
    open_ = Collect(3, kOpenChunks, /*seal=*/false);
    whole_ = Snapshot(path());
  }

  std::string path() const { return folder_.File("store"); }

  absl::StatusOr<std::unique_ptr<TraceStore>> Open(bool accept_loss = false) {
    StoreOptions options;
    options.accept_loss = accept_loss;
    return TraceStore::Open(path(), options);
  }

  // Sends chunks in a process's life of its own; the id of the trace.
  std::string Collect(uint64_t client, int chunks, bool seal) {
    auto store = Open();
    EXPECT_TRUE(store.ok()) << store.status();
    Ingest ingest(**store);
    const auto open = ingest.Open(kDefaultTenant, SampleOpen(client, "trace"));
    EXPECT_TRUE(open.ok()) << open.status();
    v1::AppendStart start;
    start.set_trace_id(open->trace_id());
    start.set_epoch(open->epoch());
    start.set_resume_seq(1);
    start.set_chain_digest(open->chain_digest());
    const auto trace = ingest.Attach(kDefaultTenant, start);
    EXPECT_TRUE(trace.ok()) << trace.status();
    Chunker chunker;
    for (int i = 0; i < chunks; ++i) {
      std::promise<bool> acknowledged;
      EXPECT_TRUE(ingest
                      .Append(*trace, chunker.NextSample(50, kColumns),
                              [&](const auto& response) { acknowledged.set_value(response.ok()); })
                      .ok());
      EXPECT_TRUE(acknowledged.get_future().get());
    }
    if (seal) {
      EXPECT_TRUE(ingest.Seal(kDefaultTenant, SampleSeal(*open, chunker)).ok());
    }
    return open->trace_id();
  }

  // Whether everything that was acknowledged is there.
  void ExpectWhole(TraceStore& store) {
    for (const std::string& id : sealed_) EXPECT_TRUE(store.Verify(kDefaultTenant, id).ok()) << id;
    Ingest ingest(store);
    v1::GetStatusRequest request;
    request.set_trace_id(open_);
    const auto status = ingest.GetStatus(kDefaultTenant, request);
    ASSERT_TRUE(status.ok()) << status.status();
    EXPECT_EQ(status->durable_seq(), static_cast<uint64_t>(kOpenChunks));
  }

  // With `name` replaced by `bytes` (none: removed), the store opens whole, or refuses and changes nothing. Returns
  // whether it refused.
  bool RefusesOrIsWhole(const std::string& name, const std::optional<std::string>& bytes) {
    Restore(path(), whole_);
    if (bytes.has_value()) {
      WriteFile(path() + "/" + name, *bytes);
    } else {
      fs::remove(path() + "/" + name);
    }
    const std::map<std::string, std::string> damaged = Snapshot(path());
    auto store = Open();
    if (store.ok()) {
      ExpectWhole(**store);
      return false;
    }
    EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << store.status();
    EXPECT_EQ(store.status().message().find('\n'), absl::string_view::npos) << store.status();
    EXPECT_TRUE(Snapshot(path()) == damaged) << "a refused open changed the store";
    // Readers see no less.
    StoreOptions read_only;
    read_only.read_only = true;
    EXPECT_FALSE(TraceStore::Open(path(), read_only).ok());
    Restore(path(), whole_);
    store = Open();
    EXPECT_TRUE(store.ok()) << store.status();
    if (store.ok()) ExpectWhole(**store);
    return true;
  }

  std::string NameOf(const std::string& prefix, const std::string& suffix) const {
    std::string newest;
    for (const auto& [name, bytes] : whole_) {
      const bool fits = name.rfind(prefix, 0) == 0 && name.size() >= suffix.size() &&
                        name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
      if (fits) newest = name;
    }
    return newest;
  }

  static constexpr int kOpenChunks = 4;
  TemporaryFolder folder_;
  std::vector<std::string> sealed_;
  std::string open_;
  std::map<std::string, std::string> whole_;
};

TEST_F(LostFilesTest, TheWholeStoreOpens) {
  auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ExpectWhole(**store);
}

TEST_F(LostFilesTest, AManifestCutAnywhereIsRefused) {
  const std::string name = NameOf("MANIFEST-", "");
  const std::string whole = whole_.at(name);
  for (size_t size = 0; size < whole.size(); size += 41) {
    EXPECT_TRUE(RefusesOrIsWhole(name, whole.substr(0, size))) << size << " of " << whole.size();
  }
  EXPECT_TRUE(RefusesOrIsWhole(name, std::nullopt));
}

TEST_F(LostFilesTest, AManifestFlippedAnywhereIsRefused) {
  const std::string name = NameOf("MANIFEST-", "");
  for (size_t at = 3; at < whole_.at(name).size(); at += 67) {
    std::string flipped = whole_.at(name);
    flipped[at] = static_cast<char>(flipped[at] ^ 0x04);
    EXPECT_TRUE(RefusesOrIsWhole(name, flipped)) << at;
  }
}

TEST_F(LostFilesTest, ACurrentThatIsGoneOrNamesAnotherIsRefused) {
  const std::string whole = whole_.at("CURRENT");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(RefusesOrIsWhole("CURRENT", whole.substr(0, size))) << size;
  }
  EXPECT_TRUE(RefusesOrIsWhole("CURRENT", std::nullopt));
  EXPECT_TRUE(RefusesOrIsWhole("CURRENT", "MANIFEST-000001\n"));
  EXPECT_TRUE(RefusesOrIsWhole("CURRENT", "MANIFEST-999999\n"));
}

TEST_F(LostFilesTest, ALogThatIsGoneIsRefused) {
  // Without the inventory, RocksDB opens without an error, and the open trace is gone.
  EXPECT_TRUE(RefusesOrIsWhole(NameOf("", ".log"), std::nullopt));
}

TEST_F(LostFilesTest, ALogCutAnywhereIsRefused) {
  const std::string name = NameOf("", ".log");
  const std::string whole = whole_.at(name);
  ASSERT_GT(whole.size(), 1000u);
  for (size_t size = 0; size < whole.size(); size += 211) {
    EXPECT_TRUE(RefusesOrIsWhole(name, whole.substr(0, size))) << size << " of " << whole.size();
  }
}

TEST_F(LostFilesTest, ALogFlippedAnywhereIsRefused) {
  const std::string name = NameOf("", ".log");
  for (size_t at = 11; at < whole_.at(name).size(); at += 397) {
    std::string flipped = whole_.at(name);
    flipped[at] = static_cast<char>(flipped[at] ^ 0x20);
    EXPECT_TRUE(RefusesOrIsWhole(name, flipped)) << at;
  }
}

TEST_F(LostFilesTest, AnInventoryThatIsGoneIsRefused) {
  EXPECT_TRUE(RefusesOrIsWhole("INVENTORY", std::nullopt));
  const auto store = Open();
  ASSERT_TRUE(store.ok());
}

TEST_F(LostFilesTest, MessagesNameWhatIsMissing) {
  Restore(path(), whole_);
  fs::remove(path() + "/" + NameOf("", ".log"));
  const std::string message(Open().status().message());
  EXPECT_NE(message.find("what was acknowledged is not all there: trace " + open_), std::string::npos) << message;
  EXPECT_NE(message.find("--accept-loss"), std::string::npos) << message;
}

TEST_F(LostFilesTest, LossCanBeAccepted) {
  Restore(path(), whole_);
  fs::remove(path() + "/" + NameOf("", ".log"));
  {
    const auto store = Open(/*accept_loss=*/true);
    ASSERT_TRUE(store.ok()) << store.status();
    for (const std::string& id : sealed_) EXPECT_TRUE((*store)->Verify(kDefaultTenant, id).ok());
  }
  // What is there is all that there is from now on.
  EXPECT_TRUE(Open().ok());
}

TEST_F(LostFilesTest, AStoreOfBeforeGetsAnInventory) {
  {
    const auto database = Database::Open(path(), {});
    ASSERT_TRUE(database.ok());
    const std::string kept = EncodeKey({0, TraceId{}, Stream::kStoreVersion, 1});
    ASSERT_TRUE((*database)->Write({Change::Delete(Family::kMeta, kept)}, true).ok());
  }
  fs::remove(path() + "/INVENTORY");
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ExpectWhole(**store);
  const auto noted = Inventory::Read(path());
  ASSERT_TRUE(noted.ok() && noted->has_value());
  EXPECT_EQ((*noted)->traces.size(), 3u);
}

// As after a crash between the note of a removal and the removal itself.
TEST_F(LostFilesTest, ATraceThatNobodyVouchesForIsNoLoss) {
  Restore(path(), whole_);
  const auto noted = Inventory::Read(path());
  ASSERT_TRUE(noted.ok() && noted->has_value());
  InventoryContents fewer = **noted;
  fewer.traces.erase(fewer.traces.begin());
  ASSERT_TRUE(Inventory::Begin(path(), fewer).ok());
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ExpectWhole(**store);
}

TEST_F(LostFilesTest, AFileThatCannotBeReadIsNoLoss) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads every file";
  Restore(path(), whole_);
  fs::permissions(path() + "/CURRENT", fs::perms::none);
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(LostFilesTest, RemovedTracesAreNotMissed) {
  Restore(path(), whole_);
  {
    const auto store = Open();
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE((*store)->Delete(kDefaultTenant, sealed_[0]).ok());
  }
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_FALSE((*store)->Verify(kDefaultTenant, sealed_[0]).ok());
}

}  // namespace
}  // namespace sandglass::storage
