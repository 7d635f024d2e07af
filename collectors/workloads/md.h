// `md`: molecular dynamics: GROMACS simulates a box of water that this workload prepares itself.
//
// SPC/E water with OPLS-AA, particle-mesh Ewald, 2 fs a step. Operators are the phases of a step, with FLOP and time
// from the program's own log (importers/gromacs). Work is counted in nanoseconds of simulated time.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_MD_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_MD_H_

#include <memory>

#include "collectors/workloads/workload.h"

namespace sandglass::collectors {

// Errors of Prepare: NotFound if GROMACS is not installed; InvalidArgument where an option does not fit; Internal with
// the program's own words.
std::unique_ptr<Workload> MakeMd(const WorkloadOptions& options);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_MD_H_
