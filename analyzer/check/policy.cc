#include "analyzer/check/policy.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/check/rule_unit.h"
#include "proto/text_proto.h"

namespace sandglass::check {
namespace {

constexpr uint32_t kVersion = 1;
constexpr char kDefaultScenario[] = "default";

absl::Status Invalid(absl::string_view what, absl::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", rule));
}

bool HasAbsolute(const v1::Bounds& bounds) { return bounds.has_at_most() || bounds.has_at_least(); }
bool HasLimit(const v1::Bounds& bounds) { return HasAbsolute(bounds) || NeedsBaseline(bounds); }

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

// A percentage is written as such: 90, not 0.9.
absl::Status CheckPercent(absl::string_view tier, const v1::Rule& rule, const v1::Bounds& bounds) {
  if (OnlyUnit(rule.metric()) != "%") return absl::OkStatus();
  for (const auto& [field, stated, value] : {std::tuple("at_most", bounds.has_at_most(), bounds.at_most()),
                                             std::tuple("at_least", bounds.has_at_least(), bounds.at_least())}) {
    if (!stated || value == 0 || (value >= 1 && value <= 100)) continue;
    return Invalid(absl::StrCat(tier, ".", field, " is ", value), "it is in percent: 0, or 1 to 100");
  }
  return absl::OkStatus();
}

// A limit that can never come into play is a slip.
absl::Status CheckTiers(const v1::Rule& rule) {
  const v1::Bounds& fail = rule.fail();
  const v1::Bounds& warn = rule.warn();
  const bool looser = (fail.has_at_most() && warn.has_at_most() && warn.at_most() >= fail.at_most()) ||
                      (fail.has_at_least() && warn.has_at_least() && warn.at_least() <= fail.at_least()) ||
                      (fail.has_increase_percent() && warn.has_increase_percent() &&
                       warn.increase_percent() >= fail.increase_percent()) ||
                      (fail.has_decrease_percent() && warn.has_decrease_percent() &&
                       warn.decrease_percent() >= fail.decrease_percent());
  if (looser) return Invalid("a limit of warn is not tighter than that of fail", "it would never warn: tighten it");
  if (rule.strictness() != v1::STRICTNESS_UNSPECIFIED && !HasAbsolute(fail) && !HasAbsolute(warn)) {
    return Invalid("strictness is set", "it is for at_most and at_least, and there is none");
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
       {CheckBounds("fail", rule.fail(), least), CheckBounds("warn", rule.warn(), least),
        CheckPercent("fail", rule, rule.fail()), CheckPercent("warn", rule, rule.warn()), CheckTiers(rule)}) {
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
    if (!rule.from_class().empty()) add(rule.from_class());
  }
  return names;
}

std::vector<std::string> TargetsOf(const v1::Policy& policy, const v1::Rule& rule) {
  const auto& names = rule.silicon_classes().empty() ? policy.silicon_classes() : rule.silicon_classes();
  return {names.begin(), names.end()};
}

std::string ScenarioOf(const v1::Rule& rule) { return rule.scenario().empty() ? kDefaultScenario : rule.scenario(); }

bool Fits(const std::string& pattern, const std::string& trace_name) {
  return fnmatch(pattern.c_str(), trace_name.c_str(), FNM_NOESCAPE) == 0;
}

bool NamesTrace(const v1::Rule& rule, const std::string& trace_name) {
  const auto& patterns = rule.traces();
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&trace_name](const std::string& pattern) {
           return Fits(pattern, trace_name);
         });
}

bool HasFailTier(const v1::Rule& rule) { return HasLimit(rule.fail()); }

bool NeedsBaseline(const v1::Bounds& tier) { return tier.has_increase_percent() || tier.has_decrease_percent(); }

}  // namespace sandglass::check
