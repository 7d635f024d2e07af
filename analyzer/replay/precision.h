// One precision policy for all silicon classes: a rewriting of signatures before their work is computed.
//
//   source  as the trace has them
//   tf32    as the trace has them; FP32 products may run in TF32 (the models are told; signatures do not change)
//   bf16    real floating-point tensors wider than two bytes become BF16, except in optimizer updates, which keep their
//   state's format fp8     as bf16, and the operands of matrix products become FP8 (E4M3); their results stay BF16
//
// Accuracy under a changed precision is not judged here; a report says that it changed. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPLAY_PRECISION_H_
#define SANDGLASS_ANALYZER_REPLAY_PRECISION_H_

#include <cstdint>

#include "analyzer/ops/op_class.h"
#include "analyzer/trace/trace.h"

namespace sandglass::replay {

// The numbers are those of v1::PrecisionPolicy; kUnspecified means source.
enum class Precision : uint8_t { kUnspecified = 0, kSource = 1, kTf32 = 2, kBf16 = 3, kFp8 = 4 };

// The element type that a tensor which is no matrix operand has under the policy.
trace::DataType StorageType(trace::DataType dtype, Precision precision);

// The signature under the policy.
trace::Signature ApplyPrecision(const trace::Signature& signature, ops::OpClass op_class, Precision precision);

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_PRECISION_H_
