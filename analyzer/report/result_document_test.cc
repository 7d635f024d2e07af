#include "analyzer/report/result_document.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

using absl::StrContains;

constexpr DocumentFormat kAll[] = {DocumentFormat::kText, DocumentFormat::kCsv, DocumentFormat::kMarkdown,
                                   DocumentFormat::kHtml};

ResultDocument Small() {
  ResultDocument document;
  document.title = "A title";
  document.answer = "The answer.";
  ResultSection section;
  section.title = "Costs";
  section.text = "What it costs.";
  section.rows.push_back({.item = "labour",
                          .value = 1234.5678,
                          .low = 1000,
                          .high = 2000,
                          .unit = "USD",
                          .provenance = v1::ESTIMATE_PROVENANCE_ASSUMED,
                          .note = "people"});
  section.rows.push_back({.item = "rent", .unit = "USD"});
  section.rows.push_back({.item = "remark", .note = "only words"});
  document.sections.push_back(section);
  document.warnings = {"mind the gap"};
  return document;
}

// The only row that has `item`, as the text renders it.
std::string Line(const std::string& text, const std::string& item) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (StrContains(line, item)) return std::string(line);
  }
  return "";
}

TEST(ResultDocumentTest, Text) {
  EXPECT_EQ(Render(Small(), DocumentFormat::kText),
            "A title\n"
            "\n"
            "The answer.\n"
            "\n"
            "== Costs\n"
            "What it costs.\n"
            "item      value  5th to 95th percentile  unit  ground   note\n"
            "------  -------  ----------------------  ----  -------  ----------\n"
            "labour     1235             1000 - 2000  USD   assumed  people\n"
            "rent    unknown                          USD\n"
            "remark                                                  only words\n"
            "\n"
            "warning: mind the gap\n");
}

TEST(ResultDocumentTest, Csv) {
  // All digits, one line a row, and what is unknown is empty.
  EXPECT_EQ(Render(Small(), DocumentFormat::kCsv),
            "section,item,value,low,high,unit,ground,note\n"
            "Costs,labour,1234.5678,1000,2000,USD,assumed,people\n"
            "Costs,rent,,,,USD,,\n"
            "Costs,remark,,,,,,only words\n"
            "answer,,,,,,,The answer.\n"
            "warning,,,,,,,mind the gap\n");
}

TEST(ResultDocumentTest, Markdown) {
  EXPECT_EQ(Render(Small(), DocumentFormat::kMarkdown),
            "# A title\n"
            "\n"
            "The answer.\n"
            "\n"
            "## Costs\n"
            "\n"
            "What it costs.\n"
            "\n"
            "| item | value | 5th to 95th percentile | unit | ground | note |\n"
            "| --- | ---: | ---: | --- | --- | --- |\n"
            "| labour | 1235 | 1000 - 2000 | USD | assumed | people |\n"
            "| rent | unknown |  | USD |  |  |\n"
            "| remark |  |  |  |  | only words |\n"
            "\n"
            "- warning: mind the gap\n");
}

