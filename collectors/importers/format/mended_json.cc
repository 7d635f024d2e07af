#include "collectors/importers/format/mended_json.h"

#include <simdjson.h>

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "collectors/importers/format/json_pieces.h"

namespace sandglass::collectors {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

void ReplaceHugeIntegers(std::string& json) {
  bool in_string = false;
  for (size_t at = 0; at < json.size();) {
    if (in_string && json[at] == '\\') {
      at += 2;
      continue;
    }
    if (json[at] == '"') in_string = !in_string;
    if (in_string || !IsDigit(json[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < json.size() && IsDigit(json[end])) ++end;
    const bool is_whole = end == json.size() || (json[end] != '.' && json[end] != 'e' && json[end] != 'E');
    uint64_t fits = 0;
    if (is_whole && !absl::SimpleAtoi(absl::string_view(json).substr(at, end - at), &fits))
      json.replace(at, end - at, std::string(end - at - 1, ' ') + "0");
    at = end;
    // What follows a point is no number of its own.
    while (at < json.size() && (IsDigit(json[at]) || json[at] == '.')) ++at;
  }
}

}  // namespace

void MendJson(absl::string_view text, std::string& mended) {
  mended.assign(text.data(), text.size());
  const bool is_utf8 = simdjson::validate_utf8(text.data(), text.size());
  for (char& c : mended) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ') c = ' ';
    if (!is_utf8 && byte > 0x7e) c = '?';
  }
  ReplaceHugeIntegers(mended);
  mended.reserve(mended.size() + kReadableBehindPiece);
}

}  // namespace sandglass::collectors
