#include "analyzer/check/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace sandglass::check {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string With(absl::string_view rules) {
  return absl::StrCat("policy_version: 1\nsilicon_classes: \"h100-sxm\"\n", rules);
}

TEST(PolicyTest, IsReadWithUnitsFilledIn) {
  const auto policy = ParsePolicy(With(R"(
      silicon_classes: "tpu-v6e"
      rules { name: "a" metric: METRIC_SECONDS unit: "us/token" fail { at_most: 2 } }
      rules { name: "b" metric: METRIC_NATIVE silicon_classes: ["tpu-v6e", "groq"] warn { at_least: 90 } }
      rules { name: "c" metric: METRIC_MIGRATION_USD from_class: "a100" fail { at_most: -5 increase_percent: 1 } })"),
                                  "f");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->rules(1).unit(), "%");
  EXPECT_EQ(policy->rules(2).unit(), "USD");
  EXPECT_THAT(ClassNamesOf(*policy), ElementsAre("h100-sxm", "tpu-v6e", "groq", "a100"));
  EXPECT_FALSE(NeedsBaseline(policy->rules(0).fail()));
  EXPECT_TRUE(NeedsBaseline(policy->rules(2).fail()));
  EXPECT_THAT(TargetsOf(*policy, policy->rules(0)), ElementsAre("h100-sxm", "tpu-v6e"));
  EXPECT_THAT(TargetsOf(*policy, policy->rules(1)), ElementsAre("tpu-v6e", "groq"));
}

TEST(PolicyTest, OneClearErrorSaysWhatIsWrong) {
  const std::pair<std::string, const char*> table[] = {
      {"policy_version: 1\nrules { name: 1 }", "ci.policy:2:15: "},
      {"rules {}", "ci.policy: policy_version is 0"},
      {"policy_version: 2", "policy_version is 2: this program reads version 1"},
      {With(""), "rules is empty"},
      {With("rules {}"), "rules[0].name is empty"},
      {With("rules { name: \"a\" metric: METRIC_KNOWN fail { at_least: 1 } } rules { name: \"a\" }"),
       "rules[1].name is \"a\": another rule is called so"},
      {With("rules { name: \"a\" }"), "rule \"a\": metric is not set"},
      {With("rules { name: \"a\" metric: METRIC_KNOWN }"), "rule \"a\": fail and warn are empty: state a limit"},
      {With("rules { name: \"a\" metric: METRIC_KNOWN fail {} }"), "fail and warn are empty"},
      {With("rules { name: \"a\" metric: METRIC_KNOWN fail { at_least: -1 } }"), "fail.at_least is -1"},
      {With("rules { name: \"a\" metric: METRIC_KNOWN warn { increase_percent: nan } }"),
       "warn.increase_percent is nan"},
      {With("rules { name: \"a\" metric: METRIC_KNOWN fail { at_least: 2 at_most: 1 } }"), "nothing can keep to both"},
      {With("rules { name: \"a\" metric: METRIC_MIGRATION_USD fail { at_most: inf } from_class: \"x\" }"),
       "fail.at_most is inf: it must be a number"},
      {With("rules { name: \"a\" metric: METRIC_KNOWN fail { at_least: 0.9 } }"),
       "fail.at_least is 0.9: it is in percent: 0, or 1 to 100"},
      {With("rules { name: \"a\" metric: METRIC_NATIVE warn { at_least: 101 } }"), "warn.at_least is 101"},
      {With("rules { name: \"a\" metric: METRIC_DEVICES fail { at_most: 2 } warn { at_most: 2 } }"),
       "a limit of warn is not tighter than that of fail"},
      {With("rules { name: \"a\" metric: METRIC_DEVICES fail { increase_percent: 2 } warn { increase_percent: 3 } }"),
       "a limit of warn is not tighter than that of fail"},
      {With("rules { name: \"a\" metric: METRIC_DEVICES fail { increase_percent: 2 } strictness: "
            "STRICTNESS_WHOLE_RANGE }"),
       "strictness is set: it is for at_most and at_least"},
      {With("rules { name: \"a\" metric: METRIC_USD fail { at_most: 1 } }"), "unit is \"\": it must be one such as"},
      {With("rules { name: \"a\" metric: METRIC_MIGRATION_USD fail { at_most: 1 } }"), "from_class is empty"},
      {With("rules { name: \"a\" metric: METRIC_KNOWN fail { at_least: 1 } from_class: \"x\" }"),
       "they are for METRIC_MIGRATION_USD alone"},
      {"policy_version: 1 rules { name: \"a\" metric: METRIC_KNOWN fail { at_least: 1 } }",
       "silicon_classes is empty, here and in the policy: name a class"},
  };
  for (const auto& [text, message] : table) {
    const auto policy = ParsePolicy(text, "ci.policy");
    EXPECT_EQ(policy.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(policy.status().message()), HasSubstr(message)) << text;
    EXPECT_THAT(std::string(policy.status().message()), StartsWith("ci.policy:"));
  }
}

}  // namespace
}  // namespace sandglass::check
