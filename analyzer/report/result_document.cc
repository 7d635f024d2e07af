#include "analyzer/report/result_document.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

using Align = TextTable::Align;

constexpr size_t kTextWidth = 110;

std::string Number(const std::optional<double>& value) { return value.has_value() ? Digits(*value) : ""; }

std::string RangeText(const ResultRow& row) {
  if (!row.low.has_value() && !row.high.has_value()) return "";
  return absl::StrCat(Number(row.low), " - ", row.high.has_value() ? Digits(*row.high) : "unbounded");
}

std::string Ground(const ResultRow& row) {
  if (row.provenance == v1::ESTIMATE_PROVENANCE_UNSPECIFIED) return "";
  return std::string(Word(row.provenance));
}

// A row without any number is unknown, unless it only says something.
std::string ValueText(const ResultRow& row) {
  if (row.value.has_value()) return Digits(*row.value);
  const bool says = row.unit.empty() && !row.note.empty();
  return says ? "" : "unknown";
}

TextTable TableOf(const ResultSection& section) {
  TextTable table;
  table.AddColumn("item", Align::kLeft);
  table.AddColumn("value", Align::kRight);
  table.AddColumn(section.range.empty() ? "range" : section.range, Align::kRight);
  table.AddColumn("unit", Align::kLeft);
  table.AddColumn("ground", Align::kLeft);
  table.AddColumn("note", Align::kLeft);
  for (const ResultRow& row : section.rows) {
    table.AddRow({row.item, ValueText(row), RangeText(row), row.unit, Ground(row), row.note});
  }
  return table;
}

// Lines of at most kTextWidth columns, broken at blanks.
std::string Wrapped(absl::string_view text) {
  std::string result;
  size_t column = 0;
  const std::string plain = PlainText(text);
  for (const absl::string_view word : absl::StrSplit(plain, ' ', absl::SkipEmpty())) {
    const size_t width = DisplayWidth(word);
    if (column > 0 && column + 1 + width > kTextWidth) {
      result += '\n';
      column = 0;
    }
    if (column > 0) {
      result += ' ';
      ++column;
    }
    absl::StrAppend(&result, word);
    column += width;
  }
  return result.empty() ? result : absl::StrCat(result, "\n");
}

std::string Text(const ResultDocument& document) {
  std::string text = absl::StrCat(PlainText(document.title), "\n");
  if (!document.answer.empty()) absl::StrAppend(&text, "\n", Wrapped(document.answer));
  for (const ResultSection& section : document.sections) {
    absl::StrAppend(&text, "\n== ", PlainText(section.title), "\n", Wrapped(section.text));
    if (!section.rows.empty()) absl::StrAppend(&text, TableOf(section).Text());
  }
  if (!document.warnings.empty()) absl::StrAppend(&text, "\n");
  for (const std::string& warning : document.warnings) {
    absl::StrAppend(&text, Wrapped(absl::StrCat("warning: ", warning)));
  }
  return text;
}

std::string Markdown(const ResultDocument& document) {
  std::string text = absl::StrCat("# ", MarkdownCell(document.title), "\n");
  if (!document.answer.empty()) absl::StrAppend(&text, "\n", MarkdownCell(document.answer), "\n");
  for (const ResultSection& section : document.sections) {
    absl::StrAppend(&text, "\n## ", MarkdownCell(section.title), "\n\n");
    if (!section.text.empty()) absl::StrAppend(&text, MarkdownCell(section.text), "\n\n");
    if (!section.rows.empty()) absl::StrAppend(&text, TableOf(section).Markdown());
  }
  if (!document.warnings.empty()) absl::StrAppend(&text, "\n");
  for (const std::string& warning : document.warnings)
    absl::StrAppend(&text, "- warning: ", MarkdownCell(warning), "\n");
  return text;
}

std::string ExactNumber(const std::optional<double>& value) { return value.has_value() ? ExactDigits(*value) : ""; }

std::string Csv(const ResultDocument& document) {
  std::string text = "section,item,value,low,high,unit,ground,note\n";
  for (const ResultSection& section : document.sections) {
    for (const ResultRow& row : section.rows) {
      absl::StrAppend(&text, CsvCell(section.title), ",", CsvCell(row.item), ",", ExactNumber(row.value), ",",
                      ExactNumber(row.low), ",", ExactNumber(row.high), ",", CsvCell(row.unit), ",", Ground(row), ",",
                      CsvCell(row.note), "\n");
    }
  }
  if (!document.answer.empty()) absl::StrAppend(&text, "answer,,,,,,,", CsvCell(document.answer), "\n");
  for (const std::string& warning : document.warnings) {
    absl::StrAppend(&text, "warning,,,,,,,", CsvCell(warning), "\n");
  }
  return text;
}

