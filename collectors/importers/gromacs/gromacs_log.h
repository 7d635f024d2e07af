// Reads what GROMACS writes into its log: what was simulated, and how many FLOP and how much time each part of a step
// took.
//
// A log may have several parts: a run that goes on from a checkpoint appends to the log of the one before it. Each part
// that ended as it should has tables of its own (accounts.h), which count that part alone; what it inherits (the time
// step, the cut-off) stands in an earlier part. Pure; safe from any thread. Works on text of any kind: what is missing
// is an error or absent, never zero.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_GROMACS_LOG_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_GROMACS_LOG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/md/md_run.h"

namespace sandglass::collectors::gromacs {

// As TraceHeader.source_format has it.
inline constexpr char kFormat[] = "gromacs-log";

struct GromacsLog {
  // Of the last part: "2022.5-Debian_2022.5_2".
  std::string version;
  // The program's name of what moves the atoms ("md"); empty: not in the log.
  std::string integrator;
  // If GPUs were used, all that the last part detected, used or not; or else the processor; empty: not in the log.
  std::vector<std::string> devices;
  // Of the parts that have tables, those of equal systems together.
  std::vector<md::Run> runs;
  // Parts without tables: killed, or cut off where the next part goes on.
  uint64_t parts_without_tables = 0;
  // Wall time of the parts that have tables, in seconds; whether phases' times are shares of it, and whether they are
  // not known because of a GPU (accounts.h).
  double wall_seconds = 0;
  bool has_mesh_ranks = false;
  bool has_gpu = false;
  // What was wrong, in words, with the line.
  std::vector<std::string> problems;
};

// Errors: InvalidArgument, saying what is missing, if no part is complete: a table, the number of atoms, an end (a run
// that was killed has no tables); and where the log is of a program that simulates no time, such as a minimisation.
absl::StatusOr<GromacsLog> ParseGromacsLog(absl::string_view text);

}  // namespace sandglass::collectors::gromacs

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_GROMACS_LOG_H_
