#include "analyzer/report/replay_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

using Align = TextTable::Align;

bool IsRanked(const v1::ClassReplay& row) { return row.verdict() == v1::VERDICT_SUPPORTED; }

// One of the three figures per unit, as a column of the table.
struct Figures {
  const char* title;
  const char* unit;
  bool (v1::PerUnit::*has)() const;
  const v1::Estimate& (v1::PerUnit::*get)() const;
};
const Figures kFigures[] = {{"time", "s", &v1::PerUnit::has_seconds, &v1::PerUnit::seconds},
                            {"energy", "J", &v1::PerUnit::has_joules, &v1::PerUnit::joules},
                            {"cost", "USD", &v1::PerUnit::has_usd, &v1::PerUnit::usd}};

Scale ColumnScale(const v1::ReplayReport& report, const Figures& figures) {
  std::vector<double> values;
  for (const v1::ClassReplay& row : report.classes()) {
    if (IsRanked(row) && (row.per_unit().*figures.has)()) values.push_back((row.per_unit().*figures.get)().value());
  }
  return ScaleFor(values, figures.unit, UnitOfWork(report));
}

std::string ValueCell(const v1::Estimate& estimate, const Scale& scale) {
  return absl::StrCat(Digits(estimate.value() / scale.divisor), " ", std::string(1, Letter(estimate.provenance())));
}

std::string RangeCell(const v1::Estimate& estimate, const Scale& scale) {
  if (!estimate.has_low() || !estimate.has_high()) return "?";
  return absl::StrCat(Digits(estimate.low() / scale.divisor), "-", Digits(estimate.high() / scale.divisor));
}

// "98.1 / 99.5": shares of operators and of time.
std::string CoverageCell(const v1::ClassReplay& row) {
  if (!row.has_coverage()) return "?";
  const v1::Coverage& coverage = row.coverage();
  return absl::StrCat(Percent(coverage.operator_share()), " / ",
                      coverage.has_time_share() ? Percent(coverage.time_share()) : "?");
}

// What a reader should know before believing the row.
std::string NoteCell(const v1::ClassReplay& row) {
  std::vector<std::string> notes;
  if (row.launch_bound()) notes.emplace_back("launch-bound: ranks nothing");
  if (row.has_clock_share() && row.clock_share() < 1) {
    notes.push_back(absl::StrCat("at ", Percent(row.clock_share()), " % of its clock"));
  }
  return absl::StrJoin(notes, "; ");
}

TextTable SupportedTable(const v1::ReplayReport& report) {
  TextTable table;
  table.AddColumn("class", Align::kLeft);
  table.AddColumn("chips", Align::kRight);
  std::vector<Scale> scales;
  for (const Figures& figures : kFigures) {
    scales.push_back(ColumnScale(report, figures));
    table.AddColumn(absl::StrCat(figures.title, " [", scales.back().unit, "]"), Align::kRight);
    table.AddColumn("range", Align::kLeft);
  }
  table.AddColumn("bound by", Align::kLeft);
  table.AddColumn("wait [%]", Align::kRight);
  table.AddColumn("known [% ops / time]", Align::kRight);
  table.AddColumn("precision", Align::kLeft);
  table.AddColumn("stack", Align::kLeft);
  table.AddColumn("note", Align::kLeft);
  for (const v1::ClassReplay& row : report.classes()) {
    if (!IsRanked(row)) continue;
    std::vector<std::string> cells = {row.silicon_class(), row.devices() > 0 ? absl::StrCat(row.devices()) : "?"};
    for (size_t i = 0; i < scales.size(); ++i) {
      const bool known = (row.per_unit().*kFigures[i].has)();
      const v1::Estimate& estimate = (row.per_unit().*kFigures[i].get)();
      cells.push_back(known ? ValueCell(estimate, scales[i]) : "unknown");
      cells.push_back(known ? RangeCell(estimate, scales[i]) : "");
    }
    cells.insert(cells.end(), {std::string(Word(row.limit())), Percent(row.launch_idle_share()), CoverageCell(row),
                               std::string(Word(row.precision())), row.stack(), NoteCell(row)});
    table.AddRow(std::move(cells));
  }
  return table;
}

TextTable OthersTable(const v1::ReplayReport& report) {
  TextTable table;
  table.AddColumn("class", Align::kLeft);
  table.AddColumn("verdict", Align::kLeft);
  table.AddColumn("reason", Align::kLeft);
  for (const v1::ClassReplay& row : report.classes()) {
    if (IsRanked(row)) continue;
    table.AddRow({row.silicon_class(), std::string(Word(row.verdict())), row.reason().empty() ? "?" : row.reason()});
  }
  return table;
}

