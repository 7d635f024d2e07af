#include "analyzer/check/reading.h"

#include "absl/strings/str_cat.h"
#include "analyzer/check/policy.h"
#include "analyzer/check/rule_unit.h"
#include "analyzer/report/words.h"

namespace sandglass::check {
namespace {

Reading Known(v1::Estimate estimate, const std::string& unit, double in_base) {
  estimate.set_value(estimate.value() / in_base);
  if (estimate.has_low()) estimate.set_low(estimate.low() / in_base);
  if (estimate.has_high()) estimate.set_high(estimate.high() / in_base);
  estimate.set_unit(unit);
  return {.value = std::move(estimate)};
}

// A number without a range.
Reading Exact(double value, const std::string& unit, v1::EstimateProvenance provenance) {
  v1::Estimate estimate;
  estimate.set_value(value);
  estimate.set_provenance(provenance);
  return Known(std::move(estimate), unit, 1);
}

Reading PerUnit(bool known, const v1::Estimate& estimate, const v1::Rule& rule, absl::string_view missing) {
  const auto unit = ParseRuleUnit(rule.metric(), rule.unit());
  if (!unit.ok()) return {.missing = std::string(unit.status().message()), .unknown = true};
  if (!known) return {.missing = std::string(missing)};
  return Known(estimate, rule.unit(), unit->in_base);
}

Reading Share(const v1::CheckedClass& row, bool known, const v1::Estimate& estimate, const v1::Rule& rule) {
  // Of work that nobody knows, no share is known.
  if (row.known_percent() <= 0 || row.verdict() == v1::VERDICT_UNKNOWN) {
    return {.missing = absl::StrCat("too little of its work is known: ", row.reason()), .unknown = true};
  }
  if (known) return Known(estimate, rule.unit(), 1);
  return {.missing = "of an operator it is not known how it runs there: see `sandglass coverage`", .unknown = true};
}

Reading Migration(const v1::Rule& rule, const v1::CheckedTrace& trace, const v1::CheckedClass& row) {
  for (const v1::CheckedMove& move : trace.moves()) {
    if (move.from_class() != rule.from_class() || move.to_class() != row.silicon_class()) continue;
    if (move.scenario() != ScenarioOf(rule)) continue;
    if (move.has_go_forward()) return Known(move.go_forward(), rule.unit(), 1);
    return {.missing = move.reason().empty() ? "it cannot be moved" : move.reason(),
            .unknown = move.verdict() != v1::VERDICT_UNSUPPORTED && move.verdict() != v1::VERDICT_INFEASIBLE};
  }
  return {.missing = "no such move was looked at", .unknown = true};
}

}  // namespace

Reading ReadOf(const v1::Rule& rule, const v1::CheckedTrace& trace, const v1::CheckedClass& row) {
  // What these say does not need a class that can run it today.
  if (rule.metric() == v1::METRIC_KNOWN) {
    return Exact(row.known_percent(), rule.unit(), v1::ESTIMATE_PROVENANCE_MEASURED);
  }
  if (rule.metric() == v1::METRIC_NATIVE) return Share(row, row.has_native(), row.native(), rule);
  if (rule.metric() == v1::METRIC_RETAINED) return Share(row, row.has_retained(), row.retained(), rule);
  if (rule.metric() == v1::METRIC_MIGRATION_USD) return Migration(rule, trace, row);
  if (row.verdict() != v1::VERDICT_SUPPORTED) {
    return {.missing = absl::StrCat(report::Word(row.verdict()), ": ", row.reason()),
            .unknown = row.verdict() != v1::VERDICT_UNSUPPORTED && row.verdict() != v1::VERDICT_INFEASIBLE};
  }
  const v1::PerUnit& per_unit = row.per_unit();
  switch (rule.metric()) {
    case v1::METRIC_SECONDS:
      return PerUnit(per_unit.has_seconds(), per_unit.seconds(), rule, "no time");
    case v1::METRIC_JOULES:
      return PerUnit(per_unit.has_joules(), per_unit.joules(), rule, "no energy");
    case v1::METRIC_USD:
      return PerUnit(per_unit.has_usd(), per_unit.usd(), rule,
                     "unpriced: the catalog has no price of it on this basis, which is not a price of zero");
    default:
      return Exact(row.devices(), rule.unit(), v1::ESTIMATE_PROVENANCE_MODELLED);
  }
}

}  // namespace sandglass::check
