#include "analyzer/check/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "analyzer/check/baseline.h"
#include "analyzer/check/batch_fixture.h"

namespace sandglass::check {
namespace {

using ::testing::HasSubstr;

constexpr auto kPassed = v1::CHECK_OUTCOME_PASSED;
constexpr auto kSkipped = v1::CHECK_OUTCOME_SKIPPED;
constexpr auto kWarned = v1::CHECK_OUTCOME_WARNED;
constexpr auto kIncomplete = v1::CHECK_OUTCOME_INCOMPLETE;
constexpr auto kFailed = v1::CHECK_OUTCOME_FAILED;

std::string Rule(absl::string_view metric, absl::string_view rest) {
  return absl::StrCat("rules { name: \"r\" metric: METRIC_", metric, " ", rest, " }");
}

std::string Time(absl::string_view rest) { return Rule("SECONDS", absl::StrCat("unit: \"us/token\" ", rest)); }

struct Case {
  std::string rule;
  v1::CheckOutcome outcome;
  // In the finding's text or limit.
  const char* says;
};

// 2 us/token, 1 to 4.
TEST(JudgeTest, LimitsAndTiers) {
  const Case table[] = {
      {Time("fail { at_most: 2 }"), kPassed, "2.00 (1.00 to 4.00) us/token"},
      {Time("fail { at_most: 1.9 }"), kFailed, "the limit is at most 1.9 us/token"},
      {Time("fail { at_least: 2 }"), kPassed, ""},
      {Time("fail { at_least: 2.1 }"), kFailed, "at least 2.1 us/token"},
      {Time("warn { at_most: 1.9 }"), kWarned, "at most 1.9"},
      {Time("fail { at_most: 3 } warn { at_most: 1.9 }"), kWarned, "at most 1.9"},
      {Time("fail { at_most: 1.9 } warn { at_most: 1.5 }"), kFailed, "at most 1.9"},
      // Surely above: all of 1 to 4 must be.
      {Time("fail { at_most: 1.1 } strictness: STRICTNESS_WHOLE_RANGE"), kPassed, ""},
      {Time("fail { at_most: 0.9 } strictness: STRICTNESS_WHOLE_RANGE"), kFailed, ""},
      {Time("fail { at_least: 3.9 } strictness: STRICTNESS_WHOLE_RANGE"), kPassed, ""},
      {Time("fail { at_least: 4.1 } strictness: STRICTNESS_WHOLE_RANGE"), kFailed, ""},
      // Possibly above: any of it.
      {Time("fail { at_most: 3.9 } strictness: STRICTNESS_ANY_OF_RANGE"), kFailed, ""},
      {Time("fail { at_most: 4 } strictness: STRICTNESS_ANY_OF_RANGE"), kPassed, ""},
      {Time("fail { at_least: 1.1 } strictness: STRICTNESS_ANY_OF_RANGE"), kFailed, ""},
      {Time("fail { at_least: 1 } strictness: STRICTNESS_ANY_OF_RANGE"), kPassed, ""},
      // No range: the value.
      {Rule("JOULES", "unit: \"mJ/token\" fail { at_most: 3 } strictness: STRICTNESS_ANY_OF_RANGE"), kPassed, ""},
      {Rule("JOULES", "unit: \"J/10^3 token\" fail { at_most: 2.9 }"), kFailed, "3.00 J/10^3 token"},
      {Rule("KNOWN", "fail { at_least: 99.5 }"), kFailed, "99.0 %"},
      {Rule("NATIVE", "fail { at_least: 100 }"), kPassed, "100 %"},
      {Rule("DEVICES", "warn { at_most: 1 }"), kWarned, "2 devices: the limit is at most 1 devices"},
  };
  for (const Case& one : table) {
    const v1::CheckReport report = Judged(one.rule);
    ASSERT_EQ(report.findings_size(), 1) << one.rule;
    EXPECT_EQ(report.findings(0).outcome(), one.outcome) << one.rule << report.findings(0).text();
    EXPECT_THAT(report.findings(0).text(), HasSubstr(one.says)) << one.rule;
    EXPECT_EQ(report.outcome(), one.outcome) << one.rule;
  }
}

TEST(JudgeTest, WhatDoesNotExistBreaksTheRuleAndIsNotZero) {
  const std::string on_npu = "silicon_classes: \"npu\"";
  const Case table[] = {
      {Rule("USD", "unit: \"USD/token\" fail { at_most: 1e9 }"), kFailed, "unpriced"},
      {Rule("USD", "unit: \"USD/token\" warn { at_most: 1e9 }"), kWarned, "unpriced"},
      {Time(absl::StrCat("fail { at_most: 1e9 }", on_npu)), kFailed, "unsupported: aten::sort: does not run"},
      {Rule("DEVICES", absl::StrCat("fail { at_most: 99 }", on_npu)), kFailed, "unsupported"},
      // These need no class that can run it today.
      {Rule("NATIVE", absl::StrCat("fail { at_least: 80 }", on_npu)), kPassed, "80.0 %"},
      {Rule("RETAINED", absl::StrCat("fail { at_least: 1 }", on_npu)), kFailed, "0 %"},
      {Rule("MIGRATION_USD", absl::StrCat("from_class: \"GPU\" fail { at_most: 4e6 }", on_npu)), kFailed, "5e+06"},
      // Not known how something runs.
      {Rule("RETAINED", "fail { at_least: 1 }"), kIncomplete, "not known how it runs"},
      {Rule("MIGRATION_USD", "from_class: \"npu\" fail { at_most: 1 }"), kIncomplete, "no such move"},
      {Rule("RETAINED", "warn { at_least: 1 }"), kWarned, "not known how it runs"},
  };
  for (const Case& one : table) {
    const v1::CheckReport report = Judged(one.rule);
    ASSERT_EQ(report.findings_size(), 1) << one.rule;
    EXPECT_EQ(report.outcome(), one.outcome) << one.rule << report.findings(0).text();
    EXPECT_THAT(report.findings(0).text(), HasSubstr(one.says)) << one.rule;
  }
  EXPECT_FALSE(Judged(table[0].rule).findings(0).has_value());
}

TEST(JudgeTest, TooLittleKnownOfATraceIsIncomplete) {
  Measured measured = MeasuredTrace();
  measured.trace.mutable_classes(0)->set_verdict(v1::VERDICT_UNKNOWN);
  EXPECT_EQ(Judged(Time("fail { at_most: 1 }"), nullptr, measured).outcome(), kIncomplete);
  measured = MeasuredTrace();
  measured.replay.add_classes()->mutable_coverage()->set_operator_share(0.8);
  EXPECT_EQ(Judged("options { coverage_floor: 0.7 }" + Time("fail { at_most: 2 }"), nullptr, measured).outcome(),
            kPassed);
  EXPECT_EQ(Judged("options { coverage_floor: 0.9 }" + Time("fail { at_most: 2 }"), nullptr, measured).outcome(),
            kIncomplete);
  // A limit that is broken on what is known is broken.
  EXPECT_EQ(Judged("options { coverage_floor: 0.9 }" + Time("fail { at_most: 1 }"), nullptr, measured).outcome(),
            kFailed);
}

TEST(JudgeTest, StrictAsksForAllOfAFile) {
  const auto policy = ParsePolicy("policy_version: 1 silicon_classes: \"gpu\"" + Time("fail { at_most: 2 }"), "test");
  for (const bool strict : {false, true}) {
    v1::CheckReport report;
    ASSERT_TRUE(AddTrace(MeasuredTrace(), *policy, strict, /*file_incomplete=*/true, report).ok());
    Judge(*policy, FixtureIds(), {}, report);
    EXPECT_EQ(report.outcome(), strict ? kIncomplete : kPassed);
  }
}

TEST(JudgeTest, ARuleThatHoldsOnNothingDoesNotPass) {
  EXPECT_EQ(Judged(Time("traces: \"nightly/*\" fail { at_most: 2 }")).outcome(), kPassed);
  const v1::CheckReport slip = Judged(Time("traces: \"nigthly/*\" fail { at_most: 2 }"));
  EXPECT_EQ(slip.outcome(), kIncomplete);
  EXPECT_THAT(slip.findings(0).text(), HasSubstr("names \"nigthly/*\", which no trace of this batch is"));
  // Also where another pattern fits.
  const v1::CheckReport one_of_two = Judged(Time("traces: [\"b\", \"*a\"] fail { at_most: 2 }"));
  EXPECT_EQ(one_of_two.outcome(), kIncomplete);
  EXPECT_EQ(one_of_two.findings_size(), 2);
}

TEST(JudgeTest, ATraceThatCountsOtherwiseDoesNotPass) {
  const v1::CheckReport report = Judged(Rule("SECONDS", "unit: \"s/step\" fail { at_most: 2 }"));
  EXPECT_EQ(report.outcome(), kIncomplete);
  EXPECT_EQ(report.findings(0).trace_name(), "nightly/a");
  EXPECT_THAT(report.findings(0).text(), HasSubstr("its limits are in s/step, and the trace counts in token"));
}

TEST(JudgeTest, AMoveLeadsSomewhere) {
  const v1::CheckReport report =
      Judged(Rule("MIGRATION_USD", "from_class: \"GPU\" silicon_classes: [\"gpu\", \"npu\"] fail { at_most: 6e6 }"));
  ASSERT_EQ(report.findings_size(), 1);
  EXPECT_EQ(report.findings(0).silicon_class(), "npu");
  EXPECT_EQ(report.outcome(), kPassed);
  EXPECT_EQ(Judged(Rule("MIGRATION_USD", "from_class: \"GPU\" fail { at_most: 6e6 }")).outcome(), kIncomplete);
}

TEST(JudgeTest, OfWorkThatNobodyKnowsNoShareIsKnown) {
  Measured measured = MeasuredTrace();
  measured.trace.mutable_classes(0)->set_known_percent(0);
  measured.trace.mutable_classes(0)->mutable_native()->set_value(0);
  EXPECT_EQ(Judged(Rule("NATIVE", "fail { at_least: 90 }"), nullptr, measured).outcome(), kIncomplete);
}

TEST(JudgeTest, ClassesAreHeldOnceByWhateverName) {
  EXPECT_EQ(Judged(Time("silicon_classes: [\"gpu\", \"GPU\"] fail { at_most: 2 }")).findings_size(), 1);
  // What is known of a trace is the same on every class.
  const v1::CheckReport known = Judged(Rule("KNOWN", "silicon_classes: [\"gpu\", \"npu\"] fail { at_least: 2 }"));
  ASSERT_EQ(known.findings_size(), 1);
  EXPECT_EQ(known.findings(0).silicon_class(), "");
}

TEST(JudgeTest, TracesOfOneNameAreAnError) {
  const auto policy = ParsePolicy("policy_version: 1 silicon_classes: \"gpu\"" + Time("fail { at_most: 2 }"), "test");
  v1::CheckReport report;
  ASSERT_TRUE(AddTrace(MeasuredTrace("a"), *policy, false, false, report).ok());
  ASSERT_TRUE(AddTrace(MeasuredTrace("b"), *policy, false, false, report).ok());
  const absl::Status status = AddTrace(MeasuredTrace("a"), *policy, false, false, report);
  EXPECT_THAT(std::string(status.message()), HasSubstr("are both called a"));
}

TEST(JudgeTest, ChangesArePercentOfTheBaseline) {
  Measured before = MeasuredTrace();
  before.trace.mutable_classes(0)->mutable_per_unit()->mutable_seconds()->set_value(1.6e-6);
  const v1::CheckReport baseline = Judged(Time("fail { at_most: 9 }"), nullptr, before);
  const Case table[] = {
      // From 1.6 to 2: 25 % more.
      {Time("fail { increase_percent: 25.1 }"), kPassed, "25.0 % above the baseline"},
      {Time("fail { increase_percent: 24.9 }"), kFailed, "at most 24.9 % above the baseline"},
      {Time("warn { increase_percent: 24.9 }"), kWarned, "at most 24.9 % above the baseline"},
      {Time("fail { decrease_percent: 0 }"), kPassed, ""},
      {Time("fail { at_most: 1.9 increase_percent: 99 }"), kFailed, "at most 1.9"},
      // Not in the baseline.
      {Rule("USD", "unit: \"USD/token\" fail { increase_percent: 1 }"), kFailed, "unpriced"},
  };
  for (const Case& one : table) {
    const v1::CheckReport report = Judged(one.rule, &baseline);
    EXPECT_EQ(report.outcome(), one.outcome) << one.rule << report.findings(0).text();
    EXPECT_THAT(report.findings(0).text(), HasSubstr(one.says)) << one.rule;
  }
  const v1::CheckReport now = Judged(Time("fail { at_most: 9 }"));
  const v1::CheckReport faster = Judged(Time("fail { decrease_percent: 19.9 }"), &now, before);
  EXPECT_EQ(faster.outcome(), kFailed);
  EXPECT_DOUBLE_EQ(faster.findings(0).change_percent(), -20);
}

TEST(JudgeTest, FromNothingToSomethingIsAnIncreaseWithoutEnd) {
  Measured before = MeasuredTrace();
  before.trace.mutable_classes(0)->mutable_per_unit()->mutable_seconds()->set_value(0);
  const v1::CheckReport baseline = Judged(Time("fail { at_most: 9 }"), nullptr, before);
  const v1::CheckReport report = Judged(Time("fail { increase_percent: 1e9 }"), &baseline);
  EXPECT_EQ(report.outcome(), kFailed);
  EXPECT_THAT(report.findings(0).text(), HasSubstr("from nothing in the baseline"));
  EXPECT_EQ(Judged(Time("fail { increase_percent: 0 }"), &baseline, before).outcome(), kPassed);
}

TEST(JudgeTest, WithoutABaselineChangesAreSkippedAndLimitsAreNot) {
  const v1::CheckReport other = Judged(Time("fail { at_most: 9 }"), nullptr, MeasuredTrace("other"));
  for (const v1::CheckReport* baseline : {static_cast<const v1::CheckReport*>(nullptr), &other}) {
    const v1::CheckReport skipped = Judged(Time("fail { increase_percent: 1 }"), baseline);
    EXPECT_EQ(skipped.outcome(), kSkipped);
    EXPECT_THAT(skipped.findings(0).unjudged(),
                HasSubstr(baseline == nullptr ? "there is no baseline" : "the baseline does not have the trace"));
    // What could be judged held, and that is not all.
    EXPECT_EQ(Judged(Time("fail { increase_percent: 1 at_most: 2 }"), baseline).outcome(), kSkipped);
    EXPECT_EQ(Judged(Time("fail { increase_percent: 1 at_most: 1 }"), baseline).outcome(), kFailed);
    EXPECT_EQ(Judged(Time("fail { increase_percent: 1 } warn { at_most: 9 }"), baseline).outcome(), kSkipped);
    EXPECT_EQ(Judged(Time("fail { increase_percent: 1 } warn { at_most: 1 }"), baseline).outcome(), kWarned);
    EXPECT_EQ(Judged(Time("fail { at_most: 2 } warn { increase_percent: 1 }"), baseline).outcome(), kPassed);
    EXPECT_EQ(Judged(Time("warn { increase_percent: 1 }"), baseline).outcome(), kSkipped);
  }
}

TEST(JudgeTest, ABaselineThatDoesNotHaveItIsSaidAndMayBeRequired) {
  const std::string rule = Time("fail { increase_percent: 1 }");
  const v1::CheckReport good = Judged(rule);
  std::vector<std::pair<v1::CheckReport, const char*>> cases(4, {good, ""});
  cases[0].first.clear_traces();
  cases[0].second = "does not have the trace";
  cases[1].first.mutable_traces(0)->set_unit(v1::WORK_UNIT_STEP);
  cases[1].second = "counts the trace in another unit: step, not token";
  cases[2].first.mutable_traces(0)->mutable_classes(0)->set_silicon_class("other");
  cases[2].second = "does not have the class";
  cases[3].first.mutable_traces(0)->mutable_classes(0)->set_verdict(v1::VERDICT_UNKNOWN);
  cases[3].second = "in the baseline it is not known";
  const auto policy = ParsePolicy("policy_version: 1 silicon_classes: \"gpu\"" + rule, "test");
  for (const auto& [baseline, why] : cases) {
    for (const bool required : {false, true}) {
      v1::CheckReport report;
      ASSERT_TRUE(AddTrace(MeasuredTrace(), *policy, false, false, report).ok());
      Judge(*policy, FixtureIds(), {.report = &baseline, .required = required}, report);
      EXPECT_EQ(report.outcome(), required ? kIncomplete : kSkipped) << why;
      EXPECT_THAT(report.findings(0).unjudged(), HasSubstr(why));
    }
  }
}

TEST(JudgeTest, TheWorstOutcomeIsTheWhole) {
  const std::string fine = "rules { name: \"a\" metric: METRIC_KNOWN fail { at_least: 1 } }";
  const std::string warn = "rules { name: \"b\" metric: METRIC_DEVICES warn { at_most: 1 } }";
  const std::string gap = "rules { name: \"c\" metric: METRIC_RETAINED fail { at_least: 1 } }";
  const std::string fail = "rules { name: \"d\" metric: METRIC_DEVICES fail { at_most: 1 } }";
  EXPECT_EQ(Judged(fine + warn).outcome(), kWarned);
  EXPECT_EQ(Judged(warn + gap + fine).outcome(), kIncomplete);
  EXPECT_EQ(Judged(fail + gap + fine).outcome(), kFailed);
  EXPECT_EQ(ExitCodeOf(kPassed), 0);
  EXPECT_EQ(ExitCodeOf(kSkipped), 0);
  EXPECT_EQ(ExitCodeOf(kWarned), 0);
  EXPECT_EQ(ExitCodeOf(kFailed), 2);
  EXPECT_EQ(ExitCodeOf(kIncomplete), 3);
}

}  // namespace
}  // namespace sandglass::check
