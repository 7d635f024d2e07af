#include "collectors/importers/md/md_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"

namespace sandglass::collectors::md {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Run Simple() {
  Run run;
  run.evaluations = 500;
  run.steps = 499;
  run.simulated_ns = 0.998;
  run.atoms = 6495;
  run.threads = 2;
  run.grid_points = 51840;
  run.cutoff_nm = 1;
  PhaseOfClass("md_pair_search", run.phases) = {
      .name = "md::pair_search", .op_class = "md_pair_search", .flop = 200e6, .wall_seconds = 0.5};
  Phase& pairs = PhaseOfClass("md_pairs", run.phases);
  pairs.flop = 31000e6;
  pairs.wall_seconds = 11;
  return run;
}

TEST(MdRunTest, PhasesBecomeOperators) {
  const std::vector<v1::Operator> operators = OperatorsOf({Simple()});
  ASSERT_EQ(operators.size(), 2u);
  const v1::Operator& pairs = operators[1];
  EXPECT_EQ(pairs.id(), 2u);
  EXPECT_EQ(pairs.occurrences(), 500u);
  EXPECT_EQ(pairs.duration_ps(), 11000000000000);
  EXPECT_EQ(pairs.self_ps(), 11000000000000);
  EXPECT_FALSE(pairs.has_start_ns());
  EXPECT_EQ(pairs.signature().kind(), v1::OPERATOR_KIND_MD_PHASE);
  EXPECT_EQ(pairs.signature().name(), "md::pairs");
  EXPECT_EQ(pairs.signature().op_class(), "md_pairs");
  EXPECT_DOUBLE_EQ(pairs.signature().flops_flop().value(), 31000e6 / 500);
  EXPECT_EQ(pairs.signature().flops_flop().provenance(), v1::PROVENANCE_STATED);
  std::string attributes;
  for (const v1::Attribute& attribute : pairs.signature().attributes()) attributes += attribute.name() + " ";
  EXPECT_EQ(attributes, "atoms grid_points cutoff_m threads ");
  EXPECT_DOUBLE_EQ(pairs.signature().attributes(2).real(), 1e-9);
}

TEST(MdRunTest, EqualSystemsAreSummedAndOthersStayApart) {
  md::Run other = Simple();
  other.atoms = 7;
  other.simulated_ns.reset();
  md::Run longer = Simple();
  longer.evaluations = 1000;
  longer.steps = 999;
  // Unknown once is unknown in the sum; a phase that only one run has is not.
  longer.phases[0].flop.reset();
  PhaseOfClass("md_other", longer.phases).wall_seconds = 3;
  const std::vector<md::Run> runs = Summed({Simple(), other, longer});
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].evaluations, 1500);
  EXPECT_EQ(runs[0].steps, 1498);
  EXPECT_DOUBLE_EQ(runs[0].simulated_ns.value_or(0), 2 * 0.998);
  ASSERT_EQ(runs[0].phases.size(), 3u);
  EXPECT_FALSE(runs[0].phases[0].flop.has_value());
  EXPECT_EQ(runs[0].phases[0].wall_seconds, 1);
  EXPECT_EQ(runs[0].phases[1].flop, 62000e6);
  EXPECT_EQ(runs[0].phases[2].wall_seconds, 3);
  EXPECT_EQ(OperatorsOf(runs).back().id(), 5u);

  // Nanoseconds of a part of the runs would be taken for those of all.
  const std::vector<v1::WorkDone> work = WorkOf(runs);
  ASSERT_EQ(work.size(), 1u);
  EXPECT_EQ(work[0].unit(), v1::WORK_UNIT_STEP);
  EXPECT_EQ(work[0].count(), 1498 + 499);
}

TEST(MdRunTest, WorkIsNanosecondsAndSteps) {
  const std::vector<v1::WorkDone> work = WorkOf({Simple()});
  ASSERT_EQ(work.size(), 2u);
  EXPECT_EQ(work[0].unit(), v1::WORK_UNIT_MD_NANOSECOND);
  EXPECT_EQ(work[0].count(), 0.998);
  EXPECT_EQ(work[1].unit(), v1::WORK_UNIT_STEP);
  EXPECT_EQ(work[1].count(), 499);
}

TEST(MdRunTest, CountsWhatPhasesLack) {
  md::Run run = Simple();
  run.phases[0].flop.reset();
  run.phases[1].wall_seconds = 1e12;
  ImportReport report;
  CountPhases({run}, report);
  EXPECT_THAT(report.imported, ElementsAre(Pair("phases", 2)));
  EXPECT_THAT(report.missing, ElementsAre(Pair("phases_without_flop", 1), Pair("phases_without_time", 1)));
  EXPECT_EQ(report.times.host_ps, 500000000000);
  EXPECT_FALSE(OperatorsOf({run})[1].has_duration_ps()) << "more than a number of ps can hold";
}

TEST(MdRunTest, SystemsDifferByEachOfTheirSizes) {
  std::vector<md::Run> runs(5, Simple());
  runs[1].atoms = 7;
  runs[2].threads = 3;
  runs[3].grid_points.reset();
  runs[4].cutoff_nm = 1.25;
  std::vector<md::Run> twice = runs;
  twice.insert(twice.end(), runs.begin(), runs.end());
  const std::vector<md::Run> sums = Summed(twice);
  ASSERT_EQ(sums.size(), runs.size());
  for (const md::Run& sum : sums) {
    EXPECT_EQ(sum.evaluations, 1000);
    EXPECT_EQ(sum.phases[0].wall_seconds, 1);
  }
}

// A log that somebody made up may have as many systems, or names of phases, as it has runs. Compared with each other
// they would take hours.
TEST(MdRunTest, ManySystemsAndPhasesTakeNoLonger) {
  constexpr size_t kRuns = 300'000;
  std::vector<md::Run> systems(kRuns);
  for (size_t i = 0; i < kRuns; ++i) systems[i].atoms = static_cast<int64_t>(i);
  EXPECT_EQ(Summed(systems).size(), kRuns);
  std::vector<md::Run> phases(kRuns);
  for (size_t i = 0; i < kRuns; ++i) {
    phases[i].phases.push_back({.name = absl::StrCat(i), .op_class = "md_other", .flop = {}, .wall_seconds = {}});
  }
  const std::vector<md::Run> sum = Summed(phases);
  ASSERT_EQ(sum.size(), 1u);
  EXPECT_EQ(sum[0].phases.size(), kRuns);
}

TEST(MdRunTest, TimesAddUpToWhatANumberHolds) {
  md::Run run = Simple();
  // Each fits.
  for (md::Phase& phase : run.phases) phase.wall_seconds = 8e6;
  ImportReport report;
  CountPhases({run}, report);
  EXPECT_EQ(report.times.host_ps, std::numeric_limits<int64_t>::max());
}

}  // namespace
}  // namespace sandglass::collectors::md
