#include "analyzer/economics/defaults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "analyzer/economics/embedded_defaults.h"

namespace sandglass::economics {
namespace {

using ::testing::HasSubstr;

TEST(DefaultsTest, EmbeddedOnesLoadWithSources) {
  const auto defaults = LoadDefaults();
  ASSERT_TRUE(defaults.ok()) << defaults.status();
  EXPECT_EQ(defaults->server_over_chip.value, 1.64);
  EXPECT_EQ(defaults->electricity_usd_per_kwh.value, 0.0826);
  EXPECT_EQ(defaults->utilization.path, "economics.utilization");
  EXPECT_THAT(defaults->hosting_usd_per_kw_month.source, HasSubstr("CBRE"));
}

TEST(DefaultsTest, BrokenOnesAreRefusedByField) {
  const std::string good = EmbeddedDefaults().front().second;
  struct Case {
    const char* from;
    const char* to;
    const char* message;
  };
  for (const Case& c : {
           Case{"unit: \"USD/kWh\"", "unit: \"USD/MWh\"", "economics.electricity.unit is \"USD/MWh\""},
           Case{"value: 1.25 low: 1.09", "value: 1.25 low: 1.3", "economics.pue: need 0 <= low <= value"},
           Case{"value: 190 low: 184", "value: nan low: 184", "economics.hosting: need 0 <= low <= value"},
           Case{"title: \"CBRE North America data center trends\"", "title: \"\"",
                "economics.hosting: needs a basis and a source"},
           Case{"value: 0.7 low: 0.3", "value: 0.7 low: 0", "utilization and goodput in (0, 1]"},
           Case{"value: 0.19", "value: zero", "not a text proto"},
       }) {
    const std::string bad = absl::StrReplaceAll(good, {{c.from, c.to}});
    ASSERT_NE(bad, good) << c.from;
    EXPECT_THAT(std::string(ParseDefaults(bad).status().message()), HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace sandglass::economics
