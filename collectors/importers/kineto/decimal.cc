#include "collectors/importers/kineto/decimal.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace sandglass::collectors::kineto {
namespace {

constexpr double kMostStartUs = static_cast<double>(kMostStartNs) / 1e3;
constexpr double kMostDurationUs = 1e6 * 86400;
// Of a double, relative; twice, for a product.
constexpr double kRounding = 0x1p-51;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// The number's text behind the first member "ts" of the event; empty: not found.
absl::string_view StartText(absl::string_view event) {
  constexpr absl::string_view kKey = "\"ts\"";
  // Half of an event's bytes follow a quote, at each of which string_view::find would stop.
  const void* const key = memmem(event.data(), event.size(), kKey.data(), kKey.size());
  if (key == nullptr) return {};
  event.remove_prefix(static_cast<size_t>(static_cast<const char*>(key) - event.data()) + kKey.size());
  event = absl::StripLeadingAsciiWhitespace(event);
  if (!absl::ConsumePrefix(&event, ":")) return {};
  event = absl::StripLeadingAsciiWhitespace(event);
  size_t at = 0;
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
  int64_t whole = 0;
  if (value.get(whole) == simdjson::SUCCESS) {
    if (!(std::fabs(static_cast<double>(whole)) < kMostStartUs)) return std::nullopt;
    return whole * 1000;
  }
  double microseconds = 0;
  if (value.get(microseconds) != simdjson::SUCCESS) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return std::nullopt;
    if (!absl::SimpleAtod(absl::string_view(text.data(), text.size()), &microseconds)) return std::nullopt;
    const std::optional<int64_t> exact = NanosecondsOf(absl::string_view(text.data(), text.size()));
    return exact.has_value() && std::abs(*exact) <= kMostStartNs ? exact : std::nullopt;
  }
  if (!(std::fabs(microseconds) < kMostStartUs)) return std::nullopt;
  const double nanoseconds = microseconds * 1e3;
  // The text may be another member's; then the number alone must do.
  const std::optional<int64_t> exact = NanosecondsOf(StartText(event));
  if (exact.has_value() && std::fabs(static_cast<double>(*exact) - nanoseconds) <= 1 + nanoseconds * kRounding)
    return exact;
  return static_cast<int64_t>(std::llround(nanoseconds));
}

std::optional<int64_t> DurationPs(const simdjson::dom::element& value) {
  double microseconds = 0;
  if (value.get(microseconds) != simdjson::SUCCESS) return std::nullopt;
  if (!(microseconds >= 0 && microseconds < kMostDurationUs)) return std::nullopt;
  return static_cast<int64_t>(std::llround(microseconds * 1e6));
}

}  // namespace sandglass::collectors::kineto
