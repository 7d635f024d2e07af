#include "collectors/importers/gromacs/gromacs_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collectors/importers/gromacs/gromacs_text.h"
#include "collectors/importers/md/md_run.h"

namespace sandglass::collectors::gromacs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Class, mega-FLOP and seconds, a phase a line.
std::string PhasesOf(const md::Run& run) {
  std::string text;
  for (const md::Phase& phase : run.phases) {
    absl::StrAppend(&text, phase.op_class, " ", phase.flop.value_or(-1e6) / 1e6, " ", phase.wall_seconds.value_or(-1),
                    "\n");
  }
  return text;
}

TEST(GromacsLog, FoldsRowsIntoPhases) {
  const auto log = ParseGromacsLog(kLog);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->version, "2022.5-Debian_2022.5_2");
  EXPECT_EQ(log->integrator, "md");
  EXPECT_THAT(log->devices, ElementsAre("Intel(R) Xeon(R) Processor"));
  EXPECT_THAT(log->problems, IsEmpty());
  ASSERT_EQ(log->runs.size(), 1u);
  const md::Run& run = log->runs[0];
  EXPECT_EQ(run.atoms, 6495);
  EXPECT_EQ(run.evaluations, 500);
  EXPECT_EQ(run.steps, 499);
  EXPECT_DOUBLE_EQ(run.simulated_ns.value_or(0), 499 * 2e-6);
  EXPECT_EQ(run.threads, 2);
  EXPECT_EQ(run.grid_points, 36 * 36 * 40);
  EXPECT_EQ(run.cutoff_nm, 1.0);
  // Pairs: 30000 + 1000 MFLOP, 9 + 2 s. Spread: 300 + 400. FFT: 5000 + 50, 1.5 + 0.1 s.
  // Other: 1 MFLOP; 0.25 + 0.05 s, and the mesh's 6 - 2.5 - 1.5 - 1.5 - 0.1 = 0.4 s that its breakdown leaves out.
  EXPECT_EQ(PhasesOf(run),
            "md_pair_search 200 0.5\n"
            "md_pairs 31000 11\n"
            "md_spread 700 2.5\n"
            "md_fft 5050 1.6\n"
            "md_gather 1200 1.5\n"
            "md_integration 2 0.7\n"
            "md_constraints 500 0.3\n"
            "md_other 1 0.7\n");
  double seconds = 0;
  for (const md::Phase& phase : run.phases) seconds += phase.wall_seconds.value_or(0);
  EXPECT_NEAR(seconds, 18.8, 1e-9) << "all of the wall time, once";
}

TEST(GromacsLog, PhasesAsOperators) {
  const auto log = ParseGromacsLog(kLog);
  ASSERT_TRUE(log.ok());
  const std::vector<v1::Operator> operators = md::OperatorsOf(log->runs);
  ASSERT_EQ(operators.size(), 8u);
  const v1::Operator& pairs = operators[1];
  EXPECT_EQ(pairs.id(), 2u);
  EXPECT_EQ(pairs.occurrences(), 500u);
  EXPECT_EQ(pairs.duration_ps(), 11000000000000);
  EXPECT_FALSE(pairs.has_start_ns());
  EXPECT_EQ(pairs.signature().kind(), v1::OPERATOR_KIND_MD_PHASE);
  EXPECT_EQ(pairs.signature().name(), "md::pairs");
  EXPECT_EQ(pairs.signature().op_class(), "md_pairs");
  EXPECT_DOUBLE_EQ(pairs.signature().flops_flop().value(), 31000e6 / 500);
  EXPECT_EQ(pairs.signature().flops_flop().provenance(), v1::PROVENANCE_STATED);
  std::string attributes;
  for (const v1::Attribute& attribute : pairs.signature().attributes()) attributes += attribute.name() + " ";
  EXPECT_EQ(attributes, "atoms grid_points cutoff_m threads ");
}

TEST(GromacsLog, WhatTheLogDoesNotSayIsAbsent) {
  // Bonds are counted, but their time is in "Force" with the pairs'.
  const auto log = ParseGromacsLog(
      absl::StrReplaceAll(kLog, {{" Virial   ", " Bonds    "}, {"fourier-nx", "fourier-mx"}, {"dt  ", "td  "}}));
  ASSERT_TRUE(log.ok()) << log.status();
  const md::Run& run = log->runs[0];
  EXPECT_FALSE(run.grid_points.has_value());
  EXPECT_FALSE(run.simulated_ns.has_value());
  ASSERT_EQ(run.phases[2].op_class, "md_bonded");
  EXPECT_EQ(run.phases[2].flop, 2e6);
  EXPECT_FALSE(run.phases[2].wall_seconds.has_value());
  // And the integration's time is known, but not its arithmetic.
  ASSERT_EQ(run.phases[6].op_class, "md_integration");
  EXPECT_FALSE(run.phases[6].flop.has_value());
  const v1::Operator bonded = md::OperatorsOf(log->runs)[2];
  EXPECT_FALSE(bonded.has_duration_ps());
  EXPECT_FALSE(md::OperatorsOf(log->runs)[6].signature().has_flops_flop());
}

