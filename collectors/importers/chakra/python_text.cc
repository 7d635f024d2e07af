#include "collectors/importers/chakra/python_text.h"

#include <charconv>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace sandglass::collectors::chakra {
namespace {

using Kind = PythonValue::Kind;

void SkipSpace(absl::string_view& text) { text = absl::StripLeadingAsciiWhitespace(text); }

// The one character that stands for `escaped` behind a backslash; 0: another kind of escape.
char Unescaped(char escaped) {
  switch (escaped) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '\\':
    case '\'':
    case '"':
      return escaped;
    default:
      return 0;
  }
}

// Python quotes by '"' what holds a "'".
bool TakeText(absl::string_view& text, PythonValue& value) {
  value.kind = Kind::kText;
  const char quote = text.front();
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) {
      text.remove_prefix(i + 1);
      return true;
    }
    if (text[i] != '\\') {
      value.text.push_back(text[i]);
      continue;
    }
    if (++i == text.size()) return false;
    const char plain = Unescaped(text[i]);
    // What cannot be shown otherwise ("\x1b") stays as it is written.
    if (plain == 0) value.text.push_back('\\');
    value.text.push_back(plain == 0 ? text[i] : plain);
  }
  return false;
}

bool ReadWord(absl::string_view word, PythonValue& value) {
  if (word == "None") return true;
  if (word == "True" || word == "False") {
    value.kind = Kind::kBoolean;
    value.integer = word == "True" ? 1 : 0;
    return true;
  }
  if (absl::SimpleAtoi(word, &value.integer)) {
    value.kind = Kind::kInteger;
    return true;
  }
  value.integer = 0;
  // An integer that does not fit is not to be rounded.
  const bool is_real = word.find_first_of(".enf") != absl::string_view::npos;
  value.kind = Kind::kReal;
  return is_real && absl::SimpleAtod(word, &value.real);
}

bool TakeWord(absl::string_view& text, PythonValue& value) {
  const absl::string_view word = text.substr(0, text.find_first_of(",] \t"));
  text.remove_prefix(word.size());
  return ReadWord(word, value);
}

bool TakeValue(absl::string_view& text, int depth, PythonValue& value);

bool TakeList(absl::string_view& text, int depth, PythonValue& value) {
  if (depth == kMostPythonDepth) return false;
  value.kind = Kind::kList;
  text.remove_prefix(1);
  SkipSpace(text);
  if (absl::ConsumePrefix(&text, "]")) return true;
  while (TakeValue(text, depth + 1, value.list.emplace_back())) {
    SkipSpace(text);
    if (absl::ConsumePrefix(&text, "]")) return true;
    if (!absl::ConsumePrefix(&text, ",")) return false;
  }
  return false;
}

bool TakeValue(absl::string_view& text, int depth, PythonValue& value) {
  SkipSpace(text);
  if (text.empty()) return false;
  if (text.front() == '[') return TakeList(text, depth, value);
  return text.front() == '\'' || text.front() == '"' ? TakeText(text, value) : TakeWord(text, value);
}

// Python quotes by '"' only what holds a "'" and no '"'.
std::string Quoted(const std::string& text) {
  const bool is_double = text.find('\'') != std::string::npos && text.find('"') == std::string::npos;
  const char quote = is_double ? '"' : '\'';
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\r') {
      quoted += "\\r";
    } else if (c == '\t') {
      quoted += "\\t";
    } else {
      if (c == '\\' || c == quote) quoted.push_back('\\');
      quoted.push_back(c);
    }
  }
  quoted.push_back(quote);
  return quoted;
}

// As few digits as tell it from all others, and always such that it is no integer.
std::string Digits(double real) {
  char digits[32];
  const std::to_chars_result written = std::to_chars(std::begin(digits), std::end(digits), real);
  std::string text(digits, written.ptr);
  if (text.find_first_of(".enf") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::optional<PythonValue> ParsePython(absl::string_view text) {
  PythonValue value;
  if (!TakeValue(text, 0, value)) return std::nullopt;
  SkipSpace(text);
  if (!text.empty()) return std::nullopt;
  return value;
}

std::string PrintPython(const PythonValue& value) {
  switch (value.kind) {
    case Kind::kNone:
      return "None";
    case Kind::kBoolean:
      return value.integer == 0 ? "False" : "True";
    case Kind::kInteger:
      return absl::StrCat(value.integer);
    case Kind::kReal:
      return Digits(value.real);
    case Kind::kText:
      return Quoted(value.text);
    case Kind::kList:
      return absl::StrCat(
          "[",
          absl::StrJoin(value.list, ", ",
                        [](std::string* out, const PythonValue& element) { out->append(PrintPython(element)); }),
          "]");
  }
  return "";
}

}  // namespace sandglass::collectors::chakra
