#include "analyzer/check/judge.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/check/baseline.h"
#include "analyzer/check/policy.h"
#include "analyzer/check/reading.h"
#include "analyzer/check/rule_unit.h"
#include "analyzer/report/completeness.h"
#include "analyzer/report/numbers.h"

namespace sandglass::check {
namespace {

constexpr uint32_t kVersion = 1;
constexpr int kExitPassed = 0;
constexpr int kExitFailed = 2;
constexpr int kExitIncomplete = 3;

v1::CheckOutcome Worse(v1::CheckOutcome a, v1::CheckOutcome b) { return std::max(a, b); }

// The policy with every class called by its id, each once.
v1::Rule WithIds(const v1::Policy& policy, v1::Rule rule, const ClassIds& ids) {
  const auto names = rule.silicon_classes().empty() ? policy.silicon_classes() : rule.silicon_classes();
  rule.clear_silicon_classes();
  const auto id_of = [&ids](const std::string& name) {
    const auto found = ids.find(name);
    return found == ids.end() ? name : found->second;
  };
  for (const std::string& name : names) {
    const auto& known = rule.silicon_classes();
    if (std::find(known.begin(), known.end(), id_of(name)) == known.end()) rule.add_silicon_classes(id_of(name));
  }
  if (!rule.from_class().empty()) rule.set_from_class(id_of(rule.from_class()));
  return rule;
}

bool NamesTrace(const v1::Rule& rule, const std::string& name) {
  const auto& patterns = rule.traces();
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&name](const std::string& pattern) {
           return fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
         });
}

// A value beside a limit of one tier.
struct Limits {
  const v1::Rule& rule;
  const v1::Estimate& value;
  // Change from the baseline, in percent; nullopt: there is none.
  std::optional<double> change;

  // The end of the range that must pass `at_most`, or `at_least`.
  double Highest() const {
    if (rule.strictness() == v1::STRICTNESS_WHOLE_RANGE) return value.has_low() ? value.low() : value.value();
    if (rule.strictness() == v1::STRICTNESS_ANY_OF_RANGE) return value.has_high() ? value.high() : value.value();
    return value.value();
  }
  double Lowest() const {
    if (rule.strictness() == v1::STRICTNESS_WHOLE_RANGE) return value.has_high() ? value.high() : value.value();
    if (rule.strictness() == v1::STRICTNESS_ANY_OF_RANGE) return value.has_low() ? value.low() : value.value();
    return value.value();
  }
  std::string InUnit(absl::string_view words, double limit) const {
    return absl::StrCat(words, " ", report::ExactDigits(limit), " ", rule.unit());
  }

  // The first limit of `bounds` that the value breaks; empty: none.
  std::string Broken(const v1::Bounds& bounds) const {
    if (bounds.has_at_most() && Highest() > bounds.at_most()) return InUnit("at most", bounds.at_most());
    if (bounds.has_at_least() && Lowest() < bounds.at_least()) return InUnit("at least", bounds.at_least());
    if (bounds.has_increase_percent() && change.has_value() && *change > bounds.increase_percent()) {
      return absl::StrCat("at most ", report::ExactDigits(bounds.increase_percent()), " % above the baseline");
    }
    if (bounds.has_decrease_percent() && change.has_value() && -*change > bounds.decrease_percent()) {
      return absl::StrCat("at most ", report::ExactDigits(bounds.decrease_percent()), " % below the baseline");
    }
    return "";
  }
};

bool HasAbsolute(const v1::Rule& rule) {
  return rule.fail().has_at_most() || rule.fail().has_at_least() || rule.warn().has_at_most() ||
         rule.warn().has_at_least();
}

bool HasFailTier(const v1::Rule& rule) {
  const v1::Bounds& fail = rule.fail();
  return fail.has_at_most() || fail.has_at_least() || fail.has_increase_percent() || fail.has_decrease_percent();
}

// From `before` to `after`, in percent. From nothing to something is without end.
double PercentChange(double before, double after) {
  if (before == after) return 0;
  if (before == 0) return HUGE_VAL;
  return 100 * (after - before) / std::abs(before);
}

