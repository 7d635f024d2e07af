// What of traces' records is put back when a table is mended, and what is removed.
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "storage/mend.h"
#include "storage/mend_fixture.h"

namespace sandglass::storage {
namespace {

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

}  // namespace
}  // namespace sandglass::storage
