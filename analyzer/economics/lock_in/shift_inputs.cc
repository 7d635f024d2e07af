#include "analyzer/economics/lock_in/shift_inputs.h"

#include <algorithm>

namespace sandglass::economics {
namespace {

struct InputWords {
  absl::string_view name;
  absl::string_view unit;
};

constexpr std::array<InputWords, kInputCount> kWords = {{
    {"relative_cost", "ratio"},
    {"retained_specialised", "ratio"},
    {"retained_general", "ratio"},
    {"slow_specialised", "ratio"},
    {"slow_general", "ratio"},
    {"lag_specialised", "year"},
    {"lag_general", "year"},
    {"move_specialised", "year of general flow"},
    {"move_general", "year of general flow"},
    {"move_swap", "year of general flow"},
    {"entry", "year of general flow"},
    {"capital_specialised", "year of own flow"},
    {"capital_general", "year of own flow"},
    {"residual_specialised", "ratio"},
    {"residual_specialised_after", "ratio"},
    {"residual_general", "ratio"},
    {"residual_general_after", "ratio"},
    {"carried_share", "ratio"},
    {"successor_share", "ratio"},
    {"horizon", "year"},
    {"discount_rate", "1/year"},
    {"hazard", "1/year"},
}};

Horizon HorizonOf(const InputValues& in) {
  return {.years = in[Input::kHorizon], .discount_rate = in[Input::kDiscountRate]};
}

// What the moved share costs a year on swapped-in general silicon, ported there or not.
double SwappedFlow(const InputValues& in, bool ported) {
  const double slow = ported ? 1 : in[Input::kSlowGeneral];
  return in[Input::kCarriedShare] * in[Input::kRelativeCost] + 1 / (in[Input::kRetainedGeneral] * slow);
}

// Flows after the shift are of the part of the work that moves.
struct After {
  double lagging = 0;
  double ported = 0;
  double lag_years = 0;
  double move = 0;
};

Commitment Specialised(const InputValues& in, const After& after) {
  const double a = in[Input::kRelativeCost];
  const double m = in[Input::kSuccessorShare];
  const double purchase = in[Input::kCapitalSpecialised] * a;
  return {.entry = in[Input::kEntry],
          .flow = a,
          .lagging = (1 - m) * a + m * after.lagging,
          .ported = (1 - m) * a + m * after.ported,
          .lag_years = after.lag_years,
          .move = after.move,
          .residual_change = purchase * (in[Input::kResidualSpecialisedAfter] - in[Input::kResidualSpecialised])};
}

}  // namespace

absl::string_view InputName(Input input) { return kWords[static_cast<size_t>(input)].name; }
absl::string_view InputUnit(Input input) { return kWords[static_cast<size_t>(input)].unit; }

InputValues InputSpreads::Central() const {
  InputValues values;
  for (size_t i = 0; i < kInputCount; ++i) values[static_cast<Input>(i)] = spreads_[i].distribution.Central();
  values[Input::kSuccessorShare] = (*this)[Input::kSuccessorShare].distribution.Mean();
  return values;
}

InputValues InputSpreads::Draw(RandomStream& stream) const {
  InputValues values;
  for (size_t i = 0; i < kInputCount; ++i) values[static_cast<Input>(i)] = stream.Draw(spreads_[i].distribution);
  MoveTogether(values);
  return values;
}

InputValues InputSpreads::CentralWith(Input input, double value) const {
  InputValues values = Central();
  values[input] = value;
  // A ρ_A that is asked for is meant as it is.
  if (input == Input::kRetainedGeneral) MoveTogether(values);
  return values;
}

void InputSpreads::MoveTogether(InputValues& values) const {
  if (!retained_move_together) return;
  const double central = (*this)[Input::kRetainedGeneral].distribution.Central();
  values[Input::kRetainedSpecialised] *= values[Input::kRetainedGeneral] / central;
}

Commitment Stay(const InputValues& in) {
  const double a = in[Input::kRelativeCost];
  const double rho = in[Input::kRetainedSpecialised];
  const double slow = in[Input::kSlowSpecialised];
  const double lag = in[Input::kLagSpecialised];
  After after = {.ported = a / rho, .lag_years = lag, .move = in[Input::kMoveSpecialised]};
  if (slow > 0) {
    after.lagging = a / (rho * slow);
  } else {
    // General silicon does the work meanwhile, and is not ported itself for the first part.
    const double early = lag > 0 ? std::min(1.0, in[Input::kLagGeneral] / lag) : 0;
    after.lagging = early * SwappedFlow(in, false) + (1 - early) * SwappedFlow(in, true);
  }
  return Specialised(in, after);
}

Commitment Swap(const InputValues& in) {
  return Specialised(in, {.lagging = SwappedFlow(in, false),
                          .ported = SwappedFlow(in, true),
                          .lag_years = in[Input::kLagGeneral],
                          .move = in[Input::kMoveSwap]});
}

Commitment General(const InputValues& in) {
  const double m = in[Input::kSuccessorShare];
  const double rho = in[Input::kRetainedGeneral];
  return {
      .entry = 0,
      .flow = 1,
      .lagging = (1 - m) + m / (rho * in[Input::kSlowGeneral]),
      .ported = (1 - m) + m / rho,
      .lag_years = in[Input::kLagGeneral],
      .move = in[Input::kMoveGeneral],
      .residual_change = in[Input::kCapitalGeneral] * (in[Input::kResidualGeneralAfter] - in[Input::kResidualGeneral])};
}

SpecialisedCost ExpectSpecialised(const InputValues& in, double hazard) {
  const Horizon horizon = HorizonOf(in);
  const ExpectedCost swap = Expect(Swap(in), horizon, hazard);
  // Where the successor never runs on it, there is nothing to stay for.
  if (!(in[Input::kRetainedSpecialised] > 0)) return {.cost = swap, .stays = false};
  const ExpectedCost stay = Expect(Stay(in), horizon, hazard);
  if (stay.total() <= swap.total()) return {.cost = stay, .stays = true};
  return {.cost = swap, .stays = false};
}

ExpectedCost ExpectGeneral(const InputValues& in, double hazard) { return Expect(General(in), HorizonOf(in), hazard); }

double Advantage(const InputValues& in, double hazard) {
  return ExpectGeneral(in, hazard).total() - ExpectSpecialised(in, hazard).cost.total();
}

}  // namespace sandglass::economics