std::string ValueText(v1::Metric metric, const v1::Estimate& value) {
  std::string text = metric == v1::METRIC_DEVICES ? report::ExactDigits(value.value()) : report::Digits(value.value());
  if (value.has_low() && value.has_high()) {
    absl::StrAppend(&text, " (", report::Digits(value.low()), " to ", report::Digits(value.high()), ")");
  }
  return absl::StrCat(text, " ", value.unit());
}

std::string ChangeText(double change) {
  if (!std::isfinite(change)) return "from nothing in the baseline";
  return absl::StrCat(report::Digits(std::abs(change)), " % ", change < 0 ? "below" : "above", " the baseline");
}

void AddBaseline(const v1::Rule& rule, const v1::CheckReport* baseline, const std::string& trace_name,
                 v1::WorkUnit unit, const std::string& silicon_class, v1::Finding& finding) {
  const v1::CheckedTrace* trace = baseline == nullptr ? nullptr : FindTrace(*baseline, trace_name);
  const v1::CheckedClass* row = trace == nullptr ? nullptr : FindClass(*trace, silicon_class);
  if (row == nullptr || trace->unit() != unit) return;
  const Reading reading = ReadOf(rule, *trace, *row);
  if (!reading.value.has_value()) return;
  finding.set_baseline(reading.value->value());
  if (finding.has_value()) {
    finding.set_change_percent(PercentChange(reading.value->value(), finding.value().value()));
  }
}

// Sets outcome, limit and text of a finding whose value is known.
void Decide(const v1::Rule& rule, v1::Finding& finding) {
  const Limits limits = {
      .rule = rule,
      .value = finding.value(),
      .change = finding.has_change_percent() ? std::optional(finding.change_percent()) : std::nullopt};
  std::string text = ValueText(rule.metric(), finding.value());
  if (limits.change.has_value()) absl::StrAppend(&text, ", ", ChangeText(*limits.change));
  const std::string failed = limits.Broken(rule.fail());
  const std::string warned = failed.empty() ? limits.Broken(rule.warn()) : "";
  if (!failed.empty() || !warned.empty()) {
    finding.set_outcome(failed.empty() ? v1::CHECK_OUTCOME_WARNED : v1::CHECK_OUTCOME_FAILED);
    finding.set_limit(failed.empty() ? warned : failed);
    finding.set_text(absl::StrCat(text, ": the limit is ", finding.limit()));
    return;
  }
  const bool unjudged = NeedsBaseline(rule) && !limits.change.has_value();
  finding.set_outcome(unjudged && !HasAbsolute(rule) ? v1::CHECK_OUTCOME_SKIPPED : v1::CHECK_OUTCOME_PASSED);
  finding.set_text(unjudged ? absl::StrCat(text, ": no baseline to compare it with") : text);
}

v1::Finding FindingOf(const v1::Rule& rule, const v1::CheckedTrace& trace, const v1::CheckedClass& row,
                      const v1::CheckReport* baseline) {
  v1::Finding finding;
  finding.set_rule(rule.name());
  finding.set_metric(rule.metric());
  finding.set_trace_name(trace.trace_name());
  finding.set_silicon_class(row.silicon_class());
  Reading reading = ReadOf(rule, trace, row);
  if (reading.value.has_value()) *finding.mutable_value() = *std::move(reading.value);
  AddBaseline(rule, baseline, trace.trace_name(), trace.unit(), row.silicon_class(), finding);
  if (finding.has_value()) {
    Decide(rule, finding);
    return finding;
  }
  // A rule that can only warn does not stop anyone.
  const v1::CheckOutcome stops = reading.unknown ? v1::CHECK_OUTCOME_INCOMPLETE : v1::CHECK_OUTCOME_FAILED;
  finding.set_outcome(HasFailTier(rule) ? stops : v1::CHECK_OUTCOME_WARNED);
  finding.set_text(reading.missing);
  return finding;
}

