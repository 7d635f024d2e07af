#include "collectors/importers/md/log_text.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "proto/plain_text.h"

namespace sandglass::collectors::md {
namespace {

constexpr size_t kMostTextBytes = 256;
constexpr int64_t kMostCount = 1'000'000'000'000;

}  // namespace

std::string Readable(absl::string_view text) {
  return PlainText(absl::StripAsciiWhitespace(text.substr(0, kMostTextBytes)));
}

std::optional<double> ToNumber(absl::string_view word) {
  double number = 0;
  if (!absl::SimpleAtod(absl::StripAsciiWhitespace(word), &number) || !std::isfinite(number) || number < 0) {
    return std::nullopt;
  }
  return number;
}

std::optional<int64_t> ToCount(absl::string_view word) {
  int64_t count = 0;
  if (!absl::SimpleAtoi(word, &count) || count < 0 || count > kMostCount) return std::nullopt;
  return count;
}

}  // namespace sandglass::collectors::md
