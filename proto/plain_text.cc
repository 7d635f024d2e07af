#include "proto/plain_text.h"

#include <cstddef>
#include <cstdint>

namespace sandglass {
namespace {

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u; }

// Length of the code point at the front of `text` and its value; 0 where the bytes are not UTF-8.
size_t DecodeCodePoint(absl::string_view text, uint32_t& code_point) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) {
    code_point = first;
    return 1;
  }
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  code_point = first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
    code_point = code_point << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  return code_point < kLeast[length] || code_point > 0x10FFFF || surrogate ? 0 : length;
}

// Control characters, line and paragraph separators, and marks that turn the direction of text.
bool IsUnsafe(uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) || code_point == 0x061C ||
         (code_point >= 0x200B && code_point <= 0x200F) || (code_point >= 0x2028 && code_point <= 0x202E) ||
         (code_point >= 0x2060 && code_point <= 0x2069) || code_point == 0xFEFF;
}

}  // namespace

std::string PlainText(absl::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    uint32_t code_point = 0;
    const size_t length = DecodeCodePoint(text, code_point);
    if (length == 0) {
      plain.push_back('?');
      text.remove_prefix(1);
      continue;
    }
    if (!IsUnsafe(code_point)) plain.append(text.data(), length);
    text.remove_prefix(length);
  }
  return plain;
}

}  // namespace sandglass
