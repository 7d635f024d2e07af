// A table of plain text with aligned columns.
//
// Not safe for use by several threads at once. Cells are sanitised on the way in (plain_text.h).
#ifndef SANDGLASS_ANALYZER_REPORT_TEXT_TABLE_H_
#define SANDGLASS_ANALYZER_REPORT_TEXT_TABLE_H_

#include <string>
#include <vector>

namespace sandglass::report {

class TextTable {
 public:
  enum class Align { kLeft, kRight };

  // Adds a column. Columns come before rows.
  void AddColumn(const std::string& header, Align align);

  // Adds a row; missing cells at the end are empty. Requires: not more cells than columns.
  void AddRow(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }

  // All lines, each with a newline, without spaces at their ends; a line of dashes below the header. Columns whose
  // cells are all empty are left out. Each line begins with `indent`.
  std::string Text(const std::string& indent = "") const;

  // The same as a GitHub-flavoured Markdown table.
  std::string Markdown() const;

 private:
  struct Column {
    std::string header;
    Align align;
  };

  std::vector<size_t> Widths() const;
  std::string Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_TEXT_TABLE_H_
