// Results as a document: sections of rows, each with value, range, unit and ground, and its four renderings.
//
// One shape serves every question about money, so that a reader who knows one report knows all, and a new report needs
// no renderer. CSV is long: one line a row, whatever the section. An absent number is unknown and stays empty. Pure;
// safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_RESULT_DOCUMENT_H_
#define SANDGLASS_ANALYZER_REPORT_RESULT_DOCUMENT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/report.pb.h"

namespace sandglass::report {

struct ResultRow {
  std::string item;
  std::optional<double> value = {};
  std::optional<double> low = {};
  std::optional<double> high = {};
  std::string unit = {};
  v1::EstimateProvenance provenance = v1::ESTIMATE_PROVENANCE_UNSPECIFIED;
  // What it rests on, or a remark.
  std::string note = {};
};

struct ResultSection {
  std::string title;
  // What the rows are, in a sentence or two; may be empty.
  std::string text;
  // What low and high are; empty: nothing.
  std::string range = "5th to 95th percentile";
  std::vector<ResultRow> rows;

  // Adds a row for an estimate; nothing but the item where there is none.
  void Add(const std::string& item, const v1::Estimate* estimate, const std::string& note = "");
};

struct ResultDocument {
  std::string title;
  // The answer, in words; may be empty.
  std::string answer;
  std::vector<ResultSection> sections;
  std::vector<std::string> warnings;
};

enum class DocumentFormat { kText, kCsv, kMarkdown, kHtml };

// "text", "csv", "markdown" or "html". Errors: InvalidArgument otherwise.
absl::StatusOr<DocumentFormat> DocumentFormatOf(absl::string_view word);

// With a newline at the end. HTML is one file that needs nothing else.
std::string Render(const ResultDocument& document, DocumentFormat format);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_RESULT_DOCUMENT_H_