TEST(GromacsLog, TablesOf2025AreReadAlike) {
  const std::string text = kLog;
  const auto log = ParseGromacsLog(text.substr(0, text.find("     R E A L")) + kTimesOfActivities);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(PhasesOf(log->runs[0]), PhasesOf(ParseGromacsLog(kLog)->runs[0]));
}

TEST(GromacsLog, ANumberInANameIsNoFigure) {
  const auto log = ParseGromacsLog(
      absl::StrReplaceAll(kLog, {{" Virial       ", " Virtual Site 3"}, {" Reset In Box   ", " Virtual Site 3out"}}));
  ASSERT_TRUE(log.ok()) << log.status();
  // The 2 and the 1 MFLOP of the two rows.
  EXPECT_THAT(PhasesOf(log->runs[0]), HasSubstr("md_other 3 0.7\n"));
}

// Of ten seconds, the phases' shares of the cycles.
TEST(GromacsLog, TimesBesideRanksThatDoTheMeshAloneAreShares) {
  std::string text = kLog;
  text = text.substr(0, text.find("On 1 MPI rank")) + kTimesWithMeshRank;
  const auto log = ParseGromacsLog(text);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_TRUE(log->has_mesh_ranks);
  EXPECT_EQ(log->wall_seconds, 10);
  EXPECT_EQ(log->runs[0].threads, 2) << "one of each rank";
  // Pairs: 60 of 200. Other: 60 + 20 + 10, and the mesh's 40 - 20 - 10 that its breakdown leaves out.
  EXPECT_EQ(PhasesOf(log->runs[0]),
            "md_pair_search 200 0.5\n"
            "md_pairs 31000 3\n"
            "md_spread 700 1\n"
            "md_fft 5050 -1\n"
            "md_gather 1200 0.5\n"
            "md_integration 2 -1\n"
            "md_constraints 500 -1\n"
            "md_other 1 5\n");
}

// On each of several equal ranks the rows' wall times are means, which add up to the run's.
TEST(GromacsLog, EqualRanksAreTakenAsTheyStand) {
  const auto log =
      ParseGromacsLog(absl::StrReplaceAll(kLog, {{"On 1 MPI rank,", "On 4 MPI ranks,"},
                                                 {"Force                  1    2", "Force                  4    2"}}));
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->runs[0].threads, 8);
  EXPECT_EQ(log->runs[0].phases[1].wall_seconds, 11);
}

TEST(GromacsLog, TimesBesideAGpuAreNotThePhases) {
  const auto log = ParseGromacsLog(absl::StrReplaceAll(
      kLog,
      {{" Write traj.         ", " Launch PP GPU ops.  "},
       {"    Brand:", "    #0: NVIDIA A100-SXM4-40GB, compute cap.: 8.0, ECC: yes, stat: compatible\n    Brand:"}}));
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_TRUE(log->has_gpu);
  EXPECT_THAT(log->devices, ElementsAre("NVIDIA A100-SXM4-40GB"));
  for (const md::Phase& phase : log->runs[0].phases) {
    EXPECT_FALSE(phase.wall_seconds.has_value()) << phase.name;
    EXPECT_TRUE(phase.flop.has_value() || phase.op_class == "md_other") << phase.name;
  }
}

TEST(GromacsLog, MoreGpusThanAHostHasAreNotTaken) {
  std::string gpus;
  for (int i = 0; i < 300; ++i) absl::StrAppend(&gpus, "    #", i, ": NVIDIA A100, stat: compatible\n");
  const auto log = ParseGromacsLog(absl::StrReplaceAll(
      kLog, {{" Write traj.         ", " Launch PP GPU ops.  "}, {"    Brand:", gpus + "    Brand:"}}));
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->devices.size(), 256);
  EXPECT_THAT(log->problems, ElementsAre("more than 256 GPUs: the others are left out"));
}

