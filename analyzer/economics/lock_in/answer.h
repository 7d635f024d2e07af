// Whether specialised silicon is worth the risk of a shift: every answer that the numbers give, with its spread.
//
// Pure: equal inputs and seeds give equal answers. Safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_ANSWER_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_ANSWER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "analyzer/economics/lock_in/breakeven.h"
#include "analyzer/economics/lock_in/portfolio.h"
#include "analyzer/economics/lock_in/resale.h"
#include "analyzer/economics/lock_in/shift_inputs.h"
#include "analyzer/economics/lock_in/stranding.h"
#include "analyzer/economics/scenario.h"

namespace sandglass::economics {

// One input moved from its 5th to its 95th percentile, all others at their centre.
struct Swing {
  Input input = Input::kHazard;
  double low = 0;
  double high = 0;
  // Least hazard at which the advantage changes its sign; nullopt: none.
  std::optional<double> breakeven_at_low;
  std::optional<double> breakeven_at_high;
  // Advantage of the specialised silicon at the central hazard, in years of the general flow.
  double advantage_at_low = 0;
  double advantage_at_high = 0;
};

struct PremiumPoint {
  double hazard = 0;
  // nullopt: the specialised silicon loses even for nothing.
  std::optional<double> premium;
};

// Hazard up to which the specialised silicon wins, over the spread of all other inputs: 0 where it never does; nullopt
// where it always does.
struct BreakevenSpread {
  std::optional<double> p5;
  std::optional<double> p50;
  std::optional<double> p95;
};

struct ResaleRow {
  double hazard = 0;
  double age_years = 0;
  double general = 0;
  double specialised = 0;
  std::optional<double> premium = {};
};

struct LockInAnswer {
  InputValues central;
  Breakeven breakeven;
  BreakevenSpread breakeven_spread;
  SpecialisedCost specialised;
  ExpectedCost general;
  // Over the spread of all inputs and of the hazard.
  double probability_specialised_wins = 0;
  std::vector<PremiumPoint> premium;
  // The largest change of the advantage first.
  std::vector<Swing> tornado;
  StrandingOutcome stranding;
  std::vector<MixOutcome> mixes;
  double best_share = 0;
  // nullopt: no share is within the limits.
  std::optional<double> best_share_within;
  std::vector<ResaleRow> resale;
};

// What resale values need besides: the share of running cost in a year's cost of each side.
struct RunningShares {
  double specialised = 0;
  double general = 0;
};

// `go_on` is asked now and then while paths are drawn. Cancelled: it said no.
absl::StatusOr<LockInAnswer> AnswerLockIn(
    const InputSpreads& inputs, const Scenario& scenario, const RunningShares& running,
    absl::FunctionRef<bool()> go_on = [] { return true; });

// What changes the answer: all inputs that have a spread.
std::vector<Swing> Tornado(const InputSpreads& inputs);

// Share of drawn worlds, hazard included, in which the specialised silicon costs less.
double ProbabilitySpecialisedWins(const InputSpreads& inputs, int draws, uint64_t seed);

BreakevenSpread SpreadOfBreakeven(const InputSpreads& inputs, int draws, uint64_t seed);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_ANSWER_H_