std::string WorkLine(const v1::ReplayReport& report) {
  std::vector<std::string> counts;
  for (const v1::WorkDone& done : report.work_done()) {
    counts.push_back(WorkText(done));
  }
  std::string line = counts.empty() ? "unknown" : absl::StrJoin(counts, " = ");
  if (report.has_source_seconds_per_unit()) {
    const v1::Estimate& measured = report.source_seconds_per_unit();
    absl::StrAppend(&line, "; on the machine that was traced ", Engineering(measured.value(), "s"), "/",
                    UnitOfWork(report), " (measured)");
  }
  return line;
}

std::string OptionsLine(const v1::ReplayReport& report) {
  const v1::ReplayOptions& options = report.options();
  std::vector<std::string> parts = {absl::StrCat("precision ", Word(options.precision())),
                                    absl::StrCat("cost basis ", Word(options.cost_basis()))};
  if (options.mode() == v1::REPLAY_MODE_SCALE) parts.emplace_back("times scaled by those of its own run");
  if (options.has_calibration()) {
    parts.push_back(absl::StrCat("calibrated by ", PlainText(options.calibration().rows_file()), " of ",
                                 PlainText(options.calibration().date())));
  }
  if (options.has_power_cap_w()) parts.push_back(absl::StrCat("at most ", ExactDigits(options.power_cap_w()), " W"));
  if (options.has_pue()) parts.push_back(absl::StrCat("PUE ", ExactDigits(options.pue())));
  if (options.has_utilization()) parts.push_back(absl::StrCat("utilization ", ExactDigits(options.utilization())));
  if (options.has_goodput()) parts.push_back(absl::StrCat("goodput ", ExactDigits(options.goodput())));
  if (options.has_electricity_usd_per_kwh()) {
    parts.push_back(absl::StrCat("electricity ", ExactDigits(options.electricity_usd_per_kwh()), " USD/kWh"));
  }
  return absl::StrJoin(parts, ", ");
}

// Operators that were dropped or rejected are in the report's own warnings.
std::vector<std::string> Warnings(const v1::ReplayReport& report) {
  std::vector<std::string> warnings(report.warnings().begin(), report.warnings().end());
  const v1::Completeness& completeness = report.completeness();
  if (completeness.truncated()) warnings.emplace_back("the run went on after the recording stopped");
  if (completeness.writer_cap_hit()) warnings.emplace_back("the producer reached its own cap on the number of records");
  if (completeness.orphan_kernels() > 0) {
    warnings.push_back(absl::StrCat(completeness.orphan_kernels(), " kernels have no operator that launched them"));
  }
  if (completeness.operators_without_shapes() > 0) {
    warnings.push_back(absl::StrCat(completeness.operators_without_shapes(), " operators have no shapes"));
  }
  return warnings;
}

// What each warning of a class is about, once: the classes that share it beside it.
std::vector<std::string> ClassWarnings(const v1::ReplayReport& report) {
  std::vector<std::pair<std::string, std::vector<std::string>>> grouped;
  for (const v1::ClassReplay& row : report.classes()) {
    for (const std::string& warning : row.warnings()) {
      size_t at = 0;
      while (at < grouped.size() && grouped[at].first != warning) ++at;
      if (at == grouped.size()) grouped.push_back({warning, {}});
      grouped[at].second.push_back(row.silicon_class());
    }
  }
  std::vector<std::string> lines;
  lines.reserve(grouped.size());
  for (const auto& [warning, classes] : grouped) {
    const bool all = static_cast<int>(classes.size()) == report.classes_size();
    lines.push_back(absl::StrCat(PlainText(warning), " (", all ? "all classes" : absl::StrJoin(classes, ", "), ")"));
  }
  return lines;
}

// "nvidia-h100-sxm: power.idle, …", for each class that stands on assumptions.
std::vector<std::string> Assumptions(const v1::ReplayReport& report) {
  std::vector<std::string> lines;
  for (const v1::ClassReplay& row : report.classes()) {
    std::vector<std::string> paths;
    for (const Figures& figures : kFigures) {
      for (const std::string& path : (row.per_unit().*figures.get)().assumptions()) {
        if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
      }
    }
    if (!paths.empty()) lines.push_back(PlainText(absl::StrCat(row.silicon_class(), ": ", absl::StrJoin(paths, ", "))));
  }
  return lines;
}