TEST(ResultDocumentTest, HtmlIsOneFileThatNeedsNothingElse) {
  const std::string html = Render(Small(), DocumentFormat::kHtml);
  EXPECT_TRUE(absl::StartsWith(html, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")) << html;
  EXPECT_TRUE(absl::EndsWith(html, "</body></html>\n"));
  for (const char* part :
       {"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        "<title>A title</title>", "<h1>A title</h1>", "<p class=\"answer\">The answer.</p>", "<h2>Costs</h2>",
        "<p>What it costs.</p>", ">5th to 95th percentile</th>", "<li>mind the gap</li>",
        "<tr><th scope=\"row\">labour</th><td class=\"n\">1235</td><td class=\"n\">1000 - 2000</td><td>USD</td>",
        "<td>USD</td><td class=\"assumed\">assumed</td><td>people</td></tr>",
        "<th scope=\"row\">rent</th><td class=\"n\">unknown</td>",
        "<th scope=\"row\">remark</th><td class=\"n\"></td>"}) {
    EXPECT_TRUE(StrContains(html, part)) << part << "\n" << html;
  }
  for (const char* outside : {"http:", "https:", "src=", "href=", "<script", "<link", "@import", "url("}) {
    EXPECT_FALSE(StrContains(html, outside)) << outside;
  }
}

TEST(ResultDocumentTest, StrangersTextDrivesNothing) {
  ResultDocument document;
  document.title = "<script>alert(1)</script>\x1b[2J";
  document.answer = "a|b & \"c\"";
  ResultSection section;
  section.title = "=1+1";
  section.text = "<img src=x>";
  section.range = "<b>";
  section.rows.push_back({.item = "=HYPERLINK(\"http://x\")|\n",
                          .value = 1,
                          .unit = "@<i>",
                          .provenance = v1::ESTIMATE_PROVENANCE_MEASURED,
                          .note = "-1,2\x1b]0;x\x07"});
  document.sections.push_back(section);
  document.warnings = {"+cmd|' /C calc'!A0</li><script>"};

  for (const DocumentFormat format : kAll) {
    const std::string text = Render(document, format);
    for (const char byte : {'\x1b', '\x07'}) EXPECT_EQ(text.find(byte), std::string::npos);
  }
  const std::string html = Render(document, DocumentFormat::kHtml);
  for (const char* tag : {"<script", "<img", "<b>", "<i>", "</li><"}) {
    // The list's own end is followed by a new line.
    EXPECT_FALSE(StrContains(html, tag)) << tag << "\n" << html;
  }
  EXPECT_TRUE(StrContains(html, "a|b &amp; &quot;c&quot;")) << html;
  const std::string markdown = Render(document, DocumentFormat::kMarkdown);
  EXPECT_FALSE(StrContains(markdown, "<")) << markdown;
  EXPECT_TRUE(StrContains(markdown, "| =HYPERLINK(\"http://x\")\\| |")) << markdown;
  EXPECT_TRUE(StrContains(markdown, "a\\|b &amp; \"c\"")) << markdown;
  // No cell of a spreadsheet begins a formula, and quotes and commas stay inside theirs.
  EXPECT_EQ(Render(document, DocumentFormat::kCsv),
            "section,item,value,low,high,unit,ground,note\n"
            "'=1+1,\"'=HYPERLINK(\"\"http://x\"\")|\",1,,,'@<i>,measured,\"'-1,2]0;x\"\n"
            "answer,,,,,,,\"a|b & \"\"c\"\"\"\n"
            "warning,,,,,,,'+cmd|' /C calc'!A0</li><script>\n");
}

TEST(ResultDocumentTest, OpenEndsAndNumbersThatAreNone) {
  ResultDocument document;
  ResultSection section;
  section.title = "s";
  section.rows.push_back({.item = "open", .value = 0.2, .low = 0.1, .unit = "1/year"});
  section.rows.push_back({.item = "endless", .value = std::numeric_limits<double>::infinity(), .unit = "year"});
  section.rows.push_back({.item = "zero", .value = 0, .low = 0, .high = 0, .unit = "USD"});
  document.sections.push_back(section);
  const std::string text = Render(document, DocumentFormat::kText);
  EXPECT_TRUE(StrContains(Line(text, "open"), "0.200       0.100 - unbounded  1/year")) << text;
  EXPECT_FALSE(StrContains(text, "inf")) << text;
  EXPECT_TRUE(StrContains(Line(text, "zero"), "0 - 0")) << text;
  const std::string csv = Render(document, DocumentFormat::kCsv);
  EXPECT_EQ(Line(csv, "open"), "s,open,0.2,0.1,,1/year,,");
  EXPECT_EQ(Line(csv, "zero"), "s,zero,0,0,0,USD,,");
  EXPECT_TRUE(StrContains(Render(document, DocumentFormat::kHtml), "0.100 - unbounded"));
}

TEST(ResultDocumentTest, AddsEstimatesAndTheirAbsence) {
  ResultSection section;
  v1::Estimate estimate;
  estimate.set_value(2);
  estimate.set_low(1);
  estimate.set_unit("J/token");
  estimate.set_provenance(v1::ESTIMATE_PROVENANCE_MODELLED);
  section.Add("energy", &estimate, "note");
  section.Add("money", nullptr);
  ASSERT_EQ(section.rows.size(), 2);
  EXPECT_EQ(section.rows[0].value, 2);
  EXPECT_EQ(section.rows[0].low, 1);
  EXPECT_FALSE(section.rows[0].high.has_value());
  EXPECT_EQ(section.rows[0].unit, "J/token");
  EXPECT_EQ(section.rows[0].provenance, v1::ESTIMATE_PROVENANCE_MODELLED);
  EXPECT_EQ(section.rows[0].note, "note");
  EXPECT_FALSE(section.rows[1].value.has_value());
  EXPECT_EQ(section.rows[1].provenance, v1::ESTIMATE_PROVENANCE_UNSPECIFIED);
}

TEST(ResultDocumentTest, LongAnswersBreakAtBlanks) {
  ResultDocument document;
  for (int i = 0; i < 60; ++i) absl::StrAppend(&document.answer, "word", i, " ");
  const std::string text = Render(document, DocumentFormat::kText);
  std::string joined;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    EXPECT_LE(line.size(), 110);
    if (!line.empty()) absl::StrAppend(&joined, line, " ");
  }
  EXPECT_EQ(joined, document.answer) << "nothing is lost";
}

TEST(DocumentFormatTest, FourWords) {
  const std::pair<const char*, DocumentFormat> words[] = {{"text", DocumentFormat::kText},
                                                          {"csv", DocumentFormat::kCsv},
                                                          {"markdown", DocumentFormat::kMarkdown},
                                                          {"html", DocumentFormat::kHtml}};
  for (const auto& [word, format] : words) EXPECT_EQ(*DocumentFormatOf(word), format);
  const auto wrong = DocumentFormatOf("xml");
  EXPECT_EQ(wrong.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(wrong.status().message(), "format is \"xml\": it must be text, csv, markdown or html");
}

}  // namespace
}  // namespace sandglass::report
