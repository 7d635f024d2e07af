// Time of a molecular-dynamics step on a machine made for it.
//
// A step's phases overlap in such a machine, so it is modelled as a whole, from published runs: a time that every step
// takes (the network, the longest chain of dependent messages) and a time for each atom of a node. With two or more
// references of different atoms a node, both come from a least-squares line through them, kept non-negative; with one,
// the whole time is charged to atoms, which flatters small systems.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_MD_MACHINE_H_
#define SANDGLASS_ANALYZER_MODELS_MD_MACHINE_H_

#include "absl/status/statusor.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

struct MdStepModel {
  // Of every step.
  Seconds fixed;
  // Of each atom of a node.
  Seconds per_atom;
};

// The line through the references' (atoms / nodes, step / rate).
MdStepModel FitMdStep(const silicon::MdMachine& machine);

struct MdStepEstimate {
  Seconds fixed;
  Seconds atoms;
  int nodes = 1;
};

// One step of a system of `atoms` atoms on the least number of nodes that hold it.
// Errors: InvalidArgument for atoms ≤ 0; OutOfRange if the largest machine does not hold them.
absl::StatusOr<MdStepEstimate> EstimateMdStep(const silicon::MdMachine& machine, double atoms);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_MD_MACHINE_H_
