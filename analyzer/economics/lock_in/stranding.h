// Stranded capital ("silicon sand"): what a fleet loses when the first shift comes, by simulation over everything that
// is not known.
//
// A path draws the time τ of the shift, the share m of the work that moves, and for each side the share of efficiency
// that is kept, the lag and the salvage value. Over the rest of the horizon T the side keeps on average
//   ρ̄ = [min(ℓ, T−τ)·ρ·slow + max(0, T−τ−ℓ)·ρ] / (T−τ)
// and loses, as a share of what was paid for computers,
//   loss = m·(1 − ρ̄)·max(0, 1 − τ/T − salvage),        and nothing where ρ̄ ≥ 1 or τ ≥ T.
// Both sides see the same shift. A fleet is in default at a date when a shift has come by then and what it keeps on the
// successor at that date is below a threshold: ρ·slow within the lag, ρ after it.
//
// τ is exponential with the hazard λ; where λ is Gamma(k, θ), τ is Lomax, which is drawn in closed form:
// P(τ > t) = (1 + t/θ)^−k.
//
// Pure: equal inputs, paths and seeds give equal results. Linear in paths; memory does not grow with them.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_STRANDING_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_STRANDING_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "analyzer/economics/distribution.h"
#include "analyzer/economics/random_stream.h"

namespace sandglass::economics {

// What may happen to one side's fleet.
struct FleetRisk {
  // Share of efficiency kept on the successor, once ported.
  Distribution retained;
  // Share of the ported speed until then; 0: does not run.
  Distribution slow = Distribution::Point(1);
  // Years.
  Distribution lag;
  // Share of the purchase price.
  Distribution salvage;
};

struct StrandingQuestion {
  Distribution hazard;
  double horizon_years = 5;
  Distribution successor_share;
  FleetRisk specialised;
  FleetRisk general;
  // Whether what the specialised side retains is known as a multiple of what the general one does: its spread is then
  // that at the general one's centre, and moves with it.
  bool retained_move_together = false;
  // Retained share below which a fleet is in default.
  double service_threshold = 0.5;
  // Points in time at which is looked, evenly spread over (0, horizon].
  int dates = 20;
};

// Losses that have come by a date, as shares of what was paid for computers.
struct LossAt {
  double years = 0;
  double p5 = 0;
  double p50 = 0;
  double p95 = 0;
  double mean = 0;
};

struct FleetOutcome {
  // At each date; the last is the horizon.
  std::vector<LossAt> losses;
  // Probability of being in default at each date, and of having been by then.
  std::vector<double> in_default;
  std::vector<double> has_been_in_default;
};

struct StrandingOutcome {
  FleetOutcome specialised;
  FleetOutcome general;
  // Share of paths with a shift within the horizon.
  double shifted = 0;
  uint64_t paths = 0;
};

// Requires paths > 0, horizon > 0, dates > 0. Millions of paths take seconds: `go_on` is asked now and then, and ends
// it by returning false; the outcome then has fewer paths.
StrandingOutcome Simulate(
    const StrandingQuestion& question, uint64_t paths, uint64_t seed,
    absl::FunctionRef<bool()> go_on = [] { return true; });

// Time of the first shift, in years; one number of the stream for a point or Gamma hazard, else two.
double DrawShift(const Distribution& hazard, RandomStream& stream);

// Share of the purchase price that is lost when the shift comes at `shift_years`.
struct FleetPath {
  double retained = 1;
  double slow = 1;
  double lag_years = 0;
  double salvage = 0;
};
double LossOf(const FleetPath& path, double shift_years, double successor_share, double horizon_years);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_STRANDING_H_
