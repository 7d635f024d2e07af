#include "collectors/importers/gromacs/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/gromacs/gromacs_text.h"

namespace sandglass::collectors::gromacs {
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

TEST(GromacsImporterTest, ALogIsATrace) {
  KeepingSink sink;
  const auto report = ImportText(kLog, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::TraceHeader& header = sink.header();
  EXPECT_EQ(header.source_format(), "gromacs-log");
  EXPECT_EQ(header.source_generation(), "2022.5-Debian_2022.5_2");
  EXPECT_THAT(header.producers(), ElementsAre("GROMACS 2022.5-Debian_2022.5_2"));
  EXPECT_EQ(header.phase(), v1::PHASE_SIMULATE);
  EXPECT_EQ(header.run_mode(), v1::RUN_MODE_MEASURED);
  EXPECT_EQ(header.clock_base(), "run");
  EXPECT_EQ(header.model(), "md atoms=6495 integrator=md");
  ASSERT_EQ(header.devices_size(), 1);
  EXPECT_EQ(header.devices(0).raw_name(), "Intel(R) Xeon(R) Processor");
  EXPECT_EQ(header.extras(0).value(), "18.8");
  EXPECT_EQ(sink.operators().size(), 8u);
  EXPECT_EQ(sink.Find("md::pairs").duration_ps(), 11000000000000);
  ASSERT_EQ(sink.summary().work_done_size(), 2);
  EXPECT_DOUBLE_EQ(sink.summary().work_done(0).count(), 499 * 2e-6);
  EXPECT_EQ(sink.summary().work_done(1).count(), 499);
  EXPECT_THAT(report->imported, ElementsAre(Pair("phases", 8)));
  EXPECT_THAT(report->missing, IsEmpty());
  EXPECT_EQ(report->times.host_ps, 18800000000000);
}

TEST(GromacsImporterTest, WhatTheUserKnowsStands) {
  KeepingSink sink;
  ImportOptions options;
  options.silicon_class = "intel-xeon-6980p";
  options.work_done.emplace_back().set_unit(v1::WORK_UNIT_SAMPLE);
  options.work_done.back().set_count(3);
  ASSERT_TRUE(ImportText(absl::StrReplaceAll(kLog, {{"Brand", "Trade"}}), sink, options).ok());
  ASSERT_EQ(sink.header().devices_size(), 1);
  EXPECT_EQ(sink.header().devices(0).silicon_class(), "intel-xeon-6980p");
  EXPECT_EQ(sink.header().devices(0).asserted_by(), "user");
  ASSERT_EQ(sink.summary().work_done_size(), 1);
  EXPECT_EQ(sink.summary().work_done(0).count(), 3);
}

TEST(GromacsImporterTest, WhatIsMissingIsCounted) {
  const std::string whole = kLog;
  const std::string killed = whole.substr(0, whole.find("\tM E G A"));
  KeepingSink sink;
  const auto report = ImportText(killed + absl::StrReplaceAll(whole, {{" Virial   ", " Bonds    "}}), sink);
  ASSERT_TRUE(report.ok()) << report.status();
  // The bonds' time, and the integration's FLOP.
  EXPECT_THAT(report->missing, ElementsAre(Pair("log_parts_without_tables", 1), Pair("phases_without_flop", 1),
                                           Pair("phases_without_time", 1)));
  EXPECT_EQ(sink.summary().completeness().other_size(), 3);
  EXPECT_THAT(report->problems, ElementsAre(HasSubstr("part 1 of 2")));
}

TEST(GromacsImporterTest, ARunThatWasKilledHasNoTables) {
  const std::string whole = kLog;
  KeepingSink sink;
  const absl::Status status = ImportText(whole.substr(0, whole.find("\tM E G A")), sink).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("no table \"M E G A - F L O P S\"; the run did not end as it should"));
  EXPECT_TRUE(sink.header().name().empty()) << "nothing was begun";
}

// A log may hold any bytes, and a header only text.
TEST(GromacsImporterTest, BytesThatAreNoTextAreReplaced) {
  KeepingSink sink;
  ASSERT_TRUE(ImportText(absl::StrReplaceAll(kLog, {{"Xeon(R)", "Xeon\xae\x1b[1m"}, {"5_2\n", "5\xff\n"}}), sink).ok());
  EXPECT_EQ(sink.header().devices(0).raw_name(), "Intel(R) Xeon?[1m Processor");
  EXPECT_EQ(sink.header().source_generation(), "2022.5-Debian_2022.5?");
}

TEST(GromacsImporterTest, LogsAreKnownByTheirContent) {
  EXPECT_TRUE(Matches(kLog));
  EXPECT_TRUE(Matches("Log file opened on Mon\n\n   :-) GROMACS - gmx mdrun, VERSION 5.1 (-:\n"));
  EXPECT_TRUE(Matches("GROMACS version:    2022.5"));
  EXPECT_FALSE(Matches(R"({"traceEvents": [{"name": ":-) GROMACS"}]})"));
  EXPECT_FALSE(Matches("LAMMPS (29 Sep 2021)"));
  EXPECT_FALSE(Matches(""));
}

}  // namespace
}  // namespace sandglass::collectors::gromacs
