// The formulas of work, one function a kind of operator; each stands with its derivation in one of *_work.cc.
//
// A formula reads an Account's arguments and enters FLOP and bytes there; errors stay in the account. Internal to
// analyzer/ops. The functions are pure but for their account.
#ifndef SANDGLASS_ANALYZER_OPS_FORMULAS_H_
#define SANDGLASS_ANALYZER_OPS_FORMULAS_H_

#include "analyzer/ops/account.h"
#include "analyzer/ops/flop_charges.h"

namespace sandglass::ops {

// matrix_work.cc
void MatMulWork(Account& account);
void ScaledMatMulWork(Account& account);
void PackedMatMulWork(Account& account);
void AddMatMulWork(Account& account);
void LinearWork(Account& account);
void AttentionWork(Account& account);
void AttentionBackwardWork(Account& account);
void TriangularSolveWork(Account& account);

// quantized_work.cc
void QuantizeWork(Account& account);

// serving_work.cc
void RmsNormRowsWork(Account& account);
void AddRmsNormWork(Account& account);
void GatedActivationWork(Account& account);
void RotaryEmbeddingWork(Account& account);
void CacheWriteWork(Account& account);

// grouped_work.cc
void GroupedMatMulWork(Account& account);
void FusedExpertsWork(Account& account);

// convolution_work.cc
void ConvolutionWork(Account& account);
void ConvolutionBackwardWork(Account& account);

// recurrent_layer_work.cc
void RecurrentLayersWork(Account& account);
void RecurrentLayersBackwardWork(Account& account);
void OneRecurrentLayerWork(Account& account);
void OneRecurrentLayerBackwardWork(Account& account);

// causal_convolution_work.cc
void CausalConvolutionWork(Account& account);
void CausalConvolutionStepWork(Account& account);

// vector_work.cc
void ElementwiseWork(Account& account);
void CompareWork(Account& account);
void PowerWork(Account& account);
void ReductionWork(Account& account);
void ArgReductionWork(Account& account);
void ForeachWork(Account& account);
void FusedAdamWork(Account& account);

// normalization_work.cc
void SoftmaxWork(Account& account);
void SoftmaxBackwardWork(Account& account);
void LogSoftmaxBackwardWork(Account& account);
void LayerNormWork(Account& account);
void LayerNormBackwardWork(Account& account);
void GroupNormBackwardWork(Account& account);
void RmsNormWork(Account& account);
void BatchNormWork(Account& account);
void BatchNormBackwardWork(Account& account);

// index_work.cc
void NllLossWork(Account& account);
void NllLossBackwardWork(Account& account);
void EmbeddingWork(Account& account);
void EmbeddingBackwardWork(Account& account);
void GatherWork(Account& account);
void ScatterWork(Account& account);

// order_work.cc
void SortWork(Account& account);
void TopKWork(Account& account);
void PrefixScanWork(Account& account);
void CompactionWork(Account& account);
void FftWork(Account& account);

// scan_work.cc
void SelectiveScanWork(Account& account);
void SelectiveScanBackwardWork(Account& account);

// recurrence_work.cc
void DeltaRuleChunksWork(Account& account);
void DeltaRuleStepsWork(Account& account);
void StateSpaceChunksWork(Account& account);

// copy_work.cc
void CopyWork(Account& account);
void CopyIntoWork(Account& account);
void ConcatenateWork(Account& account);
void FillWork(Account& account);
void RandomFillWork(Account& account);
void DropoutWork(Account& account);

// pool_work.cc
void PoolWork(Account& account);
void MaxPoolBackwardWork(Account& account);
void AveragePoolBackwardWork(Account& account);
void AdaptivePoolWork(Account& account);
void ResampleWork(Account& account);

// transfer_work.cc
void TransferWork(Account& account);

// md_work.cc
void MdPhaseWork(Account& account);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_FORMULAS_H_
