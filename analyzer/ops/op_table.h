// The one table of framework operators: for each name its class, its role and the formula of its work.
//
// Internal to analyzer/ops. Pure functions over static tables; safe from any thread.
#ifndef SANDGLASS_ANALYZER_OPS_OP_TABLE_H_
#define SANDGLASS_ANALYZER_OPS_OP_TABLE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "analyzer/ops/op_taxonomy.h"

namespace sandglass::ops {

// Which function of formulas.h computes an operator's work. OpEntry::parameter is explained where one reads it.
enum class Formula : uint8_t {
  kNone = 0,
  // parameter: vector FLOP an output element.
  kElementwise,
  // As kElementwise, with truth values as result.
  kCompare,
  kPower,
  // parameter: vector FLOP an input element.
  kReduction,
  // As kReduction; the result is an index.
  kArgReduction,
  kNllLoss,
  kNllLossBackward,
  kMatMul,
  // parameter: position of the first operand.
  kScaledMatMul,
  kPackedMatMul,
  // parameter: position of the input.
  kQuantize,
  kAddMatMul,
  kLinear,
  kGroupedMatMul,
  kFusedExperts,
  kConvolution,
  kConvolutionBackward,
  kCausalConvolution,
  kCausalConvolutionStep,
  // parameter: position of the argument is_causal.
  kAttention,
  // parameter: position of the argument is_causal.
  kAttentionBackward,
  kSoftmax,
  kSoftmaxBackward,
  kLogSoftmaxBackward,
  kLayerNorm,
  // parameter: position of the argument weight.
  kLayerNormBackward,
  kGroupNormBackward,
  kBatchNorm,
  kBatchNormBackward,
  kRmsNorm,
  // parameter: position of the input.
  kRmsNormRows,
  kAddRmsNorm,
  // parameter: vector FLOP an element of the result.
  kGatedActivation,
  kRotaryEmbedding,
  kCacheWrite,
  kEmbedding,
  kEmbeddingBackward,
  // parameter: position of the index argument.
  kGather,
  // parameter: position of the source argument.
  kScatter,
  kSort,
  kTopK,
  // parameter: vector FLOP an element.
  kPrefixScan,
  kCompaction,
  kSelectiveScan,
  kSelectiveScanBackward,
  // Chunks by the gated delta rule, its steps one by one, and chunks of state spaces (Mamba-2).
  kDeltaRuleChunks,
  kDeltaRuleSteps,
  kStateSpaceChunks,
  // The parameter is where the mode stands.
  kRecurrentLayers,
  kRecurrentLayersBackward,
  kOneRecurrentLayer,
  kOneRecurrentLayerBackward,
  kCopy,
  kCopyInto,
  kConcatenate,
  // parameter: position of the result's sizes, where it is not like the first input.
  kFill,
  // parameter: vector FLOP an element beyond the generator's.
  kRandomFill,
  kDropout,
  // parameter: spatial dimensions.
  kPool,
  // parameter: spatial dimensions.
  kMaxPoolBackward,
  // parameter: spatial dimensions.
  kAveragePoolBackward,
  kAdaptivePool,
  // parameter: vector FLOP an element of the larger side.
  kResample,
  // parameter: vector FLOP an element of the first list.
  kForeach,
  kFusedAdam,
  kFft,
  kTriangularSolve,
  kTransfer,
  kMdPhase,
  // The figures that the producer states.
  kStated,
};

struct OpEntry {
  OpClass op_class = OpClass::kUnknown;
  Role role = Role::kUnknown;
  Formula formula = Formula::kNone;
  int parameter = 0;
};

// A framework's name, taken apart.
struct OpName {
  // Without "aten::", overload and the underscore of in-place forms: what the table is keyed by.
  std::string key;
  // "add_", "zero_".
  bool in_place = false;
};

// Takes a name apart: "aten::add_.Tensor" is {"add", true}. Names of other namespaces stay whole.
OpName ParseOpName(absl::string_view name);

// The table's entry for a key of ParseOpName; nullptr if there is none. Lives forever.
const OpEntry* FindOpEntry(absl::string_view key);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_OP_TABLE_H_
