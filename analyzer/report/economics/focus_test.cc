#include "analyzer/report/economics/focus.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace sandglass::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// 1,000 tokens in 3.6 s on two devices, owned for 5 USD; with a price by the hour besides, or without.
v1::CostReport Report(const std::string& rented) {
  v1::CostReport report;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
            scenario { replay { price_date: "2026-12-31" } }
            traces { trace_name: "run" unit: WORK_UNIT_TOKEN work_count: 1000
                     classes { silicon_class: "gpu" verdict: VERDICT_SUPPORTED devices: 2
                               seconds { value: 3.6e-3 }
                               owned { value: 5e-3 low: 4e-3 high: 7e-3 provenance: ESTIMATE_PROVENANCE_ASSUMED }
                               owned_price {
                                 basis: PRICE_BASIS_PURCHASE
                                 as_of: "2026-01"
                                 price { source { title: "list" } }
                               }
      )pb" +
          rented +
          R"pb(
        }
        classes { silicon_class: "npu" verdict: VERDICT_UNSUPPORTED }
        }
      )pb",
      &report));
  return report;
}

constexpr char kSpot[] =
    "rented { value: 1e-9 } rented_price { basis: PRICE_BASIS_SPOT region: \"us-east1\" as_of: \"2026\" }";

// By column, each row; cells with commas are quoted.
std::vector<std::map<std::string, std::string>> RowsOf(const std::string& csv) {
  const std::vector<std::string> lines = absl::StrSplit(csv, '\n', absl::SkipEmpty());
  const std::vector<std::string> header = absl::StrSplit(lines.front(), ',');
  std::vector<std::map<std::string, std::string>> rows;
  for (size_t i = 1; i < lines.size(); ++i) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (const char letter : lines[i]) {
      if (letter == '"') quoted = !quoted;
      if (letter == ',' && !quoted) {
        cells.emplace_back();
      } else {
        cells.back() += letter;
      }
    }
    EXPECT_EQ(cells.size(), header.size()) << lines[i];
    std::map<std::string, std::string>& row = rows.emplace_back();
    for (size_t column = 0; column < header.size(); ++column) row[header[column]] = cells.at(column);
  }
  return rows;
}

TEST(FocusTest, ARowByHand) {
  const auto file = FocusCsv(Report(kSpot));
  ASSERT_TRUE(file.ok()) << file.status();
  const auto rows = RowsOf(file->csv);
  ASSERT_THAT(rows, SizeIs(2));
  auto owned = rows[0];
  // Two devices for 3.6 s are 0.002 h; 5 USD for them are 2,500 USD/h.
  EXPECT_EQ(owned["PricingQuantity"], "0.002");
  EXPECT_EQ(owned["ListUnitPrice"], "2500.0");
  EXPECT_EQ(owned["EffectiveCost"], "5.0");
  EXPECT_EQ(owned["ListCost"], "5.0");
  EXPECT_EQ(owned["BilledCost"], "0.0");
  EXPECT_EQ(owned["ConsumedQuantity"], "1000.0");
  EXPECT_EQ(owned["ConsumedUnit"], "Tokens");
  EXPECT_EQ(owned["PricingCategory"], "Other");
  EXPECT_EQ(owned["ChargePeriodStart"], "2026-12-31T00:00:00Z");
  EXPECT_EQ(owned["ChargePeriodEnd"], "2027-01-01T00:00:00Z");
  EXPECT_EQ(owned["BillingPeriodStart"], "2026-12-01T00:00:00Z");
  EXPECT_EQ(owned["BillingPeriodEnd"], "2027-01-01T00:00:00Z");
  EXPECT_EQ(owned["x_CostLow"], "4.0");
  EXPECT_EQ(owned["x_Provenance"], "assumed");
  EXPECT_EQ(owned["RegionId"], "");
  auto rented = rows[1];
  // Small and large numbers have no exponent. What is printed is the product of what is printed.
  EXPECT_THAT(rented["EffectiveCost"], ::testing::StartsWith("0.000001"));
  EXPECT_EQ(std::stod(rented["EffectiveCost"]), std::stod(rented["ListUnitPrice"]) * 0.002);
  EXPECT_EQ(rented["PricingCategory"], "Dynamic");
  EXPECT_EQ(rented["RegionId"], "us-east1");
  EXPECT_EQ(rented["SkuPriceId"], "gpu/rented/spot/us-east1");
}

TEST(FocusTest, WithoutAPriceThereIsNoRow) {
  const auto file = FocusCsv(Report(""));
  EXPECT_THAT(RowsOf(file->csv), SizeIs(1));
  EXPECT_THAT(file->unpriced, ElementsAre("run on gpu, rented"));
}

TEST(FocusTest, ADayIsNeeded) {
  v1::CostReport report = Report("");
  report.mutable_scenario()->mutable_replay()->clear_price_date();
  EXPECT_THAT(std::string(FocusCsv(report).status().message()), HasSubstr("state --price-date"));
}

TEST(FocusTest, NamesOfStrangersAreAsciiText) {
  v1::CostReport report = Report("");
  report.mutable_traces(0)->set_trace_name("=cmd(\"x\"),\xc3\xbc\x1b");
  const auto file = FocusCsv(report);
  EXPECT_THAT(file->csv, HasSubstr("\"'=cmd(\"\"x\"\"),?"));
  for (const char letter : file->csv) EXPECT_TRUE(letter == '\n' || (letter >= ' ' && letter <= '~')) << int{letter};
}

}  // namespace
}  // namespace sandglass::report
