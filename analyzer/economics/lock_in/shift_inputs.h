// The numbers that decide between specialised and general silicon, and the cost of either side as a function of them.
//
// Money is in years of the general silicon's flow. A side's cost after a shift is the incumbent's on the part of the
// work that stays and the successor's on the part m that moves:
//   general       c' = (1 − m) + m/ρ_G
//   stay          c' = a·[(1 − m) + m/ρ_A]
//   swap          c' = a·(1 − m) + m·(f·a + 1/ρ_G): the specialised machines stand idle at the share f of their flow,
//                 and the general ones do the work
// Until it was ported, ρ is ρ·slow, where slow is the share of the ported speed; slow = 0 means that it does not run
// until then, and the specialised side swaps for so long. The specialised side commits to the cheaper of stay and swap,
// over all that follows, each with its own cost of moving. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_SHIFT_INPUTS_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_SHIFT_INPUTS_H_

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyzer/economics/distribution.h"
#include "analyzer/economics/lock_in/shift_cost.h"
#include "analyzer/economics/random_stream.h"
#include "analyzer/silicon/figure.h"

namespace sandglass::economics {

enum class Input : size_t {
  // a: flow of the specialised silicon, the general one's being 1.
  kRelativeCost,
  // ρ_A and ρ_G: efficiency on the successor over that on the incumbent, once ported.
  kRetainedSpecialised,
  kRetainedGeneral,
  // Share of the ported speed until then; 0: it does not run.
  kSlowSpecialised,
  kSlowGeneral,
  // Years from the shift until it was ported.
  kLagSpecialised,
  kLagGeneral,
  // Paid at the shift, in years of the general flow.
  kMoveSpecialised,
  kMoveGeneral,
  // Paid at the shift where the specialised silicon is swapped for the general.
  kMoveSwap,
  // Paid today.
  kEntry,
  // Purchase in years of the side's own flow.
  kCapitalSpecialised,
  kCapitalGeneral,
  // Residual at the horizon over purchase, without and with a shift.
  kResidualSpecialised,
  kResidualSpecialisedAfter,
  kResidualGeneral,
  kResidualGeneralAfter,
  // f: share of the specialised flow that goes on after a swap.
  kCarriedShare,
  // m: share of the work that moves.
  kSuccessorShare,
  // Horizon in years, discount rate a year.
  kHorizon,
  kDiscountRate,
  // λ, a year.
  kHazard,
};
inline constexpr size_t kInputCount = 22;

// "retained_specialised"
absl::string_view InputName(Input input);
// "ratio", "year", "1/year"
absl::string_view InputUnit(Input input);

// One value an input.
class InputValues {
 public:
  double& operator[](Input input) { return values_[static_cast<size_t>(input)]; }
  double operator[](Input input) const { return values_[static_cast<size_t>(input)]; }

 private:
  std::array<double, kInputCount> values_ = {};
};

// What is known of one input.
struct InputSpread {
  Distribution distribution;
  silicon::Basis basis = silicon::Basis::kAssumed;
  // One line.
  std::string source;
  // Paths of the assumed figures that it rests on.
  std::vector<std::string> assumptions;
};

// What is known of all.
class InputSpreads {
 public:
  InputSpread& operator[](Input input) { return spreads_[static_cast<size_t>(input)]; }
  const InputSpread& operator[](Input input) const { return spreads_[static_cast<size_t>(input)]; }

  // Each input's central value, but the mean of the successor's share: cost is linear in it.
  InputValues Central() const;
  // One number of the stream an input, in their order.
  InputValues Draw(RandomStream& stream) const;
  // Central values, but `input`.
  InputValues CentralWith(Input input, double value) const;

  // Whether ρ_A is known as a multiple of ρ_G: its spread is then that at the central ρ_G, and it moves with it.
  bool retained_move_together = false;

 private:
  void MoveTogether(InputValues& values) const;

  std::array<InputSpread, kInputCount> spreads_ = {};
};

// Ways to go on after a shift.
Commitment Stay(const InputValues& in);
Commitment Swap(const InputValues& in);
Commitment General(const InputValues& in);

// Expected cost of the specialised side: the cheaper commitment's, and which it is.
struct SpecialisedCost {
  ExpectedCost cost;
  bool stays = true;
};
SpecialisedCost ExpectSpecialised(const InputValues& in, double hazard);
ExpectedCost ExpectGeneral(const InputValues& in, double hazard);

// Cost of the general less that of the specialised side: above 0, the specialised silicon is worth it.
double Advantage(const InputValues& in, double hazard);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_SHIFT_INPUTS_H_
