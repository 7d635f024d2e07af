#include <string>

#include "absl/strings/match.h"
#include "analyzer/report/economics/reports.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "proto/economics_report.pb.h"

namespace sandglass::report {
namespace {

using absl::StrContains;

// An answer in which the chip wins in half of the worlds, with `more` over it.
v1::LockInReport Report(const std::string& more = "") {
  v1::LockInReport report;
  const std::string text = R"pb(
    specialised_class: "chip"
    general_class: "gpu"
    relative_cost { value: 0.6 low: 0.4 high: 0.9 }
    advantage_kept { value: 0.5 low: 0.3 high: 0.8 }
    hazard { value: 0.208 low: 0.06 high: 0.45 }
    probability_specialised_wins { value: 0.5 }
    specialised_wins { from: 0 to: 0.3 }
    stranded_capital { years: 1 p95: 1 mean: 1 }
    stranded_capital { years: 5 p95: 2.5e10 mean: 1.1e10 }
    stranded_capital_general { years: 5 p95: 4.4e7 mean: 1500 }
  )pb";
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &report));
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(more, &report));
  return report;
}

TEST(VerdictTest, WholeByHand) {
  EXPECT_EQ(VerdictText(Report(R"pb(tornado { input: "hazard" advantage_at_low: 1 advantage_at_high: -1 })pb")),
            "Whether chip is worth its risk is open: it costs less in 50 % of the drawn worlds. Today the work costs "
            "on chip 0.600 (0.400 to 0.900) times what it costs on gpu; on the successor, once it is ported, 1.20 "
            "times, so its advantage changes by the factor 0.500 (0.300 to 0.800). The belief is 0.208 (0.0600 to "
            "0.450) shifts a year; with all inputs at their centre it is worth it below 0.300 shifts a year. Of the "
            "fleet's computers 11.0 billion USD are stranded within 5.00 "
            "years in the mean and 25.0 billion USD in the worst twentieth, against 1.50 thousand USD and 44.0 million "
            "USD of gpu. Over its range, hazard alone would turn the answer.");
}

TEST(VerdictTest, ThreeConclusions) {
  struct Case {
    const char* wins;
    const char* text;
  };
  const Case cases[] = {
      {"1", "chip is probably worth its risk: it costs less in 100 % of the drawn worlds"},
      {"0.67", "chip is probably worth its risk: it costs less in 67 % of the drawn worlds"},
      {"0.66", "Whether chip is worth its risk is open: it costs less in 66 % of the drawn worlds"},
      {"0.34", "Whether chip is worth its risk is open: it costs less in 34 % of the drawn worlds"},
      {"0.33", "chip is probably not worth its risk: it costs less in only 33 % of the drawn worlds"},
      {"0", "chip is probably not worth its risk: it costs less in only 0 % of the drawn worlds"},
  };
  for (const Case& c : cases) {
    const std::string verdict =
        VerdictText(Report(std::string("probability_specialised_wins { value: ") + c.wins + "}"));
    EXPECT_TRUE(absl::StartsWith(verdict, c.text)) << verdict;
  }
}

TEST(VerdictTest, LaunchBoundTracesRankNothing) {
  const std::string verdict = VerdictText(Report(R"pb(
    launch_bound: "tiny on gpu"
    launch_bound: "small on chip"
    probability_specialised_wins { value: 0.99 }
  )pb"));
  EXPECT_TRUE(absl::StartsWith(verdict, "These traces rank nothing")) << verdict;
  EXPECT_TRUE(StrContains(verdict, "(tiny on gpu, small on chip)")) << verdict;
  EXPECT_FALSE(StrContains(verdict, "probably")) << verdict;
}

TEST(VerdictTest, IntervalsOfTheHazard) {
  struct Case {
    const char* wins;
    const char* text;
  };
  const Case cases[] = {
      {"", "; at no hazard of a shift is it the cheaper one."},
      {"specialised_wins { from: 0 }", "it is worth it at every hazard."},
      {"specialised_wins { from: 0 to: 0.0625 }", "it is worth it below 0.0625 shifts a year."},
      {"specialised_wins { from: 1.5 }", "it is worth it above 1.50 shifts a year."},
      {"specialised_wins { from: 0.1 to: 0.2 }", "it is worth it from 0.100 to 0.200 shifts a year."},
      {"specialised_wins { from: 0 to: 0.1 } specialised_wins { from: 2 }",
       "it is worth it below 0.100 shifts a year and above 2.00 shifts a year."},
  };
  for (const Case& c : cases) {
    v1::LockInReport report = Report();
    report.clear_specialised_wins();
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(c.wins, &report));
    EXPECT_TRUE(StrContains(VerdictText(report), c.text)) << VerdictText(report);
  }
}

TEST(VerdictTest, WhatWouldChangeIt) {
  EXPECT_TRUE(StrContains(VerdictText(Report(R"pb(
                            tornado { input: "a" advantage_at_low: 3 advantage_at_high: 1 }
                            tornado { input: "b" advantage_at_low: -3 advantage_at_high: -1 }
                          )pb")),
                          " No single input turns the answer over its range."));
  // The three that move it most, of those that turn it.
  EXPECT_TRUE(absl::EndsWith(VerdictText(Report(R"pb(
                               tornado { input: "a" advantage_at_low: 3 advantage_at_high: -3 }
                               tornado { input: "b" advantage_at_low: 2 advantage_at_high: 1 }
                               tornado { input: "c" advantage_at_low: -1 advantage_at_high: 1 }
                               tornado { input: "d" advantage_at_low: 0.5 advantage_at_high: -0.1 }
                               tornado { input: "e" advantage_at_low: 0.1 advantage_at_high: -0.1 }
                             )pb")),
                             " Over its range, a or c or d alone would turn the answer."));
}

TEST(VerdictTest, SaysNothingOfWhatIsNotThere) {
  v1::LockInReport report = Report();
  report.clear_stranded_capital_general();
  report.mutable_advantage_kept()->clear_low();
  const std::string verdict = VerdictText(report);
  EXPECT_FALSE(StrContains(verdict, "stranded")) << verdict;
  EXPECT_TRUE(StrContains(verdict, "changes by the factor 0.500. The belief")) << verdict;
  report.mutable_advantage_kept()->set_value(0);
  EXPECT_TRUE(StrContains(VerdictText(report), "times what it costs on gpu; the successor never runs there."));
}

}  // namespace
}  // namespace sandglass::report
