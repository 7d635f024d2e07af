// A number of the catalog, with what it rests on.
//
// Plain values.
#ifndef SANDGLASS_ANALYZER_SILICON_FIGURE_H_
#define SANDGLASS_ANALYZER_SILICON_FIGURE_H_

#include <cstdint>
#include <string>

namespace sandglass::silicon {

// What a number rests on; the numbers are those of v1::FigureBasis.
enum class Basis : uint8_t { kUnspecified = 0, kMeasured = 1, kDatasheet = 2, kDerived = 3, kAssumed = 4 };

// How much a number is trusted; the numbers are those of v1::Confidence.
enum class Confidence : uint8_t { kUnspecified = 0, kLow = 1, kMedium = 2, kHigh = 3 };

// A number of the catalog, in SI units (or USD, USD/h, a ratio, a count).
struct Figure {
  double value = 0;
  // Its range, as wide as the catalog gives; equal to value where it gives none.
  double low = 0;
  double high = 0;
  Basis basis = Basis::kUnspecified;
  Confidence confidence = Confidence::kUnspecified;
  // Where it stands in the class: "memory.bandwidth".
  std::string path;
  // Source title and locator, one line.
  std::string source;
};

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_FIGURE_H_
