#include "storage/inventory.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "storage/byte_codec.h"
#include "storage/fault_hooks.h"
#include "storage/sample_trace.h"

namespace sandglass::storage {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

constexpr Inventory::Synced kBefore = Inventory::Synced::kBefore;
constexpr Inventory::Synced kBehind = Inventory::Synced::kBehind;

// The file without the zeros at its end.
std::string Records(const std::string& path) {
  const std::string bytes = ReadFile(path);
  size_t end = bytes.find('\n') + 1;
  while (true) {
    ByteReader reader(absl::string_view(bytes).substr(end));
    const auto length = reader.Get<uint32_t>();
    if (!reader.ok() || length == 0) return bytes.substr(0, end);
    end += 4 + length + 8;
  }
}

TraceKey KeyOf(uint8_t number) {
  TraceKey key;
  key.first = 1;
  key.second.bytes[15] = number;
  return key;
}

TraceMark MarkOf(uint64_t seq) {
  TraceMark mark;
  mark.durable_seq = seq;
  mark.operators = 10 * seq;
  mark.digest[0] = static_cast<uint8_t>(seq);
  return mark;
}

FileMarks Files(uint64_t sequence) {
  return {.sequence = sequence,
          .manifest_number = 5,
          .manifest_bytes = 100 + sequence,
          .manifest_hash = 7,
          .log_number = 9,
          .log_bytes = 50};
}

class InventoryTest : public ::testing::Test {
 protected:
  const std::string& directory() const { return folder_.path(); }
  std::string path() const { return folder_.File("INVENTORY"); }

  InventoryContents ReadOrDie() {
    const auto contents = Inventory::Read(directory());
    EXPECT_TRUE(contents.ok()) << contents.status();
    EXPECT_TRUE(contents.ok() && contents->has_value());
    return contents.ok() && contents->has_value() ? **contents : InventoryContents();
  }

  TemporaryFolder folder_;
};

TEST_F(InventoryTest, NothingIsThereAtFirst) {
  const auto contents = Inventory::Read(directory());
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_FALSE(contents->has_value());
}

TEST_F(InventoryTest, ReadsBackWhatWasNoted) {
  InventoryContents first;
  first.traces[KeyOf(1)] = MarkOf(3);
  first.files = Files(1);
  const auto inventory = Inventory::Begin(directory(), first);
  ASSERT_TRUE(inventory.ok()) << inventory.status();
  TraceMark sealed = MarkOf(4);
  sealed.state = v1::TRACE_STATE_SEALED;
  ASSERT_TRUE((*inventory)->Append(Files(2), {{KeyOf(2), MarkOf(1)}}, kBefore).ok());
  ASSERT_TRUE((*inventory)->Append(Files(3), {{KeyOf(2), sealed}, {KeyOf(1), std::nullopt}}, kBefore).ok());
  const InventoryContents contents = ReadOrDie();
  ASSERT_EQ(contents.traces.size(), 1u);
  const TraceMark& mark = contents.traces.at(KeyOf(2));
  EXPECT_EQ(mark.state, v1::TRACE_STATE_SEALED);
  EXPECT_EQ(mark.durable_seq, 4u);
  EXPECT_EQ(mark.operators, 40u);
  EXPECT_EQ(mark.digest, sealed.digest);
  EXPECT_EQ(contents.files.sequence, 3u);
  EXPECT_EQ(contents.files.manifest_bytes, 103u);
  EXPECT_EQ(contents.files.log_number, 9u);
}

TEST_F(InventoryTest, SaysWhatItHasNoted) {
  const auto inventory = Inventory::Begin(directory(), {});
  ASSERT_TRUE(inventory.ok()) << inventory.status();
  ASSERT_TRUE((*inventory)->Append(Files(1), {{KeyOf(1), MarkOf(1)}, {KeyOf(2), MarkOf(2)}}, kBefore).ok());
  ASSERT_TRUE((*inventory)->Append(Files(2), {{KeyOf(1), std::nullopt}}, kBefore).ok());
  InventoryContents contents = (*inventory)->Contents();
  ASSERT_EQ(contents.traces.size(), 1u);
  EXPECT_EQ(contents.traces.at(KeyOf(2)).durable_seq, 2u);
  EXPECT_EQ(contents.files.sequence, 2u);
  // Begun anew, it goes on from there.
  contents.traces = {{KeyOf(3), MarkOf(3)}};
  ASSERT_TRUE((*inventory)->Renew(contents).ok());
  ASSERT_TRUE((*inventory)->Append(Files(4), {{KeyOf(4), MarkOf(4)}}, kBefore).ok());
  EXPECT_EQ(ReadOrDie().traces.size(), 2u);
  EXPECT_EQ(ReadOrDie().traces.count(KeyOf(3)), 1u);
}

TEST_F(InventoryTest, ARecordThatWasCutOffIsLeftOut) {
  const auto inventory = Inventory::Begin(directory(), {});
  ASSERT_TRUE(inventory.ok());
  ASSERT_TRUE((*inventory)->Append(Files(1), {{KeyOf(1), MarkOf(1)}}, kBefore).ok());
  const size_t before = Records(path()).size();
  ASSERT_TRUE((*inventory)->Append(Files(2), {{KeyOf(1), MarkOf(2)}}, kBefore).ok());
  const std::string whole = Records(path());
  for (size_t size = before; size < whole.size(); ++size) {
    for (const size_t zeros : {0, 5, 5000}) {
      WriteFile(path(), whole.substr(0, size) + std::string(zeros, '\0'));
      EXPECT_EQ(ReadOrDie().traces.at(KeyOf(1)).durable_seq, 1u) << size;
    }
  }
}

TEST_F(InventoryTest, DamageBeforeTheLastRecordIsRefused) {
  const auto inventory = Inventory::Begin(directory(), {});
  ASSERT_TRUE(inventory.ok());
  ASSERT_TRUE((*inventory)->Append(Files(1), {{KeyOf(1), MarkOf(1)}}, kBefore).ok());
  const size_t before = Records(path()).size();
  ASSERT_TRUE((*inventory)->Append(Files(2), {{KeyOf(1), MarkOf(2)}}, kBefore).ok());
  const std::string whole = Records(path());
  for (size_t at = 0; at < before; ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    WriteFile(path(), flipped);
    const auto contents = Inventory::Read(directory());
    EXPECT_EQ(contents.status().code(), absl::StatusCode::kDataLoss) << at << " " << contents.status();
    EXPECT_NE(contents.status().message().find("INVENTORY: is damaged at byte"), absl::string_view::npos);
  }
}

TEST_F(InventoryTest, TheFirstRecordCannotBeCut) {
  ASSERT_TRUE(Inventory::Begin(directory(), {}).ok());
  const std::string whole = Records(path());
  for (size_t size = 0; size < whole.size(); ++size) {
    WriteFile(path(), whole.substr(0, size));
    EXPECT_EQ(Inventory::Read(directory()).status().code(), absl::StatusCode::kDataLoss) << size;
  }
}

TEST_F(InventoryTest, IsWrittenAnewBeforeItGrowsWithoutEnd) {
  const auto inventory = Inventory::Begin(directory(), {});
  ASSERT_TRUE(inventory.ok());
  std::vector<MarkChange> changes;
  for (int i = 0; i < 200; ++i) changes.push_back({KeyOf(static_cast<uint8_t>(i)), MarkOf(1)});
  size_t most = 0;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE((*inventory)->Append(Files(i), changes, kBefore).ok());
    most = std::max(most, ReadFile(path()).size());
  }
  // 500 records of 14 kB are 7 MB; the file is written anew above some 4 MiB.
  EXPECT_LT(most, 5u << 20);
  EXPECT_EQ(ReadOrDie().traces.size(), 200u);
  EXPECT_EQ(ReadOrDie().files.sequence, 499u);
}

