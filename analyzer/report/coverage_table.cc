#include "analyzer/report/coverage_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

using Align = TextTable::Align;

std::string ShareOf(const v1::ClassCoverage& coverage, v1::Support support) {
  for (const v1::SupportShare& share : coverage.shares()) {
    if (share.support() != support || share.count() == 0) continue;
    // What has no native time has a count only.
    return share.native_share() > 0 ? Percent(share.native_share()) : absl::StrCat(Grouped(share.count()), " ops");
  }
  return "";
}

std::string RetainedText(const v1::ClassCoverage& coverage) {
  if (!coverage.has_retained()) return "?";
  return absl::StrCat(Digits(coverage.retained().value()), " ",
                      std::string(1, Letter(coverage.retained().provenance())));
}

std::string Overview(const v1::CoverageReport& report) {
  TextTable table;
  table.AddColumn("class", Align::kLeft);
  table.AddColumn("stack", Align::kLeft);
  table.AddColumn("native [%]", Align::kRight);
  table.AddColumn("retained", Align::kRight);
  constexpr v1::Support kOthers[] = {v1::SUPPORT_DECOMPOSED, v1::SUPPORT_EMULATED, v1::SUPPORT_HOST_FALLBACK,
                                     v1::SUPPORT_UNSUPPORTED, v1::SUPPORT_UNKNOWN};
  for (const v1::Support support : kOthers) {
    table.AddColumn(absl::StrCat(Word(support), " [%]"), Align::kRight);
  }
  for (const v1::ClassCoverage& coverage : report.classes()) {
    std::vector<std::string> cells = {coverage.silicon_class(), coverage.stack(), Percent(coverage.covered().value()),
                                      RetainedText(coverage)};
    for (const v1::Support support : kOthers) cells.push_back(ShareOf(coverage, support));
    table.AddRow(std::move(cells));
  }
  return table.Text();
}

std::string Milliseconds(bool known, double seconds) { return known ? Digits(seconds * 1e3) : "?"; }

std::string Operators(const v1::ClassCoverage& coverage, int most) {
  TextTable table;
  table.AddColumn("operator", Align::kLeft);
  table.AddColumn("class", Align::kLeft);
  table.AddColumn("type", Align::kLeft);
  table.AddColumn("count", Align::kRight);
  table.AddColumn("runs", Align::kLeft);
  table.AddColumn("native [ms]", Align::kRight);
  table.AddColumn("actual [ms]", Align::kRight);
  table.AddColumn("keeps", Align::kRight);
  table.AddColumn("evidence", Align::kLeft);
  const int shown = most == 0 ? coverage.operators_size() : std::min(most, coverage.operators_size());
  for (int i = 0; i < shown; ++i) {
    const v1::OperatorCoverage& entry = coverage.operators(i);
    table.AddRow(
        {entry.name(), entry.op_class(), std::string(Word(entry.element_type())), Grouped(entry.count()),
         std::string(Word(entry.support())), Milliseconds(entry.has_native_s(), entry.native_s()),
         Milliseconds(entry.has_actual_s(), entry.actual_s()), entry.has_retained() ? Digits(entry.retained()) : "?",
         absl::StrCat(Word(entry.evidence()), entry.source().title().empty() ? "" : ": ", entry.source().title(),
                      entry.note().empty() ? "" : absl::StrCat(" (", entry.note(), ")"))});
  }
  std::string text = table.Text("  ");
  if (shown < coverage.operators_size()) {
    absl::StrAppend(&text, "  and ", coverage.operators_size() - shown, " more: --all shows them\n");
  }
  return text;
}

std::string Port(const v1::ClassCoverage& coverage) {
  std::string text;
  for (const v1::PortItem& item : coverage.port()) {
    absl::StrAppend(&text, "    ",
                    PlainText(absl::StrCat(item.op_class(), " (", absl::StrJoin(item.names(), ", "), ")")), ", now ",
                    Word(item.support()));
    if (item.has_saved_share()) absl::StrAppend(&text, ": would save ", Percent(item.saved_share()), " % of the time");
    absl::StrAppend(&text, "\n");
  }
  if (text.empty()) return "";
  const std::string language = coverage.port(0).kernel_language();
  return absl::StrCat("  A port would write",
                      language.empty() ? " (users of this stack cannot)" : absl::StrCat(" in ", PlainText(language)),
                      ":\n", text);
}

}  // namespace

std::string CoverageText(const v1::CoverageReport& report, int most) {
  std::string text = PlainText(absl::StrCat("trace ", report.trace_name(), " (", report.trace_id(), ")"));
  absl::StrAppend(
      &text, ", work known of ", Percent(report.coverage().operator_share()), " % of its operators\n\n",
      Overview(report),
      "\nShares are of the time that the trace would take on the class if all ran natively; retained is the "
      "share of\nthat speed that it keeps (0: something does not run; ?: of something nothing is known).\n",
      LetterLegend(), "\n");
  for (const v1::ClassCoverage& coverage : report.classes()) {
    if (coverage.operators().empty() && coverage.warnings().empty()) continue;
    absl::StrAppend(&text, "\n", PlainText(coverage.silicon_class()), " with ", PlainText(coverage.stack()), ":\n");
    if (!coverage.operators().empty()) absl::StrAppend(&text, Operators(coverage, most), Port(coverage));
    for (const std::string& warning : coverage.warnings()) absl::StrAppend(&text, "  note: ", PlainText(warning), "\n");
  }
  return text;
}

}  // namespace sandglass::report
