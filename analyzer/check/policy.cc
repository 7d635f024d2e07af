#include "analyzer/check/policy.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/check/rule_unit.h"
#include "proto/text_proto.h"

namespace sandglass::check {
namespace {

constexpr uint32_t kVersion = 1;

absl::Status Invalid(absl::string_view what, absl::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", rule));
}

bool HasPercent(const v1::Bounds& bounds) { return bounds.has_increase_percent() || bounds.has_decrease_percent(); }
bool HasLimit(const v1::Bounds& bounds) { return bounds.has_at_most() || bounds.has_at_least() || HasPercent(bounds); }

// `least` is what a value of the metric can be.
absl::Status CheckBounds(absl::string_view tier, const v1::Bounds& bounds, double least) {
  const auto finite = [tier](absl::string_view field, bool stated, double value, double from) -> absl::Status {
    if (!stated || (std::isfinite(value) && value >= from)) return absl::OkStatus();
    return Invalid(
        absl::StrCat(tier, ".", field, " is ", value),
        std::isfinite(from) ? absl::StrCat("it must be a number from ", from, " on") : "it must be a number");
  };
  for (const absl::Status& status :
       {finite("at_most", bounds.has_at_most(), bounds.at_most(), least),
        finite("at_least", bounds.has_at_least(), bounds.at_least(), least),
        finite("increase_percent", bounds.has_increase_percent(), bounds.increase_percent(), 0),
        finite("decrease_percent", bounds.has_decrease_percent(), bounds.decrease_percent(), 0)}) {
    if (!status.ok()) return status;
  }
  if (bounds.has_at_most() && bounds.has_at_least() && bounds.at_least() > bounds.at_most()) {
    return Invalid(absl::StrCat(tier, ".at_least is ", bounds.at_least(), ", above at_most ", bounds.at_most()),
                   "nothing can keep to both");
  }
  return absl::OkStatus();
}

absl::Status CheckMigration(const v1::Rule& rule) {
  const bool migration = rule.metric() == v1::METRIC_MIGRATION_USD;
  if (migration && rule.from_class().empty()) {
    return Invalid("from_class is empty", "say which class the work is on today");
  }
  if (!migration && (!rule.from_class().empty() || !rule.scenario().empty())) {
    return Invalid("from_class or scenario is set", "they are for METRIC_MIGRATION_USD alone");
  }
  return absl::OkStatus();
}

absl::Status CheckRule(const v1::Policy& policy, v1::Rule& rule) {
  if (rule.metric() == v1::METRIC_UNSPECIFIED) return Invalid("metric is not set", "say what the rule looks at");
  if (!HasLimit(rule.fail()) && !HasLimit(rule.warn())) {
    return Invalid("fail and warn are empty", "state a limit: at_most, at_least, increase_percent or decrease_percent");
  }
  // A move may pay at once: what is left behind is sold.
  const double least = rule.metric() == v1::METRIC_MIGRATION_USD ? -HUGE_VAL : 0;
  for (const absl::Status& status :
       {CheckBounds("fail", rule.fail(), least), CheckBounds("warn", rule.warn(), least)}) {
    if (!status.ok()) return status;
  }
  if (const auto unit = ParseRuleUnit(rule.metric(), rule.unit()); !unit.ok()) return unit.status();
  if (rule.unit().empty()) rule.set_unit(std::string(OnlyUnit(rule.metric())));
  if (rule.silicon_classes().empty() && policy.silicon_classes().empty()) {
    return Invalid("silicon_classes is empty, here and in the policy", "name a class");
  }
  return CheckMigration(rule);
}

absl::Status Check(v1::Policy& policy) {
  if (policy.policy_version() != kVersion) {
    return Invalid(absl::StrCat("policy_version is ", policy.policy_version()), "this program reads version 1");
  }
  if (policy.rules().empty()) return Invalid("rules is empty", "a policy has at least one");
  std::set<std::string> names;
  for (int i = 0; i < policy.rules_size(); ++i) {
    v1::Rule& rule = *policy.mutable_rules(i);
    if (rule.name().empty()) return Invalid(absl::StrCat("rules[", i, "].name is empty"), "give each rule a name");
    if (!names.insert(rule.name()).second) {
      return Invalid(absl::StrCat("rules[", i, "].name is \"", rule.name(), "\""), "another rule is called so");
    }
    if (absl::Status status = CheckRule(policy, rule); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat("rule \"", rule.name(), "\": ", status.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Policy> ParsePolicy(const std::string& text, absl::string_view file) {
  v1::Policy policy;
  if (absl::Status status = ParseTextProto(file, text, policy); !status.ok()) return status;
  if (absl::Status status = Check(policy); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(file, ": ", status.message()));
  }
  return policy;
}

std::vector<std::string> ClassNamesOf(const v1::Policy& policy) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const std::string& name : policy.silicon_classes()) add(name);
  for (const v1::Rule& rule : policy.rules()) {
    for (const std::string& name : rule.silicon_classes()) add(name);
  }
  return names;
}

bool NeedsBaseline(const v1::Rule& rule) { return HasPercent(rule.fail()) || HasPercent(rule.warn()); }

}  // namespace sandglass::check
