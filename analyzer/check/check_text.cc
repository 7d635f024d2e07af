#include "analyzer/check/check_text.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"

namespace sandglass::check {
namespace {

using report::TextTable;
using Align = TextTable::Align;
using report::Digits;

// Changes of so many operators tell where to look.
constexpr int kShownChanges = 20;
// A comment on GitHub holds 65,536 characters, and what posts it may add a line of its own. A row takes some 200, more
// where names are long: rows are left out until the comment fits.
constexpr size_t kCommentBytes = 64000;
constexpr size_t kShownFindings = 100;

constexpr absl::string_view kChangesTitle = "What changed since the baseline, by operator, per unit of work";

constexpr v1::CheckOutcome kWorstFirst[] = {v1::CHECK_OUTCOME_FAILED, v1::CHECK_OUTCOME_INCOMPLETE,
                                            v1::CHECK_OUTCOME_WARNED, v1::CHECK_OUTCOME_SKIPPED,
                                            v1::CHECK_OUTCOME_PASSED};

bool IsFine(const v1::Finding& finding) {
  return finding.outcome() == v1::CHECK_OUTCOME_PASSED || finding.outcome() == v1::CHECK_OUTCOME_SKIPPED;
}

std::string ChangeCell(bool known, double change) {
  if (!known) return "";
  if (!std::isfinite(change)) return "new";
  return absl::StrCat(change > 0 ? "+" : "", Digits(change), " %");
}

// Counts have no digits behind the point.
std::string NumberText(const v1::Finding& finding, double value) {
  return finding.metric() == v1::METRIC_DEVICES ? report::ExactDigits(value) : Digits(value);
}

std::string ValueCell(const v1::Finding& finding) {
  if (finding.metric() == v1::METRIC_UNSPECIFIED) return "";
  if (!finding.has_value()) return finding.outcome() == v1::CHECK_OUTCOME_INCOMPLETE ? "unknown" : "none";
  const v1::Estimate& value = finding.value();
  return absl::StrCat(NumberText(finding, value.value()), " ", value.unit(), " ",
                      std::string(1, report::Letter(value.provenance())));
}

std::string RangeCell(const v1::Estimate& value) {
  if (!value.has_low() || !value.has_high()) return "";
  return absl::StrCat(Digits(value.low()), value.low() < 0 ? " to " : "-", Digits(value.high()));
}

TextTable FindingsTable(const std::vector<const v1::Finding*>& findings) {
  TextTable table;
  for (const char* title : {"outcome", "rule", "trace", "class"}) table.AddColumn(title, Align::kLeft);
  table.AddColumn("found", Align::kRight);
  table.AddColumn("range", Align::kLeft);
  table.AddColumn("baseline", Align::kRight);
  table.AddColumn("change", Align::kRight);
  table.AddColumn("limit broken", Align::kLeft);
  table.AddColumn("why", Align::kLeft);
  for (const v1::Finding* finding : findings) {
    table.AddRow({std::string(OutcomeWord(finding->outcome())), finding->rule(), finding->trace_name(),
                  finding->silicon_class(), ValueCell(*finding), RangeCell(finding->value()),
                  finding->has_baseline() ? NumberText(*finding, finding->baseline()) : "",
                  ChangeCell(finding->has_change_percent(), finding->change_percent()), finding->limit(),
                  // What the other columns say needs no words.
                  finding->has_value() ? finding->unjudged() : finding->text()});
  }
  return table;
}

TextTable ChangesTable(const v1::CheckReport& report, int most) {
  TextTable table;
  for (const char* title : {"trace", "class", "operator"}) table.AddColumn(title, Align::kLeft);
  table.AddColumn("time before", Align::kRight);
  table.AddColumn("now", Align::kRight);
  table.AddColumn("change", Align::kRight);
  table.AddColumn("runs before", Align::kRight);
  table.AddColumn("now", Align::kRight);
  for (int i = 0; i < std::min(report.changes_size(), most); ++i) {
    const v1::OperatorChange& change = report.changes(i);
    const double before = change.device_s_before();
    const double after = change.device_s_after();
    const bool gone = change.count_after() == 0;
    table.AddRow({change.trace_name(), change.silicon_class(), change.name(), report::Engineering(before, "s"),
                  gone ? "gone" : report::Engineering(after, "s"),
                  gone ? "" : ChangeCell(true, before > 0 ? 100 * (after - before) / before : HUGE_VAL),
                  Digits(change.count_before()), Digits(change.count_after())});
  }
  return table;
}

std::vector<const v1::Finding*> Chosen(const v1::CheckReport& report,
                                       const std::function<bool(const v1::Finding&)>& wanted) {
  std::vector<const v1::Finding*> chosen;
  for (const v1::CheckOutcome outcome : kWorstFirst) {
    for (const v1::Finding& finding : report.findings()) {
      if (finding.outcome() == outcome && wanted(finding)) chosen.push_back(&finding);
    }
  }
  return chosen;
}

std::string Title(const v1::CheckReport& report) {
  return report.policy_title().empty() ? "Sandglass check" : report.policy_title();
}

std::string MoreChanges(const v1::CheckReport& report, int most) {
  if (report.changes_size() <= most) return "";
  return absl::StrCat("and ", report.changes_size() - most, " more, in the JSON report\n");
}

// The first `most` of `findings`, and how many more there are.
std::string FirstFindings(std::vector<const v1::Finding*> findings, size_t most) {
  const size_t left_out = findings.size() - std::min(findings.size(), most);
  findings.resize(findings.size() - left_out);
  std::string text = findings.empty() ? "" : FindingsTable(findings).Markdown();
  if (left_out > 0) absl::StrAppend(&text, "\nand ", left_out, " more, in the JSON report.\n");
  return text;
}

std::string MarkdownWarnings(const v1::CheckReport& report, size_t most) {
  std::string text;
  const size_t shown = std::min(static_cast<size_t>(report.warnings_size()), most);
  for (size_t i = 0; i < shown; ++i) {
    absl::StrAppend(&text, "\n**Warning:** ", report::MarkdownCell(report.warnings(static_cast<int>(i))), "\n");
  }
  const size_t left_out = report.warnings_size() - shown;
  if (left_out > 0) absl::StrAppend(&text, "\nand ", left_out, " more warnings, in the JSON report.\n");
  return text;
}

// With `rows` of each table at most.
std::string MarkdownOf(const v1::CheckReport& report, size_t rows) {
  std::string text = absl::StrCat("<!-- sandglass check -->\n### ", report::MarkdownCell(Title(report)), ": **",
                                  OutcomeWord(report.outcome()), "**\n\n", CountsText(report), ".\n");
  const auto wrong = Chosen(report, [](const v1::Finding& finding) { return !IsFine(finding); });
  const auto fine = Chosen(report, IsFine);
  if (!wrong.empty()) absl::StrAppend(&text, "\n", FirstFindings(wrong, rows));
  if (!report.changes().empty()) {
    const int most = std::min(kShownChanges, static_cast<int>(rows));
    absl::StrAppend(&text, "\n#### ", kChangesTitle, "\n\n", ChangesTable(report, most).Markdown(), "\n",
                    MoreChanges(report, most));
  }
  if (!fine.empty()) {
    absl::StrAppend(&text, "\n<details><summary>What held</summary>\n\n", FirstFindings(fine, rows), "\n</details>\n");
  }
  return absl::StrCat(text, MarkdownWarnings(report, rows), "\nLetters: ", report::LetterLegend(), ". Catalog ",
                      report.catalog_digest().substr(0, 12), ".\n");
}

}  // namespace

absl::string_view OutcomeWord(v1::CheckOutcome outcome) {
  switch (outcome) {
    case v1::CHECK_OUTCOME_PASSED:
      return "passed";
    case v1::CHECK_OUTCOME_SKIPPED:
      return "skipped";
    case v1::CHECK_OUTCOME_WARNED:
      return "warned";
    case v1::CHECK_OUTCOME_INCOMPLETE:
      return "incomplete";
    case v1::CHECK_OUTCOME_FAILED:
      return "failed";
    default:
      return "?";
  }
}

std::string CountsText(const v1::CheckReport& report) {
  std::vector<std::string> counts;
  for (const v1::CheckOutcome outcome : kWorstFirst) {
    const auto count = std::count_if(report.findings().begin(), report.findings().end(),
                                     [outcome](const v1::Finding& finding) { return finding.outcome() == outcome; });
    if (count > 0) counts.push_back(absl::StrCat(count, " ", OutcomeWord(outcome)));
  }
  return absl::StrJoin(counts, ", ");
}

std::string CheckText(const v1::CheckReport& report) {
  std::string text = absl::StrCat(report::PlainText(Title(report)), "\n\n");
  absl::StrAppend(&text, FindingsTable(Chosen(report, [](const v1::Finding&) { return true; })).Text());
  if (!report.changes().empty()) {
    absl::StrAppend(&text, "\n", kChangesTitle, ":\n", ChangesTable(report, kShownChanges).Text("  "),
                    MoreChanges(report, kShownChanges));
  }
  if (!report.warnings().empty()) absl::StrAppend(&text, "\n");
  for (const std::string& warning : report.warnings()) {
    absl::StrAppend(&text, "warning: ", report::PlainText(warning), "\n");
  }
  return absl::StrCat(text, "\nLetters: ", report::LetterLegend(), ".\n", OutcomeWord(report.outcome()), ": ",
                      CountsText(report), "\n");
}

std::string CheckMarkdown(const v1::CheckReport& report) {
  size_t rows = kShownFindings;
  std::string text = MarkdownOf(report, rows);
  while (text.size() > kCommentBytes && rows > 0) {
    rows /= 2;
    text = MarkdownOf(report, rows);
  }
  return text;
}

}  // namespace sandglass::check
