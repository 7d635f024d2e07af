#include "analyzer/report/plain_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace sandglass::report {
std::string MarkdownCell(absl::string_view text) {
  return absl::StrReplaceAll(PlainText(text), {{"&", "&amp;"},
                                               {"<", "&lt;"},
                                               {">", "&gt;"},
                                               {"|", "\\|"},
                                               {"`", "\\`"},
                                               {"*", "\\*"},
                                               {"_", "\\_"},
                                               {"[", "\\["},
                                               {"]", "\\]"},
                                               {"\\", "\\\\"}});
}

std::string HtmlText(absl::string_view text) {
  return absl::StrReplaceAll(PlainText(text), {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

std::string CsvCell(absl::string_view text) {
  std::string cell = PlainText(text);
  if (!cell.empty() && absl::string_view("=+-@").find(cell[0]) != absl::string_view::npos) {
    cell = absl::StrCat("'", cell);
  }
  if (cell.find_first_of(",\"") == std::string::npos) return cell;
  return absl::StrCat("\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
}

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  for (const char byte : text) {
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u;
    width += continues ? 0 : 1;
  }
  return width;
}

}  // namespace sandglass::report
