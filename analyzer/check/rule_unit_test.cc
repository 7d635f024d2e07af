#include "analyzer/check/rule_unit.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace sandglass::check {
namespace {

struct Good {
  v1::Metric metric;
  const char* unit;
  double in_base;
  v1::WorkUnit per;
};

TEST(RuleUnitTest, WhatOneOfItIs) {
  const Good table[] = {
      {v1::METRIC_SECONDS, "us/token", 1e-6, v1::WORK_UNIT_TOKEN},
      {v1::METRIC_SECONDS, "s/ns of MD", 1, v1::WORK_UNIT_MD_NANOSECOND},
      {v1::METRIC_SECONDS, "s/10^6 token", 1e-6, v1::WORK_UNIT_TOKEN},
      {v1::METRIC_JOULES, "mJ/token", 1e-3, v1::WORK_UNIT_TOKEN},
      {v1::METRIC_JOULES, "kJ/step", 1e3, v1::WORK_UNIT_STEP},
      {v1::METRIC_USD, "USD/10^9 token", 1e-9, v1::WORK_UNIT_TOKEN},
      {v1::METRIC_USD, "USD/sample", 1, v1::WORK_UNIT_SAMPLE},
      {v1::METRIC_KNOWN, "", 1, v1::WORK_UNIT_UNSPECIFIED},
      {v1::METRIC_RETAINED, "%", 1, v1::WORK_UNIT_UNSPECIFIED},
      {v1::METRIC_DEVICES, "devices", 1, v1::WORK_UNIT_UNSPECIFIED},
      {v1::METRIC_MIGRATION_USD, "USD", 1, v1::WORK_UNIT_UNSPECIFIED},
  };
  for (const Good& good : table) {
    const auto unit = ParseRuleUnit(good.metric, good.unit);
    ASSERT_TRUE(unit.ok()) << unit.status();
    EXPECT_NEAR(unit->in_base, good.in_base, 1e-12 * good.in_base) << good.unit;
    EXPECT_EQ(unit->per, good.per) << good.unit;
  }
}

TEST(RuleUnitTest, OthersAreRefusedWithExamples) {
  const std::pair<v1::Metric, const char*> table[] = {
      {v1::METRIC_SECONDS, ""},
      {v1::METRIC_SECONDS, "s"},
      {v1::METRIC_SECONDS, "J/token"},
      {v1::METRIC_SECONDS, "us/tokens"},
      {v1::METRIC_SECONDS, "hours/token"},
      {v1::METRIC_SECONDS, "us/10^6token"},
      {v1::METRIC_SECONDS, "us/?"},
      {v1::METRIC_JOULES, "mJ/10^99 token"},
      {v1::METRIC_USD, "EUR/token"},
      {v1::METRIC_USD, "mUSD/token"},
      {v1::METRIC_USD, "USD/10^-6 token"},
      {v1::METRIC_KNOWN, "ratio"},
      {v1::METRIC_MIGRATION_USD, "EUR"},
      {v1::METRIC_DEVICES, "chips"},
  };
  for (const auto& [metric, unit] : table) {
    const auto parsed = ParseRuleUnit(metric, unit);
    EXPECT_FALSE(parsed.ok()) << unit;
    EXPECT_TRUE(absl::StrContains(parsed.status().message(), absl::StrCat("unit is \"", unit, "\": it must be")))
        << parsed.status();
  }
}

}  // namespace
}  // namespace sandglass::check
