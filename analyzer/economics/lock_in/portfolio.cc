#include "analyzer/economics/lock_in/portfolio.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/status/status.h"
#include "analyzer/economics/lock_in/stranding.h"
#include "analyzer/economics/random_stream.h"

namespace sandglass::economics {
namespace {

// Mean over what is left of the horizon, the lag included, of what is `lagging` within it and `ported` after it; early
// years weigh more at a discount rate.
double MeanOver(double lagging, double ported, double lag_years, double left_years, double rate) {
  if (!(left_years > 0)) return ported;
  const double share = Annuity(rate, std::min(lag_years, left_years)) / Annuity(rate, left_years);
  return share * lagging + (1 - share) * ported;
}

Future FutureOf(const InputValues& in, double shift_years) {
  const double horizon = in[Input::kHorizon];
  const double rate = in[Input::kDiscountRate];
  const double a = in[Input::kRelativeCost];
  Future future;
  future.fixed = Annuity(rate, horizon);
  future.per_share = in[Input::kEntry] - (1 - a) * Annuity(rate, horizon);
  if (!(shift_years < horizon)) return future;
  const double left = horizon - shift_years;
  const double after = std::exp(-rate * shift_years) * Annuity(rate, left);
  // Whole flows, as if all work moved: m is in x already.
  InputValues whole = in;
  whole[Input::kSuccessorShare] = 1;
  const Commitment general = General(whole);
  const double on_general = MeanOver(general.lagging, general.ported, general.lag_years, left, rate);
  const Commitment swap = Swap(whole);
  double on_specialised = MeanOver(swap.lagging, swap.ported, swap.lag_years, left, rate);
  double move = swap.move;
  double kept = 0;
  if (in[Input::kRetainedSpecialised] > 0) {
    const Commitment stay = Stay(whole);
    const double staying = MeanOver(stay.lagging, stay.ported, stay.lag_years, left, rate);
    const double paid = std::exp(-rate * shift_years);
    if (staying * after + stay.move * paid <= on_specialised * after + swap.move * paid) {
      on_specialised = staying;
      move = stay.move;
    }
    kept =
        in[Input::kRetainedSpecialised] * MeanOver(in[Input::kSlowSpecialised], 1, in[Input::kLagSpecialised], left, 0);
  }
  const double kept_general =
      in[Input::kRetainedGeneral] * MeanOver(in[Input::kSlowGeneral], 1, in[Input::kLagGeneral], left, 0);
  future.successor_share = in[Input::kSuccessorShare];
  future.fixed += future.successor_share * (on_general - 1) * after + general.move * std::exp(-rate * shift_years) -
                  std::exp(-rate * horizon) * general.residual_change;
  future.per_excess = ((1 - a) + (on_specialised - on_general)) * after;
  future.per_share += (move - general.move) * std::exp(-rate * shift_years) -
                      std::exp(-rate * horizon) * (swap.residual_change - general.residual_change);
  future.lost_specialised = std::max(0.0, 1 - kept);
  future.lost_general = std::max(0.0, 1 - kept_general);
  return future;
}

// The excess that costs least with share w.
double BestExcess(const Future& future, double share) {
  const double least = std::max(0.0, share - (1 - future.successor_share));
  return future.per_excess >= 0 ? least : std::min(share, future.successor_share);
}

// Mean of the largest 1 − level of the values.
double TailMean(std::vector<double> values, double level) {
  std::sort(values.begin(), values.end(), std::greater<>());
  const double wanted = (1 - level) * static_cast<double>(values.size());
  double sum = 0;
  double taken = 0;
  for (const double value : values) {
    const double part = std::min(1.0, wanted - taken);
    if (part <= 0) break;
    sum += part * value;
    taken += part;
  }
  return sum / wanted;
}

// What a unit more of specialised share gains without an excess, and what a unit of excess costs; years of general
// flow.
struct Newsvendor {
  double gain = 0;
  double excess_cost = 0;
};

Newsvendor RuleOf(const InputValues& in, double hazard) {
  const double rate = in[Input::kDiscountRate];
  const double years = in[Input::kHorizon];
  const double a = in[Input::kRelativeCost];
  const double before = Annuity(rate + hazard, years);
  const double shifted = -std::expm1(-hazard * years);
  InputValues whole = in;
  whole[Input::kSuccessorShare] = 1;
  const Commitment general = General(whole);
  const Commitment specialised = ExpectSpecialised(whole, hazard).stays ? Stay(whole) : Swap(whole);
  const double residual = specialised.residual_change - general.residual_change;
  const double extra =
      (specialised.move - general.move) * hazard * before - std::exp(-rate * years) * residual * shifted;
  const double under = 1 - a;
  const double over = specialised.ported - general.ported;
  return {.gain = under * Annuity(rate, years) - extra - in[Input::kEntry],
          .excess_cost = (under + over) * (Annuity(rate, years) - before)};
}

}  // namespace

double NewsvendorRatio(const InputValues& in, double hazard) {
  const Newsvendor rule = RuleOf(in, hazard);
  return rule.gain / rule.excess_cost;
}

double BestShare(const InputValues& in, double hazard, const Distribution& successor_share) {
  const Newsvendor rule = RuleOf(in, hazard);
  // Never a shift: only what is gained today counts.
  if (rule.excess_cost == 0) return rule.gain > 0 ? 1 : 0;
  if (rule.excess_cost > 0) {
    // A unit more of share gains until P(m > 1 − w)·excess_cost = gain.
    const double ratio = rule.gain / rule.excess_cost;
    if (ratio >= 1) return 1;
    if (!(ratio > 0)) return 0;
    return std::clamp(1 - successor_share.Quantile(1 - ratio), 0.0, 1.0);
  }
  // The successor is cheaper on the specialised silicon too, so all of it goes there first: x = min(w, m).
  if (rule.gain >= 0) return 1;
  const double ratio = rule.gain / rule.excess_cost;
  if (!(ratio < 1)) return 0;
  return std::clamp(successor_share.Quantile(1 - ratio), 0.0, 1.0);
}

std::vector<Future> DrawFutures(const InputSpreads& spreads, int count, uint64_t seed) {
  RandomStream stream(seed);
  std::vector<Future> futures;
  futures.reserve(count);
  for (int i = 0; i < count; ++i) {
    const double shift = DrawShift(spreads[Input::kHazard].distribution, stream);
    futures.push_back(FutureOf(spreads.Draw(stream), shift));
  }
  return futures;
}

MixOutcome Evaluate(const std::vector<Future>& futures, const PortfolioLimits& limits, double specialised_share) {
  std::vector<double> costs;
  std::vector<double> general_costs;
  std::vector<double> lost;
  double sum = 0;
  for (const Future& future : futures) {
    const double excess = BestExcess(future, specialised_share);
    costs.push_back(future.fixed + specialised_share * future.per_share + excess * future.per_excess);
    general_costs.push_back(future.fixed);
    lost.push_back(excess * future.lost_specialised + (future.successor_share - excess) * future.lost_general);
    sum += costs.back();
  }
  MixOutcome outcome;
  outcome.specialised_share = specialised_share;
  outcome.expected = sum / static_cast<double>(futures.size());
  outcome.tail = TailMean(costs, limits.tail_level);
  outcome.service = 1 - TailMean(lost, limits.tail_level);
  // To the last digits, the linear program and this sum differ.
  constexpr double kSlack = 1e-6;
  outcome.allowed = (!limits.tail_limit.has_value() ||
                     outcome.tail <= *limits.tail_limit * TailMean(general_costs, limits.tail_level) * (1 + kSlack)) &&
                    (!limits.service_floor.has_value() || outcome.service >= *limits.service_floor - kSlack);
  return outcome;
}

}  // namespace sandglass::economics
