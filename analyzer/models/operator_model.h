// Time and dynamic energy of one operator on one silicon class, from the class's figures alone.
//
// A roofline with a floor, padding to the matrix unit, and sequential loops by their length:
//
//   matrix = padded product time (matrix_time.h) in the format that the work is in; without a rate in that format the
//            work runs on the vector units, on a GPU in tiles as well
//   vector = vector FLOP / (vector peak · vector_efficiency); on a GPU an operation of its lanes is a multiply-add
//            (unit_rates.h), and there are instructions on its integer lanes where elements' places are computed one by
//            one, and what its blocks wait for loads (block_waiting.h)
//   memory = (bytes read + written + what of those read again the chip does not keep (residency.h))
//            / (bandwidth · memory.efficiency)
//   device = kernels · operator_floor + together(matrix, vector, memory) + serial
//
// Matrix and vector time of a GPU's convolutions have what goes to memory and back between their kernels in them
// (convolution_time.h); those kernels count as well.
//
// together: on a GPU √(matrix² + vector² + memory²), because the tiles of a kernel begin and end with memory alone; for
// single products ∛(matrix³ + vector³ + memory³), whose tiles are many and deep; for fused attention
// √((matrix + vector)² + memory²), because its softmax waits for scores and its second product for the softmax (its
// blocks and tiles: fused_attention.h); on other chips, of which no rows tell, the longest. Operators do not overlap. A
// loop that the class has no kernel for (Support::kDecomposed) runs turn by turn:
//
//   serial = steps · (operators_per_step · operator_floor + loop_turn)
//   memory = the larger of the operator's own traffic and, where a turn's state does not fit the on-chip memory, three
//            elements for each vector operation of the loop
//
// and is never cheaper than its roofline. Where an operator without a loop is decomposed, or a statement says what
// share of its speed is kept, the units' time together is divided by that share (silicon::Stack's
// decomposed_retained where nobody measured it). An operator that falls back to the host (Support::kHostFallback) takes
//
//   device = time on the host's own class + (bytes read + written) / host bandwidth + 2 · sync
//
// in which the device waits at idle power. Collectives: link_time.h. Over n devices the units' times divide by n (work
// splits evenly); floors and serial turns do not.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_OPERATOR_MODEL_H_
#define SANDGLASS_ANALYZER_MODELS_OPERATOR_MODEL_H_

#include <optional>

#include "absl/status/statusor.h"
#include "analyzer/models/estimate.h"
#include "analyzer/models/fused_attention.h"
#include "analyzer/models/product_time.h"
#include "analyzer/models/unit_rates.h"
#include "analyzer/ops/work.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

struct OperatorOptions {
  // Whether FP32 products may run in TF32.
  bool allow_tf32 = false;
  // Devices that share the operator.
  int devices = 1;
  // The class of the chip's host; nullptr: none is known, and nothing can fall back.
  const silicon::SiliconClass* host = nullptr;
};

// The estimate for one occurrence that runs as `support` says (silicon/support.h).
//
// Requires: `silicon` is not a machine for molecular dynamics (see md_machine.h); options.devices ≥ 1.
// Errors: Unimplemented, naming the operator class and the stack, where the class cannot run it (Support::kUnsupported,
// or neither unit computes in its format); FailedPrecondition where nobody says how it runs (no evidence), it falls
// back to a host of which nothing is known, or it goes over links that are not in the catalog. Never a default number.
absl::StatusOr<OperatorEstimate> EstimateOperator(const ops::Work& work, const silicon::OperatorSupport& support,
                                                  const silicon::SiliconClass& silicon, const silicon::Stack& stack,
                                                  const OperatorOptions& options);

// The estimate's device time where the chip runs at a share of the clock that its peaks are stated at. Memory keeps its
// own clock, but three tenths of a stream's time go with that of the cores. At 1: estimate.device.
Seconds DeviceAt(const OperatorEstimate& estimate, double clock);

// The work as the units see it: on programmable units alone where the support is emulated.
ops::Work PlacedWork(const ops::Work& work, silicon::Support support);

Overlap OverlapOf(const silicon::Chip& chip, ops::OpClass op_class);

// Bytes that the operator moves: its own traffic with what is read again (residency.h), or that of a loop that runs
// primitive by primitive and spills. What caches hold takes time as if it were less, and no energy of memory.
struct Traffic {
  Bytes in_time;
  Bytes through_memory;
};
Traffic TrafficOf(const ops::Work& work, const silicon::SiliconClass& silicon, const silicon::Stack& stack,
                  bool runs_as_loop);

// Fused attention on a GPU: its products where the work's matrix part runs, its softmax on the vector units. nullopt:
// the work is none, or the chip no GPU.
std::optional<AttentionLayout> LayoutOfAttention(const ops::Work& work, const Rates& rates,
                                                 const silicon::SiliconClass& silicon, const silicon::Stack& stack);

// The products where they run; nullopt: there are none, or no rate for them.
std::optional<ProductTime> ProductsOf(const ops::Work& work, const Rates& rates, const silicon::SiliconClass& silicon,
                                      const silicon::Stack& stack, const std::optional<AttentionLayout>& attention);

// Of elements whose places are computed one by one: instructions for each, over a GPU's integer lanes.
Seconds AddressingTime(const ops::Work& work, const silicon::SiliconClass& silicon);

// The figure that says what share of native speed is kept; nullptr: all of it, or the loop's own model says.
const silicon::Figure* RetainedFigure(const ops::Work& work, const silicon::OperatorSupport& support,
                                      const silicon::Stack& stack);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_OPERATOR_MODEL_H_
