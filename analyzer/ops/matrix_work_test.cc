// Products of matrices, attention, solves and convolutions, worked by hand. An fp32 element is 4 bytes, a bf16 one 2.
#include "analyzer/ops/work_case.h"

namespace sandglass::ops {
namespace {

MatrixProblem ProblemOf(const trace::Signature& signature) {
  const absl::StatusOr<Work> work = WorkOf(signature);
  EXPECT_TRUE(work.ok() && work->problem.has_value()) << work.status();
  return work->problem.value_or(MatrixProblem{});
}

TEST(MatrixWorkTest, Products) {
  ExpectWork({
      // 2·2·3·4 = 48. Read 6 + 12 elements, written 8.
      {"mm", Op("aten::mm").In(kF32, {2, 3}).In(kF32, {3, 4}), OpClass::kGemm, 48, 0, 72, 32},
      {"mm in bf16", Op("aten::mm").In(kBf16, {2, 3}).In(kBf16, {3, 4}), OpClass::kGemm, 48, 0, 36, 16},
      // 2·2·3 = 12. Read 6 + 3, written 2.
      {"mv", Op("aten::mv").In(kF32, {2, 3}).In(kF32, {3}), OpClass::kGemm, 12, 0, 36, 8},
      // 2·3 = 6. Read 3 + 3, written one scalar.
      {"dot", Op("aten::dot").In(kF32, {3}).In(kF32, {3}), OpClass::kGemm, 6, 0, 24, 4},
      // The bias, broadcast from 4 elements, adds 2·4 = 8; read 4 + 6 + 12.
      {"addmm", Op("aten::addmm").In(kF32, {4}).In(kF32, {2, 3}).In(kF32, {3, 4}), OpClass::kGemm, 48, 8, 88, 32},
      // Expanded, the bias still has 4 elements of its own.
      {"addmm with an expanded bias", Op("aten::addmm").In(kF32, {2, 4}, {0, 1}).In(kF32, {2, 3}).In(kF32, {3, 4}),
       OpClass::kGemm, 48, 8, 88, 32},
      // beta = 0 leaves the first operand unread.
      {"addmm without addend",
       Op("aten::addmm").In(kF32, {2, 4}).In(kF32, {2, 3}).In(kF32, {3, 4}).Int("beta", 0).Int("alpha", 1),
       OpClass::kGemm, 48, 0, 72, 32},
      // 5 · 48 = 240. Read 30 + 60, written 40.
      {"bmm", Op("aten::bmm").In(kF32, {5, 2, 3}).In(kF32, {5, 3, 4}), OpClass::kBatchedGemm, 240, 0, 360, 160},
      // One matrix for the whole batch: read 30 + 12.
      {"bmm with a shared matrix", Op("aten::bmm").In(kF32, {5, 2, 3}).In(kF32, {5, 3, 4}, {0, 4, 1}),
       OpClass::kBatchedGemm, 240, 0, 168, 160},
      // Read 40 + 30 + 60.
      {"baddbmm", Op("aten::baddbmm").In(kF32, {5, 2, 4}).In(kF32, {5, 2, 3}).In(kF32, {5, 3, 4}),
       OpClass::kBatchedGemm, 240, 40, 520, 160},
      // 14 rows: 2·14·4·3 = 336; bias 14·4 = 56; read 42 + 12 + 4, written 56.
      {"linear", Op("aten::mkldnn_linear").In(kF32, {7, 2, 3}).In(kF32, {4, 3}).In(kF32, {4}), OpClass::kGemm, 336, 56,
       232, 224},
  });
}

TEST(MatrixWorkTest, ProblemShape) {
  const MatrixProblem problem = ProblemOf(Op("aten::bmm").In(kF32, {5, 2, 3}).In(kF32, {5, 3, 4}));
  EXPECT_EQ(problem.batch, 5);
  EXPECT_EQ(problem.m, 2);
  EXPECT_EQ(problem.n, 4);
  EXPECT_EQ(problem.k, 3);
  EXPECT_EQ(WorkOf(Op("aten::mm").In(kBf16, {2, 3}).In(kBf16, {3, 4}))->matrix_dtype, kBf16);
}

Op FlashAttention(bool causal) {
  Op op("aten::_scaled_dot_product_flash_attention");
  op.In(kF32, {1, 2, 4, 8}).In(kF32, {1, 2, 4, 8}).In(kF32, {1, 2, 4, 8}).Real("dropout_p", 0);
  return op.Flag("is_causal", causal);
}

TEST(MatrixWorkTest, Attention) {
  ExpectWork({
      // Two heads of 4 queries and 4 keys: scores 2·2·4·4·8 = 512, and as much for the values. 32 pairs · 12 = 384.
      // Read 3 · 64 elements, written 64.
      {"full", FlashAttention(false), OpClass::kAttention, 1024, 384, 768, 256},
      // Half of the keys.
      {"causal", FlashAttention(true), OpClass::kAttention, 512, 192, 768, 256},
      // 5/2 of the forward; 32 pairs · 13 = 416; read 5 · 64 + 8 elements, written 3 · 64.
      {"backward",
       Op("aten::_scaled_dot_product_flash_attention_backward")
           .In(kF32, {1, 2, 4, 8})
           .In(kF32, {1, 2, 4, 8})
           .In(kF32, {1, 2, 4, 8})
           .In(kF32, {1, 2, 4, 8})
           .In(kF32, {1, 2, 4, 8})
           .In(kF32, {1, 2, 4})
           .Flag("is_causal", false),
       OpClass::kAttention, 2560, 416, 1312, 768},
  });
}

// The same work under all names, whose arguments stand elsewhere; cuDNN's kernels alone use what runs beside the
// threads.
TEST(MatrixWorkTest, AttentionByOtherKernels) {
  const auto named = [](const char* name) {
    return Op(name).In(kF32, {1, 2, 4, 8}).In(kF32, {1, 2, 4, 8}).In(kF32, {1, 2, 4, 8});
  };
  Op cudnn = named("aten::_scaled_dot_product_cudnn_attention");
  cudnn.None().Flag("", false).Real("", 0).Flag("", true);
  Op overrideable = named("aten::_scaled_dot_product_fused_attention_overrideable");
  overrideable.None().Real("", 0).Flag("", true);
  Op on_cpu = named("aten::_scaled_dot_product_flash_attention_for_cpu");
  on_cpu.Real("", 0).Flag("", true);
  ExpectWork({{"cudnn", cudnn, OpClass::kAttention, 512, 192, 768, 256},
              {"a device's own", overrideable, OpClass::kAttention, 512, 192, 768, 256},
              {"of a CPU", on_cpu, OpClass::kAttention, 512, 192, 768, 256}});
  EXPECT_TRUE(WorkOf(cudnn)->attention->beside_threads);
  EXPECT_FALSE(WorkOf(overrideable)->attention->beside_threads);
  EXPECT_FALSE(WorkOf(FlashAttention(true))->attention->beside_threads);
}

// 8 heads of queries, 2 of keys: 4 heads' 3 queries are 12 rows against 5 keys, with 16 + 16 columns of depth.
TEST(MatrixWorkTest, HeadsThatShareKeysAreRowsOfOneProduct) {
  const auto attention = [](int64_t key_heads) {
    return Op("aten::_scaled_dot_product_flash_attention")
        .In(kF32, {2, 8, 3, 16})
        .In(kF32, {2, key_heads, 5, 16})
        .In(kF32, {2, key_heads, 5, 16})
        .Real("dropout_p", 0)
        .Flag("is_causal", false);
  };
  const MatrixProblem problem = ProblemOf(attention(2));
  EXPECT_EQ(problem.batch, 2 * 2);
  EXPECT_EQ(problem.m, 4 * 3);
  EXPECT_EQ(problem.n, 32);
  EXPECT_EQ(problem.k, 5);
  EXPECT_EQ(WorkOf(attention(2))->matrix, WorkOf(attention(8))->matrix);
}

// 4 batches' 2 heads of keys, each shared by 4 of queries; the softmax is in FP32 where the operands are narrower.
TEST(MatrixWorkTest, AttentionIsLaidOutByHeadsOfKeys) {
  const auto attention = [](trace::DataType dtype) {
    return *WorkOf(Op("aten::_scaled_dot_product_flash_attention")
                       .In(dtype, {4, 8, 3, 16})
                       .In(dtype, {4, 2, 5, 16})
                       .In(dtype, {4, 2, 5, 16})
                       .Real("dropout_p", 0)
                       .Flag("is_causal", true));
  };
  const AttentionProblem problem = *attention(kBf16).attention;
  EXPECT_EQ(problem.heads, 8);
  EXPECT_EQ(problem.sharing, 4);
  EXPECT_EQ(problem.queries, 3);
  EXPECT_EQ(problem.keys, 5);
  EXPECT_TRUE(problem.causal);
  EXPECT_EQ(problem.pairs(), 8 * 4 * 3 * 3);
  EXPECT_EQ(attention(kBf16).vector_dtype, kF32);
  EXPECT_EQ(attention(trace::DataType::kFloat64).vector_dtype, trace::DataType::kFloat64);
}

TEST(MatrixWorkTest, TriangularSolve) {
  // 3² · 5 = 45. Read 9 + 15, written 15; three steps.
  const trace::Signature signature = Op("aten::linalg_solve_triangular").In(kF32, {3, 3}).In(kF32, {3, 5});
  ExpectWork({{"solve", signature, OpClass::kTriangularSolve, 0, 45, 96, 60}});
  EXPECT_EQ(WorkOf(signature)->loop->steps, 3);
}

Op Convolution(Dims input, Dims weight, Dims bias, int64_t stride, int64_t padding, bool transposed, int64_t groups) {
  Op op("aten::convolution");
  op.In(kF32, std::move(input)).In(kF32, std::move(weight));
  if (bias.empty()) {
    op.None();
  } else {
    op.In(kF32, std::move(bias));
  }
  op.Ints("stride", {stride}).Ints("padding", {padding}).Ints("dilation", {1});
  return op.Flag("transposed", transposed).Ints("output_padding", {0}).Int("groups", groups);
}

TEST(ConvolutionWorkTest, Forward) {
  ExpectWork({
      // Output [1,3,3,3]: 27 elements · 2 channels · 9 taps · 2 = 972, bias 27. Read 50 + 54 + 3, written 27.
      {"plain", Convolution({1, 2, 5, 5}, {3, 2, 3, 3}, {3}, 1, 0, false, 1), OpClass::kConvolution, 972, 27, 428, 108},
      // ⌊(5 + 2 − 3)/2⌋ + 1 = 3 again.
      {"strided and padded", Convolution({1, 2, 5, 5}, {3, 2, 3, 3}, {3}, 2, 1, false, 1), OpClass::kConvolution, 972,
       27, 428, 108},
      // 54 outputs · 2 channels of their group · 9 · 2 = 1944. Read 100 + 108, written 54.
      {"grouped", Convolution({1, 4, 5, 5}, {6, 2, 3, 3}, {}, 1, 0, false, 2), OpClass::kConvolution, 1944, 0, 832,
       216},
      // Output [2,4,10]: 80 · 4 taps · 2 = 640 for vector units, bias 80. Read 56 + 16 + 4, written 80.
      {"depthwise", Convolution({2, 4, 7}, {4, 1, 4}, {4}, 1, 3, false, 4), OpClass::kConvolution, 0, 720, 304, 320},
      // Output [1,3,(3−1)·2+4 = 8]: 6 inputs · 3 channels · 4 taps · 2 = 144. Read 6 + 24, written 24.
      {"transposed", Convolution({1, 2, 3}, {2, 3, 4}, {}, 2, 0, true, 1).Out(kF32, {1, 3, 8}), OpClass::kConvolution,
       144, 0, 120, 96},
      // The bias stands behind the kernel's size.
      {"by its CPU name",
       Op("aten::_slow_conv2d_forward")
           .In(kF32, {1, 2, 5, 5})
           .In(kF32, {3, 2, 3, 3})
           .Ints("kernel_size", {3, 3})
           .In(kF32, {3})
           .Out(kF32, {1, 3, 3, 3}),
       OpClass::kConvolution, 972, 27, 428, 108},
  });
  const MatrixProblem problem = ProblemOf(Convolution({1, 4, 5, 5}, {6, 2, 3, 3}, {}, 1, 0, false, 2));
  EXPECT_EQ(problem.batch, 2);
  EXPECT_EQ(problem.m, 9);
  EXPECT_EQ(problem.n, 3);
  EXPECT_EQ(problem.k, 18);
}

Op ConvolutionBackward() {
  return Op("aten::convolution_backward").In(kF32, {1, 3, 3, 3}).In(kF32, {1, 2, 5, 5}).In(kF32, {3, 2, 3, 3});
}

TEST(ConvolutionWorkTest, Backward) {
  ExpectWork({
      // 972 each for input and weight; bias 27. Read 27 + 54 for the input's and 27 + 50 for the weight's, written 50 +
      // 54 + 3.
      {"all gradients", ConvolutionBackward().Out(kF32, {1, 2, 5, 5}).Out(kF32, {3, 2, 3, 3}).Out(kF32, {3}),
       OpClass::kConvolution, 1944, 27, 632, 428},
      {"only the weight's", ConvolutionBackward().NoOut().Out(kF32, {3, 2, 3, 3}), OpClass::kConvolution, 972, 0, 308,
       216},
      {"only the input's", ConvolutionBackward().Out(kF32, {1, 2, 5, 5}), OpClass::kConvolution, 972, 0, 324, 200},
      {"results not recorded", ConvolutionBackward(), OpClass::kConvolution, 1944, 0, 632, 416},
      // One tap of a stride of 2: half of the input's rows, and zeros in all of its gradient before half of them.
      {"rows that no tap meets",
       Op("aten::convolution_backward")
           .In(kF32, {1, 3, 2, 2})
           .In(kF32, {1, 2, 4, 4})
           .In(kF32, {3, 2, 1, 1})
           .None()
           .Ints("stride", {2, 2}),
       OpClass::kConvolution, 96, 0, 4 * (12 + 6 + 12 + 16), 4 * (32 + 6 + 16)},
      // Depthwise: 2·4·7 outputs · 3 taps · 2 = 336 each for input and weight. Read 56 + 12 and 56 + 72.
      {"depthwise",
       Op("aten::convolution_backward")
           .In(kF32, {2, 4, 7})
           .In(kF32, {2, 4, 9})
           .In(kF32, {4, 1, 3})
           .Out(kF32, {2, 4, 9})
           .Out(kF32, {4, 1, 3}),
       OpClass::kConvolution, 0, 672, 784, 336},
  });
}

// The products of a convolution's work.
ConvolutionProblem ConvolutionOf(const trace::Signature& signature) {
  const absl::StatusOr<Work> work = WorkOf(signature);
  EXPECT_TRUE(work.ok() && work->convolution != nullptr) << work.status();
  return work.ok() && work->convolution != nullptr ? *work->convolution : ConvolutionProblem();
}

void ExpectProblem(const MatrixProblem& problem, int64_t batch, int64_t m, int64_t n, int64_t k) {
  EXPECT_EQ(problem.batch, batch);
  EXPECT_EQ(problem.m, m);
  EXPECT_EQ(problem.n, n);
  EXPECT_EQ(problem.k, k);
}

TEST(ConvolutionWorkTest, ProductsOfEachGradient) {
  const ConvolutionProblem both = ConvolutionOf(ConvolutionBackward());
  ASSERT_EQ(both.count, 2);
  EXPECT_EQ(both.products[0].pass, ConvolutionPass::kInputGradient);
  ExpectProblem(both.products[0].problem, 1, 9, 2, 27);
  EXPECT_EQ(both.products[0].channels, 3);
  // What lies channels first: 27 + 54, and 27 + 50.
  EXPECT_EQ(both.products[0].channels_first_elements, 81);
  EXPECT_EQ(both.products[1].pass, ConvolutionPass::kWeightGradient);
  ExpectProblem(both.products[1].problem, 1, 18, 3, 9);
  EXPECT_EQ(both.products[1].channels, 2);
  EXPECT_EQ(both.products[1].channels_first_elements, 77);
  // More results than there can be are no more products.
  Op many = ConvolutionBackward();
  for (int i = 0; i < 4; ++i) many.Out(kF32, {1, 2, 5, 5});
  EXPECT_EQ(ConvolutionOf(many).count, 2);
}

// 3 × 3 taps and a stride of 1 over 9 × 5 results of 2 images: 2·3·2 tiles, of 36 elements.
TEST(ConvolutionWorkTest, WinogradsTiles) {
  const auto of = [](int64_t height, int64_t taps) {
    return Op("aten::convolution")
        .In(kF32, {2, 4, 9, 5})
        .In(kF32, {6, 4, taps, taps})
        .None()
        .Ints("stride", {1})
        .Out(kF32, {2, 6, height, 5});
  };
  const ConvolvedProduct result = ConvolutionOf(of(9, 3)).products[0];
  ASSERT_TRUE(result.transformed.has_value());
  ExpectProblem(*result.transformed, 36, 12, 6, 4);
  EXPECT_EQ(result.transformed_elements, 36 * (12 * 6 + 12 * 4 + 6 * 4));
  EXPECT_EQ(ConvolutionOf(of(9, 5)).products[0].transformed->batch, 64);
  // Half as many results have a stride; one tap has nothing to save.
  EXPECT_FALSE(ConvolutionOf(of(5, 3)).products[0].transformed.has_value());
  EXPECT_FALSE(ConvolutionOf(of(9, 1)).products[0].transformed.has_value());
  EXPECT_EQ(ConvolutionOf(of(9, 1)).products[0].channels_first_elements, 0);
  // Padding may hide a stride from sizes: 4 × 4 inputs, 2 × 2 results.
  const Op strided = Op("aten::convolution").In(kF32, {1, 4, 4, 4}).In(kF32, {6, 4, 3, 3}).None().Ints("stride", {2});
  EXPECT_FALSE(ConvolutionOf(Op(strided).Ints("padding", {1}).Out(kF32, {1, 6, 2, 2})).products[0].transformed);
  Op dilated = of(9, 3);
  dilated = Op("aten::convolution").In(kF32, {2, 4, 9, 5}).In(kF32, {6, 4, 3, 3}).None().Ints("stride", {1});
  dilated.Ints("padding", {2}).Ints("dilation", {2}).Out(kF32, {2, 6, 9, 5});
  EXPECT_FALSE(ConvolutionOf(dilated).products[0].transformed.has_value());
  // The weight's gradient is over the tiles.
  const Op backward =
      Op("aten::convolution_backward").In(kF32, {2, 6, 9, 5}).In(kF32, {2, 4, 9, 5}).In(kF32, {6, 4, 3, 3});
  ExpectProblem(*ConvolutionOf(backward).products[1].transformed, 36, 4, 6, 12);
}

// Channels last: of strides [c·h·w, 1, w·c, c].
TEST(ConvolutionWorkTest, ChannelsLastLieSideBySide) {
  const Op last = Op("aten::convolution")
                      .In(kF32, {2, 4, 9, 5}, {180, 1, 20, 4})
                      .In(kF32, {6, 4, 3, 3}, {36, 9, 3, 1})
                      .Out(kF32, {2, 6, 7, 3});
  EXPECT_EQ(ConvolutionOf(last).products[0].channels_first_elements, 6 * 36);
}

}  // namespace
}  // namespace sandglass::ops
