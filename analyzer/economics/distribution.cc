#include "analyzer/economics/distribution.h"

#include <cmath>

#include "boost/math/distributions/gamma.hpp"
#include "boost/math/distributions/normal.hpp"
#include "boost/math/policies/policy.hpp"

namespace sandglass::economics {
namespace {

namespace policies = boost::math::policies;

// Doubles stay doubles, which is fast enough for simulations and exact to far more digits than are printed; what cannot
// be computed is NaN rather than an exception.
using Policy = policies::policy<policies::promote_double<false>, policies::domain_error<policies::ignore_error>,
                                policies::overflow_error<policies::ignore_error>,
                                policies::evaluation_error<policies::ignore_error>>;
using Normal = boost::math::normal_distribution<double, Policy>;
using GammaDistribution = boost::math::gamma_distribution<double, Policy>;

double TriangularQuantile(double p, double low, double mode, double high) {
  const double below = (mode - low) / (high - low);
  if (p < below) return low + std::sqrt(p * (high - low) * (mode - low));
  return high - std::sqrt((1 - p) * (high - low) * (high - mode));
}

double TriangularCumulative(double x, double low, double mode, double high) {
  if (x <= low) return 0;
  if (x >= high) return 1;
  if (x <= mode) return (x - low) * (x - low) / ((high - low) * (mode - low));
  return 1 - (high - x) * (high - x) / ((high - low) * (high - mode));
}

}  // namespace

Distribution Distribution::Point(double value) { return {Shape::kPoint, value, 0, 0}; }

Distribution Distribution::Triangular(double low, double mode, double high) {
  return {Shape::kTriangular, low, mode, high};
}

Distribution Distribution::Uniform(double low, double high) { return {Shape::kUniform, low, high, 0}; }

Distribution Distribution::Lognormal(double median, double sigma) { return {Shape::kLognormal, median, sigma, 0}; }

Distribution Distribution::Gamma(double shape, double rate) { return {Shape::kGamma, shape, rate, 0}; }

Distribution Distribution::AroundRatio(double median, double low, double high, double coverage) {
  if (!(high > low)) return Point(median);
  const double deviations = boost::math::quantile(Normal(), (1 + coverage) / 2);
  return Lognormal(median, std::log(high / low) / (2 * deviations));
}

double Distribution::Quantile(double p) const {
  switch (shape_) {
    case Shape::kTriangular:
      return TriangularQuantile(p, a_, b_, c_);
    case Shape::kUniform:
      return a_ + p * (b_ - a_);
    case Shape::kLognormal:
      return a_ * std::exp(b_ * boost::math::quantile(Normal(), p));
    case Shape::kGamma:
      return boost::math::quantile(GammaDistribution(a_, 1 / b_), p);
    case Shape::kPoint:
      break;
  }
  return a_;
}

double Distribution::Cumulative(double x) const {
  switch (shape_) {
    case Shape::kTriangular:
      return TriangularCumulative(x, a_, b_, c_);
    case Shape::kUniform:
      return x <= a_ ? 0 : x >= b_ ? 1 : (x - a_) / (b_ - a_);
    case Shape::kLognormal:
      return x <= 0 ? 0 : boost::math::cdf(Normal(), std::log(x / a_) / b_);
    case Shape::kGamma:
      return x <= 0 ? 0 : boost::math::cdf(GammaDistribution(a_, 1 / b_), x);
    case Shape::kPoint:
      break;
  }
  return x >= a_ ? 1 : 0;
}

double Distribution::Mean() const {
  switch (shape_) {
    case Shape::kTriangular:
      return (a_ + b_ + c_) / 3;
    case Shape::kUniform:
      return (a_ + b_) / 2;
    case Shape::kLognormal:
      return a_ * std::exp(b_ * b_ / 2);
    case Shape::kGamma:
      return a_ / b_;
    case Shape::kPoint:
      break;
  }
  return a_;
}

double Distribution::Central() const {
  if (shape_ == Shape::kTriangular) return b_;
  if (shape_ == Shape::kLognormal) return a_;
  return Mean();
}

Distribution Distribution::Times(double factor) const {
  switch (shape_) {
    case Shape::kTriangular:
      return Triangular(a_ * factor, b_ * factor, c_ * factor);
    case Shape::kUniform:
      return Uniform(a_ * factor, b_ * factor);
    case Shape::kLognormal:
      return Lognormal(a_ * factor, b_);
    case Shape::kGamma:
      return Gamma(a_, b_ / factor);
    case Shape::kPoint:
      break;
  }
  return Point(a_ * factor);
}

}  // namespace sandglass::economics
