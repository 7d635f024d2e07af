#include "collectors/importers/kineto/decimal.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace sandglass::collectors::kineto {
namespace {

constexpr double kMostStartUs = static_cast<double>(kMostStartNs) / 1e3;
constexpr double kMostDurationUs = 1e6 * 86400;
// Of a double, relative; twice, for a product.
constexpr double kRounding = 0x1p-51;

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

std::optional<int64_t> StartNs(int64_t microseconds) {
  if (!(std::fabs(static_cast<double>(microseconds)) < kMostStartUs)) return std::nullopt;
  return microseconds * 1000;
}

std::optional<int64_t> StartNs(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "\"")) absl::ConsumeSuffix(&text, "\"");
  if (int64_t whole = 0; absl::SimpleAtoi(text, &whole)) return StartNs(whole);
  double microseconds = 0;
  if (!absl::SimpleAtod(text, &microseconds) || !(std::fabs(microseconds) < kMostStartUs)) return std::nullopt;
  const double nanoseconds = microseconds * 1e3;
  // With an exponent there is no exact one; and below zero it would be rounded up.
  const std::optional<int64_t> exact = microseconds < 0 ? std::nullopt : NanosecondsOf(text);
  if (exact.has_value() &&
      std::fabs(static_cast<double>(*exact) - nanoseconds) <= 1 + std::fabs(nanoseconds) * kRounding)
    return exact;
  return static_cast<int64_t>(std::llround(nanoseconds));
}

std::optional<int64_t> DurationPs(absl::string_view text) {
  double microseconds = 0;
  return absl::SimpleAtod(text, &microseconds) ? DurationPs(microseconds) : std::nullopt;
}

std::optional<int64_t> DurationPs(double microseconds) {
  if (!(microseconds >= 0 && microseconds < kMostDurationUs)) return std::nullopt;
  return static_cast<int64_t>(std::llround(microseconds * 1e6));
}

}  // namespace sandglass::collectors::kineto
