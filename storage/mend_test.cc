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
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/db.h"
#include "storage/backup.h"
#include "storage/database.h"
#include "storage/fault_hooks.h"
#include "storage/ingest_fixture.h"
#include "storage/inventory.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

// What a table holds does not move to another one meanwhile.
class Uncompacted {
 protected:
  Uncompacted() { TheFaultHooks().uncompacted = true; }
  ~Uncompacted() { TheFaultHooks() = FaultHooks(); }
};

class MendRecordsTest : public Uncompacted, public IngestTest {
 protected:
  std::string path() const { return folder_.File("store"); }

  // The tables of the closed store, by name.
  std::vector<fs::path> Tables() const {
    std::vector<fs::path> tables;
    for (const fs::directory_entry& entry : fs::directory_iterator(path())) {
      if (entry.path().extension() == ".sst") tables.push_back(entry.path());
    }
    std::sort(tables.begin(), tables.end());
    return tables;
  }

  void Close() {
    ingest_.reset();
    store_.reset();
  }
};

// Three sealed traces, each in tables of its own, and one that was removed.
class MendTest : public Uncompacted, public IngestTest {
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
    std::sort(tables_.begin(), tables_.end());
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
  size_t CountWhole(bool removed_may_be_back = false) {
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
    EXPECT_TRUE(removed_may_be_back || !(*store)->FindSealed(kDefaultTenant, "removed").ok());
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
  Close();
  const std::vector<fs::path> tables = Tables();
  const fs::path largest = *std::max_element(tables.begin(), tables.end(), [](const fs::path& a, const fs::path& b) {
    return fs::file_size(a) < fs::file_size(b);
  });
  // The blocks of the first trace come first.
  Flip(largest, 1000);
  const auto report = Mend(path(), {.backups = "", .quarantine = true});
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
  Close();
  fs::copy(path(), folder_.File("whole"), fs::copy_options::recursive);
  int rolled_back = 0;
  for (const fs::path& table : Tables()) {
    fs::remove_all(path());
    fs::copy(folder_.File("whole"), path(), fs::copy_options::recursive);
    fs::remove(table);
    const auto report = Mend(path(), {.backups = "", .quarantine = true});
    ASSERT_TRUE(report.ok()) << report.status();
    Restart();
    v1::GetStatusRequest status;
    status.set_trace_id(open.trace_id());
    const auto state = ingest_->GetStatus(kDefaultTenant, status);
    // Gone, sealed with whatever damage, or at its end: nobody goes on with it.
    EXPECT_FALSE(state.ok() && state->state() == v1::TRACE_STATE_OPEN) << table;
    if (state.ok() && state->state() == v1::TRACE_STATE_EXPIRED) ++rolled_back;
    Close();
  }
  EXPECT_GE(rolled_back, 1);
}

// Records of many traces share a table, in several blocks of it, and one of these is damaged.
TEST_F(MendRecordsTest, RecordsOfTracesArePutBackToo) {
  std::vector<v1::TraceManifest> sealed;
  for (uint64_t client = 1; client <= 40; ++client) {
    sealed.push_back(Collect(client, "trace-" + std::to_string(client), {{10, kColumns}}));
  }
  Restart();
  Close();
  fs::copy(path(), folder_.File("whole"), fs::copy_options::recursive);
  size_t in_part = 0;
  for (const fs::path& table : Tables()) {
    fs::remove_all(path());
    fs::copy(folder_.File("whole"), path(), fs::copy_options::recursive);
    Flip(table, fs::file_size(table) / 3);
    const auto report = Mend(path(), {.backups = "", .quarantine = true});
    ASSERT_TRUE(report.ok()) << report.status();
    Restart();
    size_t whole = 0;
    for (const v1::TraceManifest& manifest : sealed) {
      whole += store_->Verify(kDefaultTenant, manifest.trace_id()).ok() ? 1 : 0;
    }
    EXPECT_EQ(whole + report->lost.size(), sealed.size()) << table;
    const bool records = std::any_of(report->lost.begin(), report->lost.end(), [](const LostTrace& lost) {
      return absl::StrContains(lost.what, "is missing with");
    });
    in_part += records && whole > sealed.size() / 2 ? 1 : 0;
    Close();
  }
  EXPECT_EQ(in_part, 1u);
}

// The record of a trace is lost, and what the index says of it must not keep its client and its name from anything.
TEST_F(MendRecordsTest, WhatLeadsToNoTraceGoes) {
  Collect(1, "trace", {{10, kColumns}});
  Restart();
  Close();
  fs::copy(path(), folder_.File("whole"), fs::copy_options::recursive);
  int gone = 0;
  for (const fs::path& table : Tables()) {
    fs::remove_all(path());
    fs::copy(folder_.File("whole"), path(), fs::copy_options::recursive);
    fs::resize_file(table, 0);
    const auto report = Mend(path(), {.backups = "", .quarantine = true});
    ASSERT_TRUE(report.ok()) << report.status();
    Restart();
    const auto found = store_->FindSealed(kDefaultTenant, "trace");
    if (!found.ok()) {
      ++gone;
      ExpectError(found.status(), absl::StatusCode::kNotFound, "no trace 'trace'");
      const auto opened = ingest_->Open(kDefaultTenant, SampleOpen(1, "trace"));
      ASSERT_TRUE(opened.ok()) << opened.status();
      const v1::TraceManifest again = Collect(1, "trace", {{10, kColumns}});
      EXPECT_TRUE(store_->Verify(kDefaultTenant, again.trace_id()).ok());
    }
    Close();
  }
  EXPECT_EQ(gone, 1);
}

// All that a store holds: records by family and key, what it acknowledged, and what it lists as lost.
struct Held {
  std::vector<std::map<std::string, std::string>> records;
  std::vector<TraceKey> acknowledged;
  // Without the times.
  std::vector<std::string> lost;

