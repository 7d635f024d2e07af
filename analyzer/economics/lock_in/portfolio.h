// How much of the fleet should be specialised, when the answer need not be all or nothing.
//
// Of today's work the share w runs on specialised silicon. After a shift the share m of the work is the successor's;
// the specialised part takes what is left of the incumbent first and x ≥ max(0, w − (1 − m)) of the successor, the
// general part the rest. The present value of all is linear in w and x:
//   cost = base − w·c_u·A(r, T) + x·(c_u + c_o)·D + w·X,        c_u = 1 − a, c_o = c'_A − c'_G,
// D the discounted years after the shift, X what moving and residuals cost the specialised side more. Without limits
// the best w is that of a newsvendor, P(m > 1 − w) = clamp{[c_u·A − X]/[(c_u + c_o)·S]}; the right side is 1 at λ*.
// With limits it is a linear program over drawn scenarios (Rockafellar and Uryasev, 2000), solved by COIN-OR Clp:
//   minimise the mean cost, so that
//   CVaR of the cost ≤ limit · (the same with w = 0),
//   mean service in the worst scenarios ≥ floor, where service = 1 − x·(1 − ρ_A)⁺ − (m − x)·(1 − ρ_G)⁺ after a shift.
//
// Pure: equal inputs and seeds give equal results.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_PORTFOLIO_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_PORTFOLIO_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/economics/distribution.h"
#include "analyzer/economics/lock_in/shift_inputs.h"

namespace sandglass::economics {

// The right side of the newsvendor's rule, not clamped; central values, ported at once.
double NewsvendorRatio(const InputValues& in, double hazard);

// Share of least expected cost without limits, in [0, 1]. `successor_share` is the spread of m.
double BestShare(const InputValues& in, double hazard, const Distribution& successor_share);

// One way the future may go.
struct Future {
  // Coefficients of the present value: fixed + w·per_share + x·per_excess, in years of the general flow.
  double fixed = 0;
  double per_share = 0;
  double per_excess = 0;
  // m; 0 without a shift.
  double successor_share = 0;
  // Service lost a unit of successor work on either side, 0 without a shift.
  double lost_specialised = 0;
  double lost_general = 0;
};

// `count` futures, drawn from the spreads of all inputs.
std::vector<Future> DrawFutures(const InputSpreads& spreads, int count, uint64_t seed);

struct PortfolioLimits {
  // 0.95: the tail is the worst 5 %.
  double tail_level = 0.95;
  // Most that the tail's mean cost may be, over that of w = 0; nullopt: no limit.
  std::optional<double> tail_limit;
  // Least mean service in the tail; nullopt: no limit.
  std::optional<double> service_floor;
};

// A mix and what it means, over the futures.
struct MixOutcome {
  double specialised_share = 0;
  double expected = 0;
  double tail = 0;
  double service = 0;
  bool allowed = false;
};

// What share w means: the excess x is the cheapest in each future. (The linear program below may shift more or less
// than that to meet the limits, so its share can be one that is not `allowed` here.)
MixOutcome Evaluate(const std::vector<Future>& futures, const PortfolioLimits& limits, double specialised_share);

// The share of least expected cost within the limits. Errors: NotFound, where no share is within them; Internal, where
// the solver gives up.
absl::StatusOr<double> BestShareWithin(const std::vector<Future>& futures, const PortfolioLimits& limits);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_PORTFOLIO_H_
