#include "collectors/importers/format/mended_json.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/format/json_pieces.h"

namespace sandglass::collectors {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

bool IsOfWord(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }

// Where the string that begins at `at` ends, behind its quote.
size_t BehindString(absl::string_view json, size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return std::min(at + 1, json.size());
}

// A number, or what is written as one; "0" where it is a whole one that 64 bits do not hold.
size_t AppendNumber(absl::string_view json, size_t at, std::string& mended) {
  size_t end = at;
  while (end < json.size() && IsDigit(json[end])) ++end;
  const bool is_whole = end == json.size() || (json[end] != '.' && json[end] != 'e' && json[end] != 'E');
  // What follows a point is no number of its own.
  if (!is_whole) {
    while (end < json.size() && (IsDigit(json[end]) || absl::StrContains(".eE+-", json.substr(end, 1)))) ++end;
  }
  const absl::string_view number = json.substr(at, end - at);
  uint64_t fits = 0;
  absl::StrAppend(&mended, is_whole && !absl::SimpleAtoi(number, &fits) ? "0" : number);
  return end;
}

// A word, which C++ may have printed for a number that is none; a sign before it is within the quotes too.
size_t AppendWord(absl::string_view json, size_t at, std::string& mended) {
  size_t end = at;
  while (end < json.size() && IsOfWord(json[end])) ++end;
  const absl::string_view word = json.substr(at, end - at);
  const std::string lower = absl::AsciiStrToLower(word);
  if (lower != "nan" && lower != "inf" && lower != "infinity") {
    absl::StrAppend(&mended, word);
    return end;
  }
  const bool negative = absl::EndsWith(mended, "-");
  if (negative) mended.pop_back();
  absl::StrAppend(&mended, "\"", negative ? "-" : "", word, "\"");
  return end;
}

}  // namespace

void MendJson(absl::string_view text, std::string& mended) {
  std::string clean(text);
  const bool is_utf8 = simdjson::validate_utf8(text.data(), text.size());
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ') c = ' ';
    if (!is_utf8 && byte > 0x7e) c = '?';
  }
  mended.clear();
  mended.reserve(clean.size() + kReadableBehindPiece);
  for (size_t at = 0; at < clean.size();) {
    if (clean[at] == '"') {
      const size_t end = BehindString(clean, at);
      mended.append(clean, at, end - at);
      at = end;
    } else if (IsDigit(clean[at])) {
      at = AppendNumber(clean, at, mended);
    } else if (IsOfWord(clean[at])) {
      at = AppendWord(clean, at, mended);
    } else {
      mended.push_back(clean[at++]);
    }
  }
  mended.reserve(mended.size() + kReadableBehindPiece);
}

}  // namespace sandglass::collectors