// Names come from strangers. They are escaped; were one of them not, nothing of it would run or be fetched.
constexpr char kPolicy[] =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">";

constexpr char kStyle[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:600;padding:.5em 0}"
    "th,td{border-bottom:1px solid #8886;padding:.25em .6em;text-align:left;vertical-align:top}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".assumed{color:#a40}.answer{font-size:1.1em;border-left:4px solid #888;padding-left:1em}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}.assumed{color:#f96}}";

void AppendTable(const ResultSection& section, std::string& text) {
  absl::StrAppend(&text, "<table><thead><tr><th scope=\"col\">item</th><th scope=\"col\" class=\"n\">value</th>",
                  "<th scope=\"col\" class=\"n\">", HtmlText(section.range.empty() ? "range" : section.range),
                  "</th><th scope=\"col\">unit</th><th scope=\"col\">ground</th><th scope=\"col\">note</th></tr>",
                  "</thead><tbody>\n");
  for (const ResultRow& row : section.rows) {
    absl::StrAppend(&text, "<tr><th scope=\"row\">", HtmlText(row.item), "</th><td class=\"n\">", ValueText(row),
                    "</td><td class=\"n\">", RangeText(row), "</td><td>", HtmlText(row.unit), "</td><td class=\"",
                    Ground(row), "\">", Ground(row), "</td><td>", HtmlText(row.note), "</td></tr>\n");
  }
  absl::StrAppend(&text, "</tbody></table>\n");
}

std::string HtmlPage(const ResultDocument& document) {
  std::string text = absl::StrCat("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">",
                                  "<meta name=\"viewport\" content=\"width=device-width\">", kPolicy, "<title>",
                                  HtmlText(document.title), "</title><style>", kStyle, "</style></head><body>\n<h1>",
                                  HtmlText(document.title), "</h1>\n");
  if (!document.answer.empty()) absl::StrAppend(&text, "<p class=\"answer\">", HtmlText(document.answer), "</p>\n");
  for (const ResultSection& section : document.sections) {
    absl::StrAppend(&text, "<h2>", HtmlText(section.title), "</h2>\n");
    if (!section.text.empty()) absl::StrAppend(&text, "<p>", HtmlText(section.text), "</p>\n");
    if (!section.rows.empty()) AppendTable(section, text);
  }
  if (!document.warnings.empty()) absl::StrAppend(&text, "<h2>Warnings</h2>\n<ul>\n");
  for (const std::string& warning : document.warnings) absl::StrAppend(&text, "<li>", HtmlText(warning), "</li>\n");
  if (!document.warnings.empty()) absl::StrAppend(&text, "</ul>\n");
  return absl::StrCat(text, "</body></html>\n");
}

}  // namespace

void ResultSection::Add(const std::string& item, const v1::Estimate* estimate, const std::string& note) {
  ResultRow row;
  row.item = item;
  row.note = note;
  if (estimate != nullptr) {
    row.value = estimate->value();
    if (estimate->has_low()) row.low = estimate->low();
    if (estimate->has_high()) row.high = estimate->high();
    row.unit = estimate->unit();
    row.provenance = estimate->provenance();
  }
  rows.push_back(std::move(row));
}

absl::StatusOr<DocumentFormat> DocumentFormatOf(absl::string_view word) {
  if (word == "text") return DocumentFormat::kText;
  if (word == "csv") return DocumentFormat::kCsv;
  if (word == "markdown") return DocumentFormat::kMarkdown;
  if (word == "html") return DocumentFormat::kHtml;
  return absl::InvalidArgumentError(absl::StrCat("format is \"", word, "\": it must be text, csv, markdown or html"));
}

std::string Render(const ResultDocument& document, DocumentFormat format) {
  switch (format) {
    case DocumentFormat::kCsv:
      return Csv(document);
    case DocumentFormat::kMarkdown:
      return Markdown(document);
    case DocumentFormat::kHtml:
      return HtmlPage(document);
    case DocumentFormat::kText:
      break;
  }
  return Text(document);
}

}  // namespace sandglass::report