TEST(GromacsLog, TheGridThatWasChosenWhileItRanCounts) {
  const std::string balance =
      "       P P   -   P M E   L O A D   B A L A N C I N G\n\n"
      "   initial  1.000 nm  1.000 nm      36  36  40   0.119 nm  0.320 nm\n";
  const std::string chosen = "   final    1.250 nm  1.250 nm      28  28  32   0.187 nm  0.521 nm\n";
  const auto at = [&](const std::string& text) {
    return ParseGromacsLog(absl::StrReplaceAll(kLog, {{"     R E A L", text + "     R E A L"}}));
  };
  const auto log = at(balance + chosen);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->runs[0].cutoff_nm, 1.25);
  EXPECT_EQ(log->runs[0].grid_points, 28 * 28 * 32);
  const auto unknown = at(balance);
  ASSERT_TRUE(unknown.ok()) << unknown.status();
  EXPECT_FALSE(unknown->runs[0].cutoff_nm.has_value());
  EXPECT_FALSE(unknown->runs[0].grid_points.has_value());
}

// A part that was killed has no tables, and one that goes on from a checkpoint does not repeat what the first says.
TEST(GromacsLog, PartsGoOnFromEachOther) {
  const std::string whole = kLog;
  const std::string killed = whole.substr(0, whole.find("\tM E G A"));
  const std::string goes_on =
      absl::StrReplaceAll(whole, {{"   dt  ", "   td  "}, {"rcoulomb", "coulombr"}, {"fourier", "reiruof"}});
  const auto log = ParseGromacsLog(killed + goes_on);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->parts_without_tables, 1);
  EXPECT_THAT(log->problems, ElementsAre(HasSubstr("part 1 of 2, from line 3: left out: GROMACS log: no table")));
  ASSERT_EQ(log->runs.size(), 1u);
  EXPECT_DOUBLE_EQ(log->runs[0].simulated_ns.value_or(0), 499 * 2e-6);
  EXPECT_EQ(log->runs[0].grid_points, 36 * 36 * 40);
  EXPECT_EQ(log->runs[0].cutoff_nm, 1.0);

  const auto twice = ParseGromacsLog(whole + goes_on);
  ASSERT_TRUE(twice.ok()) << twice.status();
  ASSERT_EQ(twice->runs.size(), 1u) << "equal systems are one";
  EXPECT_EQ(twice->runs[0].evaluations, 1000);
  EXPECT_EQ(twice->runs[0].steps, 998);
  EXPECT_EQ(twice->runs[0].phases[1].wall_seconds, 22);
  EXPECT_EQ(twice->runs[0].phases[1].flop, 62000e6);
  EXPECT_EQ(twice->wall_seconds, 37.6);
}

TEST(GromacsLog, RefusesWithTheReason) {
  const struct {
    const char* from;
    const char* to;
    const char* message;
  } cases[] = {
      {"GROMACS version", "version", "no line \"GROMACS version:\""},
      {"There are", "Here are", "no line \"There are: N Atoms\""},
      {"6495", "-6495", "no line \"There are: N Atoms\""},
      {"6495", "nan", "no line \"There are: N Atoms\""},
      {"On 1 MPI", "On x MPI", "no line \"On N MPI ranks\""},
      {"= md", "= steep", "of integrator \"steep\", which simulates no time"},
      {"18.800        109.781 100.0", "18.800", "no wall time and cycles of all parts"},
      {"30000.000", "1e300", "no FLOP of \"NxN QSTab Elec. + LJ [F]\""},
      {"M E G A", "M I L L I", "no table \"M E G A - F L O P S\""},
      {"R E A L", "U N R E A L", "no table \"R E A L   C Y C L E\""},
      {"30000.000", "-30000.0", "no FLOP of \"NxN QSTab Elec. + LJ [F]\""},
      {"30000.000    47.2", "many", "no FLOP of"},
      {"9.000         45.072  41.1", "inf", "no time of \"Force"},
      {"  500       9.000", "    0       9.000", "no row \"Force\""},
      {"Breakdown of PME", "Breakup of PME", "no table \"Breakdown of PME mesh\""},
  };
  for (const auto& test : cases) {
    const auto log = ParseGromacsLog(absl::StrReplaceAll(kLog, {{test.from, test.to}}));
    EXPECT_FALSE(log.ok()) << test.from << " -> " << test.to;
    EXPECT_NE(log.status().message().find(test.message), std::string::npos) << log.status();
  }
}

TEST(GromacsLog, EveryTruncationIsRefusedOrComplete) {
  const std::string whole = kLog;
  const size_t enough = whole.find("PME solve Elec");
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto log = ParseGromacsLog(whole.substr(0, size));
    if (log.ok()) {
      EXPECT_GT(size, enough) << "cut at " << size;
      EXPECT_EQ(log->runs[0].phases.size(), 8u);
    }
  }
}

}  // namespace
}  // namespace sandglass::collectors::gromacs
