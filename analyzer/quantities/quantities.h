// Physical and economic quantities as value types, so that joules are not added to seconds.
//
// A Quantity holds a double in SI base units (s, J, FLOP, B) and US dollars; products and quotients have the right type
// by construction, and a quotient of equals is a plain double. Immutable and trivially copyable; no operation fails.
//
//   Seconds t = Flop::Of(2e12) / FlopPerSecond::Of(989e12);
//   Joules e = Watts::Of(700) * t;
#ifndef SANDGLASS_ANALYZER_QUANTITIES_QUANTITIES_H_
#define SANDGLASS_ANALYZER_QUANTITIES_QUANTITIES_H_

#include <compare>

namespace sandglass {

// A number with dimensions: exponents of second, joule, dollar, FLOP and byte.
template <int kSecond, int kJoule, int kDollar, int kFlop, int kByte>
class Quantity {
 public:
  // Zero.
  constexpr Quantity() = default;

  // `value` in the base unit of this type: s, J, USD, FLOP, B and their products.
  static constexpr Quantity Of(double value) { return Quantity(value); }

  // The number in the base unit of this type.
  constexpr double value() const { return value_; }

  constexpr auto operator<=>(const Quantity&) const = default;

  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value_ -= other.value_;
    return *this;
  }
  constexpr Quantity& operator*=(double factor) {
    value_ *= factor;
    return *this;
  }

  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.value_ + b.value_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.value_ - b.value_); }
  friend constexpr Quantity operator-(Quantity a) { return Quantity(-a.value_); }
  friend constexpr Quantity operator*(Quantity a, double factor) { return Quantity(a.value_ * factor); }
  friend constexpr Quantity operator*(double factor, Quantity a) { return Quantity(a.value_ * factor); }
  friend constexpr Quantity operator/(Quantity a, double divisor) { return Quantity(a.value_ / divisor); }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }

 private:
  explicit constexpr Quantity(double value) : value_(value) {}

  double value_ = 0;
};

// Product of quantities of different kinds.
template <int s1, int j1, int d1, int f1, int b1, int s2, int j2, int d2, int f2, int b2>
constexpr auto operator*(Quantity<s1, j1, d1, f1, b1> a, Quantity<s2, j2, d2, f2, b2> b) {
  return Quantity<s1 + s2, j1 + j2, d1 + d2, f1 + f2, b1 + b2>::Of(a.value() * b.value());
}

// Quotient of quantities of different kinds.
template <int s1, int j1, int d1, int f1, int b1, int s2, int j2, int d2, int f2, int b2>
constexpr auto operator/(Quantity<s1, j1, d1, f1, b1> a, Quantity<s2, j2, d2, f2, b2> b) {
  return Quantity<s1 - s2, j1 - j2, d1 - d2, f1 - f2, b1 - b2>::Of(a.value() / b.value());
}

using Seconds = Quantity<1, 0, 0, 0, 0>;
using Joules = Quantity<0, 1, 0, 0, 0>;
using Dollars = Quantity<0, 0, 1, 0, 0>;
using Flop = Quantity<0, 0, 0, 1, 0>;
using Bytes = Quantity<0, 0, 0, 0, 1>;
using Watts = Quantity<-1, 1, 0, 0, 0>;
using FlopPerSecond = Quantity<-1, 0, 0, 1, 0>;
using BytesPerSecond = Quantity<-1, 0, 0, 0, 1>;
using JoulesPerFlop = Quantity<0, 1, 0, -1, 0>;
using JoulesPerByte = Quantity<0, 1, 0, 0, -1>;
using DollarsPerSecond = Quantity<-1, 0, 1, 0, 0>;
using DollarsPerJoule = Quantity<0, -1, 1, 0, 0>;

inline constexpr Joules kKilowattHour = Joules::Of(3.6e6);

}  // namespace sandglass

#endif  // SANDGLASS_ANALYZER_QUANTITIES_QUANTITIES_H_
