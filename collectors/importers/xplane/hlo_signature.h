// The signature of an instruction of a compiled program.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_HLO_SIGNATURE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_HLO_SIGNATURE_H_

#include <cstdint>

#include "collectors/importers/xplane/hlo_program.h"
#include "collectors/importers/xplane/trace.h"
#include "proto/hlo.pb.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::xplane {

// The signature of the instruction that `op` names, "hlo::" and its opcode, with the tensors and axes that the compiler
// noted; of a fusion, what it holds, by opcode. FLOP are those of the compiler's cost analysis where `op` has them and
// they could have been done in the time that it took, else those of its products and convolutions. `program` and
// `instruction` may be nullptr: the file lacks them; then the name is the instruction's own, without its number, and
// nothing else is known. A store may refuse what a made-up program says. Pure; safe from any thread.
v1::OpSignature SignatureOf(const HloOp& op, const HloProgram* program, const hlo::HloInstructionProto* instruction);

// The element type that XLA's compiler has by this number; _OTHER: one that has no name here.
v1::DataType ElementType(int primitive_type);

// Whether FLOP of the compiler's cost analysis could have been done in that time.
bool IsPlausible(double flop, int64_t duration_ps);

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_HLO_SIGNATURE_H_
