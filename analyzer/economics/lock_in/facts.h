// The numbers of the lock-in model out of replayed traces and a scenario.
//
// With c the cost of a unit, w shares of what is spent on the general silicon:
//   a    = Σ w·c_A/c_G over the incumbents
//   κ    = a / (Σ w·c_A/c_G over the successors, ported): what the specialised silicon keeps of its advantage. It needs
//          no comparison of the models' units, for these cancel; prices cancel too, so its range is that of the times.
//   ρ_G  = c_G(incumbent) / (c_G(successor)·e), where the scenario declares that e units of the successor do what a
//   unit
//          of the incumbent does; else the scenario's spread
//   ρ_A  = κ·ρ_G
// Until the successor was ported its new operators run at the scenario's share d of native speed, so with f their share
// of the time, slow = 1/(f/d + 1 − f), or as today where that is slower. Where nothing is new and nothing is missing
// there is no lag.
//
// What moving costs is priced as a move onto the same silicon (move_cost.h). Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_FACTS_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_FACTS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "analyzer/economics/lock_in/shift_inputs.h"
#include "analyzer/economics/move_cost.h"
#include "analyzer/economics/scenario.h"
#include "analyzer/economics/workload.h"

namespace sandglass::economics {

// One side with all traces.
struct Side {
  WorkloadOnClass incumbent;
  WorkloadOnClass successor;
};

// The move of the successor's part of the work onto the silicon that a side has already.
struct ModelMove {
  Move move;
  std::vector<MissingKernel> kernels;
  // Something is missing that users cannot write: then nobody is paid to, and it stays as it is.
  bool closed = false;
  MoveCost cost;
};

struct LockInFacts {
  InputSpreads inputs;
  // κ; the point 0 where the successor never runs.
  InputSpread advantage_kept;
  // Whether the successor can run on the specialised silicon at all, once ported.
  bool successor_runs = true;
  // Whether ρ_G comes from a declared equivalence.
  bool equivalence = false;
  // USD: a year of all of today's work on the general silicon, for the scenario's budget.
  double annual_general_usd = 0;
  ModelMove move_specialised;
  ModelMove move_general;
  // The specialised side's move onto the general silicon.
  ModelMove move_swap;
};

// Errors: FailedPrecondition, naming trace and class, where an incumbent runs on neither or has no price, or a
// successor does not run on the general silicon; InvalidArgument where a machine for molecular dynamics meets other
// work.
absl::StatusOr<LockInFacts> DeriveLockIn(const Side& specialised, const Side& general, const Scenario& scenario);

// A spread as a distribution: lognormal from the 5th to the 95th percentile around the median, or the point 0.
Distribution AsDistribution(const Spread& spread);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_FACTS_H_
