// Reads what LAMMPS writes into its log at the end of each run: how long each part of a step took.
//
// A log has any number of runs: one for each `run` command of the script. Each ends with a line "Loop time of ...",
// what it achieved, and the table "MPI task timing breakdown". LAMMPS counts no FLOP. Pure; safe from any thread. Works
// on text of any kind: what is missing is an error or absent, never zero.
//
// Parts become phases so: Pair is md::pairs, Neigh md::pair_search, Bond md::bonded. Modify is the time of all fixes:
// it is md::integration where the script, as the log repeats it, has none but those that move atoms or hold temperature
// and pressure; with others (constraints, say) they cannot be told apart. Kspace is interpolation, FFT and the way back
// in one. These, Comm, Output and whatever else there is are of the class md_other, under their own names
// ("lammps::Comm").
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_LAMMPS_LAMMPS_LOG_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_LAMMPS_LAMMPS_LOG_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/md/md_run.h"

namespace sandglass::collectors::lammps {

// As TraceHeader.source_format has it.
inline constexpr char kFormat[] = "lammps-log";

struct LammpsLog {
  // "29 Sep 2021 - Update 2"
  std::string version;
  // Runs of molecular dynamics, those of equal systems together. Times are means over the MPI tasks, which add up to
  // the run's wall time.
  std::vector<md::Run> runs;
  // Wall time of those runs, in seconds.
  double wall_seconds = 0;
  // The last of some commands of the script: "units" → "real".
  std::map<std::string, std::string> commands;
  // As in ImportReport: minimisations and runs of no step; runs that did not end, or have no table.
  Counts left_out;
  Counts missing;
  std::vector<std::string> problems;
};

// Errors: InvalidArgument, if no run ended with a table, saying what was found.
absl::StatusOr<LammpsLog> ParseLammpsLog(absl::string_view text);

}  // namespace sandglass::collectors::lammps

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_LAMMPS_LAMMPS_LOG_H_
