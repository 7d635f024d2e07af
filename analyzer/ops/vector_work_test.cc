// Elementwise operators, reductions, softmax, normalizations and lists, worked by hand on fp32 (4 bytes an element).
#include "analyzer/ops/work_case.h"

namespace sandglass::ops {
namespace {

// A tensor of 6 elements, 24 bytes, in most cases.
const Dims k23 = {2, 3};

Op Unary(const char* name) { return Op(name).In(kF32, k23); }
Op Binary(const char* name) { return Op(name).In(kF32, k23).In(kF32, k23); }
Op Ternary(const char* name) { return Op(name).In(kF32, k23).In(kF32, k23).In(kF32, k23); }

TEST(ElementwiseWorkTest, Operands) {
  ExpectWork({
      {"two tensors", Binary("aten::add"), OpClass::kElementwise, 0, 6, 48, 24},
      // 6 + 3 elements read.
      {"broadcast", Op("aten::add").In(kF32, {2, 3}).In(kF32, {3}), OpClass::kElementwise, 0, 6, 36, 24},
      // [2,1] with [1,3] gives 6; 2 + 3 read.
      {"broadcast both ways", Op("aten::mul").In(kF32, {2, 1}).In(kF32, {1, 3}), OpClass::kElementwise, 0, 6, 20, 24},
      {"expanded", Op("aten::add").In(kF32, {2, 3}).In(kF32, {2, 3}, {0, 1}), OpClass::kElementwise, 0, 6, 36, 24},
      // 16 overlapping elements in a storage of 7.
      {"overlapping", Op("aten::neg").In(kF32, {4, 4}, {1, 1}, 28), OpClass::kElementwise, 0, 16, 28, 64},
      {"scalars are free", Op("aten::mul").In(kF32, {2, 3}).In(kF32, {}), OpClass::kElementwise, 0, 6, 24, 24},
      {"in place", Binary("aten::add_"), OpClass::kElementwise, 0, 6, 48, 24},
      // The third tensor is where the result goes.
      {"out form",
       Ternary("aten::add")
           .Schema("aten::add.out(Tensor self, Tensor other, *, Scalar alpha=1, "
                   "Tensor(a!) out) -> Tensor(a!)"),
       OpClass::kElementwise, 0, 6, 48, 24},
      {"out form by name", Ternary("aten::mul.out"), OpClass::kElementwise, 0, 6, 48, 24},
      // A mask is 6 bytes; the result has the values' type.
      {"where", Op("aten::where").In(kBool, k23).In(kF32, k23).In(kF32, k23), OpClass::kElementwise, 0, 6, 54, 24},
      // 6 integers and 6 truth values make integers.
      {"integers and truth values", Op("aten::add").In(kI64, k23).In(kBool, k23), OpClass::kElementwise, 0, 6, 54, 48},
      // The result of a comparison is 6 bytes.
      {"comparison", Binary("aten::gt"), OpClass::kElementwise, 0, 6, 48, 6},
  });
  EXPECT_EQ(WorkOf(Binary("aten::gt"))->vector_dtype, kF32);
  EXPECT_EQ(WorkOf(Op("aten::add").In(kI64, {4}).In(kI64, {4}))->vector_dtype, kI64);
  EXPECT_EQ(WorkOf(Op("aten::add").In(kBf16, {4}).In(kF32, {}))->vector_dtype, kBf16);
}

TEST(ElementwiseWorkTest, FlopOfEachKind) {
  ExpectWork({
      {"exp: 8 each", Unary("aten::exp"), OpClass::kElementwise, 0, 48, 24, 24},
      {"div: 8", Binary("aten::div"), OpClass::kElementwise, 0, 48, 48, 24},
      {"rsqrt: 8", Unary("aten::rsqrt"), OpClass::kElementwise, 0, 48, 24, 24},
      {"silu: 8 + 1", Unary("aten::silu"), OpClass::kElementwise, 0, 54, 24, 24},
      {"silu backward: 8 + 5", Binary("aten::silu_backward"), OpClass::kElementwise, 0, 78, 48, 24},
      {"gelu: 8 + 4", Unary("aten::gelu"), OpClass::kElementwise, 0, 72, 24, 24},
      {"gelu backward: 16 + 6", Binary("aten::gelu_backward"), OpClass::kElementwise, 0, 132, 48, 24},
      {"softplus: 16", Unary("aten::softplus"), OpClass::kElementwise, 0, 96, 24, 24},
      {"softplus backward: 8 + 5", Binary("aten::softplus_backward"), OpClass::kElementwise, 0, 78, 48, 24},
      {"tanh backward: 3", Binary("aten::tanh_backward"), OpClass::kElementwise, 0, 18, 48, 24},
      {"addcmul: 3", Ternary("aten::addcmul_"), OpClass::kElementwise, 0, 18, 72, 24},
      {"addcdiv: 8 + 2", Ternary("aten::addcdiv_"), OpClass::kElementwise, 0, 60, 72, 24},
      {"lerp: 3", Binary("aten::lerp_"), OpClass::kElementwise, 0, 18, 48, 24},
      {"masked_fill: 1", Op("aten::masked_fill").In(kF32, k23).In(kBool, k23).In(kF32, {}), OpClass::kElementwise, 0, 6,
       30, 24},
      {"square: 1", Unary("aten::pow").Int("exponent", 2), OpClass::kElementwise, 0, 6, 24, 24},
      {"cube: 2", Unary("aten::pow").Real("exponent", 3.0), OpClass::kElementwise, 0, 12, 24, 24},
      {"square root: 8", Unary("aten::pow").Real("exponent", 0.5), OpClass::kElementwise, 0, 48, 24, 24},
      {"reciprocal: 8", Unary("aten::pow").Int("exponent", -1), OpClass::kElementwise, 0, 48, 24, 24},
      {"inverse square: 1 + 8", Unary("aten::pow").Int("exponent", -2), OpClass::kElementwise, 0, 54, 24, 24},
      {"any power: 17", Unary("aten::pow").Real("exponent", 2.5), OpClass::kElementwise, 0, 102, 24, 24},
      {"tensor power: 17", Binary("aten::pow"), OpClass::kElementwise, 0, 102, 48, 24},
  });
}

TEST(ReductionWorkTest, FlopOfEachKind) {
  ExpectWork({
      {"sum of all", Unary("aten::sum"), OpClass::kReduction, 0, 6, 24, 4},
      {"sum of rows", Unary("aten::sum").Ints("dim", {1}), OpClass::kReduction, 0, 6, 24, 8},
      {"sum of columns", Unary("aten::sum").Ints("dim", {-2}), OpClass::kReduction, 0, 6, 24, 12},
      // Six elements seen, three of their own.
      {"sum of an expanded tensor", Op("aten::sum").In(kF32, k23, {0, 1}), OpClass::kReduction, 0, 6, 12, 4},
      {"mean", Unary("aten::mean").Ints("dim", {0, 1}), OpClass::kReduction, 0, 6, 24, 4},
      {"argmax", Unary("aten::argmax").Int("dim", 1), OpClass::kReduction, 0, 6, 24, 16},
      {"maximum with indices", Unary("aten::max").Int("dim", 1).Flag("keepdim", false).Out(kF32, {2}).Out(kI64, {2}),
       OpClass::kReduction, 0, 6, 24, 24},
      {"variance: 4", Unary("aten::var").Ints("dim", {1}), OpClass::kReduction, 0, 24, 24, 8},
      {"norm: 2", Unary("aten::linalg_vector_norm").Int("ord", 2).Ints("dim", {1}), OpClass::kReduction, 0, 12, 24, 8},
      // Without names the order of the norm, 2, stands before the axes.
      {"norm by position", Unary("aten::norm").Int("", 2).Ints("", {1}), OpClass::kReduction, 0, 12, 24, 8},
      {"logsumexp: 8 + 3", Unary("aten::logsumexp").Ints("dim", {1}), OpClass::kReduction, 0, 66, 24, 8},
      {"squared error: 3", Binary("aten::mse_loss"), OpClass::kReduction, 0, 18, 48, 4},
  });
}

TEST(SoftmaxWorkTest, ForwardAndBackward) {
  ExpectWork({
      // 8 elements · 12 + 2 rows · 8 = 112; short rows are read once.
      {"rows", Op("aten::_softmax").In(kF32, {2, 4}).Int("dim", -1).Flag("half_to_float", false), OpClass::kSoftmax, 0,
       112, 32, 32},
      // 96 + 4 columns · 8.
      {"columns", Op("aten::_log_softmax").In(kF32, {2, 4}).Int("dim", 0).Flag("half_to_float", false),
       OpClass::kSoftmax, 0, 128, 32, 32},
      // 8 · 4.
      {"backward", Op("aten::_softmax_backward_data").In(kF32, {2, 4}).In(kF32, {2, 4}).Int("dim", -1),
       OpClass::kSoftmax, 0, 32, 64, 32},
      // The mask's 8 bytes are read, too.
      {"masked backward",
       Op("aten::_masked_softmax_backward").In(kF32, {2, 4}).In(kF32, {2, 4}).In(kBool, {2, 4}).Int("dim", -1),
       OpClass::kSoftmax, 0, 32, 72, 32},
      // 2,048 · 12 + 8.
      {"long rows", Op("aten::_softmax").In(kF32, {1, 2048}).Int("dim", -1).Flag("half_to_float", false),
       OpClass::kSoftmax, 0, 24584, 8192, 8192},
      // 8 · 11.
      {"log backward", Op("aten::_log_softmax_backward_data").In(kF32, {2, 4}).In(kF32, {2, 4}).Int("dim", -1),
       OpClass::kSoftmax, 0, 88, 64, 32},
  });
}

Op BatchNorm(bool training) {
  Op op("aten::native_batch_norm");
  op.In(kF32, {2, 3, 4}).In(kF32, {3}).In(kF32, {3}).In(kF32, {3}).In(kF32, {3}).Flag("training", training);
  op.Real("momentum", 0.1).Real("eps", 1e-5).Out(kF32, {2, 3, 4});
  const int64_t saved = training ? 3 : 0;
  return op.Out(kF32, {saved}).Out(kF32, {saved});
}

// Of two rows of 4.
Op LayerNormBackward(bool affine) {
  Op op("aten::native_layer_norm_backward");
  op.In(kF32, {2, 4}).In(kF32, {2, 4}).Ints("normalized_shape", {4}).In(kF32, {2, 1}).In(kF32, {2, 1});
  return affine ? op.In(kF32, {4}).In(kF32, {4}) : op.None().None();
}

struct RereadCase {
  const char* what;
  trace::Signature signature;
  double bytes;
  double row_bytes;
  double flop = 0;
  // More than one: by a kernel of its own.
  int kernels = 1;
};

// Rows of more than 1,024 for softmax, all rows for normalizations, and whole tensors for gradients by two kernels.
TEST(NormalizationWorkTest, WhatIsReadAgain) {
  const std::vector<RereadCase> cases = {
      {"short softmax", Op("aten::_softmax").In(kF32, {3, 1024}).Int("dim", -1).Flag("half_to_float", false), 0, 0},
      {"long softmax", Op("aten::_softmax").In(kF32, {3, 2048}).Int("dim", -1).Flag("half_to_float", false), 24576,
       8192, 6144 * 9},
      // Tensors of 24,576 bytes: one written and two read by the second kernel, of which two must stay near.
      {"softmax backward", Op("aten::_softmax_backward_data").In(kF32, {3, 2048}).In(kF32, {3, 2048}).Int("dim", -1),
       73728, 49152, 0, 2},
      {"masked softmax backward",
       Op("aten::_masked_softmax_backward").In(kF32, {3, 4}).In(kF32, {3, 4}).In(kBool, {3, 4}).Int("dim", -1), 144, 96,
       0, 2},
      // The gradient alone is read for the sum.
      {"log softmax backward",
       Op("aten::_log_softmax_backward_data").In(kF32, {3, 2048}).In(kF32, {3, 2048}).Int("dim", -1), 24576, 8192},
      {"short log softmax backward",
       Op("aten::_log_softmax_backward_data").In(kF32, {3, 1024}).In(kF32, {3, 1024}).Int("dim", -1), 0, 0},
      {"layer norm, rows as many as means",
       Op("aten::native_layer_norm")
           .In(kF32, {2, 3, 4})
           .Ints("normalized_shape", {3, 4})
           .None()
           .None()
           .Out(kF32, {2, 3, 4})
           .Out(kF32, {2, 1, 1}),
       96, 48},
      {"layer norm without results",
       Op("aten::native_layer_norm").In(kF32, {2, 3, 4}).Ints("normalized_shape", {4}).None().None(), 96, 16},
      {"ONNX, a row as long as the weight", Op("onnx::LayerNormalization").In(kF32, {2, 3, 4}).In(kF32, {4}), 96, 16},
      {"group norm without results: groups of samples",
       Op("aten::native_group_norm")
           .In(kF32, {2, 6, 6})
           .In(kF32, {6})
           .In(kF32, {6})
           .Int("N", 2)
           .Int("C", 6)
           .Int("HxW", 6)
           .Int("group", 3),
       288, 48},
      {"layer norm backward, the weight's gradient by a kernel of its own", LayerNormBackward(true), 64, 64, 0, 2},
      {"layer norm backward without a weight", LayerNormBackward(false), 0, 0},
      {"group norm backward, sums before, with a weight or without",
       Op("aten::native_group_norm_backward")
           .In(kF32, {2, 6, 4})
           .In(kF32, {2, 6, 4})
           .In(kF32, {2, 3})
           .In(kF32, {2, 3})
           .None(),
       384, 384, 0, 2},
      {"batch norm, a row a channel", BatchNorm(true), 96, 32},
      {"batch norm in inference", BatchNorm(false), 0, 0},
  };
  for (const RereadCase& expected : cases) {
    SCOPED_TRACE(expected.what);
    const absl::StatusOr<Work> work = WorkOf(expected.signature);
    ASSERT_TRUE(work.ok()) << work.status();
    EXPECT_DOUBLE_EQ(work->reread.bytes.value(), expected.bytes);
    EXPECT_DOUBLE_EQ(work->reread.row.value(), expected.row_bytes);
    EXPECT_DOUBLE_EQ(work->reread.vector.value(), expected.flop);
    EXPECT_EQ(work->kernels, expected.kernels);
    EXPECT_EQ(work->reread.between_kernels, expected.kernels > 1);
  }
}

TEST(NormalizationWorkTest, LayerNorm) {
  ExpectWork({
      // 8 elements · (6 + 2) + 2 rows · 8 = 80; 32 + 16 + 16 = 64 read; 32 + 8 + 8 written.
      {"affine",
       Op("aten::native_layer_norm")
           .In(kF32, {2, 4})
           .Ints("normalized_shape", {4})
           .In(kF32, {4})
           .In(kF32, {4})
           .Real("eps", 1e-5)
           .Out(kF32, {2, 4})
           .Out(kF32, {2, 1})
           .Out(kF32, {2, 1}),
       OpClass::kNormalization, 0, 80, 64, 48},
      // 8 · 6, and no result recorded: rows are not known to be two.
      {"plain", Op("aten::native_layer_norm").In(kF32, {2, 4}).Ints("normalized_shape", {4}).None().None(),
       OpClass::kNormalization, 0, 48, 32, 32},
      // 8 · 13; 32 + 32 + 8 + 8 + 16 + 16 = 112 read; 32 + 16 + 16 written.
      {"backward", LayerNormBackward(true), OpClass::kNormalization, 0, 104, 112, 64},
      // 8 · 9 without a weight; 64 + 16 read; 32 written.
      {"plain backward", LayerNormBackward(false), OpClass::kNormalization, 0, 72, 80, 32},
  });
}

TEST(NormalizationWorkTest, BatchNorm) {
  ExpectWork({
      // 24 · 8 + 3 channels · (8 + 6) = 234; 96 + 4 · 12 = 144 read; 96 + 2 · 12, and the running 2 · 12,
      // written.
      {"training", BatchNorm(true), OpClass::kNormalization, 0, 234, 144, 144},
      // 24 · 2 + 3 · 11 = 81; 96 + 48 read; 96 written.
      {"inference", BatchNorm(false), OpClass::kNormalization, 0, 81, 144, 96},
      // 24 · 13; 192 + 5 · 12 = 252 read; 96 + 12 + 12 written.
      {"backward",
       Op("aten::native_batch_norm_backward")
           .In(kF32, {2, 3, 4})
           .In(kF32, {2, 3, 4})
           .In(kF32, {3})
           .In(kF32, {3})
           .In(kF32, {3})
           .In(kF32, {3})
           .In(kF32, {3}),
       OpClass::kNormalization, 0, 312, 252, 120},
  });
}

TEST(OptimizerWorkTest, Lists) {
  ExpectWork({
      // 6 + 4 elements; both lists read, the first written.
      {"foreach add", Op("aten::_foreach_add_").List(kF32, {{2, 3}, {4}}).List(kF32, {{2, 3}, {4}}),
       OpClass::kOptimizerUpdate, 0, 10, 80, 40},
      {"foreach addcdiv: 10",
       Op("aten::_foreach_addcdiv_").List(kF32, {{2, 3}}).List(kF32, {{2, 3}}).List(kF32, {{2, 3}}),
       OpClass::kOptimizerUpdate, 0, 60, 72, 24},
      // 6 · 28; four lists read, three written.
      {"fused Adam", Op("aten::_fused_adamw_").List(kF32, {k23}).List(kF32, {k23}).List(kF32, {k23}).List(kF32, {k23}),
       OpClass::kOptimizerUpdate, 0, 168, 96, 72},
  });
}

}  // namespace
}  // namespace sandglass::ops
