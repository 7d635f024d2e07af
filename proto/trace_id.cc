#include "proto/trace_id.h"

#include <algorithm>

namespace sandglass {
namespace {

constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kTextLength = 26;

// The value of one character, or -1. Crockford's look-alikes (I, L, O) are not accepted: an id has one spelling but
// for its case.
int ValueOf(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const char* const end = kAlphabet + 32;
  const char* const at = std::find(kAlphabet, end, c);
  return at == end ? -1 : static_cast<int>(at - kAlphabet);
}

}  // namespace

uint64_t UnixMillisOf(const TraceId& id) {
  uint64_t ms = 0;
  for (int i = 0; i < 6; ++i) ms = ms << 8 | id.bytes[i];
  return ms;
}

std::string TraceIdText(const TraceId& id) {
  // 130 bits of text hold 128: the first character has the top three bits.
  std::string text(kTextLength, '0');
  for (size_t i = 0; i < kTextLength; ++i) {
    unsigned value = 0;
    for (size_t bit = 0; bit < 5; ++bit) {
      const int position = static_cast<int>(i * 5 + bit) - 2;
      const unsigned set = position < 0 ? 0 : (id.bytes[position / 8] >> (7 - position % 8)) & 1u;
      value = value << 1 | set;
    }
    text[i] = kAlphabet[value];
  }
  return text;
}

std::optional<TraceId> ParseTraceId(absl::string_view text) {
  if (text.size() != kTextLength || ValueOf(text[0]) > 7) return std::nullopt;
  TraceId id;
  for (size_t i = 0; i < kTextLength; ++i) {
    const int value = ValueOf(text[i]);
    if (value < 0) return std::nullopt;
    for (int bit = 0; bit < 5; ++bit) {
      const int position = static_cast<int>(i) * 5 + bit - 2;
      if (position >= 0 && (value >> (4 - bit)) & 1) id.bytes[position / 8] |= 1u << (7 - position % 8);
    }
  }
  return id;
}

TraceId NextTraceId(const TraceId& last, uint64_t unix_ms, const std::array<uint8_t, 10>& random) {
  TraceId id = last;
  if (unix_ms > UnixMillisOf(last)) {
    for (int i = 0; i < 6; ++i) id.bytes[i] = static_cast<uint8_t>(unix_ms >> (40 - 8 * i));
    std::copy(random.begin(), random.end(), id.bytes.begin() + 6);
    return id;
  }
  for (int i = 15; i >= 0; --i) {
    if (++id.bytes[i] != 0) break;
  }
  return id;
}

}  // namespace sandglass
