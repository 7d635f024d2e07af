// Operators of serving stacks and products of quantized operands, worked by hand. A bf16 element is 2 bytes, an fp8 1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "analyzer/ops/work_case.h"

namespace sandglass::ops {
namespace {

using ::testing::HasSubstr;

constexpr trace::DataType kF8 = trace::DataType::kFloat8E4m3;
constexpr trace::DataType kF4 = trace::DataType::kFloat4E2m1;
constexpr trace::DataType kI8 = trace::DataType::kInt8;
constexpr trace::DataType kPacked = trace::DataType::kUint8;

// 4 rows of 6 in bf16.
Op Quantized(const char* name, trace::DataType to) {
  return Op(name).In(to, {4, 6}).In(kBf16, {4, 6}).In(kF32, {4, 1});
}

TEST(ServingWorkTest, WhatQuantizes) {
  ExpectWork({
      // 60·(24 + 4 rows of 3400 elements more); read 48, written 24.
      {"rows in blocks", Quantized("_C::dynamic_per_token_scaled_fp8_quant", kF8), OpClass::kElementwise, 0,
       60.0 * (24 + 4 * 3400), 48, 24},
      // No block of a row.
      {"groups", Op("_C::per_token_group_fp8_quant").In(kBf16, {4, 6}).In(kF8, {4, 6}).In(kF32, {4, 1}),
       OpClass::kElementwise, 0, 60.0 * 24, 48, 24},
      {"integers", Quantized("_C::dynamic_scaled_int8_quant", kI8), OpClass::kElementwise, 0, 6.0 * 24, 48, 24},
      {"two in a byte", Op("_C::scaled_fp4_quant").In(kPacked, {4, 3}).In(kBf16, {4, 6}), OpClass::kElementwise, 0,
       6.0 * 24, 48, 12},
      // Newer forms for 4 bits return their result.
      {"two in a byte, returned", Op("_C::scaled_fp4_quant").In(kBf16, {4, 6}).In(kF32, {}), OpClass::kElementwise, 0,
       6.0 * 24, 48, 12},
      // One scale of all: found in a kernel before.
      {"one scale", Op("_C::dynamic_scaled_fp8_quant").In(kF8, {4, 6}).In(kBf16, {4, 6}).In(kF32, {1}),
       OpClass::kElementwise, 0, 60.0 * (24 + 4 * 3400), 96, 24},
      {"nothing", Op("_C::static_scaled_fp8_quant").In(kF8, {0, 6}).In(kBf16, {0, 6}), OpClass::kElementwise, 0, 0, 0,
       0},
  });
  EXPECT_EQ(WorkOf(Quantized("_C::dynamic_per_token_scaled_fp8_quant", kF8))->vector_dtype, kF32);
  EXPECT_EQ(WorkOf(Quantized("_C::dynamic_scaled_fp8_quant", kF8))->kernels, 2);
  // ONNX's operators of the concept have arguments of their own.
  EXPECT_EQ(Classify(Op("onnx::QuantizeLinear").In(kF32, {4, 6}).In(kF32, {})).role, Role::kUnknown);
}

TEST(ServingWorkTest, ProductsOfQuantizedOperands) {
  const Op into = Op("_C::cutlass_scaled_mm").In(kBf16, {4, 5}).In(kF8, {4, 6}).In(kF8, {6, 5}).In(kF32, {4, 1});
  const Op packed = Op("_C::cutlass_scaled_fp4_mm")
                        .In(kBf16, {4, 5})
                        .In(kPacked, {4, 3})
                        .In(kPacked, {5, 3})
                        .In(kF8, {128, 4})
                        .In(kF8, {128, 4})
                        .In(kF32, {});
  const Op returned = Op("aten::_scaled_mm").In(kF8, {4, 6}).In(kF8, {6, 5}).In(kF32, {}).In(kF32, {});
  Op in_fp32 = returned;
  in_fp32.None().None().Int("out_dtype", 6);
  ExpectWork({
      // 2·4·5·6; read 24 + 30 and 4 scales, written 20 of 2 bytes.
      {"into an argument", into, OpClass::kGemm, 240, 0, 54 + 16, 40},
      // 4-bit elements are counted in pairs.
      {"pairs", Op("aten::_scaled_mm").In(kF4, {4, 3}).In(kF4, {3, 6}).In(kF8, {128, 4}).In(kF8, {128, 4}),
       OpClass::kGemm, 288, 0, 12 + 18 + 1024, 48},
      // The same with operands of half the bytes, and the scales of each.
      {"two in a byte", packed, OpClass::kGemm, 240, 0, 12 + 15 + 1024, 40},
      {"returned", returned, OpClass::kGemm, 240, 0, 54, 40},
      {"returned in fp32", in_fp32, OpClass::kGemm, 240, 0, 54, 80},
  });
  EXPECT_EQ(WorkOf(into)->matrix_dtype, kF8);
  EXPECT_EQ(WorkOf(packed)->matrix_dtype, trace::DataType::kFloat4E2m1);
  // The stack's kernels do not cut the depth; the library's do.
  EXPECT_TRUE(WorkOf(into)->problem->whole_depth);
  EXPECT_TRUE(WorkOf(packed)->problem->whole_depth);
  EXPECT_FALSE(WorkOf(returned)->problem->whole_depth);
  EXPECT_THAT(
      std::string(WorkOf(Op("_C::cutlass_scaled_fp4_mm").In(kBf16, {4, 5}).In(kPacked, {4, 3}).In(kPacked, {5, 2}))
                      .status()
                      .message()),
      HasSubstr("inputs[2].dims: the inner axis is 2, but 3 in the other operand"));
}

TEST(ServingWorkTest, NormalizedRows) {
  const Op plain = Op("_C::rms_norm").In(kBf16, {4, 6}).In(kBf16, {4, 6}).In(kBf16, {6}).Real("epsilon", 1e-6);
  const Op in_place = Op("_C::fused_add_rms_norm").In(kBf16, {4, 6}).In(kBf16, {4, 6}).In(kBf16, {6});
  const Op apart = Op("aiter::rmsnorm2d_fwd_with_add_ck")
                       .In(kBf16, {4, 6})
                       .In(kBf16, {4, 6})
                       .In(kBf16, {4, 6})
                       .In(kBf16, {4, 6})
                       .In(kBf16, {6});
  ExpectWork({
      // 4·24 + 8·4; read 48 and a weight of 12, written 48.
      {"plain", plain, OpClass::kNormalization, 0, 128, 60, 48},
      {"returned", Op("aiter::rms_norm").In(kBf16, {4, 6}).In(kBf16, {6}), OpClass::kNormalization, 0, 128, 60, 48},
      // Rows of two axes: 4·64 + 8·2 of [2, 4, 8] over [4, 8]; read 128 and a weight of 64.
      {"of PyTorch",
       Op("aten::_fused_rms_norm").In(kBf16, {2, 4, 8}).Ints("normalized_shape", {4, 8}).In(kBf16, {4, 8}),
       OpClass::kNormalization, 0, 272, 192, 128},
      // An addition more, and a residual that is read and written.
      {"of a sum, in place", in_place, OpClass::kNormalization, 0, 152, 108, 96},
      {"of a sum", apart, OpClass::kNormalization, 0, 152, 108, 96},
  });
  // What is normalized is read again, in rows of 12 bytes.
  EXPECT_EQ(WorkOf(plain)->reread.bytes, Bytes::Of(48));
  EXPECT_EQ(WorkOf(plain)->reread.row, Bytes::Of(12));
}

TEST(ServingWorkTest, GatesRotationsAndCaches) {
  // 3 positions, 2 heads of 8 elements for queries and 1 for keys, half of a head turned.
  const Op rotary = Op("_C::rotary_embedding")
                        .In(kI64, {3})
                        .In(kBf16, {3, 16})
                        .In(kBf16, {3, 8})
                        .Int("head_size", 8)
                        .In(kBf16, {100, 4})
                        .Flag("is_neox", true);
  const Op cache = Op("_C_cache_ops::reshape_and_cache_flash")
                       .In(kBf16, {3, 1, 8})
                       .In(kBf16, {3, 1, 8})
                       .In(kF8, {7, 16, 1, 8})
                       .In(kF8, {7, 16, 1, 8})
                       .In(kI64, {3});
  ExpectWork({
      // 10 an element of the result.
      {"swish", Op("_C::silu_and_mul").In(kBf16, {4, 6}).In(kBf16, {4, 12}), OpClass::kElementwise, 0, 240, 96, 48},
      {"gelu", Op("_C::gelu_and_mul").In(kBf16, {4, 6}).In(kBf16, {4, 12}), OpClass::kElementwise, 0, 312, 96, 48},
      // 3·(24 + 12); read 72 bytes, 3 positions of 8, and 3 rows of 4 sines and cosines.
      {"rotation", rotary, OpClass::kElementwise, 0, 108, 72 + 24 + 24, 72},
      // Read 48 + 48 and 3 slots of 8; written in fp8.
      {"cache", cache, OpClass::kScatter, 0, 0, 120, 48},
      // Two of three positions have slots.
      {"filled up",
       Op("_C_cache_ops::reshape_and_cache")
           .In(kBf16, {3, 1, 8})
           .In(kBf16, {3, 1, 8})
           .In(kBf16, {7, 1, 8})
           .In(kBf16, {7, 1, 8})
           .In(kI64, {2}),
       OpClass::kScatter, 0, 0, 64 + 16, 64},
  });
  EXPECT_EQ(WorkOf(rotary)->addressed, 12);
  EXPECT_EQ(WorkOf(cache)->addressed, 48);
}

TEST(ServingWorkTest, WrappersLeaveTheWorkToWhatTheyCall) {
  for (const char* name : {"vllm::rocm_unquantized_gemm", "vllm::unified_kv_cache_update"}) {
    EXPECT_EQ(Classify(Op(name).In(kBf16, {4, 6})).role, Role::kComposite) << name;
  }
}

}  // namespace
}  // namespace sandglass::ops
