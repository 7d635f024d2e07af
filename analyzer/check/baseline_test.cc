#include "analyzer/check/baseline.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cmath>

#include "analyzer/check/batch_fixture.h"
#include "analyzer/report/json.h"

namespace sandglass::check {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kRule[] = "rules { name: \"r\" metric: METRIC_KNOWN fail { at_least: 1 } }";

TEST(BaselineTest, IsTheJsonOfAReport) {
  const v1::CheckReport report = Judged(kRule);
  const auto json = report::Json(report);
  const auto baseline = ParseBaseline(*json, "main.json");
  ASSERT_TRUE(baseline.ok()) << baseline.status();
  // What was found then is not asked again.
  v1::CheckReport kept = report;
  kept.clear_findings();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*baseline, kept));
}

TEST(BaselineTest, OtherFilesAreOneClearError) {
  for (const char* text : {"", "{", "[]", "{\"classes\": []}", "\xff", "{\"report_version\": \"x\"}"}) {
    const auto baseline = ParseBaseline(text, "main.json");
    EXPECT_FALSE(baseline.ok()) << text;
    EXPECT_THAT(std::string(baseline.status().message()), HasSubstr("main.json: is no report of a check")) << text;
    EXPECT_EQ(baseline.status().message().find('\n'), absl::string_view::npos) << baseline.status();
  }
  EXPECT_THAT(std::string(ParseBaseline("{\"report_version\": 7}", "f").status().message()),
              HasSubstr("f: report_version is 7: this program reads version 1"));
}

// Any comparison with what is no number fails, so that it would pass every limit.
TEST(BaselineTest, NumbersAreNumbers) {
  for (const double none : {std::nan(""), HUGE_VAL}) {
    v1::CheckReport report = Judged(kRule);
    report.mutable_traces(0)->mutable_classes(0)->mutable_per_unit()->mutable_seconds()->set_value(none);
    const auto baseline = ParseBaseline(*report::Json(report), "main.json");
    EXPECT_THAT(std::string(baseline.status().message()), HasSubstr("main.json: holds a number that is none"));
  }
}

TEST(BaselineTest, ComparesUnderEqualOptionsOnly) {
  v1::CheckReport before = Judged(kRule);
  const v1::CheckReport after = before;
  before.mutable_options()->set_price_date("2026-01-01");
  before.mutable_options()->set_coverage_floor(0.5);
  EXPECT_TRUE(CheckComparable(before, after, "f").ok());
  before.mutable_options()->set_precision(v1::PRECISION_POLICY_BF16);
  const absl::Status status = CheckComparable(before, after, "f");
  EXPECT_THAT(std::string(status.message()), HasSubstr("precision: PRECISION_POLICY_BF16"));
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
}

TEST(BaselineTest, SaysWhatElseIsDifferent) {
  const v1::CheckReport after = Judged(kRule, nullptr, MeasuredTrace("new"));
  v1::CheckReport before = Judged(kRule, nullptr, MeasuredTrace("old"));
  EXPECT_THAT(BaselineWarnings(before, after),
              ElementsAre("trace old of the baseline is not in this batch", "trace new is not in the baseline"));
  EXPECT_TRUE(BaselineWarnings(before, before).empty());
  before.set_catalog_digest("ffff");
  EXPECT_THAT(BaselineWarnings(before, before), ElementsAre());
  EXPECT_THAT(BaselineWarnings(before, after)[0], HasSubstr("another catalog (ffff then, 0123456789ab now)"));
}

TEST(BaselineTest, ChangesAreByOperatorLargestFirst) {
  v1::CheckReport before = Judged(kRule);
  v1::CheckReport after = before;
  EXPECT_TRUE(ChangesSince(before, after).empty());
  auto& now = *after.mutable_traces(0)->mutable_classes(0)->mutable_operators();
  now[0].set_device_s_per_unit(1.6e-6);
  now[1].set_name("aten::mul");
  const auto changes = ChangesSince(before, after);
  ASSERT_EQ(changes.size(), 3u);
  // One is gone and one is new, of 0.5 us each; the product takes 0.1 us more.
  EXPECT_EQ(changes[0].name(), "aten::add");
  EXPECT_EQ(changes[0].count_after(), 0);
  EXPECT_EQ(changes[1].name(), "aten::mul");
  EXPECT_EQ(changes[1].count_before(), 0);
  EXPECT_DOUBLE_EQ(changes[1].device_s_after(), 0.5e-6);
  EXPECT_EQ(changes[2].name(), "aten::mm");
  EXPECT_DOUBLE_EQ(changes[2].device_s_before(), 1.5e-6);
  EXPECT_DOUBLE_EQ(changes[2].device_s_after(), 1.6e-6);
  // Counted in something else, nothing compares.
  after.mutable_traces(0)->set_unit(v1::WORK_UNIT_STEP);
  EXPECT_TRUE(ChangesSince(before, after).empty());
}

TEST(BaselineTest, TheLastDigitsOfSumsAreNoChange) {
  const v1::CheckReport before = Judged(kRule);
  v1::CheckReport after = before;
  v1::OperatorUse& use = *after.mutable_traces(0)->mutable_classes(0)->mutable_operators(0);
  use.set_device_s_per_unit(use.device_s_per_unit() * (1 + 1e-12));
  EXPECT_TRUE(ChangesSince(before, after).empty());
  use.set_device_s_per_unit(use.device_s_per_unit() * (1 + 1e-6));
  EXPECT_EQ(ChangesSince(before, after).size(), 1u);
}

}  // namespace
}  // namespace sandglass::check