  bool operator==(const Held&) const = default;
};

Held HeldBy(const std::string& directory) {
  Held held;
  StoreOptions options;
  options.read_only = true;
  const auto database = Database::Open(directory, options);
  EXPECT_TRUE(database.ok()) << database.status();
  if (!database.ok()) return held;
  for (const Family family : {Family::kMeta, Family::kBlocks, Family::kDictionary, Family::kIndex, Family::kReports}) {
    std::map<std::string, std::string>& records = held.records.emplace_back();
    EXPECT_TRUE((*database)
                    ->Scan(family, "", std::string(40, '\xff'),
                           [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                             records[std::string(key)] = std::string(value);
                             return true;
                           })
                    .ok());
  }
  const auto noted = Inventory::Read(directory);
  EXPECT_TRUE(noted.ok() && noted->has_value()) << noted.status();
  if (noted.ok() && noted->has_value()) {
    for (const auto& [trace, mark] : (*noted)->traces) held.acknowledged.push_back(trace);
  }
  std::ifstream lost(directory + "/quarantine/LOST");
  for (std::string line; std::getline(lost, line);) held.lost.push_back(line.substr(line.find(' ')));
  return held;
}

// Copies a store as it is at each step of a mend, which is what a death at that step leaves.
class Steps {
 public:
  Steps(fs::path store, fs::path copies) : store_(std::move(store)), copies_(std::move(copies)) {
    current_ = this;
    TheFaultHooks().at = [](const char* point) { current_->At(point); };
  }
  ~Steps() { TheFaultHooks().at = nullptr; }
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;

  // By the name of the step.
  const std::vector<std::pair<std::string, fs::path>>& copies() const { return made_; }

 private:
  void At(const std::string& point) {
    const fs::path copy = copies_ / std::to_string(made_.size());
    fs::copy(store_, copy, fs::copy_options::recursive);
    made_.emplace_back(point, copy);
  }

