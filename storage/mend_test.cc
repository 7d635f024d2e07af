#include "storage/mend.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/db.h"
#include "storage/mend_fixture.h"

namespace sandglass::storage {
namespace {

using Damage = std::function<void(const fs::path&)>;

std::map<std::string, Damage> Damages() {
  return {
      {"first byte", [](const fs::path& path) { Flip(path, 0); }},
      {"middle", [](const fs::path& path) { Flip(path, fs::file_size(path) / 2); }},
      {"last byte", [](const fs::path& path) { Flip(path, fs::file_size(path) - 1); }},
      {"half", [](const fs::path& path) { fs::resize_file(path, fs::file_size(path) / 2); }},
      {"empty", [](const fs::path& path) { fs::resize_file(path, 0); }},
      {"missing", [](const fs::path& path) { fs::remove(path); }},
  };
}

TEST_F(MendTest, AWholeStoreNeedsNothing) {
  EXPECT_TRUE(MendOrDie({}).files.empty());
  EXPECT_EQ(CountWhole(), 3u);
}

TEST_F(MendTest, EveryDamageIsFoundAndNothingIsChanged) {
  ASSERT_GE(tables_.size(), 6u);
  for (const auto& [name, damage] : Damages()) {
    MakeWhole();
    damage(tables_[0]);
    const MendReport report = MendOrDie({});
    ASSERT_EQ(report.files.size(), 1u) << name;
    EXPECT_EQ(report.files[0].name, tables_[0].filename());
    EXPECT_EQ(report.files[0].state, DamagedFile::State::kDamaged);
    EXPECT_FALSE(fs::exists(path() / "quarantine"));
  }
}

TEST_F(MendTest, ABackupBringsEverythingBack) {
  for (const fs::path& table : tables_) {
    for (const auto& [name, damage] : Damages()) {
      MakeWhole();
      damage(table);
      const MendReport report = MendOrDie({.backups = backups()});
      ASSERT_EQ(report.files.size(), 1u) << table << ", " << name;
      EXPECT_EQ(report.files[0].state, DamagedFile::State::kRestored);
      EXPECT_TRUE(report.lost.empty());
      EXPECT_EQ(CountWhole(), 3u) << table << ", " << name;
    }
  }
}

TEST_F(MendTest, QuarantineGivesUpWhatIsLostAndServesTheRest) {
  size_t served = 0;
  for (const fs::path& table : tables_) {
    for (const auto& [name, damage] : Damages()) {
      MakeWhole();
      damage(table);
      const MendReport report = MendOrDie({.backups = "", .quarantine = true});
      ASSERT_EQ(report.files.size(), 1u) << table << ", " << name;
      EXPECT_EQ(report.files[0].state, DamagedFile::State::kQuarantined);
      EXPECT_EQ(fs::exists(path() / "quarantine" / table.filename()), name != "missing");
      const size_t whole = CountWhole();
      // Every trace is whole or named.
      EXPECT_EQ(whole + report.lost.size(), 3u) << table << ", " << name;
      EXPECT_TRUE(fs::exists(path() / "quarantine" / "LOST"));
      served += whole;
      // A second look finds nothing more.
      EXPECT_TRUE(MendOrDie({}).files.empty());
    }
  }
  EXPECT_GT(served, tables_.size());
}

void WriteGarbage(const fs::path& path) { std::ofstream(path, std::ios::binary | std::ios::trunc) << "garbage"; }

// As a program writes it that is not ours: RocksDB's own tools, say.
TEST_F(MendTest, ATableWithoutAChecksumIsJudgedByItsBlocks) {
  {
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, path(), families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> database(raw);
    EXPECT_TRUE(database->Put({}, handles.back(), "key", std::string(100, 'x')).ok());
    EXPECT_TRUE(database->Flush({}, handles.back()).ok());
    for (rocksdb::ColumnFamilyHandle* handle : handles) EXPECT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
  }
  EXPECT_TRUE(MendOrDie({}).files.empty());
  fs::path table;
  for (const fs::directory_entry& entry : fs::directory_iterator(path())) {
    if (entry.path().extension() == ".sst") table = std::max(table, entry.path());
  }
  EXPECT_EQ(std::count(tables_.begin(), tables_.end(), table), 0);
  const std::string others = folder_.File("others");
  fs::create_directories(others + "/shared_checksum");
  fs::copy_file(table, absl::StrCat(others, "/shared_checksum/", table.stem().string(), "_s0_1.sst"));
  Flip(table, 20);
  const MendReport report = MendOrDie({.backups = others});
  ASSERT_EQ(report.files.size(), 1u);
  EXPECT_EQ(report.files[0].what, "has blocks without their checksums");
  // Nobody can tell whether a copy is one.
  EXPECT_EQ(report.files[0].state, DamagedFile::State::kDamaged);
}

// Nobody knows what was acknowledged: whatever is there counts.
TEST_F(MendTest, WithoutAnInventoryNothingThatIsThereIsGivenUp) {
  for (size_t i = 0; i < tables_.size(); ++i) {
    const fs::path& table = tables_[i];
    MakeWhole();
    Flip(table, fs::file_size(table) / 2);
    MendOrDie({.backups = "", .quarantine = true});
    const size_t with_inventory = CountWhole();
    MakeWhole();
    Flip(table, fs::file_size(table) / 2);
    const fs::path inventory = path() / "INVENTORY";
    if (i % 2 == 0) {
      fs::remove(inventory);
    } else {
      WriteGarbage(inventory);
    }
    const MendReport looked = MendOrDie({});
    ASSERT_EQ(looked.files.size(), 2u) << table;
    EXPECT_EQ(looked.files[1].name, "INVENTORY");
    EXPECT_EQ(looked.files[1].what, i % 2 == 0 ? "is missing" : "is damaged");
    EXPECT_FALSE(fs::exists(path() / "quarantine"));
    const MendReport report = MendOrDie({.backups = "", .quarantine = true});
    EXPECT_TRUE(report.without_inventory);
    EXPECT_EQ(CountWhole(/*removed_may_be_back=*/true), with_inventory) << table;
    const auto store = TraceStore::Open(path(), {});
    ASSERT_TRUE(store.ok()) << store.status();
    for (const v1::TraceManifest& manifest : sealed_) {
      const bool named = std::any_of(report.lost.begin(), report.lost.end(),
                                     [&](const LostTrace& lost) { return lost.trace_id == manifest.trace_id(); });
      EXPECT_NE(named, (*store)->Verify(kDefaultTenant, manifest.trace_id()).ok()) << table;
    }
  }
}

TEST_F(MendTest, AnInventoryAloneIsMadeAnew) {
  WriteGarbage(path() / "INVENTORY");
  EXPECT_FALSE(TraceStore::Open(path(), {}).ok());
  const MendReport looked = MendOrDie({.backups = backups()});
  ASSERT_EQ(looked.files.size(), 1u);
  EXPECT_EQ(looked.files[0].state, DamagedFile::State::kDamaged);
  const MendReport report = MendOrDie({.backups = backups(), .quarantine = true});
  ASSERT_EQ(report.files.size(), 1u);
  EXPECT_EQ(report.files[0].state, DamagedFile::State::kQuarantined);
  EXPECT_TRUE(report.lost.empty());
  EXPECT_EQ(CountWhole(), 3u);
}

TEST_F(MendTest, BackupsThatAreNotThereAreAnError) {
  fs::resize_file(tables_[0], 10);
  ExpectError(Mend(path(), {.backups = folder_.File("none"), .quarantine = true}).status(), absl::StatusCode::kNotFound,
              "no backups at");
  EXPECT_FALSE(fs::exists(path() / "quarantine"));
}

// The lock of a store is this process's own; whoever is refused must not take it away.
TEST_F(MendTest, AStoreThatThisProcessHasOpenStaysLocked) {
  const auto store = TraceStore::Open(path(), {});
  ASSERT_TRUE(store.ok()) << store.status();
  ExpectError(TraceStore::Open(path(), {}).status(), absl::StatusCode::kFailedPrecondition, "locked by this process");
  ExpectError(Mend(path(), {}).status(), absl::StatusCode::kFailedPrecondition, "locked by this process");
  const std::string lock = path() / "LOCK";
  const pid_t other = fork();
  if (other == 0) {
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const int file = open(lock.c_str(), O_RDWR);
    _exit(file >= 0 && fcntl(file, F_SETLK, &whole) == 0 ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(other, &status, 0), other);
  EXPECT_EQ(status, 0) << "another process could lock it";
}

TEST_F(MendTest, AStoreThatIsOpenIsLeftAlone) {
  // Locked as RocksDB does it, by another process: this one's own locks do not count.
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const std::string lock = path() / "LOCK";
  const pid_t holder = fork();
  if (holder == 0) {
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const int file = open(lock.c_str(), O_RDWR | O_CREAT, 0600);
    const bool held = fcntl(file, F_SETLK, &whole) == 0 && write(ready[1], "x", 1) == 1;
    if (held) pause();
    _exit(1);
  }
  close(ready[1]);
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ExpectError(Mend(path(), {}).status(), absl::StatusCode::kFailedPrecondition,
              absl::StrCat("locked by process ", holder));
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
}

TEST_F(MendTest, WhatIsNoStoreIsNotFound) {
  ExpectError(Mend(folder_.File("nothing"), {}).status(), absl::StatusCode::kNotFound, "no store at");
}

}  // namespace
}  // namespace sandglass::storage
