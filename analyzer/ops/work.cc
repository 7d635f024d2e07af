#include "analyzer/ops/work.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/account.h"
#include "analyzer/ops/aten_words.h"
#include "analyzer/ops/formulas.h"
#include "analyzer/ops/op_table.h"

namespace sandglass::ops {
namespace {

// Whether matrix units do the operations of a class.
bool IsOfMatrixUnits(OpClass op_class) {
  switch (op_class) {
    case OpClass::kGemm:
    case OpClass::kBatchedGemm:
    case OpClass::kConvolution:
    case OpClass::kAttention:
    case OpClass::kGroupedGemm:
      return true;
    default:
      return false;
  }
}

// The figures that the producer states, unchanged. Bytes that it does not state are those of the operands, each read
// once, and of the results, written once.
void StatedWork(Account& account) {
  const trace::Signature& signature = account.signature();
  if (!signature.stated_flop.has_value()) account.Missing("flops_flop: not stated");
  const double flop = signature.stated_flop.value_or(0);
  if (IsOfMatrixUnits(account.op_class())) {
    account.StatedMatrix(flop, signature.inputs.empty() ? trace::DataType::kUnspecified : signature.inputs[0].dtype);
  } else {
    account.Vector(flop);
  }
  if (signature.stated_read_bytes.has_value() && signature.stated_written_bytes.has_value()) {
    account.ReadBytes(*signature.stated_read_bytes);
    account.WriteBytes(*signature.stated_written_bytes);
    return;
  }
  if (account.operands().empty()) account.Missing("inputs: none is recorded, and no bytes are stated");
  account.ReadOperands();
  account.WriteResults(std::nullopt);
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
  const std::optional<trace::Signature> words = InAtenWords(signature);
  Account account(words.has_value() ? *words : signature, entry);
  for (const FormulaFunction& candidate : kFunctions) {
    if (candidate.formula != entry.formula) continue;
    candidate.function(account);
    absl::StatusOr<Work> work = account.Finish();
    if (work.ok() || !words.has_value()) return work;
    return absl::Status(work.status().code(), absl::StrCat(signature.name, " as ", work.status().message()));
  }
  return absl::FailedPreconditionError(absl::StrCat(signature.name, ": no formula for its work"));
}

}  // namespace sandglass::ops
