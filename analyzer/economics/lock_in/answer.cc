#include "analyzer/economics/lock_in/answer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "analyzer/economics/random_stream.h"

namespace sandglass::economics {
namespace {

constexpr double kTail = 0.05;
constexpr int kWorlds = 20000;
constexpr int kBreakevenWorlds = 1000;
constexpr int kFutures = 1000;
constexpr int kMixes = 10;
constexpr int kQuarters = 4;
constexpr std::array<double, 9> kPremiumHazards = {0, 0.05, 0.1, 0.16, 0.21, 0.3, 0.5, 1, 2};
constexpr double kForever = std::numeric_limits<double>::infinity();

bool IsSpread(const InputSpread& spread) { return spread.distribution.shape() != Distribution::Shape::kPoint; }

std::optional<double> First(const Breakeven& breakeven) {
  if (breakeven.hazards.empty()) return std::nullopt;
  return breakeven.hazards.front();
}

// Hazard up to which the specialised silicon wins from 0 on.
double WinsUpTo(const Breakeven& breakeven) {
  if (breakeven.specialised_wins.empty() || breakeven.specialised_wins.front().from > 0) return 0;
  return breakeven.specialised_wins.front().to.value_or(kForever);
}

std::optional<double> Finite(double value) {
  if (std::isinf(value)) return std::nullopt;
  return value;
}

StrandingQuestion QuestionOf(const InputSpreads& inputs, const Scenario& scenario) {
  const double horizon = inputs[Input::kHorizon].distribution.Central();
  StrandingQuestion question;
  question.hazard = inputs[Input::kHazard].distribution;
  question.horizon_years = horizon;
  question.successor_share = inputs[Input::kSuccessorShare].distribution;
  question.specialised = {.retained = inputs[Input::kRetainedSpecialised].distribution,
                          .slow = inputs[Input::kSlowSpecialised].distribution,
                          .lag = inputs[Input::kLagSpecialised].distribution,
                          .salvage = scenario.stranding.salvage_specialised.distribution};
  question.general = {.retained = inputs[Input::kRetainedGeneral].distribution,
                      .slow = inputs[Input::kSlowGeneral].distribution,
                      .lag = inputs[Input::kLagGeneral].distribution,
                      .salvage = scenario.stranding.salvage_general.distribution};
  question.retained_move_together = inputs.retained_move_together;
  question.service_threshold = scenario.stranding.service_threshold.central();
  question.dates = std::max(1, static_cast<int>(std::lround(horizon * kQuarters)));
  return question;
}

void AddPortfolio(const InputSpreads& inputs, const Scenario& scenario, LockInAnswer& answer) {
  const PortfolioLimits limits = {.tail_level = scenario.portfolio.tail_level.central(),
                                  .tail_limit = scenario.portfolio.tail_limit.central(),
                                  .service_floor = scenario.portfolio.service_floor.central()};
  const std::vector<Future> futures = DrawFutures(inputs, kFutures, scenario.seed);
  for (int i = 0; i <= kMixes; ++i) {
    answer.mixes.push_back(Evaluate(futures, limits, static_cast<double>(i) / kMixes));
  }
  answer.best_share =
      BestShare(answer.central, answer.central[Input::kHazard], inputs[Input::kSuccessorShare].distribution);
  const absl::StatusOr<double> within = BestShareWithin(futures, limits);
  if (within.ok()) answer.best_share_within = *within;
}

void AddResale(const Scenario& scenario, const RunningShares& running, LockInAnswer& answer) {
  const InputValues& in = answer.central;
  const ResaleMarket market = {.life_years = in[Input::kHorizon],
                               .discount_rate = in[Input::kDiscountRate],
                               .obsolescence = scenario.lock_in.obsolescence_per_year.central()};
  const UsedMachine general = {.retained = in[Input::kRetainedGeneral], .running_share = running.general};
  const UsedMachine specialised = {.retained = in[Input::kRetainedSpecialised], .running_share = running.specialised};
  for (const double hazard : {in[Input::kHazard] / 2, in[Input::kHazard], in[Input::kHazard] * 2}) {
    const double new_general = ValueAtAge(general, market, hazard, 0);
    const double new_specialised = ValueAtAge(specialised, market, hazard, 0);
    for (double age = 0; age < market.life_years; ++age) {
      ResaleRow row = {.hazard = hazard, .age_years = age};
      if (new_general > 0) row.general = ValueAtAge(general, market, hazard, age) / new_general;
      if (new_specialised > 0) row.specialised = ValueAtAge(specialised, market, hazard, age) / new_specialised;
      row.premium = ImpliedPremium(specialised, general, market, hazard, age);
      answer.resale.push_back(row);
    }
  }
}

}  // namespace

double ProbabilitySpecialisedWins(const InputSpreads& inputs, int draws, uint64_t seed) {
  RandomStream stream(seed);
  int wins = 0;
  for (int i = 0; i < draws; ++i) {
    const InputValues world = inputs.Draw(stream);
    if (Advantage(world, world[Input::kHazard]) > 0) ++wins;
  }
  return static_cast<double>(wins) / draws;
}

BreakevenSpread SpreadOfBreakeven(const InputSpreads& inputs, int draws, uint64_t seed) {
  RandomStream stream(seed);
  std::vector<double> hazards;
  for (int i = 0; i < draws; ++i) hazards.push_back(WinsUpTo(FindBreakeven(inputs.Draw(stream))));
  std::sort(hazards.begin(), hazards.end());
  const auto at = [&](double p) { return Finite(hazards[std::lround(p * (draws - 1))]); };
  return {.p5 = at(kTail), .p50 = at(0.5), .p95 = at(1 - kTail)};
}

std::vector<Swing> Tornado(const InputSpreads& inputs) {
  std::vector<Swing> swings;
  for (size_t i = 0; i < kInputCount; ++i) {
    const auto input = static_cast<Input>(i);
    if (!IsSpread(inputs[input])) continue;
    Swing swing;
    swing.input = input;
    swing.low = inputs[input].distribution.Quantile(kTail);
    swing.high = inputs[input].distribution.Quantile(1 - kTail);
    InputValues moved = inputs.CentralWith(input, swing.low);
    swing.breakeven_at_low = First(FindBreakeven(moved));
    swing.advantage_at_low = Advantage(moved, moved[Input::kHazard]);
    moved = inputs.CentralWith(input, swing.high);
    swing.breakeven_at_high = First(FindBreakeven(moved));
    swing.advantage_at_high = Advantage(moved, moved[Input::kHazard]);
    swings.push_back(swing);
  }
  std::stable_sort(swings.begin(), swings.end(), [](const Swing& x, const Swing& y) {
    return std::abs(x.advantage_at_high - x.advantage_at_low) > std::abs(y.advantage_at_high - y.advantage_at_low);
  });
  return swings;
}

absl::StatusOr<LockInAnswer> AnswerLockIn(const InputSpreads& inputs, const Scenario& scenario,
                                          const RunningShares& running, absl::FunctionRef<bool()> go_on) {
  LockInAnswer answer;
  answer.central = inputs.Central();
  const double hazard = answer.central[Input::kHazard];
  answer.breakeven = FindBreakeven(answer.central);
  answer.breakeven_spread = SpreadOfBreakeven(inputs, kBreakevenWorlds, scenario.seed);
  answer.specialised = ExpectSpecialised(answer.central, hazard);
  answer.general = ExpectGeneral(answer.central, hazard);
  answer.probability_specialised_wins = ProbabilitySpecialisedWins(inputs, kWorlds, scenario.seed);
  for (const double point : kPremiumHazards) {
    answer.premium.push_back({.hazard = point, .premium = FlexibilityPremium(answer.central, point)});
  }
  answer.tornado = Tornado(inputs);
  answer.stranding = Simulate(QuestionOf(inputs, scenario), scenario.paths, scenario.seed, go_on);
  if (answer.stranding.paths < scenario.paths) return absl::CancelledError("nobody waits for the answer any more");
  AddPortfolio(inputs, scenario, answer);
  AddResale(scenario, running, answer);
  return answer;
}

}  // namespace sandglass::economics
