#include "analyzer/ops/op_rows.h"

#include "analyzer/ops/flop_charges.h"

namespace sandglass::ops {
namespace {

// FLOP of one transcendental function, as an integer parameter.
constexpr int kT = static_cast<int>(kTranscendentalFlop);

constexpr OpRow kOpRows[] = {
    // Matrix units.
    {{OpClass::kGemm, Role::kWork, Formula::kMatMul, 0}, "mm mv dot vdot _int_mm"},
    {{OpClass::kBatchedGemm, Role::kWork, Formula::kMatMul, 0}, "bmm"},
    {{OpClass::kGemm, Role::kWork, Formula::kScaledMatMul, 0}, "_scaled_mm"},
    {{OpClass::kGemm, Role::kWork, Formula::kScaledMatMul, 1}, "_C::cutlass_scaled_mm"},
    {{OpClass::kGemm, Role::kWork, Formula::kPackedMatMul, 0}, "_C::cutlass_scaled_fp4_mm"},
    {{OpClass::kGemm, Role::kWork, Formula::kAddMatMul, 0}, "addmm addmv _addmm_activation addr"},
    {{OpClass::kBatchedGemm, Role::kWork, Formula::kAddMatMul, 0}, "baddbmm addbmm"},
    {{OpClass::kGemm, Role::kWork, Formula::kLinear, 0}, "mkldnn_linear"},
    {{OpClass::kGroupedGemm, Role::kWork, Formula::kGroupedMatMul, 0}, "_grouped_mm _scaled_grouped_mm"},
    {{OpClass::kGroupedGemm, Role::kWork, Formula::kFusedExperts, 0},
     "vllm::inplace_fused_experts vllm::outplace_fused_experts"},
    {{OpClass::kConvolution, Role::kWork, Formula::kConvolution, 0},
     "convolution convolution_overrideable _convolution mkldnn_convolution cudnn_convolution "
     "cudnn_convolution_add_relu "
     "cudnn_convolution_relu miopen_convolution miopen_depthwise_convolution slow_conv3d slow_conv3d_forward "
     "thnn_conv2d _slow_conv2d_forward _conv_depthwise2d conv_depthwise3d slow_conv_dilated2d slow_conv_dilated3d "
     "_nnpack_spatial_convolution"},
    {{OpClass::kConvolution, Role::kWork, Formula::kConvolutionBackward, 0},
     "convolution_backward convolution_backward_overrideable"},
    {{OpClass::kConvolution, Role::kWork, Formula::kCausalConvolution, 0},
     "CausalConv1dFn DaoAILab::_causal_conv1d_fwd_cpp"},
    {{OpClass::kConvolution, Role::kWork, Formula::kCausalConvolutionStep, 0}, "DaoAILab::_causal_conv1d_update_cpp"},
    {{OpClass::kAttention, Role::kWork, Formula::kAttention, 4},
     "_scaled_dot_product_flash_attention _scaled_dot_product_flash_attention_for_cpu"},
    {{OpClass::kAttention, Role::kWork, Formula::kAttention, 5}, "_scaled_dot_product_fused_attention_overrideable"},
    {{OpClass::kAttention, Role::kWork, Formula::kAttention, 6},
     "_scaled_dot_product_efficient_attention _scaled_dot_product_cudnn_attention"},
    {{OpClass::kAttention, Role::kWork, Formula::kAttentionBackward, 7},
     "_scaled_dot_product_flash_attention_for_cpu_backward"},
    {{OpClass::kAttention, Role::kWork, Formula::kAttentionBackward, 11},
     "_scaled_dot_product_flash_attention_backward _scaled_dot_product_efficient_attention_backward"},
    {{OpClass::kAttention, Role::kWork, Formula::kAttentionBackward, 14},
     "_scaled_dot_product_cudnn_attention_backward"},

    // Elementwise: one comparison, addition, multiplication or selection an element.
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, 1},
     "add sub rsub mul neg abs sign sgn relu clamp clamp_min clamp_max clip hardtanh maximum minimum fmax fmin where "
     "masked_fill tril triu floor ceil round trunc frac positive __and__ __or__ __xor__ __iand__ __ior__ __ixor__ "
     "bitwise_and bitwise_or bitwise_xor bitwise_not __lshift__ __rshift__ bitwise_left_shift bitwise_right_shift "
     "threshold threshold_backward leaky_relu leaky_relu_backward hardtanh_backward nan_to_num copysign "
     "softshrink hardshrink softshrink_backward hardshrink_backward prelu native_dropout_backward "
     "_masked_scale complex heaviside"},
    {{OpClass::kElementwise, Role::kWork, Formula::kCompare, 1},
     "eq ne lt le gt ge logical_and logical_or logical_xor logical_not isnan isinf isfinite isposinf isneginf signbit"},
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, 2},
     "mse_loss_backward smooth_l1_loss_backward huber_loss_backward l1_loss_backward"},
    // A multiplication by a scalar, one by a tensor and an addition; or an interpolation; or grad·(1 − y²).
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, 3},
     "addcmul lerp tanh_backward sigmoid_backward hardsigmoid hardsigmoid_backward prelu_backward _prelu_kernel "
     "_prelu_kernel_backward"},
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, 5}, "hardswish hardswish_backward"},
    // One special function an element.
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, kT},
     "div divide exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh "
     "asinh acosh atanh erf erfc erfinv sigmoid remainder fmod floor_divide atan2 hypot lgamma digamma xlogy sinc"},
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, kT + 1}, "silu elu celu glu"},
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, kT + 2}, "addcdiv elu_backward"},
    // sigmoid(x)·(1 + x·(1 − sigmoid(x)))·grad: a special function and five operations.
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, kT + 5},
     "silu_backward glu_backward softplus_backward log_sigmoid_backward logit_backward"},
    // x·½·(1 + erf(x/√2)): a special function and four operations.
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, kT + 4}, "gelu"},
    // log(1 + exp(x)): two special functions.
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, 2 * kT},
     "softplus log_sigmoid_forward logaddexp logaddexp2 logit float_power binary_cross_entropy_backward"},
    // ½(1 + erf(x/√2)) + x·exp(−x²/2)/√(2π), times grad: two special functions and six operations.
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, 2 * kT + 6}, "gelu_backward"},
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, 3 * kT + 1}, "mish"},
    {{OpClass::kElementwise, Role::kWork, Formula::kElementwise, 3 * kT + 6}, "mish_backward"},
    {{OpClass::kElementwise, Role::kWork, Formula::kPower, 0}, "pow square"},
    {{OpClass::kElementwise, Role::kWork, Formula::kQuantize, 1},
     "_C::static_scaled_fp8_quant _C::dynamic_scaled_fp8_quant _C::dynamic_per_token_scaled_fp8_quant "
     "_C::static_scaled_int8_quant _C::dynamic_scaled_int8_quant _C::scaled_fp4_quant"},
    {{OpClass::kElementwise, Role::kWork, Formula::kQuantize, 0},
     "_C::per_token_group_fp8_quant _C::per_token_group_quant_int8"},
    // The function as of silu and gelu, and a multiplication.
    {{OpClass::kElementwise, Role::kWork, Formula::kGatedActivation, kT + 2}, "_C::silu_and_mul _C::mul_and_silu"},
    {{OpClass::kElementwise, Role::kWork, Formula::kGatedActivation, kT + 5}, "_C::gelu_and_mul _C::gelu_tanh_and_mul"},
    {{OpClass::kElementwise, Role::kWork, Formula::kRotaryEmbedding, 0}, "_C::rotary_embedding"},

    // Reductions.
    {{OpClass::kReduction, Role::kWork, Formula::kReduction, 1},
     "sum nansum mean nanmean prod max min amax amin any all count_nonzero trace equal aminmax"},
    {{OpClass::kReduction, Role::kWork, Formula::kArgReduction, 1}, "argmax argmin"},
    {{OpClass::kReduction, Role::kWork, Formula::kReduction, 2}, "norm linalg_vector_norm frobenius_norm linalg_norm"},
    {{OpClass::kReduction, Role::kWork, Formula::kReduction, 3}, "mse_loss smooth_l1_loss huber_loss l1_loss"},
    {{OpClass::kReduction, Role::kWork, Formula::kReduction, 4}, "var std var_mean std_mean"},
    {{OpClass::kReduction, Role::kWork, Formula::kReduction, kT + 3}, "logsumexp"},
    {{OpClass::kReduction, Role::kWork, Formula::kReduction, 2 * kT + 4}, "binary_cross_entropy"},
    {{OpClass::kReduction, Role::kWork, Formula::kNllLoss, 0}, "nll_loss_forward nll_loss2d_forward"},
    {{OpClass::kScatter, Role::kWork, Formula::kNllLossBackward, 0}, "nll_loss_backward nll_loss2d_backward"},

    // A count a bin: an addition an element; which bins there are is known by the recorded result.
    {{OpClass::kScatter, Role::kWork, Formula::kReduction, 1}, "bincount histc"},

    // Softmax and normalization.
    {{OpClass::kSoftmax, Role::kWork, Formula::kSoftmax, 0}, "_softmax _log_softmax _masked_softmax"},
    {{OpClass::kSoftmax, Role::kWork, Formula::kSoftmaxBackward, 0}, "_softmax_backward_data _masked_softmax_backward"},
    {{OpClass::kSoftmax, Role::kWork, Formula::kLogSoftmaxBackward, 0}, "_log_softmax_backward_data"},
    {{OpClass::kNormalization, Role::kWork, Formula::kLayerNorm, 0}, "native_layer_norm native_group_norm"},
    {{OpClass::kNormalization, Role::kWork, Formula::kLayerNormBackward, 5}, "native_layer_norm_backward"},
    {{OpClass::kNormalization, Role::kWork, Formula::kGroupNormBackward, 4}, "native_group_norm_backward"},
    {{OpClass::kNormalization, Role::kWork, Formula::kBatchNorm, 0},
     "native_batch_norm cudnn_batch_norm miopen_batch_norm"},
    {{OpClass::kNormalization, Role::kWork, Formula::kBatchNormBackward, 0}, "native_batch_norm_backward"},

    {{OpClass::kNormalization, Role::kWork, Formula::kRmsNorm, 0}, "_fused_rms_norm"},
    {{OpClass::kNormalization, Role::kWork, Formula::kRmsNormRows, 0}, "aiter::rms_norm"},
    {{OpClass::kNormalization, Role::kWork, Formula::kRmsNormRows, 1}, "_C::rms_norm"},
    {{OpClass::kNormalization, Role::kWork, Formula::kAddRmsNorm, 0}, "_C::fused_add_rms_norm"},
    {{OpClass::kNormalization, Role::kWork, Formula::kAddRmsNorm, 1}, "aiter::rmsnorm2d_fwd_with_add_ck"},

    // Gathers and scatters.
    {{OpClass::kEmbedding, Role::kWork, Formula::kEmbedding, 0}, "embedding"},
    {{OpClass::kScatter, Role::kWork, Formula::kEmbeddingBackward, 0}, "embedding_dense_backward"},
    {{OpClass::kEmbedding, Role::kWork, Formula::kGather, 1}, "index take _unsafe_index"},
    {{OpClass::kEmbedding, Role::kWork, Formula::kGather, 2}, "gather index_select"},
    {{OpClass::kScatter, Role::kWork, Formula::kScatter, 2},
     "index_put _index_put_impl masked_scatter put _unsafe_index_put"},
    {{OpClass::kScatter, Role::kWork, Formula::kScatter, 3},
     "scatter scatter_add scatter_reduce index_add index_copy index_fill index_reduce"},

    {{OpClass::kScatter, Role::kWork, Formula::kCacheWrite, 0},
     "_C_cache_ops::reshape_and_cache _C_cache_ops::reshape_and_cache_flash"},

    // Orders and scans.
    {{OpClass::kSort, Role::kWork, Formula::kSort, 0}, "sort argsort msort _unique2 unique_dim unique_consecutive"},
    {{OpClass::kSort, Role::kWork, Formula::kTopK, 0}, "topk kthvalue median nanmedian mode"},
    {{OpClass::kScan, Role::kWork, Formula::kPrefixScan, 1},
     "cumsum cumprod cummax cummin _cummax_helper _cummin_helper"},
    {{OpClass::kScan, Role::kWork, Formula::kPrefixScan, 2 * kT + 2}, "logcumsumexp _logcumsumexp"},
    {{OpClass::kScan, Role::kWork, Formula::kCompaction, 0}, "nonzero masked_select"},
    {{OpClass::kSelectiveScan, Role::kWork, Formula::kSelectiveScan, 0}, "sandglass::selective_scan SelectiveScanFn"},
    {{OpClass::kSelectiveScan, Role::kWork, Formula::kSelectiveScanBackward, 0}, "sandglass::selective_scan_backward"},
    {{OpClass::kSelectiveScan, Role::kWork, Formula::kDeltaRuleChunks, 0}, "ChunkGatedDeltaRuleFunction"},
    {{OpClass::kSelectiveScan, Role::kWork, Formula::kDeltaRuleSteps, 0}, "FusedRecurrentFunction"},
    {{OpClass::kSelectiveScan, Role::kWork, Formula::kStateSpaceChunks, 0}, "MambaChunkScanCombinedFn"},

    {{OpClass::kRecurrentStep, Role::kWork, Formula::kRecurrentLayers, 6}, "_cudnn_rnn"},
    {{OpClass::kRecurrentStep, Role::kWork, Formula::kRecurrentLayers, 5}, "miopen_rnn"},
    {{OpClass::kRecurrentStep, Role::kWork, Formula::kRecurrentLayersBackward, 10}, "_cudnn_rnn_backward"},
    {{OpClass::kRecurrentStep, Role::kWork, Formula::kOneRecurrentLayer, 9}, "mkldnn_rnn_layer"},
    {{OpClass::kRecurrentStep, Role::kWork, Formula::kOneRecurrentLayerBackward, 14}, "mkldnn_rnn_layer_backward"},

    // Copies, casts, fills and random numbers.
    {{OpClass::kCopy, Role::kWork, Formula::kCopyInto, 0}, "copy"},
    {{OpClass::kCopy, Role::kWork, Formula::kCopy, 0},
     "_to_copy clone flip roll repeat repeat_interleave constant_pad_nd reflection_pad1d reflection_pad2d "
     "replication_pad1d replication_pad2d slice_backward select_backward diagonal_backward rot90 diag channel_shuffle "
     "pixel_shuffle pixel_unshuffle im2col col2im unfold_backward expand_copy view_copy permute_copy slice_scatter "
     "select_scatter to_mkldnn mkldnn_reorder_conv2d_weight pin_memory _pin_memory"},
    {{OpClass::kCopy, Role::kWork, Formula::kConcatenate, 0}, "cat _cat stack _stack concat block_diag"},
    {{OpClass::kCopy, Role::kWork, Formula::kFill, 0}, "zero fill zeros ones full zeros_like ones_like full_like"},
    {{OpClass::kCopy, Role::kWork, Formula::kFill, 1}, "new_zeros new_ones new_full"},
    {{OpClass::kCopy, Role::kWork, Formula::kFill, -1}, "eye tril_indices triu_indices arange linspace logspace range"},
    {{OpClass::kRandom, Role::kWork, Formula::kRandomFill, 2},
     "rand rand_like uniform bernoulli randint randint_like random"},
    {{OpClass::kRandom, Role::kWork, Formula::kRandomFill, 2 * kT},
     "randn randn_like normal exponential cauchy geometric log_normal normal_functional"},
    // Sampling by the exponential trick: a random number, log, division and comparison an element; few are kept.
    {{OpClass::kRandom, Role::kWork, Formula::kReduction, static_cast<int>(kRandomFlop) + 2 * kT + 1}, "multinomial"},
    {{OpClass::kRandom, Role::kWork, Formula::kDropout, 0}, "native_dropout _fused_dropout"},

    // Windows.
    {{OpClass::kPool, Role::kWork, Formula::kPool, 1}, "max_pool1d avg_pool1d max_pool1d_with_indices"},
    {{OpClass::kPool, Role::kWork, Formula::kPool, 2}, "max_pool2d_with_indices avg_pool2d mkldnn_max_pool2d"},
    {{OpClass::kPool, Role::kWork, Formula::kPool, 3}, "max_pool3d_with_indices avg_pool3d mkldnn_max_pool3d"},
    {{OpClass::kPool, Role::kWork, Formula::kMaxPoolBackward, 2}, "max_pool2d_with_indices_backward"},
    {{OpClass::kPool, Role::kWork, Formula::kMaxPoolBackward, 3}, "max_pool3d_with_indices_backward"},
    {{OpClass::kPool, Role::kWork, Formula::kAveragePoolBackward, 2}, "avg_pool2d_backward"},
    {{OpClass::kPool, Role::kWork, Formula::kAveragePoolBackward, 3}, "avg_pool3d_backward"},
    {{OpClass::kPool, Role::kWork, Formula::kAdaptivePool, 0},
     "_adaptive_avg_pool2d _adaptive_avg_pool3d mkldnn_adaptive_avg_pool2d _adaptive_avg_pool2d_backward "
     "_adaptive_avg_pool3d_backward mkldnn_adaptive_avg_pool2d_backward"},

    // Resampling: results come from 1, 2, 4 or 16 neighbours, each scaled and added.
    {{OpClass::kPool, Role::kWork, Formula::kResample, 0},
     "upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d _upsample_nearest_exact2d "
     "_upsample_nearest_exact3d"},
    {{OpClass::kPool, Role::kWork, Formula::kResample, 1},
     "upsample_nearest1d_backward upsample_nearest2d_backward upsample_nearest3d_backward"},
    {{OpClass::kPool, Role::kWork, Formula::kResample, 4}, "upsample_linear1d upsample_linear1d_backward"},
    {{OpClass::kPool, Role::kWork, Formula::kResample, 8}, "upsample_bilinear2d upsample_bilinear2d_backward"},
    {{OpClass::kPool, Role::kWork, Formula::kResample, 32}, "upsample_bicubic2d upsample_bicubic2d_backward"},

    // Optimizers over lists of tensors.
    {{OpClass::kOptimizerUpdate, Role::kWork, Formula::kForeach, 1},
     "_foreach_add _foreach_sub _foreach_mul _foreach_neg _foreach_zero _foreach_maximum _foreach_minimum"},
    {{OpClass::kOptimizerUpdate, Role::kWork, Formula::kForeach, kT},
     "_foreach_div _foreach_sqrt _foreach_exp _foreach_reciprocal"},
    {{OpClass::kOptimizerUpdate, Role::kWork, Formula::kForeach, 3}, "_foreach_addcmul _foreach_lerp"},
    {{OpClass::kOptimizerUpdate, Role::kWork, Formula::kForeach, kT + 2}, "_foreach_addcdiv"},
    {{OpClass::kOptimizerUpdate, Role::kWork, Formula::kFusedAdam, 0}, "_fused_adam _fused_adamw"},

    // Transforms and solvers.
    {{OpClass::kFft, Role::kWork, Formula::kFft, 0}, "_fft_c2c _fft_r2c _fft_c2r"},
    {{OpClass::kTriangularSolve, Role::kWork, Formula::kTriangularSolve, 0},
     "linalg_solve_triangular triangular_solve"},

    // Phases of molecular dynamics.
    {{OpClass::kMdPairSearch, Role::kWork, Formula::kMdPhase, 0}, "md::pair_search"},
    {{OpClass::kMdPairs, Role::kWork, Formula::kMdPhase, 0}, "md::nonbonded_pairs md::pairs"},
    {{OpClass::kMdBonded, Role::kWork, Formula::kMdPhase, 0}, "md::bonded"},
    {{OpClass::kMdSpread, Role::kWork, Formula::kMdPhase, 0}, "md::pme_spread md::spread"},
    {{OpClass::kMdGather, Role::kWork, Formula::kMdPhase, 0}, "md::pme_gather md::gather"},
    {{OpClass::kMdFft, Role::kWork, Formula::kMdPhase, 0}, "md::pme_fft md::fft"},
    {{OpClass::kMdConstraints, Role::kWork, Formula::kMdPhase, 0}, "md::constraints"},
    {{OpClass::kMdIntegration, Role::kWork, Formula::kMdPhase, 0}, "md::update md::integration"},
    {{OpClass::kMdOther, Role::kWork, Formula::kMdPhase, 0}, "md::other"},

    // Views: another shape for the same memory.
    {{OpClass::kView, Role::kFree, Formula::kNone, 0},
     "t transpose view view_as _unsafe_view _reshape_alias reshape_as expand expand_as as_strided permute select slice "
     "narrow detach alias unsqueeze squeeze chunk split split_with_sizes unsafe_split unsafe_chunk "
     "unsafe_split_with_sizes tensor_split hsplit vsplit dsplit unbind unfold diagonal diag_embed movedim moveaxis "
     "swapaxes swapdims numpy_T mT mH adjoint real imag view_as_real view_as_complex conj _conj _conj_physical "
     "resolve_conj resolve_neg unflatten lift lift_fresh _neg_view _fw_primal _make_dual broadcast_to "
     "broadcast_tensors "
     "atleast_1d atleast_2d atleast_3d ravel values indices _nested_view_from_buffer"},
    {{OpClass::kAllocation, Role::kFree, Formula::kNone, 0},
     "empty empty_like empty_strided new_empty new_empty_strided resize resize_as _resize_output set set_data "
     "_efficientzerotensor _empty_affine_quantized record_stream"},
    // Questions that the host asks; reading one scalar makes the host wait, which its time shows.
    {{OpClass::kHost, Role::kFree, Formula::kNone, 0},
     "_local_scalar_dense size stride is_floating_point is_complex is_signed "
     "is_same_size result_type can_cast promote_types _version output_nr requires_grad retain_grad is_leaf "
     "_has_compatible_shallow_copy_type is_pinned is_set_to _debug_has_internal_overlap "
     "_assert_async scalar_tensor is_neg is_conj is_inference _cufft_get_plan_cache_size _nnpack_available"},

    // Composites: all their work is done by operators that they call and that are recorded.
    {{OpClass::kUnknown, Role::kComposite, Formula::kNone, 0},
     "linear matmul inner outer ger tensordot einsum bilinear chain_matmul linalg_multi_dot linalg_matmul "
     "scaled_dot_product_attention _scaled_dot_product_attention "
     "_scaled_dot_product_attention_math _scaled_dot_product_attention_forward conv1d conv2d conv3d conv_transpose1d "
     "conv_transpose2d conv_transpose3d "
     "_convolution_mode _convolution_double_backward layer_norm group_norm instance_norm batch_norm "
     "_batch_norm_impl_index _batch_norm_impl_index_backward softmax log_softmax special_softmax special_log_softmax "
     "dropout feature_dropout alpha_dropout cross_entropy_loss nll_loss nll_loss_nd nll_loss2d "
     "binary_cross_entropy_with_logits kl_div margin_ranking_loss cosine_similarity"},
    {{OpClass::kUnknown, Role::kComposite, Formula::kNone, 0},
     "to type_as _cast_Float _cast_Half _cast_Double _cast_Long _cast_Int contiguous reshape flatten tile vstack "
     "hstack "
     "dstack column_stack meshgrid cartesian_prod pad _pad_circular nonzero_numpy one_hot item is_nonzero "
     "true_divide subtract multiply greater greater_equal less less_equal not_equal "
     "absolute negative fix log_sigmoid relu6 selu rrelu rms_norm isclose allclose take_along_dim "
     "index_select_backward embedding_backward value_selecting_reduction_backward gather_backward "
     "max_pool2d max_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d "
     "special_expit special_logsumexp sum_to_size norm_except_dim linalg_matrix_norm nuclear_norm lstm gru "
     "rnn_tanh rnn_relu lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell cumulative_trapezoid diff "
     "infinitely_differentiable_gelu_backward fill_diagonal trapezoid triplet_margin_loss "
     "vllm::rocm_unquantized_gemm vllm::rocm_aiter_rms_norm vllm::rocm_aiter_rmsnorm2d_fwd_with_add "
     "vllm::unified_kv_cache_update "
     "stft istft fft_fft fft_ifft fft_rfft fft_irfft fft_fft2 fft_ifft2 fft_rfft2 "
     "fft_irfft2 fft_fftn fft_ifftn fft_rfftn fft_irfftn _backward logdet corrcoef cov"},
};

}  // namespace

absl::Span<const OpRow> OpRows() { return kOpRows; }

}  // namespace sandglass::ops
