#include "collectors/importers/rocprofv3/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/rocprofv3/capture_text.h"

namespace sandglass::collectors::rocprofv3 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

absl::StatusOr<ImportReport> ImportText(const std::string& text, KeepingSink& sink, ImportOptions options = {}) {
  options.name = "test";
  const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
  return Import(*source, options, sink);
}

TEST(Rocprofv3ImporterTest, KernelsHaveTheNamesOfTheirSymbols) {
  KeepingSink sink;
  const auto report = ImportText(
      CaptureFile(CaptureProcess(absl::StrCat(DispatchRecord(2, 5000, 5400), ",", DispatchRecord(1, 3000, 5100)))),
      sink);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(sink.operators().size(), 2);
  const v1::Operator& add = sink.operators()[0];
  EXPECT_EQ(add.id(), 1);
  EXPECT_EQ(add.signature().name(), "add<4>");
  EXPECT_EQ(add.signature().kind(), v1::OPERATOR_KIND_DEVICE_KERNEL);
  EXPECT_EQ(add.start_ns(), 3000);
  EXPECT_EQ(add.duration_ps(), 2'100'000);
  EXPECT_EQ(add.device(), 0);
  EXPECT_EQ(add.queue(), 7);
  EXPECT_FALSE(add.has_launcher_id());
  EXPECT_FALSE(add.has_thread());
  // 300 threads take three blocks of 128.
  EXPECT_THAT(add.signature().launch().grid(), ElementsAre(3, 1, 1));
  EXPECT_THAT(add.signature().launch().block(), ElementsAre(128, 2, 1));
  EXPECT_EQ(add.signature().launch().shared_memory_bytes(), 512);
  EXPECT_EQ(sink.operators()[1].signature().name(), "mul.kd");
  EXPECT_THAT(report->imported, ElementsAre(Pair("kernels", 2)));
  EXPECT_THAT(report->missing, ElementsAre(Pair("device_work_not_linked", 2)));
  EXPECT_EQ(sink.summary().completeness().orphan_kernels(), 2);
  EXPECT_EQ(report->times.device_work_ps, 2'500'000);
  // Of 100 ns both ran.
  EXPECT_EQ(report->times.device_busy_ps, 2'400'000);
  EXPECT_EQ(sink.summary().window().start_ns(), 3000);
  EXPECT_EQ(sink.summary().window().end_ns(), 5400);
  EXPECT_THAT(sink.summary().work_done(), IsEmpty());
}

TEST(Rocprofv3ImporterTest, TheHeaderListsTheGpus) {
  KeepingSink sink;
  ASSERT_TRUE(ImportText(CaptureFile(CaptureProcess(DispatchRecord(1, 1, 2, 41))), sink).ok());
  EXPECT_EQ(sink.header().source_format(), "rocprofv3");
  EXPECT_EQ(sink.header().clock_base(), "monotonic");
  EXPECT_EQ(sink.header().phase(), v1::PHASE_UNSPECIFIED);
  ASSERT_EQ(sink.header().devices_size(), 2);
  EXPECT_EQ(sink.header().devices(0).raw_name(), "gfx942");
  EXPECT_EQ(sink.header().devices(0).silicon_class(), "");
  EXPECT_EQ(sink.header().devices(1).raw_name(), "AMD Instinct MI355X");
  EXPECT_EQ(sink.header().devices(1).silicon_class(), "amd-mi355x");
  EXPECT_EQ(sink.header().devices(1).ordinal(), 1);
  EXPECT_EQ(sink.operators()[0].device(), 1);
  ASSERT_EQ(sink.header().extras_size(), 1);
  EXPECT_EQ(sink.header().extras(0).value(), "python train.py");
}

