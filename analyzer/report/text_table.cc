#include "analyzer/report/text_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyzer/report/plain_text.h"

namespace sandglass::report {

void TextTable::AddColumn(const std::string& header, Align align) { columns_.push_back({PlainText(header), align}); }

void TextTable::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = PlainText(cell);
  rows_.push_back(std::move(cells));
}

// Width of each column; 0 for one that is left out.
std::vector<size_t> TextTable::Widths() const {
  std::vector<size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  for (size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] > 0) widths[i] = std::max(widths[i], DisplayWidth(columns_[i].header));
  }
  return widths;
}

std::string TextTable::Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (widths[i] == 0) continue;
    const std::string padding(widths[i] - DisplayWidth(cells[i]), ' ');
    if (!line.empty()) line += "  ";
    line += columns_[i].align == Align::kRight ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string TextTable::Text(const std::string& indent) const {
  const std::vector<size_t> widths = Widths();
  std::vector<std::string> headers;
  std::vector<std::string> rules;
  for (size_t i = 0; i < columns_.size(); ++i) {
    headers.push_back(columns_[i].header);
    rules.emplace_back(widths[i], '-');
  }
  std::string text = absl::StrCat(indent, Line(headers, widths), "\n", indent, Line(rules, widths), "\n");
  for (const auto& row : rows_) absl::StrAppend(&text, indent, Line(row, widths), "\n");
  return text;
}

std::string TextTable::Markdown() const {
  const std::vector<size_t> widths = Widths();
  std::string header = "|";
  std::string rule = "|";
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (widths[i] == 0) continue;
    absl::StrAppend(&header, " ", MarkdownCell(columns_[i].header), " |");
    absl::StrAppend(&rule, columns_[i].align == Align::kRight ? " ---: |" : " --- |");
  }
  std::string text = absl::StrCat(header, "\n", rule, "\n");
  for (const auto& row : rows_) {
    absl::StrAppend(&text, "|");
    for (size_t i = 0; i < row.size(); ++i) {
      if (widths[i] > 0) absl::StrAppend(&text, " ", MarkdownCell(row[i]), " |");
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace sandglass::report
