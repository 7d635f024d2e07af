#include "collectors/importers/lammps/lammps_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collectors/importers/lammps/lammps_text.h"
#include "collectors/importers/md/md_run.h"

namespace sandglass::collectors::lammps {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// Name, class and microseconds, a phase a line.
std::string PhasesOf(const md::Run& run) {
  std::string text;
  for (const md::Phase& phase : run.phases) {
    EXPECT_FALSE(phase.flop.has_value()) << phase.name << ": LAMMPS counts none";
    absl::StrAppend(&text, phase.name, " ", phase.op_class, " ", phase.wall_seconds.value_or(-1) * 1e6, "\n");
  }
  return text;
}

TEST(LammpsLogTest, RunsOfOneSystemAreSummed) {
  const auto log = ParseLammpsLog(kMeltLog);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->version, "29 Sep 2021 - Update 2");
  EXPECT_THAT(log->problems, IsEmpty());
  EXPECT_THAT(log->missing, IsEmpty());
  EXPECT_EQ(log->commands.at("units"), "lj");
  EXPECT_EQ(log->commands.at("pair_style"), "lj/cut 2.5");
  EXPECT_DOUBLE_EQ(log->wall_seconds, 0.0408807 + 0.104569);
  ASSERT_EQ(log->runs.size(), 1u);
  const md::Run& run = log->runs[0];
  EXPECT_EQ(run.atoms, 864);
  EXPECT_EQ(run.threads, 1);
  EXPECT_EQ(run.steps, 100 + 250);
  EXPECT_EQ(run.evaluations, 100 + 250);
  EXPECT_FALSE(run.simulated_ns.has_value()) << "Lennard-Jones' time is no nanosecond";
  // Pair: 28298 + 71910. Neigh: 10441 + 27409, and so on.
  EXPECT_EQ(PhasesOf(run),
            "md::pairs md_pairs 100208\n"
            "md::pair_search md_pair_search 37850\n"
            "lammps::Comm md_other 3908.5\n"
            "lammps::Output md_other 245.655\n"
            "md::integration md_integration 2208.5\n"
            "md::other md_other 1028.5\n");
}

TEST(LammpsLogTest, OnlyMolecularDynamicsCounts) {
  const auto log = ParseLammpsLog(kDumbBellsLog);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_THAT(log->left_out, ElementsAre(Pair("minimisations", 1), Pair("runs_of_no_step", 1)));
  EXPECT_THAT(log->missing, IsEmpty());
  ASSERT_EQ(log->runs.size(), 1u);
  const md::Run& run = log->runs[0];
  EXPECT_EQ(run.atoms, 1024);
  EXPECT_EQ(run.steps, 100);
  // 100 steps of half a femtosecond.
  EXPECT_NEAR(run.simulated_ns.value_or(0), 5e-5, 1e-9);
  EXPECT_EQ(PhasesOf(run),
            "md::pairs md_pairs 49127\n"
            "md::bonded md_bonded 297.52\n"
            "lammps::Kspace md_other 50146\n"
            "md::pair_search md_pair_search 0\n"
            "lammps::Comm md_other 830.07\n"
            "lammps::Output md_other 87.881\n"
            "md::integration md_integration 1029.4\n"
            "md::other md_other 391.2\n");
}

// What is slow has more digits in hours a nanosecond.
TEST(LammpsLogTest, SimulatedTimeIsReadFromTheExactNumber) {
  const auto log =
      ParseLammpsLog(absl::StrReplaceAll(kDumbBellsLog, {{"42.391 ns/day, 0.566", "0.042 ns/day, 566.145"}}));
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_NEAR(log->runs[0].simulated_ns.value_or(0), 5.00014e-8, 1e-13);
}

TEST(LammpsLogTest, OtherFixesCannotBeToldFromTheIntegrator) {
  for (const char* script : {"fix 1 all nve\nfix 2 water shake 1e-4 20 0 b 1", "# fix 1 all nve", "fix"}) {
    const auto log = ParseLammpsLog(absl::StrReplaceAll(kMeltLog, {{"fix 1 all nve", script}}));
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_EQ(log->runs[0].phases[4].name, "lammps::Modify") << script;
    EXPECT_EQ(log->runs[0].phases[4].op_class, "md_other") << script;
  }
}

