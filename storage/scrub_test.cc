#include "storage/scrub.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "storage/ingest_fixture.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

class ScrubTest : public IngestTest {
 protected:
  std::string path() const { return folder_.File("store"); }

  // Closes the store, so that all is in its files.
  void Close() {
    ingest_.reset();
    store_.reset();
  }

  StoreHealth ScrubOrDie() {
    StoreOptions options;
    options.read_only = true;
    const auto store = TraceStore::Open(path(), options);
    EXPECT_TRUE(store.ok()) << store.status();
    if (!store.ok()) return {};
    const auto health = Scrub(**store, [](size_t, size_t) { return true; });
    EXPECT_TRUE(health.ok()) << health.status();
    return health.ok() ? *health : StoreHealth();
  }
};

TEST_F(ScrubTest, AnEmptyStoreIsSound) {
  Close();
  const StoreHealth health = ScrubOrDie();
  EXPECT_TRUE(health.traces.empty());
  EXPECT_TRUE(health.sound());
}

TEST_F(ScrubTest, SealedAndOpenTracesAreWhole) {
  const v1::TraceManifest sealed = Collect(1, "sealed", {{100, kColumns}, {50, kRows}});
  const v1::OpenResponse open = Open(SampleOpen(2, "open"));
  Chunker chunker;
  ASSERT_TRUE(Append(Attach(open), chunker.NextSample(30, kColumns)).ok());
  Close();
  const StoreHealth health = ScrubOrDie();
  ASSERT_EQ(health.traces.size(), 2u);
  EXPECT_TRUE(health.sound());
  EXPECT_EQ(health.traces[0].trace_id, sealed.trace_id());
  EXPECT_EQ(health.traces[0].name, "sealed");
  EXPECT_EQ(health.traces[0].state, v1::TRACE_STATE_SEALED);
  EXPECT_EQ(health.traces[0].operators, 150u);
  EXPECT_EQ(health.traces[1].state, v1::TRACE_STATE_OPEN);
  EXPECT_EQ(health.traces[1].operators, 30u);
}

TEST_F(ScrubTest, StopsWhenToldTo) {
  Collect(1, "one", {{10, kColumns}});
  Collect(2, "two", {{10, kColumns}});
  size_t heard = 0;
  const auto health = Scrub(*store_, [&](size_t done, size_t total) {
    EXPECT_EQ(total, 2u);
    heard = done;
    return false;
  });
  EXPECT_EQ(health.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(heard, 1u);
}

// Every table of the store, each flipped at many places: no damage goes unseen, and what is not damaged is read whole.
TEST_F(ScrubTest, FlipsInTablesAreFound) {
  const v1::TraceManifest first = Collect(1, "first", {{3000, kColumns}});
  Restart();
  const v1::TraceManifest second = Collect(2, "second", {{3000, kColumns}});
  // Opening writes what the log holds into tables, those of the first trace apart from those of the second.
  Restart();
  Close();
  int refused = 0;
  int found = 0;
  int named = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(path())) {
    if (entry.path().extension() != ".sst") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    const std::string whole = bytes.str();
    for (size_t at = 10; at < whole.size(); at += whole.size() / 6 + 1) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 0x08);
      std::ofstream(entry.path(), std::ios::binary | std::ios::trunc) << flipped;
      StoreOptions options;
      options.read_only = true;
      const auto store = TraceStore::Open(path(), options);
      if (!store.ok()) {
        EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << store.status();
        ++refused;
        continue;
      }
      const auto health = Scrub(**store, [](size_t, size_t) { return true; });
      ASSERT_TRUE(health.ok()) << health.status();
      if (!health->sound()) ++found;
      for (const TraceHealth& trace : health->traces) {
        if (!trace.finding.ok()) ++named;
        // What a scrub calls whole is whole.
        if (trace.finding.ok()) {
          EXPECT_TRUE((*store)->Verify(kDefaultTenant, trace.trace_id).ok());
        }
      }
      EXPECT_EQ(health->traces.size(), 2u);
    }
    std::ofstream(entry.path(), std::ios::binary | std::ios::trunc) << whole;
  }
  EXPECT_GT(found, 5);
  EXPECT_GT(named, 2);
  EXPECT_GT(refused + found, 20);
  EXPECT_TRUE(ScrubOrDie().sound());
}

}  // namespace
}  // namespace sandglass::storage
