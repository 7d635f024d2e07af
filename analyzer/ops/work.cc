#include "analyzer/ops/work.h"

#include "absl/strings/str_cat.h"
#include "analyzer/ops/account.h"
#include "analyzer/ops/formulas.h"
#include "analyzer/ops/op_table.h"

namespace sandglass::ops {
namespace {

// The figures that the producer states, unchanged.
void StatedWork(Account& account) {
  const trace::Signature& signature = account.signature();
  account.Vector(signature.stated_flop.value_or(0));
  account.ReadBytes(signature.stated_read_bytes.value_or(0));
  account.WriteBytes(signature.stated_written_bytes.value_or(0));
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
    {Formula::kAddMatMul, AddMatMulWork},
    {Formula::kLinear, LinearWork},
    {Formula::kConvolution, ConvolutionWork},
    {Formula::kConvolutionBackward, ConvolutionBackwardWork},
    {Formula::kAttention, AttentionWork},
    {Formula::kAttentionBackward, AttentionBackwardWork},
    {Formula::kSoftmax, SoftmaxWork},
    {Formula::kSoftmaxBackward, SoftmaxBackwardWork},
    {Formula::kLayerNorm, LayerNormWork},
    {Formula::kLayerNormBackward, LayerNormBackwardWork},
    {Formula::kBatchNorm, BatchNormWork},
    {Formula::kBatchNormBackward, BatchNormBackwardWork},
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

absl::StatusOr<Work> WorkOf(const trace::Signature& signature) {
  const OpEntry entry = EntryFor(signature);
  Account account(signature, entry);
  for (const FormulaFunction& candidate : kFunctions) {
    if (candidate.formula != entry.formula) continue;
    candidate.function(account);
    return account.Finish();
  }
  return absl::FailedPreconditionError(absl::StrCat(signature.name, ": no formula for its work"));
}

}  // namespace sandglass::ops
