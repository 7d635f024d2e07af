// Mends that are cut off, at any step, and what keeps others from the store meanwhile.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/database.h"
#include "storage/fault_hooks.h"
#include "storage/inventory.h"
#include "storage/mend.h"
#include "storage/mend_fixture.h"

namespace sandglass::storage {
namespace {

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

}  // namespace
}  // namespace sandglass::storage
