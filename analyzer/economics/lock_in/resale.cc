#include "analyzer/economics/lock_in/resale.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "boost/math/quadrature/gauss_kronrod.hpp"

namespace sandglass::economics {
namespace {

// Years from now until `scale` units at the falling price earn no more than they cost; past the end: never.
double SwitchedOff(double scale, double running_share, double age_years, const ResaleMarket& market) {
  if (!(scale > 0)) return 0;
  if (!(running_share > 0)) return market.life_years;
  if (!(market.obsolescence > 0)) return scale > running_share ? market.life_years : 0;
  return std::log(scale / running_share) / market.obsolescence - age_years;
}

}  // namespace

double ValueAtAge(const UsedMachine& machine, const ResaleMarket& market, double hazard, double age_years) {
  const double left = market.life_years - age_years;
  if (!(left > 0)) return 0;
  const auto earns = [&](double t) {
    const double price = std::exp(-market.obsolescence * (age_years + t));
    const double shifted = -std::expm1(-hazard * t);
    return std::exp(-market.discount_rate * t) *
           ((1 - shifted) * std::max(0.0, price - machine.running_share) +
            shifted * std::max(0.0, machine.retained * price - machine.running_share));
  };
  // Smooth between these.
  std::vector<double> ends = {0, left};
  for (const double scale : {1.0, machine.retained}) {
    const double off = SwitchedOff(scale, machine.running_share, age_years, market);
    if (off > 0 && off < left) ends.push_back(off);
  }
  std::sort(ends.begin(), ends.end());
  double value = 0;
  for (size_t i = 1; i < ends.size(); ++i) {
    value += boost::math::quadrature::gauss_kronrod<double, 31>::integrate(earns, ends[i - 1], ends[i], 8, 1e-10);
  }
  return value;
}

std::optional<double> ImpliedPremium(const UsedMachine& specialised, const UsedMachine& general,
                                     const ResaleMarket& market, double hazard, double age_years) {
  const double value = ValueAtAge(specialised, market, hazard, age_years);
  if (!(value > 0)) return std::nullopt;
  return ValueAtAge(general, market, hazard, age_years) / value - 1;
}

}  // namespace sandglass::economics