// Holds whoever is about to sync the inventory, once it was told to, until it is let go. To be made before inventories.
class HeldSync {
 public:
  HeldSync() {
    the_ = this;
    TheFaultHooks().at = [](const char* point) {
      if (the_->holds_ && absl::string_view(point) == "note-unsynced") the_->gone_.wait();
    };
  }
  ~HeldSync() { TheFaultHooks().at = nullptr; }
  void Hold() { holds_ = true; }
  void LetGo() {
    holds_ = false;
    go_.set_value();
  }

 private:
  static HeldSync* the_;
  std::atomic<bool> holds_ = false;
  std::promise<void> go_;
  const std::shared_future<void> gone_ = go_.get_future();
};
HeldSync* HeldSync::the_ = nullptr;

TEST_F(InventoryTest, ARecordThatIsSyncedBehindIsThereAtOnceAndIsWaitedForByTheNext) {
  HeldSync held;
  const auto inventory = Inventory::Begin(directory(), {});
  ASSERT_TRUE(inventory.ok());
  held.Hold();
  // Returns, though its sync has not begun.
  ASSERT_TRUE((*inventory)->Append(Files(1), {{KeyOf(1), MarkOf(1)}}, kBehind).ok());
  EXPECT_EQ(ReadOrDie().traces.at(KeyOf(1)).durable_seq, 1u);
  std::future<absl::Status> next = std::async(std::launch::async, [&] {
    return (*inventory)->Append(Files(2), {{KeyOf(1), MarkOf(2)}}, kBehind);
  });
  EXPECT_EQ(next.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  EXPECT_EQ(ReadOrDie().traces.at(KeyOf(1)).durable_seq, 1u);
  held.LetGo();
  ASSERT_TRUE(next.get().ok());
  EXPECT_EQ(ReadOrDie().traces.at(KeyOf(1)).durable_seq, 2u);
}

// Puts a pipe in the place of the inventory's file: it cannot be synced.
void LoseTheFile() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (!absl::EndsWith(target, "/INVENTORY")) continue;
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    ASSERT_GE(dup2(ends[1], std::stoi(entry.path().filename())), 0);
    close(ends[0]);
    close(ends[1]);
    return;
  }
  FAIL() << "no INVENTORY is open";
}

TEST_F(InventoryTest, ASyncBehindThatFailsIsToldToTheNext) {
  HeldSync held;
  const auto inventory = Inventory::Begin(directory(), {});
  ASSERT_TRUE(inventory.ok());
  held.Hold();
  ASSERT_TRUE((*inventory)->Append(Files(1), {{KeyOf(1), MarkOf(1)}}, kBehind).ok());
  LoseTheFile();
  held.LetGo();
  const absl::Status next = (*inventory)->Append(Files(2), {{KeyOf(1), MarkOf(2)}}, kBehind);
  EXPECT_FALSE(next.ok());
  EXPECT_NE(next.message().find("INVENTORY"), absl::string_view::npos) << next;
  // A new file takes the old one's place, with all that was to be noted.
  ASSERT_TRUE((*inventory)->Append(Files(3), {{KeyOf(2), MarkOf(1)}}, kBefore).ok());
  EXPECT_EQ(ReadOrDie().traces.at(KeyOf(1)).durable_seq, 2u);
  EXPECT_EQ(ReadOrDie().traces.size(), 2u);
}

}  // namespace
}  // namespace sandglass::storage
