#include "analyzer/check/judge.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/check/baseline.h"
#include "analyzer/check/policy.h"
#include "analyzer/check/reading.h"
#include "analyzer/check/rule_unit.h"
#include "analyzer/report/completeness.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/words.h"

namespace sandglass::check {
namespace {

constexpr uint32_t kVersion = 1;
constexpr int kExitPassed = 0;
constexpr int kExitFailed = 2;
constexpr int kExitIncomplete = 3;

v1::CheckOutcome Worse(v1::CheckOutcome a, v1::CheckOutcome b) { return std::max(a, b); }

// The rule with every class called by its id, each once. Of moves, without those that lead nowhere.
v1::Rule WithIds(const v1::Policy& policy, v1::Rule rule, const ClassIds& ids) {
  const auto id_of = [&ids](const std::string& name) {
    const auto found = ids.find(name);
    return found == ids.end() ? name : found->second;
  };
  std::vector<std::string> classes;
  if (!rule.from_class().empty()) rule.set_from_class(id_of(rule.from_class()));
  for (const std::string& name : TargetsOf(policy, rule)) {
    const std::string id = id_of(name);
    const bool leads_nowhere = id == rule.from_class();
    if (!leads_nowhere && std::find(classes.begin(), classes.end(), id) == classes.end()) classes.push_back(id);
  }
  *rule.mutable_silicon_classes() = {classes.begin(), classes.end()};
  return rule;
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

// Why the baseline says nothing of the row; empty: it does, and the finding has it.
std::string AddBaseline(const v1::Rule& rule, const Baseline& baseline, const v1::CheckedTrace& now,
                        v1::Finding& finding) {
  if (baseline.report == nullptr) return "there is no baseline";
  const v1::CheckedTrace* trace = FindTrace(*baseline.report, now.trace_name());
  if (trace == nullptr) return "the baseline does not have the trace";
  if (trace->unit() != now.unit()) {
    return absl::StrCat("the baseline counts the trace in another unit: ", report::Word(trace->unit()), ", not ",
                        report::Word(now.unit()));
  }
  const v1::CheckedClass* row = FindClass(*trace, finding.silicon_class());
  if (row == nullptr) return "the baseline does not have the class";
  const Reading reading = ReadOf(rule, *trace, *row);
  if (!reading.value.has_value()) return absl::StrCat("in the baseline it is not known: ", reading.missing);
  finding.set_baseline(reading.value->value());
  if (finding.has_value()) {
    finding.set_change_percent(PercentChange(reading.value->value(), finding.value().value()));
  }
  return "";
}

// Sets outcome, limit and text of a finding whose value is known. `no_change`: why there is no change to judge.
void Decide(const v1::Rule& rule, const std::string& no_change, bool required, v1::Finding& finding) {
  const Limits limits = {
      .rule = rule,
      .value = finding.value(),
      .change = finding.has_change_percent() ? std::optional(finding.change_percent()) : std::nullopt};
  std::string text = ValueText(rule.metric(), finding.value());
  if (limits.change.has_value()) absl::StrAppend(&text, ", ", ChangeText(*limits.change));
  const bool fail_unjudged = !no_change.empty() && NeedsBaseline(rule.fail());
  if (fail_unjudged || (!no_change.empty() && NeedsBaseline(rule.warn()))) {
    finding.set_unjudged(absl::StrCat("its limits on change: ", no_change));
    absl::StrAppend(&text, "; not judged are ", finding.unjudged());
  }
  const std::string failed = limits.Broken(rule.fail());
  const std::string warned = failed.empty() ? limits.Broken(rule.warn()) : "";
  finding.set_limit(failed.empty() ? warned : failed);
  finding.set_text(finding.limit().empty() ? text : absl::StrCat(text, ": the limit is ", finding.limit()));
  // The worst of what was found and what could not be.
  v1::CheckOutcome outcome = failed.empty() ? v1::CHECK_OUTCOME_PASSED : v1::CHECK_OUTCOME_FAILED;
  if (!warned.empty()) outcome = v1::CHECK_OUTCOME_WARNED;
  if (fail_unjudged) outcome = Worse(outcome, required ? v1::CHECK_OUTCOME_INCOMPLETE : v1::CHECK_OUTCOME_SKIPPED);
  // Without a tier that fails, there is nothing else to judge by.
  if (!finding.unjudged().empty() && !HasFailTier(rule)) outcome = Worse(outcome, v1::CHECK_OUTCOME_SKIPPED);
  finding.set_outcome(outcome);
}

v1::Finding FindingOf(const v1::Rule& rule, const v1::CheckedTrace& trace, const v1::CheckedClass& row,
                      const Baseline& baseline) {
  v1::Finding finding;
  finding.set_rule(rule.name());
  finding.set_metric(rule.metric());
  finding.set_trace_name(trace.trace_name());
  finding.set_silicon_class(row.silicon_class());
  Reading reading = ReadOf(rule, trace, row);
  if (reading.value.has_value()) {
    // Those stand with the trace, once for all rules.
    reading.value->clear_sources();
    reading.value->clear_assumptions();
    *finding.mutable_value() = *std::move(reading.value);
  }
  const std::string no_change = AddBaseline(rule, baseline, trace, finding);
  if (finding.has_value()) {
    Decide(rule, no_change, baseline.required && baseline.report != nullptr, finding);
    return finding;
  }
  // A rule that can only warn does not stop anyone.
  const v1::CheckOutcome stops = reading.unknown ? v1::CHECK_OUTCOME_INCOMPLETE : v1::CHECK_OUTCOME_FAILED;
  finding.set_outcome(HasFailTier(rule) ? stops : v1::CHECK_OUTCOME_WARNED);
  finding.set_text(reading.missing);
  return finding;
}

// Of the whole batch, or of a rule on none of it.
void AddGap(const std::string& rule, const std::string& trace, std::string text, v1::CheckReport& report) {
  v1::Finding& finding = *report.add_findings();
  finding.set_rule(rule);
  finding.set_trace_name(trace);
  finding.set_outcome(v1::CHECK_OUTCOME_INCOMPLETE);
  finding.set_text(std::move(text));
}

// Why the rule's limits say nothing of a trace that counts otherwise; empty: they do.
std::string OtherUnit(const v1::Rule& rule, const v1::CheckedTrace& trace) {
  const auto unit = ParseRuleUnit(rule.metric(), rule.unit());
  if (!unit.ok()) return std::string(unit.status().message());
  if (unit->per == v1::WORK_UNIT_UNSPECIFIED || unit->per == trace.unit()) return "";
  return absl::StrCat("its limits are in ", rule.unit(), ", and the trace counts in ", report::Word(trace.unit()),
                      ": name other traces in the rule, or say by --work what the trace did");
}

void JudgeTrace(const v1::Rule& rule, const v1::CheckedTrace& trace, const Baseline& baseline,
                v1::CheckReport& report) {
  if (const std::string other = OtherUnit(rule, trace); !other.empty()) {
    return AddGap(rule.name(), trace.trace_name(), other, report);
  }
  for (const std::string& id : rule.silicon_classes()) {
    const v1::CheckedClass* row = FindClass(trace, id);
    if (row == nullptr) continue;
    *report.add_findings() = FindingOf(rule, trace, *row, baseline);
    // The same on every class: it is said once, of the trace.
    if (rule.metric() != v1::METRIC_KNOWN) continue;
    report.mutable_findings(report.findings_size() - 1)->clear_silicon_class();
    return;
  }
}

// A pattern that fits no trace is a slip, or the trace is missing.
void AddDeadPatterns(const v1::Rule& rule, v1::CheckReport& report) {
  for (const std::string& pattern : rule.traces()) {
    const bool fits = std::any_of(report.traces().begin(), report.traces().end(),
                                  [&pattern](const auto& trace) { return Fits(pattern, trace.trace_name()); });
    if (fits) continue;
    AddGap(rule.name(), "", absl::StrCat("names \"", pattern, "\", which no trace of this batch is"), report);
  }
}

void JudgeRule(const v1::Rule& rule, const Baseline& baseline, v1::CheckReport& report) {
  if (rule.silicon_classes().empty()) {
    AddGap(rule.name(), "", "all of its classes are where the work is already", report);
  }
  for (const v1::CheckedTrace& trace : report.traces()) {
    if (NamesTrace(rule, trace.trace_name())) JudgeTrace(rule, trace, baseline, report);
  }
  AddDeadPatterns(rule, report);
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

void Judge(const v1::Policy& policy, const ClassIds& ids, const Baseline& baseline, v1::CheckReport& report) {
  if (baseline.report != nullptr) {
    for (std::string& warning : BaselineWarnings(*baseline.report, report)) report.add_warnings(std::move(warning));
    for (v1::OperatorChange& change : ChangesSince(*baseline.report, report)) {
      *report.add_changes() = std::move(change);
    }
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
