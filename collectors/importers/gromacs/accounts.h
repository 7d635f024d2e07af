// The two tables at the end of a GROMACS log: the "M E G A - F L O P S" table counts arithmetic by kernel, the
// "R E A L   C Y C L E" table wall time by part of the program; both are folded into the phases that analysis knows.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_ACCOUNTS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_ACCOUNTS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "collectors/importers/md/md_run.h"

namespace sandglass::collectors::gromacs {

using Lines = absl::Span<const absl::string_view>;

struct Accounts {
  // How often forces were computed while the counters ran.
  int64_t evaluations = 0;
  // Of all ranks.
  int64_t threads = 0;
  // Of the whole run.
  double wall_seconds = 0;
  // Some ranks did nothing but particle-mesh Ewald, beside the others, so that the rows' wall times add up to twice the
  // run's. A phase's time is then the share of the run's wall time that it has of all ranks' cycles.
  bool has_mesh_ranks = false;
  // A GPU worked beside the host, whose times are all that the table has: no phase has a time.
  bool has_gpu = false;
  // In the order of a step.
  std::vector<md::Phase> phases;
};

// Reads the tables of one run. Errors: InvalidArgument, saying what is missing.
absl::StatusOr<Accounts> ReadAccounts(Lines lines);

// The error of a log that lacks `what`.
absl::Status Missing(absl::string_view what);

}  // namespace sandglass::collectors::gromacs

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_ACCOUNTS_H_
