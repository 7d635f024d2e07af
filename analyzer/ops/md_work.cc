// Phases of a molecular-dynamics step. FLOP are the program's own count; bytes that it does not state follow from the
// number of atoms.
//
// All data are fp32: a position, velocity or force is 12 bytes; a charge, mass or type 4. Lists of neighbours and of
// bonds depend on the system and are not counted, so bytes are a lower bound.
#include <optional>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

// Bytes that a phase moves for each atom, and for each point of the charge grid.
struct PhaseBytes {
  OpClass phase;
  double read_per_atom;
  double written_per_atom;
  double read_per_point;
  double written_per_point;
};

constexpr PhaseBytes kPhases[] = {
    // Position, charge and type read; their copy in cell order written.
    {OpClass::kMdPairSearch, 20, 20, 0, 0},
    // Position, charge and type read; force added to (read, written).
    {OpClass::kMdPairs, 32, 12, 0, 0},
    // Position read; force added to.
    {OpClass::kMdBonded, 24, 12, 0, 0},
    // Position and charge read; each point of the grid set to zero (written), then added to (read, written).
    {OpClass::kMdSpread, 16, 0, 4, 8},
    // Position and charge, and the grid, read; force added to.
    {OpClass::kMdGather, 28, 12, 4, 0},
    // Real to complex and back, three axes each, and the product with the influence function between: 7 passes that
    // read
    // and write 4 bytes a point (half as many complex points of 8 bytes), and the function's own 2 bytes a point
    // (real, on the half spectrum) read.
    {OpClass::kMdFft, 0, 0, 7 * 4 + 2, 7 * 4},
    // Old and new position, velocity and inverse mass read; new position and velocity written.
    {OpClass::kMdConstraints, 40, 24, 0, 0},
    // Position, velocity, force and inverse mass read; position and velocity written.
    {OpClass::kMdIntegration, 40, 24, 0, 0},
    // Whatever else a step does (centre of mass, energies, buffers): positions once through memory.
    {OpClass::kMdOther, 12, 12, 0, 0},
};

}  // namespace

void MdPhaseWork(Account& account) {
  const trace::Signature& signature = account.signature();
  if (!signature.stated_flop.has_value()) account.Missing("stated_flop: the program did not state its FLOP");
  account.Vector(signature.stated_flop.value_or(0));
  account.VectorType(trace::DataType::kFloat32);
  const std::optional<double>& read = signature.stated_read_bytes;
  const std::optional<double>& written = signature.stated_written_bytes;
  if (read.has_value()) account.ReadBytes(*read);
  if (written.has_value()) account.WriteBytes(*written);
  if (read.has_value() && written.has_value()) return;
  for (const PhaseBytes& phase : kPhases) {
    if (phase.phase != account.op_class()) continue;
    const std::optional<double> atoms = account.Real("atoms", 0);
    const std::optional<double> points = account.Real("grid_points", 1);
    if (!atoms.has_value()) account.Missing("attributes: atoms is not recorded");
    const bool needs_points =
        (!read.has_value() && phase.read_per_point > 0) || (!written.has_value() && phase.written_per_point > 0);
    if (!points.has_value() && needs_points) account.Missing("attributes: grid_points is not recorded");
    if (!read.has_value()) {
      account.ReadBytes(phase.read_per_atom * atoms.value_or(0) + phase.read_per_point * points.value_or(0));
    }
    if (!written.has_value()) {
      account.WriteBytes(phase.written_per_atom * atoms.value_or(0) + phase.written_per_point * points.value_or(0));
    }
  }
}

}  // namespace sandglass::ops
