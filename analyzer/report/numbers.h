// Numbers as people read them: three significant digits, and one scale a column so that its numbers compare at a
// glance.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_NUMBERS_H_
#define SANDGLASS_ANALYZER_REPORT_NUMBERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sandglass::report {

// Three significant digits without an exponent where that stays short ("0.0123", "12.3", "12300"), with one otherwise
// ("1.23e+09"). What is not finite is "?", never a number.
std::string Digits(double value);

// With all digits that are needed to read the same number back. What is not finite is "?".
std::string ExactDigits(double value);

// "12.3 GiB"; for text about memory.
std::string BinaryBytes(double bytes);

// With an SI prefix: Engineering(1.2e-5, "s") is "12 us".
std::string Engineering(double value, absl::string_view unit);

// "1 234 567".
std::string Grouped(uint64_t count);

// "98.7": a share in per cent. Only 1 itself is "100", and only 0 itself is "0".
std::string Percent(double share);

// How the numbers of one column are divided, and what the header says.
struct Scale {
  double divisor = 1;
  // "us/token", "USD/10^6 token"
  std::string unit;
};

// The scale that suits the median of `values`. `unit` is that of the numbers ("s"), `per` what they are per ("token";
// empty: nothing). Dollars get no prefix: they count per 10^3, 10^6 … of `per`.
Scale ScaleFor(std::vector<double> values, absl::string_view unit, absl::string_view per);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_NUMBERS_H_