std::vector<std::string> UnknownOperators(const v1::ReplayReport& report) {
  std::vector<std::string> lines;
  if (report.classes().empty()) return lines;
  // Coverage is of the trace, so the first class says it for all.
  for (const v1::UnknownOperator& unknown : report.classes(0).coverage().unknown()) {
    if (lines.size() == 5) break;
    const std::string share =
        unknown.has_time_share() ? absl::StrCat(", ", Percent(unknown.time_share()), " % of time") : "";
    lines.push_back(
        PlainText(absl::StrCat(unknown.name(), " x", Grouped(unknown.count()), share, ": ", unknown.reason())));
  }
  return lines;
}

std::string Section(absl::string_view title, const std::vector<std::string>& lines, absl::string_view bullet) {
  if (lines.empty()) return "";
  std::string text = absl::StrCat("\n", title, "\n");
  for (const std::string& line : lines) absl::StrAppend(&text, bullet, line, "\n");
  return text;
}

constexpr absl::string_view kAssumedTitle =
    "Assumed figures (`sandglass catalog show CLASS` gives their ranges and why):";
constexpr absl::string_view kUnknownTitle = "Operators whose work is not known, largest first:";

}  // namespace

std::string UnitOfWork(const v1::ReplayReport& report) {
  return report.work_done().empty() ? "unit" : std::string(Word(report.work_done(0).unit()));
}

std::string TraceTitle(const v1::ReplayReport& report) {
  return PlainText(absl::StrCat(report.trace_name(), " (", Word(report.phase()), ", ", Word(report.run_mode()), ")"));
}

std::string ReplayText(const v1::ReplayReport& report, Detail detail) {
  std::string text = absl::StrCat(TraceTitle(report), "  ", PlainText(report.trace_id()), "\n");
  absl::StrAppend(&text, "  work: ", WorkLine(report), "\n");
  if (report.devices_size() > 0) {
    absl::StrAppend(&text, "  traced on: ", PlainText(DevicesText(report.devices())), "\n");
  }
  absl::StrAppend(&text, "  ", OptionsLine(report), "\n");
  for (const std::string& warning : Warnings(report)) absl::StrAppend(&text, "  warning: ", PlainText(warning), "\n");
  const TextTable supported = SupportedTable(report);
  absl::StrAppend(&text, "\n", supported.empty() ? "No class of these can do the work.\n" : supported.Text());
  const TextTable others = OthersTable(report);
  if (!others.empty()) absl::StrAppend(&text, "\nCannot, or cannot be said:\n", others.Text("  "));
  if (detail == Detail::kBrief) return text;
  absl::StrAppend(&text, Section(kUnknownTitle, UnknownOperators(report), "  "),
                  Section("Notes on classes:", ClassWarnings(report), "  "),
                  Section(kAssumedTitle, Assumptions(report), "  "));
  absl::StrAppend(&text, "\nLetters: ", LetterLegend(), ".\n");
  absl::StrAppend(&text,
                  "wait: share of time in which the device waits or only starts operators; above 50 % the row is ",
                  "launch-bound and ranks nothing.\n");
  return text;
}

std::string ReplayMarkdown(const v1::ReplayReport& report) {
  std::string text = absl::StrCat("### ", MarkdownCell(TraceTitle(report)), "\n\n");
  absl::StrAppend(&text, "Trace ", MarkdownCell(report.trace_id()), "; work: ", WorkLine(report), "; ",
                  OptionsLine(report), ".\n");
  if (report.devices_size() > 0) {
    absl::StrAppend(&text, "\nTraced on: ", MarkdownCell(DevicesText(report.devices())), ".\n");
  }
  for (const std::string& warning : Warnings(report)) {
    absl::StrAppend(&text, "\n**Warning:** ", MarkdownCell(warning), "\n");
  }
  const TextTable supported = SupportedTable(report);
  absl::StrAppend(&text, "\n", supported.empty() ? "No class of these can do the work.\n" : supported.Markdown());
  const TextTable others = OthersTable(report);
  if (!others.empty()) absl::StrAppend(&text, "\n", others.Markdown());
  absl::StrAppend(&text, "\nLetters: ", LetterLegend(), ". ",
                  "wait: share of time in which the device waits or only starts operators.\n");
  return text;
}

}  // namespace sandglass::report
