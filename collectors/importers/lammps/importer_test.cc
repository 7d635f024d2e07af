#include "collectors/importers/lammps/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_replace.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/lammps/lammps_text.h"

namespace sandglass::collectors::lammps {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

absl::StatusOr<ImportReport> ImportText(const std::string& text, KeepingSink& sink) {
  ImportOptions options;
  options.name = "test";
  const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
  return Import(*source, options, sink);
}

TEST(LammpsImporterTest, ALogIsATrace) {
  KeepingSink sink;
  const auto report = ImportText(kDumbBellsLog, sink);
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::TraceHeader& header = sink.header();
  EXPECT_EQ(header.source_format(), "lammps-log");
  EXPECT_THAT(header.producers(), ElementsAre("LAMMPS 29 Sep 2021 - Update 2"));
  EXPECT_EQ(header.phase(), v1::PHASE_SIMULATE);
  EXPECT_EQ(header.model(), "md atoms=1024");
  std::string extras;
  for (const v1::Extra& extra : header.extras()) extras += extra.key() + "=" + extra.value() + ";";
  EXPECT_EQ(extras,
            "wall time (s)=0.101909;atom_style=full;bond_style=harmonic;kspace_style=pppm 1.0e-4;"
            "pair_style=lj/cut/coul/long 8.0;units=real;");
  const v1::Operator pairs = sink.Find("md::pairs");
  EXPECT_EQ(pairs.signature().kind(), v1::OPERATOR_KIND_MD_PHASE);
  EXPECT_EQ(pairs.occurrences(), 100);
  EXPECT_EQ(pairs.duration_ps(), 49127000000);
  EXPECT_FALSE(pairs.signature().has_flops_flop()) << "unknown, not zero";
  EXPECT_EQ(pairs.signature().attributes(0).integer(), 1024);
  ASSERT_EQ(sink.summary().work_done_size(), 2);
  EXPECT_EQ(sink.summary().work_done(0).unit(), v1::WORK_UNIT_MD_NANOSECOND);
  EXPECT_EQ(sink.summary().work_done(1).count(), 100);
  EXPECT_THAT(report->imported, ElementsAre(Pair("phases", 8)));
  EXPECT_THAT(report->left_out, ElementsAre(Pair("minimisations", 1), Pair("runs_of_no_step", 1)));
  EXPECT_THAT(report->missing, ElementsAre(Pair("phases_without_flop", 8)));
  // Of the run's 101909 us, as the table adds them up.
  EXPECT_NEAR(static_cast<double>(report->times.host_ps), 101909e6, 2e6);
}

TEST(LammpsImporterTest, InTheUnitsOfLennardJonesWorkIsCountedInSteps) {
  KeepingSink sink;
  ASSERT_TRUE(ImportText(kMeltLog, sink).ok());
  ASSERT_EQ(sink.summary().work_done_size(), 1);
  EXPECT_EQ(sink.summary().work_done(0).unit(), v1::WORK_UNIT_STEP);
  EXPECT_EQ(sink.summary().work_done(0).count(), 350);
}

TEST(LammpsImporterTest, BytesThatAreNoTextAreReplaced) {
  KeepingSink sink;
  ASSERT_TRUE(
      ImportText(absl::StrReplaceAll(kMeltLog, {{"lj/cut", "\xffj/cut"}, {"29 Sep", "29\x1b Sep"}, {"Comm", "C\xfe"}}),
                 sink)
          .ok());
  EXPECT_EQ(sink.header().source_generation(), "29 Sep 2021 - Update 2");
  EXPECT_TRUE(sink.Find("lammps::C?").has_signature());
}

TEST(LammpsImporterTest, LogsAreKnownByTheirContent) {
  EXPECT_TRUE(Matches(kMeltLog));
  EXPECT_TRUE(Matches("OMP_NUM_THREADS is not set\nLAMMPS (2 Aug 2023)\n"));
  EXPECT_FALSE(Matches("{\"name\": \"LAMMPS (2 Aug 2023)\"}"));
  EXPECT_FALSE(Matches(":-) GROMACS"));
  EXPECT_FALSE(Matches(""));
}

}  // namespace
}  // namespace sandglass::collectors::lammps
