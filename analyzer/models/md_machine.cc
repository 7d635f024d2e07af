#include "analyzer/models/md_machine.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sandglass::models {

MdStepModel FitMdStep(const silicon::MdMachine& machine) {
  const auto count = static_cast<double>(machine.references.size());
  double sum_x = 0;
  double sum_y = 0;
  double sum_xx = 0;
  double sum_xy = 0;
  for (const silicon::MdReference& reference : machine.references) {
    const double x = reference.atoms.value / reference.nodes.value;
    const double y = reference.step_s.value / reference.rate.value;
    sum_x += x;
    sum_y += y;
    sum_xx += x * x;
    sum_xy += x * y;
  }
  const double spread = count * sum_xx - sum_x * sum_x;
  if (spread > 0) {
    const double slope = (count * sum_xy - sum_x * sum_y) / spread;
    const double intercept = (sum_y - slope * sum_x) / count;
    if (slope > 0 && intercept >= 0) return {Seconds::Of(intercept), Seconds::Of(slope)};
  }
  // One reference, or references that no rising line fits: through the origin.
  return {Seconds(), Seconds::Of(sum_xy / sum_xx)};
}

absl::StatusOr<MdStepEstimate> EstimateMdStep(const silicon::MdMachine& machine, double atoms) {
  if (!(atoms > 0)) return absl::InvalidArgumentError(absl::StrCat("atoms must be positive, and is ", atoms));
  const double nodes = std::max(1.0, std::ceil(atoms / machine.atoms_per_node.value));
  if (nodes > machine.max_nodes.value) {
    return absl::OutOfRangeError(absl::StrCat(atoms, " atoms do not fit ", machine.max_nodes.value, " nodes of ",
                                              machine.atoms_per_node.value, " atoms"));
  }
  const MdStepModel model = FitMdStep(machine);
  return MdStepEstimate{
      .fixed = model.fixed, .atoms = model.per_atom * (atoms / nodes), .nodes = static_cast<int>(nodes)};
}

}  // namespace sandglass::models
