// Reads what GROMACS writes at the end of its log: how many FLOP and how much time each part of the simulation took.
//
// The "M E G A - F L O P S" table counts arithmetic by kernel, the "R E A L   C Y C L E" table wall time by part of the
// program; both are folded into the phases that analysis knows. Pure; safe from any thread. Works on text of any kind:
// what is missing is an error or absent, never zero.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_GROMACS_LOG_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_GROMACS_LOG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// One phase, over the whole run.
struct MdPhase {
  // The canonical class: "md_pairs". The operator's name is the same with "md::" in front ("md::pairs").
  std::string op_class;
  // Arithmetic of all steps, in FLOP; absent: the log counts none for it.
  std::optional<double> flop;
  // Wall time of all steps, in seconds; absent: the log does not tell it apart from another phase's.
  std::optional<double> wall_seconds;
};

struct GromacsLog {
  // "2022.5-Debian_2022.5_2"
  std::string version;
  // Force evaluations: the steps and the first configuration.
  int64_t evaluations = 0;
  int64_t atoms = 0;
  // Threads of the rank.
  int64_t threads = 0;
  // Points of the charge grid; absent: no particle-mesh Ewald.
  std::optional<int64_t> grid_points;
  // Cut-off of the pair interactions, in nm; absent: not in the log.
  std::optional<double> cutoff_nm;
  // In the order of a step; those that the run has.
  std::vector<MdPhase> phases;
};

// Reads a finished run's log. Errors: InvalidArgument, saying what is missing: a table, the number of atoms, an end (a
// run that was killed has no tables); Unimplemented for runs on several ranks, whose wall times overlap.
absl::StatusOr<GromacsLog> ParseGromacsLog(absl::string_view log);

// The log's phases as operators, ids from 1. Durations are of all evaluations together, FLOP of one.
std::vector<v1::Operator> OperatorsOf(const GromacsLog& log);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_GROMACS_LOG_H_