TEST(LammpsLogTest, MeansOverTasksAndMoreColumnsAreRead) {
  const auto log = ParseLammpsLog(
      absl::StrReplaceAll(kDumbBellsLog, {{"on 1 procs for 100", "on 8 procs for 100"},
                                          {"Pair    | 0.049127   | 0.049127   | 0.049127   |   0.0 |",
                                           "Pair    | 0.04       | 0.05       | 0.06       |   0.0 |  99.7 |"}}));
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->runs[0].threads, 8);
  EXPECT_EQ(log->runs[0].phases[0].wall_seconds, 0.05);
}

TEST(LammpsLogTest, WhatIsMissingIsCounted) {
  const std::string whole = kMeltLog;
  // Killed within the second run.
  const auto killed = ParseLammpsLog(whole.substr(0, whole.rfind("Loop time")) + "ERROR: Lost atoms\n");
  ASSERT_TRUE(killed.ok()) << killed.status();
  EXPECT_EQ(killed->runs[0].steps, 100);
  EXPECT_THAT(killed->missing, ElementsAre(Pair("runs_without_end", 1)));
  EXPECT_THAT(killed->problems, ElementsAre(HasSubstr("the log has an error: ERROR: Lost atoms"),
                                            "line 69: runs that did not end: 1; the first began here"));

  const struct {
    const char* from;
    const char* to;
    const char* name;
    const char* problem;
  } cases[] = {
      {"for 250 steps", "for many steps", "runs_not_read", "line 77: not understood: Loop time of 0.104569"},
      {"Neigh   | 0.027409   | 0.027409 ", "Neigh   | 0.027409   | nan ", "rows_not_read", "not understood: Neigh"},
      {"Comm    | 0.0027817  | 0.0027817  | 0.0027817  |", "Comm    | 1 |", "rows_not_read", "not understood: Comm"},
  };
  for (const auto& test : cases) {
    const auto log = ParseLammpsLog(absl::StrReplaceAll(kMeltLog, {{test.from, test.to}}));
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_EQ(log->missing.at(test.name), 1) << test.from;
    EXPECT_THAT(log->problems[0], HasSubstr(test.problem));
  }
}

// A run that ended once is one, whatever stands behind it.
TEST(LammpsLogTest, ATableThatIsCutOffIsTold) {
  const std::string whole = kMeltLog;
  const auto log = ParseLammpsLog(whole.substr(0, whole.rfind("Modify")));
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->runs[0].steps, 350);
  EXPECT_THAT(log->missing, ElementsAre(Pair("tables_cut_off", 1)));
  EXPECT_THAT(log->problems, ElementsAre(HasSubstr("the table is cut off: it has no row \"Other\"")));
}

TEST(LammpsLogTest, ALogWithoutARunIsRefused) {
  const struct {
    std::string text;
    const char* message;
  } cases[] = {
      {"", "no run of molecular dynamics"},
      {"LAMMPS (1 Jan 2020)\nunits lj\n", "no run of molecular dynamics"},
      {absl::StrReplaceAll(kMeltLog, {{"MPI task timing", "Task timing"}}), "2 runs_without_table; line 42: left out"},
      {std::string(kMeltLog).substr(0, std::string(kMeltLog).find("Loop time")),
       "1 runs_without_end; line 37: runs that"},
      {std::string(kDumbBellsLog).substr(0, std::string(kDumbBellsLog).find("fix 1")), ", 1 minimisations"},
  };
  for (const auto& test : cases) {
    const auto log = ParseLammpsLog(test.text);
    EXPECT_EQ(log.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(log.status().message()), HasSubstr(test.message));
  }
}

TEST(LammpsLogTest, EveryTruncationIsRefusedOrSound) {
  const std::string whole = kMeltLog;
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto log = ParseLammpsLog(whole.substr(0, size));
    if (!log.ok()) continue;
    EXPECT_GE(size, whole.find("Pair    |"));
    EXPECT_LE(log->runs[0].phases.size(), 6u);
  }
}

}  // namespace
}  // namespace sandglass::collectors::lammps
