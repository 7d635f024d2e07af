#include "collectors/importers/kineto/decimal.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace sandglass::collectors::kineto {
namespace {

// Within 200 years of 1970, in ns too; and what follows counts in ps from the first event of a file.
constexpr double kMostStartUs = 1e6 * 86400 * 365 * 200;
constexpr double kMostDurationUs = 1e6 * 86400;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// The number's text behind the first member "ts" of the event; empty: not found.
absl::string_view StartText(absl::string_view event) {
  constexpr absl::string_view kKey = "\"ts\"";
  size_t at = event.find(kKey);
  if (at == absl::string_view::npos) return {};
  event.remove_prefix(at + kKey.size());
  event = absl::StripLeadingAsciiWhitespace(event);
  if (!absl::ConsumePrefix(&event, ":")) return {};
  event = absl::StripLeadingAsciiWhitespace(event);
  at = 0;
  while (at < event.size() && (IsDigit(event[at]) || event[at] == '.')) ++at;
  return event.substr(0, at);
}

}  // namespace

std::optional<int64_t> NanosecondsOf(absl::string_view microseconds) {
  const size_t point = std::min(microseconds.find('.'), microseconds.size());
  std::string digits(microseconds.substr(0, point));
  const absl::string_view fraction = microseconds.substr(std::min(point + 1, microseconds.size()));
  for (size_t i = 0; i < 3; ++i) digits.push_back(i < fraction.size() ? fraction[i] : '0');
  int64_t nanoseconds = 0;
  if (microseconds.empty() || !absl::SimpleAtoi(digits, &nanoseconds)) return std::nullopt;
  return nanoseconds;
}

std::optional<int64_t> StartNs(absl::string_view event, const simdjson::dom::element& value) {
  double microseconds = 0;
  if (value.get(microseconds) != simdjson::SUCCESS) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return std::nullopt;
    if (!absl::SimpleAtod(absl::string_view(text.data(), text.size()), &microseconds)) return std::nullopt;
    return NanosecondsOf(absl::string_view(text.data(), text.size()));
  }
  if (!(std::fabs(microseconds) < kMostStartUs)) return std::nullopt;
  const absl::string_view text = StartText(event);
  double same = 0;
  // The text may be another member's; then the number alone must do.
  if (absl::SimpleAtod(text, &same) && same == microseconds) {
    if (const std::optional<int64_t> exact = NanosecondsOf(text)) return exact;
  }
  return static_cast<int64_t>(std::llround(microseconds * 1e3));
}

std::optional<int64_t> DurationPs(const simdjson::dom::element& value) {
  double microseconds = 0;
  if (value.get(microseconds) != simdjson::SUCCESS) return std::nullopt;
  if (!(microseconds >= 0 && microseconds < kMostDurationUs)) return std::nullopt;
  return static_cast<int64_t>(std::llround(microseconds * 1e6));
}

}  // namespace sandglass::collectors::kineto