TEST(Rocprofv3ImporterTest, CopiesSayWhatTheyMove) {
  KeepingSink sink;
  const auto report = ImportText(
      CaptureFile(CaptureProcess("", absl::StrJoin({CopyRecord(10, 30, 39, 41, 4096), CopyRecord(20, 30, 40, 39, 64),
                                                    absl::StrReplaceAll(CopyRecord(30, 40, 39, 39, 64),
                                                                        {{"\"operation\":2", "\"operation\":9"}})},
                                                   ","))),
      sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::Operator& copy = sink.operators()[0];
  EXPECT_EQ(copy.signature().kind(), v1::OPERATOR_KIND_MEMCPY);
  EXPECT_EQ(copy.signature().name(), "MEMORY_COPY_HOST_TO_DEVICE");
  EXPECT_EQ(copy.signature().written_bytes().value(), 4096);
  EXPECT_EQ(copy.signature().read_bytes().provenance(), v1::PROVENANCE_STATED);
  EXPECT_EQ(copy.device(), 1);
  EXPECT_FALSE(copy.has_queue());
  EXPECT_EQ(sink.operators()[1].device(), 0);
  EXPECT_EQ(sink.operators()[2].signature().name(), "memory_copy");
  EXPECT_FALSE(sink.operators()[2].has_device());
  EXPECT_EQ(report->missing.at("device_work_of_no_device"), 1);
  EXPECT_THAT(report->imported, ElementsAre(Pair("copies", 3)));
}

TEST(Rocprofv3ImporterTest, CallsAndOtherProcessesAreLeftOut) {
  KeepingSink sink;
  const auto report =
      ImportText(CaptureFile(absl::StrCat(CaptureProcess(DispatchRecord(1, 1, 2), "", R"({"a":1},{"b":2})"), ",",
                                          CaptureProcess(DispatchRecord(1, 5, 6), "", R"({"a":1})"))),
                 sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.operators().size(), 1);
  EXPECT_THAT(report->left_out, ElementsAre(Pair("hip_api", 2)));
  EXPECT_EQ(report->missing.at("work_of_other_processes"), 1);
  EXPECT_EQ(sink.header().devices_size(), 2);
}

// Handles and ids mean something else in each, wherever its metadata stand, or if it has none.
TEST(Rocprofv3ImporterTest, AProcessEndsWhereItsObjectDoes) {
  const std::string other =
      absl::StrReplaceAll(CaptureProcess(DispatchRecord(1, 5, 6)), {{"\"metadata\"", "\"meta\""}, {"add<4>", "other"}});
  KeepingSink sink;
  const auto report = ImportText(CaptureFile(absl::StrCat(CaptureProcess(DispatchRecord(1, 1, 2)), ",", other)), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(sink.operators().size(), 1);
  EXPECT_EQ(sink.operators()[0].signature().name(), "add<4>");
  EXPECT_EQ(report->missing.at("work_of_other_processes"), 1);
}

TEST(Rocprofv3ImporterTest, WhatNoStoreTakesIsCutOrLeftOut) {
  const std::string text =
      absl::StrReplaceAll(CaptureProcess(DispatchRecord(1, 1, 2)),
                          {{"AMD Instinct MI355X", std::string(9000, 'x')}, {"train.py", std::string(2000, 'y')}});
  KeepingSink sink;
  const auto report = ImportText(CaptureFile(text), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->missing.at("names_cut"), 1);
  EXPECT_EQ(report->left_out.at("long_commands"), 1);
  EXPECT_THAT(sink.header().extras(), IsEmpty());
}

// 0 is a handle as any other, and no agent's of a record that names none.
TEST(Rocprofv3ImporterTest, ARecordWithoutAnAgentIsOfNone) {
  const std::string text = absl::StrReplaceAll(CaptureProcess(DispatchRecord(1, 1, 2)),
                                               {{"{\"handle\":40}", "{\"handle\":0}"}, {"\"agent_id\"", "\"agent\""}});
  KeepingSink sink;
  const auto report = ImportText(CaptureFile(text), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(sink.operators()[0].has_device());
  EXPECT_EQ(report->missing.at("device_work_of_no_device"), 1);
}

TEST(Rocprofv3ImporterTest, OlderFilesHaveNoStreams) {
  KeepingSink sink;
  ASSERT_TRUE(ImportText(CaptureFile(CaptureProcess(DispatchRecord(1, 1, 2, 40, ""))), sink).ok());
  EXPECT_EQ(sink.operators()[0].queue(), 3);
}

TEST(Rocprofv3ImporterTest, DamageIsCountedAndTheRestIsTaken) {
  KeepingSink sink;
  const auto report = ImportText(
      CaptureFile(CaptureProcess(absl::StrJoin(
          {DispatchRecord(1, 20, 10), DispatchRecord(1, 0, 0), DispatchRecord(1, INT64_MAX - 1, INT64_MAX),
           std::string("{\"kind\":2}"), std::string("5"), std::string("{\"x\" 1}"), DispatchRecord(8, 1, 2, 99),
           absl::StrReplaceAll(DispatchRecord(1, 3, 4), {{"\"x\":128", "\"x\":0"}})},
          ","))),
      sink);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(sink.operators().size(), 2);
  EXPECT_EQ(report->missing.at("damaged_events"), 6);
  EXPECT_EQ(report->missing.at("kernels_without_name"), 1);
  EXPECT_EQ(report->missing.at("device_work_of_no_device"), 1);
  EXPECT_EQ(sink.operators()[0].signature().name(), "kernel 8");
  EXPECT_FALSE(sink.operators()[0].has_device());
  EXPECT_THAT(sink.operators()[1].signature().launch().grid(), IsEmpty());
  ASSERT_EQ(report->problems.size(), 1);
  EXPECT_THAT(report->problems[0], HasSubstr("no start and end that follow each other"));
}

TEST(Rocprofv3ImporterTest, LongNamesAreCutAndToldApart) {
  KeepingSink sink;
  const std::string name(5000, 'k');
  const auto report =
      ImportText(absl::StrReplaceAll(CaptureFile(CaptureProcess(DispatchRecord(1, 1, 2))), {{"add<4>", name}}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sink.operators()[0].signature().name().size(), 4096);
  EXPECT_EQ(report->missing.at("names_cut"), 1);
}

TEST(Rocprofv3ImporterTest, AFileThatIsCutOffAnywhereSaysSo) {
  const std::string text =
      CaptureFile(CaptureProcess(absl::StrCat(DispatchRecord(1, 1, 2), ",", DispatchRecord(2, 3, 4))));
  for (size_t size = 0; size < text.size(); ++size) {
    KeepingSink sink;
    const auto report = ImportText(text.substr(0, size), sink);
    if (report.ok()) {
      EXPECT_EQ(report->missing.count("file_cut_off"), 1) << size;
      EXPECT_EQ(report->problems.size(), 1) << size;
    } else {
      EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << size;
      EXPECT_THAT(sink.operators(), IsEmpty()) << size;
    }
  }
}

TEST(Rocprofv3ImporterTest, OtherFilesAreRefused) {
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("{}"), std::string("[]"),
        std::string(R"({"rocprofiler-sdk-tool":{}})"), CaptureFile(""), CaptureFile(CaptureProcess("", "", "{}"))}) {
    KeepingSink sink;
    const auto report = ImportText(text, sink);
    EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument) << text << ": " << report.status();
    EXPECT_THAT(sink.operators(), IsEmpty());
  }
}

TEST(Rocprofv3ImporterTest, FilesAreKnownByTheirBeginning) {
  EXPECT_TRUE(Matches(" {\n \"rocprofiler-sdk-tool\": ["));
  for (const char* other : {"", "{", "[\"rocprofiler-sdk-tool\"", R"({"traceEvents": []})"}) {
    EXPECT_FALSE(Matches(other)) << other;
  }
}

TEST(Rocprofv3ImporterTest, AStoppedImportEndsWithCancelled) {
  std::string records = DispatchRecord(1, 1, 2);
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&records, ",", DispatchRecord(1, 2 + i, 3 + i));
  for (const std::string last : {"reading", "sending"}) {
    ImportOptions options;
    options.progress = [&](absl::string_view doing, uint64_t) { return doing != last; };
    KeepingSink sink;
    EXPECT_EQ(ImportText(CaptureFile(CaptureProcess(records)), sink, options).status().code(),
              absl::StatusCode::kCancelled);
    EXPECT_EQ(sink.aborted(), last == "sending");
  }
}

}  // namespace
}  // namespace sandglass::collectors::rocprofv3
