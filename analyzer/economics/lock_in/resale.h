// What a used machine should be worth, and how much more if it is flexible.
//
// A machine of age s is worth what the rest of its life L earns over what it costs to run. A unit of compute sells at
// e^{−g(s+t)} after t more years (g: obsolescence; 1 is the price when new), the machine sells a unit of the incumbent
// or ρ units of the successor, whose time has come by t with probability 1 − e^{−λt}, and running costs the share o
// of the price when new. It is switched off where it does not earn that:
//   V(s) = ∫₀^{L−s} e^{−rt}·{ e^{−λt}·[p − o]⁺ + (1 − e^{−λt})·[ρ·p − o]⁺ } dt,        p = e^{−g(s+t)}
// and the implied premium of the flexible machine, per unit of nameplate work, is V_G/V_A − 1. The integral is
// Boost.Math's Gauss–Kronrod, split where a bracket becomes 0. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_RESALE_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_RESALE_H_

#include <optional>

namespace sandglass::economics {

struct UsedMachine {
  // Share of efficiency kept on the successor.
  double retained = 1;
  // o: running cost over the price of its work when new, in [0, 1).
  double running_share = 0;
};

struct ResaleMarket {
  // L, years.
  double life_years = 5;
  // r, a year.
  double discount_rate = 0.1;
  // g, a year.
  double obsolescence = 0;
};

// V(s), in years of what the machine earns a year when new; 0 at the end of its life.
double ValueAtAge(const UsedMachine& machine, const ResaleMarket& market, double hazard, double age_years);

// V_G/V_A − 1; nullopt where the specialised machine is worth nothing.
std::optional<double> ImpliedPremium(const UsedMachine& specialised, const UsedMachine& general,
                                     const ResaleMarket& market, double hazard, double age_years);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_RESALE_H_
