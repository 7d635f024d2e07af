// Time and dynamic energy of one operator on one silicon class, from the class's figures alone.
//
// A roofline with a floor, padding to the matrix unit, and sequential loops by their length:
//
//   matrix = padded product time (matrix_time.h) in the format that the work is in; without a rate in that format the
//            work runs on the vector units
//   vector = vector FLOP / (vector peak · vector_efficiency)
//   memory = (bytes read + written) / (bandwidth · memory.efficiency)
//   device = kernels · operator_floor + max(matrix, vector, memory) + serial
//
// Units overlap perfectly inside an operator; operators do not overlap. A loop that the class has no kernel for
// (Support::kDecomposed) runs turn by turn:
//
//   serial = steps · (operators_per_step · operator_floor + loop_turn)
//   memory = the larger of the operator's own traffic and, where a turn's state does not fit the on-chip memory, three
//            elements for each vector operation of the loop
//
// and is never cheaper than its roofline. Over n devices the units' times divide by n (work splits evenly); floors and
// serial turns do not.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_OPERATOR_MODEL_H_
#define SANDGLASS_ANALYZER_MODELS_OPERATOR_MODEL_H_

#include <vector>

#include "absl/status/statusor.h"
#include "analyzer/models/estimate.h"
#include "analyzer/ops/work.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

struct OperatorOptions {
  // Whether FP32 products may run in TF32.
  bool allow_tf32 = false;
  // Devices that share the operator.
  int devices = 1;
};

// The formats in which to look for a matrix rate for operands of `dtype`, best first.
std::vector<silicon::Format> MatrixFormats(trace::DataType dtype, bool allow_tf32);

// The estimate for one occurrence.
//
// Requires: `silicon` is not a machine for molecular dynamics (see md_machine.h); options.devices ≥ 1.
// Errors: Unimplemented, naming the operator class and the stack, where the class cannot run it (Support::kUnsupported,
// or neither unit computes in its format); FailedPrecondition where nobody says how it runs (no evidence) or no model
// covers the way it does (host fallback). Never a default number.
absl::StatusOr<OperatorEstimate> EstimateOperator(const ops::Work& work, const silicon::SiliconClass& silicon,
                                                  const silicon::Stack& stack, const OperatorOptions& options);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_OPERATOR_MODEL_H_