// Whether the rule's limits are in the unit that the trace counts in.
bool CountsAlike(const v1::Rule& rule, const v1::CheckedTrace& trace) {
  const auto unit = ParseRuleUnit(rule.metric(), rule.unit());
  return unit.ok() && (unit->per == v1::WORK_UNIT_UNSPECIFIED || unit->per == trace.unit());
}

// Of the whole batch, or of a rule on none of it.
void AddGap(const std::string& rule, const std::string& trace, std::string text, v1::CheckReport& report) {
  v1::Finding& finding = *report.add_findings();
  finding.set_rule(rule);
  finding.set_trace_name(trace);
  finding.set_outcome(v1::CHECK_OUTCOME_INCOMPLETE);
  finding.set_text(std::move(text));
}

void JudgeRule(const v1::Rule& rule, const v1::CheckReport* baseline, v1::CheckReport& report) {
  bool held = false;
  for (const v1::CheckedTrace& trace : report.traces()) {
    if (!NamesTrace(rule, trace.trace_name())) continue;
    if (!CountsAlike(rule, trace)) continue;
    for (const std::string& id : rule.silicon_classes()) {
      const v1::CheckedClass* row = FindClass(trace, id);
      if (row == nullptr) continue;
      held = true;
      *report.add_findings() = FindingOf(rule, trace, *row, baseline);
      // The same on every class: it is said once, of the trace.
      if (rule.metric() != v1::METRIC_KNOWN) continue;
      report.mutable_findings(report.findings_size() - 1)->clear_silicon_class();
      break;
    }
  }
  if (held) return;
  AddGap(rule.name(), "",
         absl::StrCat("held on no trace of this batch",
                      rule.traces().empty() ? "" : absl::StrCat("; it names ", absl::StrJoin(rule.traces(), ", ")),
                      rule.unit().empty() ? "" : absl::StrCat("; its limits are in ", rule.unit())),
         report);
}

}  // namespace

absl::Status AddTrace(const Measured& measured, const v1::Policy& policy, bool strict, bool file_incomplete,
                      v1::CheckReport& report) {
  const std::string& name = measured.trace.trace_name();
  if (const v1::CheckedTrace* other = FindTrace(report, name); other != nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("traces ", other->trace_id(), " and ", measured.trace.trace_id(),
                                                   " of this batch are both called ", name,
                                                   ": a check tells traces apart by name, so give one of them"));
  }
  report.set_report_version(kVersion);
  report.set_policy_title(policy.title());
  report.set_catalog_digest(measured.replay.catalog_digest());
  *report.mutable_options() = measured.replay.options();
  *report.add_traces() = measured.trace;
  const std::string reason = report::WhyIncomplete(measured.replay, policy.options(), strict, file_incomplete);
  if (!reason.empty()) AddGap("", name, reason, report);
  for (const std::string& warning : measured.replay.warnings()) {
    report.add_warnings(absl::StrCat(name, ": ", warning));
  }
  return absl::OkStatus();
}

void Judge(const v1::Policy& policy, const ClassIds& ids, const v1::CheckReport* baseline, v1::CheckReport& report) {
  if (baseline != nullptr) {
    for (std::string& warning : BaselineWarnings(*baseline, report)) report.add_warnings(std::move(warning));
    for (v1::OperatorChange& change : ChangesSince(*baseline, report)) *report.add_changes() = std::move(change);
  }
  for (const v1::Rule& rule : policy.rules()) JudgeRule(WithIds(policy, rule, ids), baseline, report);
  v1::CheckOutcome worst = v1::CHECK_OUTCOME_PASSED;
  for (const v1::Finding& finding : report.findings()) worst = Worse(worst, finding.outcome());
  report.set_outcome(worst);
}

int ExitCodeOf(v1::CheckOutcome outcome) {
  if (outcome == v1::CHECK_OUTCOME_FAILED) return kExitFailed;
  return outcome == v1::CHECK_OUTCOME_INCOMPLETE ? kExitIncomplete : kExitPassed;
}

}  // namespace sandglass::check