  static inline Steps* current_ = nullptr;
  const fs::path store_;
  const fs::path copies_;
  std::vector<std::pair<std::string, fs::path>> made_;
};

TEST_F(MendTest, OneThatWasCutOffAnywhereIsFinished) {
  const MendOptions options{.backups = "", .quarantine = true};
  std::set<std::string> points;
  size_t lost = 0;
  // One table is damaged, and one is missing.
  for (size_t i = 0; i + 1 < tables_.size(); i += 4) {
    MakeWhole();
    Flip(tables_[i], fs::file_size(tables_[i]) / 2);
    fs::remove(tables_[i + 1]);
    const fs::path copies = folder_.File(absl::StrCat("copies-", i));
    fs::create_directory(copies);
    std::vector<std::pair<std::string, fs::path>> steps;
    MendReport whole;
    {
      const Steps recorded(path(), copies);
      whole = MendOrDie(options);
      steps = recorded.copies();
    }
    const Held held = HeldBy(path());
    lost += whole.lost.size();
    for (const auto& [point, copy] : steps) {
      points.insert(point);
      fs::remove_all(path());
      fs::rename(copy, path());
      if (fs::exists(path() / "quarantine/MENDING")) {
        StoreOptions accept;
        accept.accept_loss = true;
        ExpectError(TraceStore::Open(path(), accept).status(), absl::StatusCode::kFailedPrecondition,
                    "its mending was cut off; finish it with sandglass store mend --quarantine");
        // To look at it says so, and changes nothing.
        const MendReport looked = MendOrDie({});
        EXPECT_EQ(looked.files.size(), 2u) << point;
        for (const DamagedFile& file : looked.files) EXPECT_EQ(file.state, DamagedFile::State::kDamaged) << point;
      }
      const MendReport again = MendOrDie(options);
      EXPECT_EQ(again.files.size(), 2u) << point;
      ASSERT_EQ(again.lost.size(), whole.lost.size()) << point;
      for (size_t k = 0; k < again.lost.size(); ++k) {
        EXPECT_EQ(again.lost[k].trace_id, whole.lost[k].trace_id) << point;
        EXPECT_EQ(again.lost[k].name, whole.lost[k].name) << point;
        EXPECT_EQ(again.lost[k].what, whole.lost[k].what) << point;
      }
      EXPECT_TRUE(HeldBy(path()) == held) << point << ", tables from " << i;
      EXPECT_EQ(fs::exists(path() / "quarantine" / tables_[i].filename()), true) << point;
      EXPECT_TRUE(MendOrDie({}).files.empty()) << point;
    }
  }
  EXPECT_GE(points.size(), 12u);
  EXPECT_GE(lost, 2u);
}

TEST_F(MendTest, OneThatWasCutOffMayBeFinishedWithABackup) {
  fs::resize_file(tables_[0], 10);
  fs::create_directory(folder_.File("copies"));
  std::vector<std::pair<std::string, fs::path>> steps;
  {
    const Steps recorded(path(), folder_.File("copies"));
    MendOrDie({.backups = "", .quarantine = true});
    steps = recorded.copies();
  }
  // The plan is written, and nothing taken out yet.
  const auto planned =
      std::find_if(steps.begin(), steps.end(), [](const auto& step) { return step.first == "mend-planned"; });
  ASSERT_NE(planned, steps.end());
  fs::remove_all(path());
  fs::rename(planned->second, path());
  const MendReport restored = MendOrDie({.backups = backups()});
  ASSERT_EQ(restored.files.size(), 1u);
  EXPECT_EQ(restored.files[0].state, DamagedFile::State::kRestored);
  const MendReport finished = MendOrDie({.backups = "", .quarantine = true});
  EXPECT_TRUE(finished.files.empty());
  EXPECT_TRUE(finished.lost.empty());
  EXPECT_EQ(CountWhole(), 3u);
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

// What the disk does not let be read is not taken for the end of a table.
TEST_F(MendTest, ATableThatCannotBeReadIsNotGivenUp) {
  MakeWhole();
  const fs::path table = tables_[0];
  Flip(table, fs::file_size(table) / 2);
  const MendOptions options{.backups = "", .quarantine = true};
  MendOrDie(options);
  const Held held = HeldBy(path());

  MakeWhole();
  Flip(table, fs::file_size(table) / 2);
  static fs::path in_quarantine;
  in_quarantine = path() / "quarantine" / table.filename();
  // A directory can be opened, but not read.
  TheFaultHooks().at = [](const char* point) {
    if (point != std::string("mend-moved")) return;
    fs::rename(in_quarantine, in_quarantine.string() + ".aside");
    fs::create_directory(in_quarantine);
  };
  ExpectError(Mend(path(), options).status(), absl::StatusCode::kUnavailable, "cannot be read");
  TheFaultHooks().at = nullptr;
  fs::remove(in_quarantine);
  fs::rename(in_quarantine.string() + ".aside", in_quarantine);
  MendOrDie(options);
  EXPECT_TRUE(HeldBy(path()) == held);
}

TEST_F(MendTest, ItsLockIsHeldAllTheTime) {
  fs::resize_file(tables_[0], 10);
  static std::string directory;
  static int asked;
  directory = path();
  asked = 0;
  TheFaultHooks().at = [](const char* point) {
    if (!absl::StartsWith(point, "mend-")) return;
    ++asked;
    ExpectError(Database::Open(directory, {}).status(), absl::StatusCode::kFailedPrecondition,
                "locked by this process");
  };
  MendOrDie({.backups = "", .quarantine = true});
  EXPECT_GE(asked, 8);
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
