// What molecular-dynamics programs account for at the end of a run, whichever program it is, and the operators that
// become of it.
//
// The analyzer knows the phases of a step by their canonical classes; a program's own parts are folded into these by
// its reader. Plain values; safe from any thread.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_MD_MD_RUN_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_MD_MD_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "collectors/importers/format/importer.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::md {

// One phase, over all steps of a run.
struct Phase {
  // The operator's name ("md::pairs"), by which phases are told apart.
  std::string name;
  // The canonical class ("md_pairs").
  std::string op_class;
  // Arithmetic, in FLOP; absent: the log counts none for it.
  std::optional<double> flop;
  // Wall time, in seconds; absent: the log does not tell it apart from another phase's.
  std::optional<double> wall_seconds;
};

// A series of steps of one system, with the phases that it has in the order of a step.
struct Run {
  // How often forces were computed: what the phases' figures are of.
  int64_t evaluations = 0;
  // Steps that time advanced by, and the time simulated by them, in ns; absent: the log does not say.
  int64_t steps = 0;
  std::optional<double> simulated_ns;
  int64_t atoms = 0;
  // Of all processes together.
  int64_t threads = 0;
  // Points of the charge grid; absent: no particle-mesh Ewald, or not in the log.
  std::optional<int64_t> grid_points;
  // Cut-off of the pair interactions, in nm; absent: not in the log.
  std::optional<double> cutoff_nm;
  std::vector<Phase> phases;
};

// The phase of a canonical class under its canonical name, which is added if it is not there.
Phase& PhaseOfClass(absl::string_view op_class, std::vector<Phase>& phases);

// Runs of equal systems on as many threads become one, whose figures are the sums: so a phase's count of occurrences is
// that of the steps of all of them.
std::vector<Run> Summed(absl::Span<const Run> runs);

// The phases as operators, run after run, ids from 1. Durations are of all evaluations together, FLOP of one.
// Requires: runs have evaluations.
std::vector<v1::Operator> OperatorsOf(absl::Span<const Run> runs);

// What the runs' operators did: nanoseconds, where all runs tell them, and steps.
std::vector<v1::WorkDone> WorkOf(absl::Span<const Run> runs);

// How many phases there are, how long they took, and how many lack their FLOP or their time.
void CountPhases(absl::Span<const Run> runs, ImportReport& report);

}  // namespace sandglass::collectors::md

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_MD_MD_RUN_H_
