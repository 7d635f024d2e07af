#include "collectors/stream/spool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/stream/disk_calls.h"

namespace sandglass::collectors {
namespace {

constexpr const char* kKey = "01234567-89ab-4cde-8f01-23456789abcd";
constexpr const char* kOtherKey = "fedcba98-89ab-4cde-8f01-23456789abcd";

v1::OpenRequest MakeOpen(const char* key = kKey) {
  v1::OpenRequest open;
  open.set_client_key(key);
  open.set_schema_version(1);
  open.mutable_header()->set_name("spooled");
  return open;
}

v1::TraceSummary MakeSummary() {
  v1::TraceSummary summary;
  summary.add_work_done()->set_count(3);
  return summary;
}

// Chunks 1, 2, 3 … of three operators each; `name` fills them up.
std::vector<PackedChunk> MakeChunks(int count, const std::string& name = "aten::mm") {
  ChunkPacker packer({.operators = 3});
  std::vector<PackedChunk> chunks;
  for (uint64_t id = 1; static_cast<int>(chunks.size()) < count; ++id) {
    v1::Operator op;
    op.set_id(id);
    op.mutable_signature()->set_name(absl::StrCat(name, id));
    if (std::optional<PackedChunk> chunk = packer.Add(op)) chunks.push_back(*std::move(chunk));
  }
  return chunks;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void ExpectSame(const absl::StatusOr<PackedChunk>& actual, const PackedChunk& expected) {
  ASSERT_TRUE(actual.ok()) << actual.status();
  EXPECT_EQ(actual->chunk().SerializeAsString(), expected.chunk().SerializeAsString());
  EXPECT_EQ(actual->chain, expected.chain);
}

class SpoolTest : public ::testing::Test {
 protected:
  SpoolTest() {
    options_.directory = std::filesystem::path(::testing::TempDir()) / "spools" /
                         ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(options_.directory);
    options_.server = "127.0.0.1:7070";
    path_ = absl::StrCat(options_.directory, "/", kKey, ".spool");
  }
  ~SpoolTest() override { HookedDiskCalls() = {}; }

  std::unique_ptr<Spool> Created(const std::vector<PackedChunk>& chunks) {
    absl::StatusOr<std::unique_ptr<Spool>> spool = Spool::Create(options_, MakeOpen());
    EXPECT_TRUE(spool.ok()) << spool.status();
    sizes_.push_back(std::filesystem::file_size(path_));
    for (const PackedChunk& chunk : chunks) {
      const absl::Status status = (*spool)->Append(chunk);
      EXPECT_TRUE(status.ok()) << status;
      sizes_.push_back(std::filesystem::file_size(path_));
    }
    return *std::move(spool);
  }

  // Opens a file with these bytes in the place of the spool's.
  absl::StatusOr<std::unique_ptr<Spool>> Opened(const std::string& bytes) {
    WriteFile(path_, bytes);
    return Spool::Open(path_);
  }

  SpoolOptions options_;
  std::string path_;
  // The file's size without chunks, and after each of Created's: the frame of chunk i begins at sizes_[i - 1].
  std::vector<uint64_t> sizes_;
};

TEST_F(SpoolTest, GivesBackWhatItWasGiven) {
  const std::vector<PackedChunk> chunks = MakeChunks(5);
  {
    const auto spool = Created(chunks);
    EXPECT_EQ(spool->path(), path_);
    EXPECT_EQ(spool->summary(), std::nullopt);
    ExpectSame(spool->Read(2), chunks[1]);
    ASSERT_TRUE(spool->NoteDurable("here", 3).ok());
    ASSERT_TRUE(spool->NoteDurable("there", 4).ok());
    ASSERT_TRUE(spool->Finish(MakeSummary()).ok());
  }
  const auto spool = Spool::Open(path_);
  ASSERT_TRUE(spool.ok()) << spool.status();
  EXPECT_EQ((*spool)->header().open.SerializeAsString(), MakeOpen().SerializeAsString());
  EXPECT_EQ((*spool)->header().server, "127.0.0.1:7070");
  EXPECT_EQ((*spool)->header().store, "");
  EXPECT_EQ((*spool)->torn_bytes(), 0u);
  EXPECT_EQ((*spool)->first_seq(), 1u);
  EXPECT_EQ((*spool)->last_seq(), 5u);
  EXPECT_EQ((*spool)->operators(), 15u);
  EXPECT_EQ((*spool)->chain(), chunks[4].chain);
  EXPECT_EQ((*spool)->bytes(), std::filesystem::file_size(path_));
  EXPECT_EQ((*spool)->summary()->SerializeAsString(), MakeSummary().SerializeAsString());
  for (uint64_t seq = 1; seq <= 5; ++seq) ExpectSame((*spool)->Read(seq), chunks[seq - 1]);
  EXPECT_EQ((*spool)->Read(0).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ((*spool)->Read(6).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ((*spool)->PositionBehind(0)->chain, Digest{});
  EXPECT_EQ((*spool)->PositionBehind(4)->operators, 12u);
  EXPECT_EQ((*spool)->PositionBehind(4)->chain, chunks[3].chain);
  // What one server has says nothing about another.
  EXPECT_EQ((*spool)->DurableAt("there"), 4u);
  EXPECT_EQ((*spool)->DurableAt("here"), 0u);
}

TEST_F(SpoolTest, OthersCannotRead) {
  const auto spool = Created({});
  struct stat about {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(options_.directory.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700u);
}

TEST_F(SpoolTest, CutsATornTailAtEveryByte) {
  const std::vector<PackedChunk> chunks = MakeChunks(4);
  ASSERT_TRUE(Created(chunks)->Finish(MakeSummary()).ok());
  const std::string whole = ReadFile(path_);
  for (size_t size = 0; size <= whole.size(); ++size) {
    const auto spool = Opened(whole.substr(0, size));
    if (size < sizes_[0]) {
      EXPECT_FALSE(spool.ok()) << size;
      EXPECT_TRUE(absl::StrContains(spool.status().message(), path_)) << spool.status();
      continue;
    }
    ASSERT_TRUE(spool.ok()) << size << ": " << spool.status();
    uint64_t kept = 0;
    while (kept < chunks.size() && sizes_[kept + 1] <= size) ++kept;
    ASSERT_EQ((*spool)->last_seq(), kept) << size;
    EXPECT_EQ((*spool)->summary().has_value(), size == whole.size()) << size;
    const uint64_t end = size == whole.size() ? size : sizes_[kept];
    EXPECT_EQ((*spool)->torn_bytes(), size - end) << size;
    EXPECT_EQ(std::filesystem::file_size(path_), end) << size;
    if (kept == chunks.size()) continue;
    // What is appended then is found again.
    ASSERT_TRUE((*spool)->Append(chunks[kept]).ok());
    ExpectSame((*spool)->Read(kept + 1), chunks[kept]);
    EXPECT_EQ(ReadFile(path_), whole.substr(0, sizes_[kept + 1])) << size;
  }
}

TEST_F(SpoolTest, ZerosAtTheEndAreATornTail) {
  // A file system may lose the bytes of a file with the power, and keep its length.
  const std::vector<PackedChunk> chunks = MakeChunks(2);
  Created(chunks).reset();
  const auto spool = Opened(ReadFile(path_) + std::string(3 << 20, '\0'));
  ASSERT_TRUE(spool.ok()) << spool.status();
  EXPECT_EQ((*spool)->last_seq(), 2u);
  EXPECT_EQ((*spool)->torn_bytes(), uint64_t{3} << 20);
}

TEST_F(SpoolTest, NoFlippedBitGoesUnnoticed) {
  const std::vector<PackedChunk> chunks = MakeChunks(3);
  ASSERT_TRUE(Created(chunks)->Finish(MakeSummary()).ok());
  const std::string whole = ReadFile(path_);
  const uint64_t last_frame = sizes_.back();
  size_t in_marks = 0;
  size_t cut = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    const auto spool = Opened(bytes);
    if (!spool.ok()) {
      EXPECT_EQ(spool.status().code(), at < 8 ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kDataLoss);
      EXPECT_TRUE(absl::StrContains(spool.status().message(), path_)) << spool.status();
      // The frame that holds the byte is named.
      const auto frame = std::upper_bound(sizes_.begin(), sizes_.end(), at);
      const std::string place = absl::StrCat("at byte ", frame == sizes_.begin() ? 8 : *(frame - 1), ":");
      EXPECT_EQ(absl::StrContains(spool.status().message(), place), at >= 8) << at << ": " << spool.status();
      continue;
    }
    // Only one of the two marks, or the last frame, can do without: every chunk is there, and unchanged.
    ASSERT_EQ((*spool)->last_seq(), 3u) << at;
    for (uint64_t seq = 1; seq <= 3; ++seq) ExpectSame((*spool)->Read(seq), chunks[seq - 1]);
    if ((*spool)->torn_bytes() > 0) {
      ++cut;
      EXPECT_GE(at, last_frame + kFrameHeadBytes);
      EXPECT_EQ((*spool)->summary(), std::nullopt);
    } else {
      ++in_marks;
      EXPECT_LT(at, sizes_[0]);
      EXPECT_GE(at, sizes_[0] - kMarkPlaces * kMarkBytes);
    }
  }
  EXPECT_EQ(in_marks, kMarkPlaces * kMarkBytes);
  EXPECT_EQ(cut, whole.size() - last_frame - kFrameHeadBytes);
}

TEST_F(SpoolTest, FramesInOtherPlacesAreDamage) {
  const std::vector<PackedChunk> chunks = MakeChunks(2);
  Created(chunks).reset();
  const std::string whole = ReadFile(path_);
  // The last frame once more: sound in itself.
  const auto spool = Opened(whole + whole.substr(sizes_[1]));
  EXPECT_EQ(spool.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(spool.status().message(),
                                absl::StrCat("at byte ", sizes_[2], ": this is not the beginning of a frame")))
      << spool.status();
}

TEST_F(SpoolTest, NoticesDamageAfterItWasOpened) {
  const auto spool = Created(MakeChunks(3));
  std::string bytes = ReadFile(path_);
  bytes[sizes_[1] + 60] ^= 1;
  WriteFile(path_, bytes);
  EXPECT_TRUE(spool->Read(1).ok());
  const auto chunk = spool->Read(2);
  EXPECT_EQ(chunk.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(chunk.status().message(), absl::StrCat("at byte ", sizes_[1]))) << chunk.status();
}

TEST_F(SpoolTest, IsFullAtItsBoundAndLetsAcknowledgedChunksGo) {
  // About 300 kB a chunk: a file system frees whole pages only.
  const std::vector<PackedChunk> chunks = MakeChunks(8, std::string(100000, 'a'));
  options_.max_bytes = 4 * chunks[0].bytes() + 10000;
  const auto spool = Created({chunks[0], chunks[1], chunks[2], chunks[3]});
  EXPECT_FALSE(spool->Fits(chunks[4].bytes()));
  EXPECT_EQ(*spool->GiveUpAcknowledged(0), 0u);
  EXPECT_FALSE(spool->Fits(chunks[4].bytes()));
  const uint64_t full_bytes = spool->bytes();

  // An eighth of the bound is less than one chunk.
  EXPECT_EQ(*spool->GiveUpAcknowledged(3), 1u);
  EXPECT_EQ(spool->first_seq(), 2u);
  EXPECT_EQ(spool->bytes(), full_bytes - (sizes_[1] - sizes_[0]));
  EXPECT_TRUE(spool->Fits(chunks[4].bytes()));
  ASSERT_TRUE(spool->Append(chunks[4]).ok());
  EXPECT_EQ(spool->Read(1).status().code(), absl::StatusCode::kOutOfRange);
  ExpectSame(spool->Read(2), chunks[1]);
  EXPECT_EQ(spool->PositionBehind(1)->operators, 3u);
  EXPECT_EQ(spool->PositionBehind(1)->chain, chunks[0].chain);
  EXPECT_EQ(*spool->GiveUpAcknowledged(2), 1u);
  EXPECT_EQ(*spool->GiveUpAcknowledged(2), 0u);
  struct stat about {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_LT(static_cast<uint64_t>(about.st_blocks) * 512, options_.max_bytes);
  EXPECT_GT(static_cast<uint64_t>(about.st_size), options_.max_bytes);
}

TEST_F(SpoolTest, FindsItsPlaceAgainAfterChunksWent) {
  const std::vector<PackedChunk> chunks = MakeChunks(6);
  options_.max_bytes = 1;
  options_.sync = true;
  {
    const auto spool = Created(chunks);
    EXPECT_EQ(*spool->GiveUpAcknowledged(2), 1u);
    EXPECT_EQ(*spool->GiveUpAcknowledged(2), 1u);
  }
  {
    const auto spool = Spool::Open(path_);
    ASSERT_TRUE(spool.ok()) << spool.status();
    EXPECT_EQ((*spool)->first_seq(), 3u);
    EXPECT_EQ((*spool)->last_seq(), 6u);
    EXPECT_EQ((*spool)->operators(), 18u);
    EXPECT_EQ((*spool)->PositionBehind(2)->operators, 6u);
    EXPECT_EQ((*spool)->PositionBehind(2)->chain, chunks[1].chain);
    for (uint64_t seq = 3; seq <= 6; ++seq) ExpectSame((*spool)->Read(seq), chunks[seq - 1]);
  }
}

TEST_F(SpoolTest, ALossOfPowerNeverLeadsIntoAHole) {
  const std::vector<PackedChunk> chunks = MakeChunks(6);
  options_.max_bytes = 1;
  const auto spool = Created(chunks);
  // At worst the disk has what was synced, and the hole.
  std::string synced;
  std::string left;
  HookedDiskCalls() = {.on_sync = [&](const std::string& path) { synced = ReadFile(path); },
                       .on_punch =
                           [&](const std::string&, uint64_t offset, uint64_t size) {
                             left = synced;
                             if (left.size() > offset) left.replace(offset, size, std::string(size, '\0'));
                           }};
  EXPECT_EQ(*spool->GiveUpAcknowledged(2), 1u);
  EXPECT_EQ(*spool->GiveUpAcknowledged(2), 1u);
  HookedDiskCalls() = {};
  const std::string other = path_ + ".left.spool";
  // Nor does one of the two marks, if the other is damaged.
  for (int broken = 0; broken <= kMarkPlaces; ++broken) {
    std::string bytes = left;
    if (broken < kMarkPlaces) bytes[sizes_[0] - (broken + 1) * kMarkBytes] ^= 1;
    WriteFile(other, bytes);
    const auto found = Spool::Open(other);
    ASSERT_TRUE(found.ok()) << broken << ": " << found.status();
    EXPECT_EQ((*found)->first_seq(), 3u);
    EXPECT_EQ((*found)->last_seq(), 6u);
    for (uint64_t seq = 3; seq <= 6; ++seq) ExpectSame((*found)->Read(seq), chunks[seq - 1]);
  }
}

TEST_F(SpoolTest, NobodyWaitsForTheDiskWhoOnlyAsks) {
  options_.max_bytes = 1;
  const auto spool = Created(MakeChunks(4));
  // Here, so that a call that waits all the same has its answer at last.
  std::vector<std::future<uint64_t>> answers;
  const auto ask = [&] {
    answers.push_back(std::async(std::launch::async, [&] { return spool->bytes() + spool->last_seq(); }));
    EXPECT_EQ(answers.back().wait_for(std::chrono::minutes(1)), std::future_status::ready);
  };
  HookedDiskCalls() = {.on_sync = [&](const std::string&) { ask(); },
                       .on_punch = [&](const std::string&, uint64_t, uint64_t) { ask(); }};
  EXPECT_EQ(*spool->GiveUpAcknowledged(2), 1u);
  EXPECT_EQ(answers.size(), 2u);
}

TEST_F(SpoolTest, SyncsTheFoldersThatNameIt) {
  std::vector<std::string> synced;
  HookedDiskCalls().on_sync = [&](const std::string& path) {
    synced.push_back(absl::StrCat(path, std::filesystem::exists(path_) ? " named" : ""));
  };
  const std::string top = options_.directory;
  std::filesystem::create_directories(top);
  options_.directory = top + "/a/b";
  path_ = absl::StrCat(options_.directory, "/", kKey, ".spool");
  // By default a loss of power is not guarded against.
  Created({}).reset();
  EXPECT_EQ(synced, std::vector<std::string>());
  std::filesystem::remove_all(top + "/a");
  options_.sync = true;
  Created({}).reset();
  EXPECT_EQ(synced, (std::vector<std::string>{top + "/a", top, path_ + ".new", options_.directory + " named"}));
}

TEST_F(SpoolTest, RemovesWhatIsHalfMadeAndNothingElse) {
  const auto whole = Created({});
  const std::string left = absl::StrCat(options_.directory, "/", kOtherKey, ".spool.new");
  WriteFile(left, "half made");
  WriteFile(options_.directory + "/notes.new", "x");
  // One that is being made: its lock is held.
  const std::string held = options_.directory + "/held.spool.new";
  const int file = open(held.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  ASSERT_EQ(flock(file, LOCK_EX), 0);
  EXPECT_TRUE(Spool::Create(options_, MakeOpen(kOtherKey)).ok());
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(held));
  EXPECT_TRUE(std::filesystem::exists(options_.directory + "/notes.new"));
  close(file);
  RemoveHalfMade(options_.directory);
  EXPECT_FALSE(std::filesystem::exists(held));
  EXPECT_EQ(SpoolFiles(options_.directory)->size(), 2u);
  RemoveHalfMade(options_.directory + "/none");
}

TEST_F(SpoolTest, KeepsItsNewKey) {
  const std::vector<PackedChunk> chunks = MakeChunks(2);
  {
    const auto spool = Created(chunks);
    ASSERT_TRUE(spool->NoteDurable("here", 2).ok());
    bool is_synced = false;
    HookedDiskCalls().on_sync = [&](const std::string& path) {
      is_synced = absl::StrContains(ReadFile(path), kOtherKey);
    };
    ASSERT_TRUE(spool->Renew(kOtherKey).ok());
    EXPECT_TRUE(is_synced);
    EXPECT_EQ(spool->header().open.client_key(), kOtherKey);
    EXPECT_EQ(spool->Renew("no key").code(), absl::StatusCode::kInvalidArgument);
  }
  // The file's name stays.
  const auto spool = Spool::Open(path_);
  ASSERT_TRUE(spool.ok()) << spool.status();
  EXPECT_EQ((*spool)->header().open.SerializeAsString(), MakeOpen(kOtherKey).SerializeAsString());
  EXPECT_EQ((*spool)->DurableAt("here"), 2u);
  ExpectSame((*spool)->Read(2), chunks[1]);
}

TEST_F(SpoolTest, OneChunkAlwaysFits) {
  options_.max_bytes = 1;
  const std::vector<PackedChunk> chunks = MakeChunks(2);
  const auto spool = Created({});
  EXPECT_TRUE(spool->Fits(chunks[0].bytes()));
  ASSERT_TRUE(spool->Append(chunks[0]).ok());
  EXPECT_FALSE(spool->Fits(chunks[1].bytes()));
  EXPECT_EQ(*spool->GiveUpAcknowledged(1), 1u);
  EXPECT_TRUE(spool->Fits(chunks[1].bytes()));
}

TEST_F(SpoolTest, BelongsToOneProcess) {
  auto spool = Created(MakeChunks(1));
  const auto second = Spool::Open(path_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(second.status().message(), "in use by another process")) << second.status();
  spool.reset();
  EXPECT_TRUE(Spool::Open(path_).ok());
}

TEST_F(SpoolTest, IsMadeOnlyOnceAndOnlyOfAUuid) {
  const auto spool = Created({});
  EXPECT_EQ(Spool::Create(options_, MakeOpen()).status().code(), absl::StatusCode::kAlreadyExists);
  for (const char* bad : {"", "../../../../../../../../../etc/passwd-1", "a/b"}) {
    EXPECT_EQ(Spool::Create(options_, MakeOpen(bad)).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  options_.directory = "/proc/no/such";
  EXPECT_FALSE(Spool::Create(options_, MakeOpen()).ok());
}

TEST_F(SpoolTest, AFullDiskIsAnErrorAndChangesNothing) {
  const std::vector<PackedChunk> chunks = MakeChunks(2);
  {
    const auto spool = Created({chunks[0]});
    signal(SIGXFSZ, SIG_IGN);
    rlimit unlimited{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    // Not even half of the frame has room.
    rlimit limited = unlimited;
    limited.rlim_cur = sizes_[1] + 40;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limited), 0);
    const absl::Status status = spool->Append(chunks[1]);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), path_)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "free space there, or give another --spool")) << status;
    EXPECT_EQ(std::filesystem::file_size(path_), sizes_[1]);
    EXPECT_EQ(spool->last_seq(), 1u);
    EXPECT_TRUE(spool->Append(chunks[1]).ok());
  }
  const auto spool = Spool::Open(path_);
  ASSERT_TRUE(spool.ok()) << spool.status();
  EXPECT_EQ((*spool)->torn_bytes(), 0u);
  ExpectSame((*spool)->Read(2), chunks[1]);
}

TEST_F(SpoolTest, ListsFilesOldestFirstAndNothingElse) {
  EXPECT_EQ(SpoolFiles(options_.directory).status().code(), absl::StatusCode::kNotFound);
  const auto first = Created({});
  const auto second = Spool::Create(options_, MakeOpen(kOtherKey));
  ASSERT_TRUE(second.ok()) << second.status();
  WriteFile(options_.directory + "/notes.txt", "x");
  WriteFile(path_ + ".new", "half made");
  const std::string other_path = (*second)->path();
  std::filesystem::last_write_time(other_path, std::filesystem::last_write_time(path_) - std::chrono::hours(1));
  EXPECT_EQ(*SpoolFiles(options_.directory), std::vector<std::string>({other_path, path_}));
  ASSERT_TRUE(first->Remove().ok());
  EXPECT_TRUE(first->Remove().ok());
  EXPECT_EQ(*SpoolFiles(options_.directory), std::vector<std::string>({other_path}));
  EXPECT_EQ(Spool::Open(path_).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SpoolTest, RefusesFilesOfOtherKinds) {
  Created(MakeChunks(1)).reset();
  std::string newer = ReadFile(path_);
  newer[7] = 3;
  for (const std::string& bytes : {std::string(), std::string("SGSPOOL"), std::string("text, and more of it"), newer}) {
    const auto spool = Opened(bytes);
    EXPECT_EQ(spool.status().code(), absl::StatusCode::kInvalidArgument) << bytes.size();
    EXPECT_TRUE(absl::StrContains(spool.status().message(), "is not a spool file of version 2")) << spool.status();
    EXPECT_EQ(ReadFile(path_), bytes);
  }
}

}  // namespace
}  // namespace sandglass::collectors
