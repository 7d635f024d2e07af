// What it is expected to cost to own silicon over a horizon in which the architecture of models may shift once.
//
// The first shift comes at a time of exponential distribution with hazard λ (a rate a year); money is discounted
// continuously at r over the horizon T. With A(x, t) = (1 − e^{−xt})/x, the discounted time
//   before the shift is        A(r+λ, T)
//   after it, within a lag ℓ   dec = A(r, ℓ) + e^{−rℓ}·A(r+λ, T−ℓ) − A(r+λ, T)
//   after it, past the lag     port = e^{−rℓ}·[A(r, T−ℓ) − A(r+λ, T−ℓ)]
// which add up to A(r, T), and
//   E = entry + flow·A(r+λ, T) + lagging·dec + ported·port + move·λ·A(r+λ, T) − e^{−rT}·(residual_after −
//       residual_before)·(1 − e^{−λT}).
// The residual without a shift is part of the flow already, so only its loss appears. All money is in years of the
// general silicon's flow, whose flow is 1. Derivation: each term is ∫ λe^{−λτ}(…)dτ over the time τ of the shift.
//
// Pure; safe from any thread. Worked values in shift_cost_test.cc.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_SHIFT_COST_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_SHIFT_COST_H_

namespace sandglass::economics {

// (1 − e^{−xt})/x, and t where x is 0: the present value of a flow of 1 over t years. Requires t ≥ 0.
double Annuity(double rate, double years);

struct Horizon {
  // Years, above 0.
  double years = 5;
  // Continuous, a year.
  double discount_rate = 0.1;
};

// Discounted years of each state, for one hazard and lag.
struct DiscountedYears {
  double before = 0;
  double lagging = 0;
  double ported = 0;
  // Present value of 1 paid at the shift, if it comes within the horizon.
  double at_shift = 0;
};

// `lag` may exceed the horizon: then nothing is ever ported. Requires hazard ≥ 0, lag_years ≥ 0.
DiscountedYears YearsOf(const Horizon& horizon, double hazard, double lag_years);

// What one side pays if it commits to one way of going on after a shift.
struct Commitment {
  // Paid today.
  double entry = 0;
  // A year, before a shift.
  double flow = 1;
  // A year, after it and before it was ported.
  double lagging = 1;
  // A year, from then on.
  double ported = 1;
  // Years from the shift until it was ported.
  double lag_years = 0;
  // Paid at the shift.
  double move = 0;
  // Value at the horizon after a shift less that without one; a loss is negative.
  double residual_change = 0;
};

// Terms of the expected cost; they add up to total().
struct ExpectedCost {
  double entry = 0;
  double before = 0;
  double lagging = 0;
  double ported = 0;
  double move = 0;
  double residual = 0;

  double total() const { return entry + before + lagging + ported + move + residual; }
};

ExpectedCost Expect(const Commitment& commitment, const Horizon& horizon, double hazard);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_SHIFT_COST_H_
