#include "analyzer/check/rule_unit.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyzer/report/words.h"

namespace sandglass::check {
namespace {

// Beyond this a power of ten is a slip of the pen.
constexpr int kLargestPower = 18;

constexpr std::pair<absl::string_view, double> kSeconds[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
constexpr std::pair<absl::string_view, double> kJoules[] = {{"J", 1},     {"mJ", 1e-3}, {"uJ", 1e-6},
                                                            {"nJ", 1e-9}, {"kJ", 1e3},  {"MJ", 1e6}};
constexpr std::pair<absl::string_view, double> kDollars[] = {{"USD", 1}};

template <size_t N>
double FactorIn(const std::pair<absl::string_view, double> (&units)[N], absl::string_view amount) {
  for (const auto& [name, factor] : units) {
    if (name == amount) return factor;
  }
  return 0;
}

// 0: it is no unit of the metric.
double AmountFactor(v1::Metric metric, absl::string_view amount) {
  switch (metric) {
    case v1::METRIC_SECONDS:
      return FactorIn(kSeconds, amount);
    case v1::METRIC_JOULES:
      return FactorIn(kJoules, amount);
    case v1::METRIC_USD:
      return FactorIn(kDollars, amount);
    default:
      return 0;
  }
}

// Takes "10^6 " off `work`: 1e6. 1 where it has none; 0 where it is no power that anyone means.
double TakePower(absl::string_view& work) {
  if (!absl::ConsumePrefix(&work, "10^")) return 1;
  const size_t blank = work.find(' ');
  int power = 0;
  if (blank == absl::string_view::npos || !absl::SimpleAtoi(work.substr(0, blank), &power)) return 0;
  if (power < 0 || power > kLargestPower) return 0;
  work.remove_prefix(blank + 1);
  return std::pow(10.0, power);
}

v1::WorkUnit WorkUnitOf(absl::string_view word) {
  for (int number = v1::WorkUnit_MIN; number <= v1::WorkUnit_MAX; ++number) {
    const auto unit = static_cast<v1::WorkUnit>(number);
    if (v1::WorkUnit_IsValid(number) && unit != v1::WORK_UNIT_UNSPECIFIED && report::Word(unit) == word) return unit;
  }
  return v1::WORK_UNIT_UNSPECIFIED;
}

absl::string_view Examples(v1::Metric metric) {
  switch (metric) {
    case v1::METRIC_SECONDS:
      return "\"us/token\", \"ms/step\" or \"s/ns of MD\"";
    case v1::METRIC_JOULES:
      return "\"mJ/token\", \"J/step\" or \"kJ/ns of MD\"";
    default:
      return "\"USD/10^6 token\", \"USD/step\" or \"USD/ns of MD\"";
  }
}

}  // namespace

absl::string_view OnlyUnit(v1::Metric metric) {
  switch (metric) {
    case v1::METRIC_KNOWN:
    case v1::METRIC_NATIVE:
    case v1::METRIC_RETAINED:
      return "%";
    case v1::METRIC_DEVICES:
      return "devices";
    case v1::METRIC_MIGRATION_USD:
      return "USD";
    default:
      return "";
  }
}

absl::string_view MetricWord(v1::Metric metric) {
  switch (metric) {
    case v1::METRIC_SECONDS:
      return "time";
    case v1::METRIC_JOULES:
      return "energy";
    case v1::METRIC_USD:
      return "cost";
    case v1::METRIC_KNOWN:
      return "known";
    case v1::METRIC_NATIVE:
      return "native";
    case v1::METRIC_RETAINED:
      return "retained";
    case v1::METRIC_DEVICES:
      return "devices";
    case v1::METRIC_MIGRATION_USD:
      return "migration";
    default:
      return "?";
  }
}

absl::StatusOr<RuleUnit> ParseRuleUnit(v1::Metric metric, absl::string_view unit) {
  if (const absl::string_view only = OnlyUnit(metric); !only.empty()) {
    if (unit.empty() || unit == only) return RuleUnit();
    return absl::InvalidArgumentError(
        absl::StrCat("unit is \"", unit, "\": it must be \"", only, "\", or be left out"));
  }
  const size_t slash = unit.find('/');
  absl::string_view work = slash == absl::string_view::npos ? "" : unit.substr(slash + 1);
  const double amount = AmountFactor(metric, unit.substr(0, slash));
  const double power = TakePower(work);
  const v1::WorkUnit per = WorkUnitOf(work);
  if (amount <= 0 || power <= 0 || per == v1::WORK_UNIT_UNSPECIFIED) {
    return absl::InvalidArgumentError(
        absl::StrCat("unit is \"", unit, "\": it must be one such as ", Examples(metric)));
  }
  return RuleUnit{.in_base = amount / power, .per = per};
}

}  // namespace sandglass::check
