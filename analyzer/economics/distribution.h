// How a number is spread: the shapes that assumptions may have.
//
// Quantiles are Boost.Math's, or closed forms. Plain values; pure; safe from any thread. Parameters must satisfy what
// the makers require: they are checked where scenarios are read (scenario_protos.h).
#ifndef SANDGLASS_ANALYZER_ECONOMICS_DISTRIBUTION_H_
#define SANDGLASS_ANALYZER_ECONOMICS_DISTRIBUTION_H_

#include <cstdint>

namespace sandglass::economics {

class Distribution {
 public:
  enum class Shape : uint8_t { kPoint, kTriangular, kUniform, kLognormal, kGamma };

  // The point 0.
  Distribution() = default;

  // Always `value`.
  static Distribution Point(double value);
  // Requires low ≤ mode ≤ high and low < high.
  static Distribution Triangular(double low, double mode, double high);
  // Requires low < high.
  static Distribution Uniform(double low, double high);
  // Logarithm normal around ln(median). Requires median > 0, sigma > 0.
  static Distribution Lognormal(double median, double sigma);
  // Mean shape/rate. Requires both > 0.
  static Distribution Gamma(double shape, double rate);
  // Lognormal with the given median whose central `coverage` lies between median·low and median·high, taken to be
  // symmetric in logarithms; a point where the range is none. Requires 0 < low ≤ 1 ≤ high, 0 < coverage < 1.
  static Distribution AroundRatio(double median, double low, double high, double coverage);

  Shape shape() const { return shape_; }

  // The value below which lies the share `p` of cases. Requires 0 < p < 1.
  double Quantile(double p) const;
  // Share of cases at or below x.
  double Cumulative(double x) const;
  double Mean() const;
  // The value that stands for all where only one is used: the point, the mode of a triangle, the median of a lognormal,
  // otherwise the mean.
  double Central() const;
  // The same multiplied by `factor`. Requires factor > 0, or a point.
  Distribution Times(double factor) const;

  // Parameters in the order of the maker's arguments; 0 where it has fewer.
  double first() const { return a_; }
  double second() const { return b_; }
  double third() const { return c_; }

 private:
  Distribution(Shape shape, double a, double b, double c) : shape_(shape), a_(a), b_(b), c_(c) {}

  Shape shape_ = Shape::kPoint;
  double a_ = 0;
  double b_ = 0;
  double c_ = 0;
};

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_DISTRIBUTION_H_
