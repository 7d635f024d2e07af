// No export of a real recording was at hand: the databases here are made from the schema as it is documented.
#include "collectors/importers/nsight/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/nsight/nsight_database.h"

namespace sandglass::collectors::nsight {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

absl::StatusOr<ImportReport> ImportBytes(const std::string& bytes, KeepingSink& sink, ImportOptions options = {}) {
  options.name = "test";
  const std::unique_ptr<ByteSource> source = MemoryByteSource(bytes);
  return Import(*source, options, sink);
}

absl::StatusOr<ImportReport> ImportStatements(const std::string& statements, KeepingSink& sink) {
  return ImportBytes(MakeDatabase(statements), sink);
}

TEST(NsightImporterTest, RangesLaunchDeviceWork) {
  KeepingSink sink;
  const auto report = ImportStatements(absl::StrCat(kSchema, kStep), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(sink.operators().size(), 5u);
  const v1::Operator step = sink.Find("step");
  const v1::Operator forward = sink.Find("forward");
  const v1::Operator gemm = sink.Find("void gemm<float>(int)");
  EXPECT_EQ(step.signature().kind(), v1::OPERATOR_KIND_ANNOTATION);
  EXPECT_EQ(step.start_ns(), 1000);
  EXPECT_EQ(step.duration_ps(), 8'000'000);
  EXPECT_EQ(step.self_ps(), 4'000'000);
  EXPECT_EQ(step.thread(), 0);
  EXPECT_FALSE(step.has_parent_id());
  EXPECT_EQ(forward.parent_id(), step.id());
  EXPECT_EQ(gemm.launcher_id(), forward.id());
  EXPECT_EQ(gemm.link_method(), v1::LINK_METHOD_CORRELATION);
  EXPECT_EQ(gemm.signature().kind(), v1::OPERATOR_KIND_DEVICE_KERNEL);
  EXPECT_EQ(gemm.start_ns(), 5000);
  EXPECT_EQ(gemm.duration_ps(), 750'000);
  EXPECT_FALSE(gemm.has_self_ps());
  EXPECT_EQ(gemm.device(), 0);
  EXPECT_EQ(gemm.queue(), 7);
  EXPECT_FALSE(gemm.has_thread());
  EXPECT_THAT(gemm.signature().launch().grid(), ElementsAre(4, 2, 1));
  EXPECT_THAT(gemm.signature().launch().block(), ElementsAre(128, 1, 1));
  EXPECT_EQ(gemm.signature().launch().registers_per_thread(), 32);
  EXPECT_EQ(gemm.signature().launch().shared_memory_bytes(), 48);
  const v1::Operator copy = sink.Find("Memcpy HtoD");
  EXPECT_EQ(copy.signature().kind(), v1::OPERATOR_KIND_MEMCPY);
  EXPECT_EQ(copy.signature().read_bytes().value(), 64);
  EXPECT_EQ(copy.signature().written_bytes().value(), 64);
  EXPECT_EQ(copy.queue(), 8);
  const v1::Operator fill = sink.Find("Memset");
  EXPECT_EQ(fill.signature().kind(), v1::OPERATOR_KIND_MEMORY);
  EXPECT_EQ(fill.signature().written_bytes().value(), 4096);
  EXPECT_FALSE(fill.signature().has_read_bytes());
}

TEST(NsightImporterTest, TheReportCounts) {
  KeepingSink sink;
  const auto report = ImportStatements(absl::StrCat(kSchema, kStep), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->imported,
              ElementsAre(Pair("annotations", 2), Pair("copies", 1), Pair("fills", 1), Pair("kernels", 1)));
  EXPECT_THAT(report->linked, ElementsAre(Pair("by_correlation", 3)));
  EXPECT_THAT(report->left_out, ElementsAre(Pair("nvtx_events_that_are_no_ranges", 1), Pair("runtime_calls", 4)));
  EXPECT_THAT(report->missing, IsEmpty());
  EXPECT_THAT(report->problems, IsEmpty());
  // 750 + 1000 + 10 ns, of which copy and kernel share 250.
  EXPECT_EQ(report->times.device_work_ps, 1'760'000);
  EXPECT_EQ(report->times.linked_device_work_ps, 1'760'000);
  EXPECT_EQ(report->times.device_busy_ps, 1'510'000);
  const v1::TraceHeader& header = sink.header();
  EXPECT_EQ(header.source_format(), "nsight");
  EXPECT_EQ(header.clock_base(), "run");
  EXPECT_EQ(header.phase(), v1::PHASE_UNSPECIFIED) << "the file does not say";
  ASSERT_EQ(header.devices_size(), 1);
  EXPECT_EQ(header.devices(0).silicon_class(), "nvidia-h100-sxm");
  EXPECT_EQ(header.devices(0).ordinal(), 0);
  EXPECT_EQ(sink.summary().window().start_ns(), 1000);
  EXPECT_EQ(sink.summary().window().end_ns(), 9000);
  EXPECT_EQ(sink.summary().work_done_size(), 0) << "nor that";
}

TEST(NsightImporterTest, TablesAndColumnsNeedNotBeThere) {
  KeepingSink sink;
  const auto report = ImportStatements(
      "CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start INT, end INT, shortName INT, gridX INT);"
      "INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (10, 20, 1, 5)",
      sink);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(sink.operators().size(), 1u);
  const v1::Operator& kernel = sink.operators()[0];
  EXPECT_EQ(kernel.signature().name(), "(no name)");
  EXPECT_FALSE(kernel.has_device());
  EXPECT_FALSE(kernel.has_queue());
  EXPECT_FALSE(kernel.has_launcher_id());
  EXPECT_FALSE(kernel.signature().has_launch()) << "one size of three says nothing";
  EXPECT_EQ(sink.header().devices_size(), 0);
  EXPECT_THAT(report->missing, ElementsAre(Pair("device_work_not_linked", 1), Pair("device_work_without_call", 1),
                                           Pair("kernels_without_name", 1)));
  EXPECT_EQ(sink.summary().completeness().orphan_kernels(), 1);
}

// What launched a kernel is not guessed.
TEST(NsightImporterTest, LinksThatCannotBeAreNotMade) {
  const struct {
    const char* change;
    const char* missing;
  } cases[] = {
      {"UPDATE CUPTI_ACTIVITY_KIND_RUNTIME SET correlationId = 5 WHERE correlationId = 77", "device_work_without_call"},
      // Numbers count in each process alone: here of number 6.
      {"UPDATE CUPTI_ACTIVITY_KIND_RUNTIME SET globalTid = 100663305 WHERE correlationId = 77",
       "device_work_without_call"},
      {"UPDATE CUPTI_ACTIVITY_KIND_KERNEL SET globalPid = NULL", "device_work_without_call"},
      {"UPDATE CUPTI_ACTIVITY_KIND_KERNEL SET start = 2999", "links_that_disagree"},
      // Another thread, without ranges.
      {"UPDATE CUPTI_ACTIVITY_KIND_RUNTIME SET globalTid = globalTid + 1 WHERE correlationId = 77",
       "device_work_not_linked"},
  };
  for (const auto& test : cases) {
    KeepingSink sink;
    const auto report = ImportStatements(absl::StrCat(kSchema, kStep, test.change), sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_FALSE(sink.Find("void gemm<float>(int)").has_launcher_id()) << test.change;
    EXPECT_EQ(report->missing.at(test.missing), 1) << test.change;
    EXPECT_EQ(report->missing.at("device_work_not_linked"), 1) << test.change;
    EXPECT_THAT(report->linked, ElementsAre(Pair("by_correlation", 2)));
  }
}

TEST(NsightImporterTest, RowsThatMakeNoSenseAreCounted) {
  const struct {
    const char* change;
    const char* missing;
    const char* problem;
    size_t operators;
  } cases[] = {
      {"UPDATE CUPTI_ACTIVITY_KIND_KERNEL SET end = 4999", "events_of_negative_duration",
       "CUPTI_ACTIVITY_KIND_KERNEL, row 1: ends before it starts", 4},
      {"UPDATE CUPTI_ACTIVITY_KIND_MEMCPY SET start = 'soon'", "values_of_wrong_type", "has no start or no end", 4},
      {"UPDATE CUPTI_ACTIVITY_KIND_MEMSET SET start = -9223372036854775807, end = 9223372036854775806",
       "events_that_are_too_long", "takes more than a hundred days", 4},
      {"UPDATE NVTX_EVENTS SET end = NULL WHERE text = 'step'", "events_without_times", "NVTX_EVENTS, row 1", 4},
      {"UPDATE NVTX_EVENTS SET textId = 99 WHERE textId = 3", "ranges_without_name", "NVTX_EVENTS, row 2", 5},
      {"INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (3000, 3100, 83886089, 77, 4)", "calls_of_one_number",
       "CUPTI_ACTIVITY_KIND_RUNTIME, row 5", 5},
  };
  for (const auto& test : cases) {
    KeepingSink sink;
    const auto report = ImportStatements(absl::StrCat(kSchema, kStep, test.change), sink);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(sink.operators().size(), test.operators) << test.change;
    EXPECT_EQ(report->missing.at(test.missing), 1) << test.change;
    EXPECT_THAT(report->problems, ElementsAre(HasSubstr(test.problem)));
  }
}

// Its time is the device's, and what it computes is not known.
TEST(NsightImporterTest, AGraphThatWasRecordedAsAWholeIsWorkOfADevice) {
  KeepingSink sink;
  const auto report = ImportStatements(
      absl::StrCat(kSchema, kStep,
                   "CREATE TABLE CUPTI_ACTIVITY_KIND_GRAPH_TRACE (start INTEGER, end INTEGER, deviceId INTEGER, "
                   "streamId INTEGER, correlationId INTEGER, globalPid INTEGER, graphId INTEGER);"
                   "INSERT INTO CUPTI_ACTIVITY_KIND_GRAPH_TRACE VALUES (7200, 7900, 0, 7, 80, 83886080, 1)"),
      sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::Operator graph = sink.Find("CUDA graph");
  EXPECT_EQ(graph.signature().kind(), v1::OPERATOR_KIND_DEVICE_KERNEL);
  EXPECT_EQ(graph.start_ns(), 7200);
  EXPECT_EQ(graph.duration_ps(), 700'000);
  EXPECT_EQ(graph.queue(), 7);
  // The call that launched it is within that range.
  EXPECT_EQ(graph.launcher_id(), sink.Find("step").id());
  EXPECT_EQ(report->imported.at("graphs"), 1);
  EXPECT_EQ(report->missing.at("graphs_without_kernels"), 1);
  EXPECT_THAT(report->problems, ElementsAre(HasSubstr("record with --cuda-graph-trace=node")));
}

// They say nothing, so their times may be anything.
TEST(NsightImporterTest, CallsThatLaunchedNothingAreNotLookedAt) {
  KeepingSink sink;
  const auto report = ImportStatements(
      absl::StrCat(kSchema, kStep, "INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (3000, 1, 83886089, 999, 4)"), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->missing.count("events_of_negative_duration"), 0);
}

TEST(NsightImporterTest, RangesBelongToOneThread) {
  KeepingSink sink;
  const auto report = ImportStatements(
      absl::StrCat(kSchema, kStep,
                   "INSERT INTO NVTX_EVENTS VALUES (1, 2, 60, 'from here to there', 83886089, 83886090, 0),"
                   "(3, 4, 60, 'free', 83886089, 83886089, NULL), (5, 6, 59, 'nobody', NULL, NULL, 0)"),
      sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->left_out.at("ranges_of_no_one_thread"), 2);
  EXPECT_TRUE(sink.Find("free").has_thread());
}

TEST(NsightImporterTest, DevicesAreTheHosts) {
  KeepingSink sink;
  // The process sees the host's GPU 3 as its number 0.
  const auto report = ImportStatements(
      absl::StrCat(kSchema, kStep,
                   "INSERT INTO TARGET_INFO_GPU VALUES (3, 'NVIDIA L4');"
                   "CREATE TABLE TARGET_INFO_CUDA_DEVICE (gpuId INT, cudaId INT, pid INT, uuid TEXT);"
                   "INSERT INTO TARGET_INFO_CUDA_DEVICE VALUES (3, 0, 5, 'x');"
                   "UPDATE CUPTI_ACTIVITY_KIND_MEMSET SET deviceId = 6;"
                   "CREATE TABLE TARGET_INFO_SESSION_START_TIME (utcEpochNs INT);"
                   "INSERT INTO TARGET_INFO_SESSION_START_TIME VALUES (1700000000000000000);"
                   "CREATE TABLE META_DATA_EXPORT (name TEXT, value TEXT);"
                   "INSERT INTO META_DATA_EXPORT VALUES ('EXPORT_SCHEMA_VERSION', '3.11'), ('USER', 'somebody')"),
      sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::TraceHeader& header = sink.header();
  ASSERT_EQ(header.devices_size(), 3);
  EXPECT_EQ(header.devices(1).raw_name(), "NVIDIA L4");
  EXPECT_EQ(header.devices(1).ordinal(), 3);
  EXPECT_EQ(header.devices(2).raw_name(), "") << "not listed";
  EXPECT_EQ(header.devices(2).ordinal(), 6);
  EXPECT_EQ(sink.Find("void gemm<float>(int)").device(), 1);
  EXPECT_EQ(sink.Find("Memset").device(), 2);
  EXPECT_EQ(header.started_unix_ns(), 1700000000000000000);
  ASSERT_EQ(header.extras_size(), 1);
  EXPECT_EQ(header.extras(0).value(), "3.11");
}

TEST(NsightImporterTest, NamesAreMadeFitForAStore) {
  KeepingSink sink;
  const std::string name(5000, 'x');
  const auto report =
      ImportStatements(absl::StrCat(kSchema, kStep, "UPDATE StringIds SET value = '", name, "' WHERE id = 1;",
                                    "UPDATE NVTX_EVENTS SET text = CAST(x'41ff1b42' AS TEXT) WHERE text = 'step'"),
                       sink);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->missing.at("names_cut"), 1);
  EXPECT_TRUE(sink.Find("A?B").has_start_ns());
}

TEST(NsightImporterTest, FilesMayBePackedOrLieOnDisk) {
  const std::string bytes = MakeDatabase(absl::StrCat(kSchema, kStep));
  const std::string plain = absl::StrCat(testing::TempDir(), "/report.sqlite");
  std::ofstream(plain, std::ios::binary) << bytes;
  const std::string packed = absl::StrCat(testing::TempDir(), "/report.sqlite.gz");
  gzFile file = gzopen(packed.c_str(), "wb");
  ASSERT_EQ(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())), static_cast<int>(bytes.size()));
  ASSERT_EQ(gzclose(file), Z_OK);
  for (const std::string& path : {plain, packed}) {
    const auto source = OpenByteSource(path);
    ASSERT_TRUE(source.ok()) << source.status();
    ImportOptions options;
    options.name = "test";
    options.path = path;
    KeepingSink sink;
    const auto report = Import(**source, options, sink);
    ASSERT_TRUE(report.ok()) << path << ": " << report.status();
    EXPECT_EQ(sink.operators().size(), 5u);
    EXPECT_EQ((*source)->file_position() == 0, path == plain) << "a plain file is not read into memory";
  }
}

TEST(NsightImporterTest, OtherDatabasesAndDamageAreRefused) {
  KeepingSink sink;
  const absl::Status other = ImportStatements("CREATE TABLE users (name TEXT)", sink).status();
  EXPECT_EQ(other.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(other.message()), HasSubstr("without any table of Nsight Systems"));
  const std::string bytes = MakeDatabase(absl::StrCat(kSchema, kStep));
  const absl::Status cut = ImportBytes(bytes.substr(0, bytes.size() / 2), sink).status();
  EXPECT_EQ(cut.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(cut.message()), HasSubstr("malformed"));
  EXPECT_FALSE(ImportBytes("", sink).ok());
  EXPECT_TRUE(sink.header().name().empty()) << "nothing was begun";
}

TEST(NsightImporterTest, CanBeStopped) {
  std::string statements = kSchema;
  absl::StrAppend(&statements, "INSERT INTO StringIds WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n ",
                  "LIMIT 70000) SELECT i, 'x' FROM n");
  KeepingSink sink;
  ImportOptions options;
  options.progress = [](absl::string_view, uint64_t) { return false; };
  EXPECT_EQ(ImportBytes(MakeDatabase(statements), sink, options).status().code(), absl::StatusCode::kCancelled);
}

TEST(NsightImporterTest, DatabasesAreKnownByTheirContent) {
  EXPECT_TRUE(Matches(MakeDatabase(kSchema)));
  EXPECT_FALSE(Matches("SQLite format 3"));
  EXPECT_FALSE(Matches("SQLite format 3 is what this text is about"));
  EXPECT_FALSE(Matches(""));
}

}  // namespace
}  // namespace sandglass::collectors::nsight
