// How much work the matrix products and convolutions of an instruction are, by the shapes that the compiler gave it.
//
// A product takes 2·m·n·k FLOP for each of its batch. A convolution takes two for each element of its result, each tap
// and each channel of its group, taps that fall beside the array too: as matrix units do them. Pure; safe from any
// thread.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_MATRIX_FLOP_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_MATRIX_FLOP_H_

#include <optional>

#include "collectors/importers/xplane/hlo_program.h"
#include "proto/hlo.pb.h"

namespace sandglass::collectors::xplane {

// The axes of a product: those of a dot, or those of a custom call of cuBLAS, hipBLASLt and their like, which stand in
// its configuration. nullopt: it is no product.
std::optional<hlo::DotDimensionNumbers> DotAxes(const hlo::HloInstructionProto& instruction);

// FLOP of a product or a convolution, or of all of them in a fusion. nullopt: it holds none, or what it holds cannot be
// counted by these rules (a dilated base, groups of the batch, shapes that do not fit together).
std::optional<double> MatrixFlop(const HloProgram& program, const hlo::HloInstructionProto& instruction);

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_MATRIX_FLOP_H_
