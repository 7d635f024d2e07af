#include "analyzer/report/numbers.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace sandglass::report {
namespace {

struct Prefix {
  int power_of_1000;
  const char* letter;
};
constexpr std::array<Prefix, 12> kPrefixes = {{{-6, "a"},
                                               {-5, "f"},
                                               {-4, "p"},
                                               {-3, "n"},
                                               {-2, "u"},
                                               {-1, "m"},
                                               {0, ""},
                                               {1, "k"},
                                               {2, "M"},
                                               {3, "G"},
                                               {4, "T"},
                                               {5, "P"}}};

const Prefix& PrefixOf(double value) {
  if (value == 0 || !std::isfinite(value)) return kPrefixes[6];
  // 999.7 prints as "1000": round to three digits first.
  const double rounded = std::abs(value) * (1 + 5e-4);
  const int power = static_cast<int>(std::floor(std::log10(rounded) / 3));
  const int index = std::clamp(power + 6, 0, static_cast<int>(kPrefixes.size()) - 1);
  return kPrefixes[static_cast<size_t>(index)];
}

// The middle of the finite values that are not 0; 0 where there are none.
double MedianOf(std::vector<double> values) {
  values.erase(std::remove_if(values.begin(), values.end(), [](double v) { return v == 0 || !std::isfinite(v); }),
               values.end());
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

std::string Digits(double value) {
  if (!std::isfinite(value)) return "?";
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size >= 999999.5 || size < 1e-4) return absl::StrFormat("%.3g", value);
  if (size >= 99.95) return absl::StrFormat("%.0f", value);
  const int before_point = static_cast<int>(std::floor(std::log10(size * (1 + 5e-4)))) + 1;
  std::string digits = absl::StrFormat("%.*f", std::max(0, 3 - before_point), value);
  return digits;
}

std::string ExactDigits(double value) {
  if (!std::isfinite(value)) return "?";
  std::string shorter = absl::StrFormat("%.15g", value);
  return std::strtod(shorter.c_str(), nullptr) == value ? shorter : absl::StrFormat("%.17g", value);
}

std::string BinaryBytes(double bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  size_t unit = 0;
  while (std::abs(bytes) >= 1024 && unit + 1 < std::size(kUnits)) {
    bytes /= 1024;
    ++unit;
  }
  return absl::StrCat(Digits(bytes), " ", kUnits[unit]);
}

std::string Engineering(double value, absl::string_view unit) {
  const Prefix& prefix = PrefixOf(value);
  return absl::StrCat(Digits(value / std::pow(1000.0, prefix.power_of_1000)), " ", prefix.letter, unit);
}

std::string Grouped(uint64_t count) {
  const std::string digits = absl::StrCat(count);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped.push_back(' ');
    grouped.push_back(digits[i]);
  }
  return grouped;
}

std::string Percent(double share) {
  if (!std::isfinite(share)) return "?";
  const double percent = share * 100;
  if (share > 0 && percent < 0.05) return "<0.1";
  if (share < 1 && percent >= 99.95) return ">99.9";
  if (percent == std::round(percent)) return absl::StrFormat("%.0f", percent);
  return absl::StrFormat("%.1f", percent);
}

Scale ScaleFor(std::vector<double> values, absl::string_view unit, absl::string_view per) {
  const Prefix& prefix = PrefixOf(MedianOf(std::move(values)));
  const std::string slash = per.empty() ? "" : absl::StrCat("/", per);
  if (unit != "USD" || per.empty()) {
    return {std::pow(1000.0, prefix.power_of_1000), absl::StrCat(prefix.letter, unit, slash)};
  }
  if (prefix.power_of_1000 >= 0) return {1, absl::StrCat(unit, slash)};
  return {std::pow(1000.0, prefix.power_of_1000), absl::StrCat(unit, "/10^", -3 * prefix.power_of_1000, " ", per)};
}

}  // namespace sandglass::report
