#include "analyzer/report/summary.h"

#include <cmath>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

v1::ReplayReport Work(const std::string& name) {
  v1::ReplayReport report;
  report.set_trace_name(name);
  report.set_phase(v1::PHASE_TRAIN);
  report.set_run_mode(v1::RUN_MODE_SHAPES_ONLY);
  v1::WorkDone& done = *report.add_work_done();
  done.set_unit(v1::WORK_UNIT_TOKEN);
  done.set_count(1);
  return report;
}

v1::ClassReplay& AddClass(v1::ReplayReport& report, const std::string& id, v1::Generality generality, double joules,
                          double usd) {
  v1::ClassReplay& row = *report.add_classes();
  row.set_silicon_class(id);
  row.set_generality(generality);
  row.set_verdict(v1::VERDICT_SUPPORTED);
  row.mutable_per_unit()->mutable_joules()->set_value(joules);
  row.mutable_per_unit()->mutable_usd()->set_value(usd);
  return row;
}

constexpr v1::Generality kGeneral = v1::GENERALITY_GENERAL;
constexpr v1::Generality kSpecialised = v1::GENERALITY_SPECIALISED;

// On the incumbent: GPUs at 6 and 8 J, ASICs at 2 and 3 J; in dollars the other way round.
v1::ReplayReport Incumbent() {
  v1::ReplayReport report = Work("transformer");
  AddClass(report, "gpu-old", kGeneral, 8, 1);
  AddClass(report, "gpu-new", kGeneral, 6, 2);
  AddClass(report, "asic-a", kSpecialised, 2, 5);
  AddClass(report, "asic-b", kSpecialised, 3, 4);
  return report;
}

TEST(SummarizeTest, CheapestOfEachMeasure) {
  const Summary summary = Summarize({Incumbent()});
  ASSERT_EQ(summary.works.size(), 1u);
  EXPECT_EQ(summary.works[0].joules->silicon_class, "asic-a");
  EXPECT_EQ(summary.works[0].joules->cost, (economics::Ranged{2, 2, 2}));
  EXPECT_EQ(summary.works[0].dollars->silicon_class, "gpu-old");
  EXPECT_EQ(summary.works[0].title, "transformer (train, shapes only)");
}

TEST(SummarizeTest, AdvantageKeptOnASuccessor) {
  v1::ReplayReport successor = Work("mamba");
  AddClass(successor, "gpu-old", kGeneral, 4, 1);
  AddClass(successor, "gpu-new", kGeneral, 3, 2);
  AddClass(successor, "asic-a", kSpecialised, 4, 10);
  AddClass(successor, "asic-b", kSpecialised, 1, 8);
  const Summary summary = Summarize({Incumbent(), successor});
  // Joules: asic-a against gpu-new is 6/2 = 3 on the incumbent and 3/4 = 0.75 on the successor: a quarter is kept,
  // although asic-b would be better there.
  ASSERT_TRUE(summary.joules.has_value());
  EXPECT_EQ(summary.joules->specialised.silicon_class, "asic-a");
  EXPECT_EQ(summary.joules->general.silicon_class, "gpu-new");
  EXPECT_DOUBLE_EQ(summary.joules->ratio.value, 3);
  ASSERT_EQ(summary.joules->remainders.size(), 1u);
  EXPECT_DOUBLE_EQ(summary.joules->remainders[0].share->value, 0.25);
  // Dollars: asic-b against gpu-old is 1/4 and then 1/8: half is kept of what was no advantage.
  EXPECT_EQ(summary.dollars->specialised.silicon_class, "asic-b");
  EXPECT_EQ(summary.dollars->general.silicon_class, "gpu-old");
  EXPECT_DOUBLE_EQ(summary.dollars->ratio.value, 0.25);
  EXPECT_DOUBLE_EQ(summary.dollars->remainders[0].share->value, 0.5);
  const std::string text = SummaryText(summary);
  EXPECT_TRUE(absl::StrContains(text, "gpu-new, costs 3.00 (3.00-3.00) times as much")) << text;
  EXPECT_TRUE(absl::StrContains(text, "mamba (train, shapes only)  25.0 (25.0-25.0)")) << text;
  EXPECT_TRUE(absl::StrContains(text, "It has no advantage to keep.")) << text;
}

TEST(SummarizeTest, LaunchBoundRowsDoNotRank) {
  v1::ReplayReport report = Incumbent();
  report.mutable_classes(2)->set_launch_bound(true);
  EXPECT_EQ(Summarize({report}).works[0].joules->silicon_class, "asic-b");
  for (v1::ClassReplay& row : *report.mutable_classes()) row.set_launch_bound(true);
  const Summary summary = Summarize({report});
  EXPECT_FALSE(summary.works[0].joules.has_value());
  EXPECT_FALSE(summary.joules.has_value());
  const std::string text = SummaryText(summary);
  EXPECT_TRUE(absl::StrContains(text, "none: launch-bound everywhere, ranks nothing")) << text;
  EXPECT_TRUE(absl::StrContains(text, "no specialised class and general class both rank")) << text;
}

TEST(SummarizeTest, WhatCannotIsSaid) {
  v1::ReplayReport unsupported = Work("md");
  AddClass(unsupported, "gpu-new", kGeneral, 3, 2);
  v1::ClassReplay& row = AddClass(unsupported, "asic-a", kSpecialised, 1, 1);
  row.set_verdict(v1::VERDICT_UNSUPPORTED);
  v1::ReplayReport bound = Work("liquid");
  AddClass(bound, "gpu-new", kGeneral, 3, 2).set_launch_bound(true);
  AddClass(bound, "asic-a", kSpecialised, 1, 1).set_verdict(v1::VERDICT_INFEASIBLE);
  const Summary summary = Summarize({Incumbent(), unsupported, bound, Work("empty")});
  ASSERT_EQ(summary.joules->remainders.size(), 3u);
  EXPECT_EQ(summary.joules->remainders[0].reason, "asic-a: unsupported");
  EXPECT_EQ(summary.joules->remainders[1].reason, "asic-a: infeasible; gpu-new: launch-bound, ranks nothing");
  EXPECT_EQ(summary.joules->remainders[2].reason, "asic-a: not replayed; gpu-new: not replayed");
  for (const Remainder& remainder : summary.joules->remainders) EXPECT_FALSE(remainder.share.has_value());
}

TEST(SummarizeTest, UnknownCostIsNotCheapest) {
  v1::ReplayReport report = Incumbent();
  // An absent cost, one that is zero and one that is not a number win nothing.
  report.mutable_classes(0)->mutable_per_unit()->clear_usd();
  report.mutable_classes(1)->mutable_per_unit()->mutable_usd()->set_value(0);
  report.mutable_classes(2)->mutable_per_unit()->mutable_usd()->set_value(std::nan(""));
  EXPECT_EQ(Summarize({report}).works[0].dollars->silicon_class, "asic-b");
}

}  // namespace
}  // namespace sandglass::report
