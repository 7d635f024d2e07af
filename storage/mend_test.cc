#include "storage/mend.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/backup.h"
#include "storage/ingest_fixture.h"
#include "storage/scrub.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

using MendRecordsTest = IngestTest;

// Three sealed traces, each in tables of its own, and one that was removed.
class MendTest : public IngestTest {
 protected:
  MendTest() {
    for (uint64_t client : {1, 2, 3}) {
      sealed_.push_back(Collect(client, "trace-" + std::to_string(client), {{3000, kColumns}}));
      // The next opening moves the log into tables.
      Restart();
    }
    const v1::TraceManifest removed = Collect(4, "removed", {{100, kColumns}});
    Restart();
    EXPECT_TRUE(store_->Delete(kDefaultTenant, removed.trace_id()).ok());
    Restart();
    EXPECT_TRUE(CreateBackup(*store_, backups(), [] { return true; }).ok());
    Close();
    // Compactions may have gone on after the backup, so the store of the tests is made of it.
    EXPECT_TRUE(RestoreBackup(backups(), 0, folder_.File("whole"), [](size_t, size_t) { return true; }).ok());
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_.File("whole"))) {
      if (entry.path().extension() == ".sst") tables_.push_back(path() / entry.path().filename());
    }
    MakeWhole();
  }

  fs::path path() const { return folder_.File("store"); }
  std::string backups() const { return folder_.File("backups"); }

  void Close() {
    ingest_.reset();
    store_.reset();
  }

  void MakeWhole() {
    fs::remove_all(path());
    fs::copy(folder_.File("whole"), path(), fs::copy_options::recursive);
  }

  MendReport MendOrDie(const MendOptions& options) {
    const auto report = Mend(path(), options);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : MendReport();
  }

  // How many of the sealed traces are whole. The others are gone or say that they are damaged.
  size_t CountWhole() {
    const auto store = TraceStore::Open(path(), {});
    EXPECT_TRUE(store.ok()) << store.status();
    if (!store.ok()) return 0;
    size_t whole = 0;
    for (const v1::TraceManifest& manifest : sealed_) {
      const absl::Status status = (*store)->Verify(kDefaultTenant, manifest.trace_id());
      if (status.ok()) {
        const auto found = (*store)->FindSealed(kDefaultTenant, manifest.header().name());
        EXPECT_TRUE(found.ok() && found->content_digest() == manifest.content_digest());
        ++whole;
      } else {
        EXPECT_TRUE(absl::IsDataLoss(status) || absl::IsNotFound(status) || absl::IsFailedPrecondition(status))
            << status;
      }
    }
    EXPECT_FALSE((*store)->FindSealed(kDefaultTenant, "removed").ok());
    return whole;
  }

  std::vector<v1::TraceManifest> sealed_;
  std::vector<fs::path> tables_;
};

void Flip(const fs::path& path, uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

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

// Two traces share each table, and one block of one of them is damaged.
TEST_F(MendRecordsTest, WhatCanBeReadOfADamagedTableIsPutBack) {
  std::vector<v1::TraceManifest> sealed;
  for (uint64_t client : {1, 2}) {
    // Some 300 bytes each, in data blocks of 4 KiB.
    const std::vector<std::pair<uint32_t, v1::Chunk::Form>> chunks(20, {4096, kColumns});
    sealed.push_back(Collect(client, "trace-" + std::to_string(client), chunks));
  }
  Restart();
  ingest_.reset();
  store_.reset();
  const std::string path = folder_.File("store");
  fs::path largest;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() != ".sst") continue;
    if (largest.empty() || entry.file_size() > fs::file_size(largest)) largest = entry.path();
  }
  // The blocks of the first trace come first.
  Flip(largest, 1000);
  const auto report = Mend(path, {.backups = "", .quarantine = true});
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->lost.size(), 1u);
  EXPECT_EQ(report->lost[0].trace_id, sealed[0].trace_id());
  EXPECT_EQ(report->lost[0].name, "trace-1");
  Restart();
  EXPECT_TRUE(absl::IsDataLoss(store_->Verify(kDefaultTenant, sealed[0].trace_id())));
  EXPECT_TRUE(store_->Verify(kDefaultTenant, sealed[1].trace_id()).ok());
}

// The newest record of a trace is in a table of its own, and an older one comes to light without it.
TEST_F(MendRecordsTest, AnOlderRecordIsNotTakenForTheNewest) {
  const v1::OpenRequest request = SampleOpen(1, "trace");
  const v1::OpenResponse open = Open(request);
  Chunker chunker;
  ASSERT_TRUE(Append(Attach(open), chunker.NextSample(30, kColumns)).ok());
  Restart();
  const v1::OpenResponse again = Open(request);
  ASSERT_TRUE(Append(Attach(again), chunker.NextSample(30, kColumns)).ok());
  ASSERT_TRUE(ingest_->Seal(kDefaultTenant, SampleSeal(again, chunker)).ok());
  Restart();
  ingest_.reset();
  store_.reset();
  const std::string path = folder_.File("store");
  fs::copy(path, folder_.File("whole"), fs::copy_options::recursive);
  int rolled_back = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_.File("whole"))) {
    if (entry.path().extension() != ".sst") continue;
    fs::remove_all(path);
    fs::copy(folder_.File("whole"), path, fs::copy_options::recursive);
    fs::remove(path + "/" + entry.path().filename().string());
    const auto report = Mend(path, {.backups = "", .quarantine = true});
    ASSERT_TRUE(report.ok()) << report.status();
    Restart();
    v1::GetStatusRequest status;
    status.set_trace_id(open.trace_id());
    const auto state = ingest_->GetStatus(kDefaultTenant, status);
    // Gone, sealed with whatever damage, or at its end: nobody goes on with it.
    EXPECT_FALSE(state.ok() && state->state() == v1::TRACE_STATE_OPEN) << entry.path();
    if (state.ok() && state->state() == v1::TRACE_STATE_EXPIRED) ++rolled_back;
    ingest_.reset();
    store_.reset();
  }
  EXPECT_GE(rolled_back, 1);
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
