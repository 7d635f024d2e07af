// Stores whose tables are known, for tests that damage them and mend them.
//
// Each store is in a temporary folder of its test.
#ifndef SANDGLASS_STORAGE_MEND_FIXTURE_H_
#define SANDGLASS_STORAGE_MEND_FIXTURE_H_

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "storage/backup.h"
#include "storage/fault_hooks.h"
#include "storage/ingest_fixture.h"
#include "storage/mend.h"

namespace sandglass::storage {

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

inline void Flip(const fs::path& path, uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_MEND_FIXTURE_H_
