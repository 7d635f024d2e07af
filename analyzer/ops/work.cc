#include "analyzer/ops/work.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/account.h"
#include "analyzer/ops/formulas.h"
#include "analyzer/ops/op_entry.h"

namespace sandglass::ops {
namespace {

// The element type of a product's operands: that of the first of which it is recorded, else that of the result.
trace::DataType ProductType(Account& account) {
  const trace::Signature& signature = account.signature();
  for (const std::vector<trace::Tensor>* tensors : {&signature.inputs, &signature.outputs}) {
    for (const trace::Tensor& tensor : *tensors) {
      if (tensor.dtype == trace::DataType::kUnspecified) continue;
      if (tensor.dtype == trace::DataType::kOther) {
        account.Missing(absl::StrCat(account.Path(tensor), ".dtype: not known, so what computes its product is not"));
      }
      return tensor.dtype;
    }
  }
  account.Missing("inputs: no element type is recorded, so what computes their product is not known");
  return trace::DataType::kUnspecified;
}

// The figures that the producer states, unchanged. Bytes that it does not state are those of the operands, each read
// once, and of the results, written once.
//
// Requires: it states the FLOP.
void StatedWork(Account& account) {
  const trace::Signature& signature = account.signature();
  if (IsMatrixProduct(account.op_class())) {
    account.StatedMatrix(*signature.stated_flop, ProductType(account));
  } else {
    account.Vector(*signature.stated_flop);
  }
  if (signature.stated_read_bytes.has_value()) {
    account.ReadBytes(*signature.stated_read_bytes);
  } else {
    if (account.operands().empty()) account.Missing("inputs: none is recorded, and no read bytes are stated");
    account.ReadOperands();
  }
  if (signature.stated_written_bytes.has_value()) {
    account.WriteBytes(*signature.stated_written_bytes);
  } else {
    account.WriteResults(std::nullopt);
  }
}

struct FormulaFunction {
  Formula formula;
  void (*function)(Account&);
};

constexpr FormulaFunction kFunctions[] = {
    {Formula::kElementwise, ElementwiseWork},
    {Formula::kCompare, CompareWork},
    {Formula::kPower, PowerWork},
    {Formula::kReduction, ReductionWork},
    {Formula::kArgReduction, ArgReductionWork},
    {Formula::kNllLoss, NllLossWork},
    {Formula::kNllLossBackward, NllLossBackwardWork},
    {Formula::kMatMul, MatMulWork},
    {Formula::kScaledMatMul, ScaledMatMulWork},
    {Formula::kPackedMatMul, PackedMatMulWork},
    {Formula::kQuantize, QuantizeWork},
    {Formula::kAddMatMul, AddMatMulWork},
    {Formula::kLinear, LinearWork},
    {Formula::kGroupedMatMul, GroupedMatMulWork},
    {Formula::kFusedExperts, FusedExpertsWork},
    {Formula::kConvolution, ConvolutionWork},
    {Formula::kConvolutionBackward, ConvolutionBackwardWork},
    {Formula::kCausalConvolution, CausalConvolutionWork},
    {Formula::kCausalConvolutionStep, CausalConvolutionStepWork},
    {Formula::kAttention, AttentionWork},
    {Formula::kAttentionBackward, AttentionBackwardWork},
    {Formula::kSoftmax, SoftmaxWork},
    {Formula::kSoftmaxBackward, SoftmaxBackwardWork},
    {Formula::kLogSoftmaxBackward, LogSoftmaxBackwardWork},
    {Formula::kLayerNorm, LayerNormWork},
    {Formula::kLayerNormBackward, LayerNormBackwardWork},
    {Formula::kGroupNormBackward, GroupNormBackwardWork},
    {Formula::kBatchNorm, BatchNormWork},
    {Formula::kBatchNormBackward, BatchNormBackwardWork},
    {Formula::kRmsNorm, RmsNormWork},
    {Formula::kRmsNormRows, RmsNormRowsWork},
    {Formula::kAddRmsNorm, AddRmsNormWork},
    {Formula::kGatedActivation, GatedActivationWork},
    {Formula::kRotaryEmbedding, RotaryEmbeddingWork},
    {Formula::kCacheWrite, CacheWriteWork},
    {Formula::kEmbedding, EmbeddingWork},
    {Formula::kEmbeddingBackward, EmbeddingBackwardWork},
    {Formula::kGather, GatherWork},
    {Formula::kScatter, ScatterWork},
    {Formula::kSort, SortWork},
    {Formula::kTopK, TopKWork},
    {Formula::kPrefixScan, PrefixScanWork},
    {Formula::kCompaction, CompactionWork},
    {Formula::kSelectiveScan, SelectiveScanWork},
    {Formula::kSelectiveScanBackward, SelectiveScanBackwardWork},
    {Formula::kDeltaRuleChunks, DeltaRuleChunksWork},
    {Formula::kDeltaRuleSteps, DeltaRuleStepsWork},
    {Formula::kRecurrentLayers, RecurrentLayersWork},
    {Formula::kRecurrentLayersBackward, RecurrentLayersBackwardWork},
    {Formula::kOneRecurrentLayer, OneRecurrentLayerWork},
    {Formula::kOneRecurrentLayerBackward, OneRecurrentLayerBackwardWork},
    {Formula::kStateSpaceChunks, StateSpaceChunksWork},
    {Formula::kCopy, CopyWork},
    {Formula::kCopyInto, CopyIntoWork},
    {Formula::kConcatenate, ConcatenateWork},
    {Formula::kFill, FillWork},
    {Formula::kRandomFill, RandomFillWork},
    {Formula::kDropout, DropoutWork},
    {Formula::kPool, PoolWork},
    {Formula::kMaxPoolBackward, MaxPoolBackwardWork},
    {Formula::kAveragePoolBackward, AveragePoolBackwardWork},
    {Formula::kAdaptivePool, AdaptivePoolWork},
    {Formula::kResample, ResampleWork},
    {Formula::kForeach, ForeachWork},
    {Formula::kFusedAdam, FusedAdamWork},
    {Formula::kFft, FftWork},
    {Formula::kTriangularSolve, TriangularSolveWork},
    {Formula::kTransfer, TransferWork},
    {Formula::kMdPhase, MdPhaseWork},
    {Formula::kStated, StatedWork},
};

}  // namespace

absl::StatusOr<WorkAndReads> WorkAndReadsOf(const trace::Signature& signature) {
  const FoundEntry found = EntryFor(signature);
  const std::optional<trace::Signature>& words = found.words;
  Account account(words.has_value() ? *words : signature, found.entry);
  for (const FormulaFunction& candidate : kFunctions) {
    if (candidate.formula != found.entry.formula) continue;
    candidate.function(account);
    absl::StatusOr<Work> work = account.Finish();
    if (!work.ok()) {
      return words.has_value()
                 ? absl::Status(work.status().code(), absl::StrCat(signature.name, " as ", work.status().message()))
                 : work.status();
    }
    return WorkAndReads{*std::move(work), words.has_value() ? std::vector<double>() : account.reads()};
  }
  return absl::FailedPreconditionError(absl::StrCat(signature.name, ": no formula for its work"));
}

absl::StatusOr<Work> WorkOf(const trace::Signature& signature) {
  const absl::StatusOr<WorkAndReads> found = WorkAndReadsOf(signature);
  if (!found.ok()) return found.status();
  return found->work;
}

}  // namespace sandglass::ops
