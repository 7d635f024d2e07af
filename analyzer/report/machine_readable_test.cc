#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "analyzer/report/csv.h"
#include "analyzer/report/json.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "proto/report.pb.h"

namespace sandglass::report {
namespace {

v1::ReplayReport Report() {
  v1::ReplayReport report;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        report_version: 1
        trace_id: "01H"
        trace_name: "=evil,\"name\"\x1b"
        work_done { unit: WORK_UNIT_STEP count: 3 }
        classes {
          silicon_class: "a"
          verdict: VERDICT_SUPPORTED
          devices: 1
          launch_idle_share: 0.1
          per_unit {
            seconds { value: 0.1 low: 0.05 high: 0.2 provenance: ESTIMATE_PROVENANCE_MODELLED }
            joules { value: 0 provenance: ESTIMATE_PROVENANCE_MEASURED }
          }
          coverage { operator_share: 1 time_share: 0 }
        }
        classes { silicon_class: "b" verdict: VERDICT_UNSUPPORTED reason: "no, never" }
      )pb",
      &report));
  return report;
}

TEST(JsonTest, ParsesBackEqual) {
  const v1::ReplayReport report = Report();
  for (const auto& json : {Json(report), JsonLine(report)}) {
    ASSERT_TRUE(json.ok());
    v1::ReplayReport back;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(*json, &back).ok()) << *json;
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(report, back)) << *json;
  }
}

TEST(JsonTest, KeepsFieldNamesAndPresence) {
  const std::string json = *Json(Report());
  EXPECT_TRUE(absl::StrContains(json, "\"silicon_class\": \"a\"")) << json;
  // Present though zero: it is known.
  EXPECT_TRUE(absl::StrContains(json, "\"time_share\": 0")) << json;
  // Absent: unknown.
  EXPECT_FALSE(absl::StrContains(json, "\"usd\"")) << json;
  // No raw control byte gets out.
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
}

TEST(JsonTest, OneLineIsOneLine) {
  const std::string json = *JsonLine(Report());
  EXPECT_EQ(std::count(json.begin(), json.end(), '\n'), 1);
  EXPECT_EQ(json.back(), '\n');
}

TEST(CsvTest, RowsHaveTheHeadersCells) {
  const std::vector<std::string> header = absl::StrSplit(CsvHeader(), ',');
  v1::ReplayReport report = Report();
  report.set_trace_name("plain");
  report.mutable_classes(1)->set_reason("no");
  const std::vector<std::string> lines = absl::StrSplit(CsvRows(report), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2u);
  for (const std::string& line : lines) {
    EXPECT_EQ(std::count(line.begin(), line.end(), ',') + 1, static_cast<int>(header.size())) << line;
  }
  EXPECT_EQ(lines[0],
            "01H,plain,?,?,step,a,supported,1,source,,owned,0.1,0.05,0.2,modelled,0,,,measured,,,,,?,false,0.1,1,0,");
  EXPECT_EQ(lines[1], "01H,plain,?,?,step,b,unsupported,,source,,owned,,,,,,,,,,,,,,,,,,no");
}

TEST(CsvTest, CellsAreDisarmed) {
  const std::string rows = CsvRows(Report());
  EXPECT_TRUE(absl::StrContains(rows, "01H,\"'=evil,\"\"name\"\"\",")) << rows;
  EXPECT_TRUE(absl::StrContains(rows, ",\"no, never\"\n")) << rows;
}

TEST(CsvTest, WhatIsNotFiniteIsNoNumber) {
  v1::ReplayReport report = Report();
  report.mutable_classes(0)->mutable_per_unit()->mutable_seconds()->set_value(std::numeric_limits<double>::infinity());
  EXPECT_TRUE(absl::StrContains(CsvRows(report), ",owned,?,0.05,")) << CsvRows(report);
}

}  // namespace
}  // namespace sandglass::report
