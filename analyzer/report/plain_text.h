// Text from traces and catalogs made safe to print: names come from strangers, and a terminal obeys escape sequences.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_PLAIN_TEXT_H_
#define SANDGLASS_ANALYZER_REPORT_PLAIN_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/plain_text.h"

namespace sandglass::report {

using sandglass::PlainText;

// As PlainText, for one cell of a Markdown table: characters that mean something in Markdown or HTML are escaped.
std::string MarkdownCell(absl::string_view text);

// As PlainText, for the text or a quoted attribute of an HTML element.
std::string HtmlText(absl::string_view text);

// As PlainText, for one cell of CSV: quoted where RFC 4180 asks for it, and a cell that a spreadsheet would take for a
// formula (it begins with = + - @) gets an apostrophe in front. Do not use it for numbers.
std::string CsvCell(absl::string_view text);

// Columns that `text` takes on a terminal, if each code point takes one. `text` must be valid UTF-8.
size_t DisplayWidth(absl::string_view text);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_PLAIN_TEXT_H_
