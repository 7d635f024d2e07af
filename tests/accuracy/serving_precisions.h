// The formats of products in the tables of serving stacks.
#ifndef SANDGLASS_TESTS_ACCURACY_SERVING_PRECISIONS_H_
#define SANDGLASS_TESTS_ACCURACY_SERVING_PRECISIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/trace/trace.h"
#include "tests/accuracy/operators.h"

namespace sandglass::accuracy {

struct ServingPrecision {
  trace::DataType dtype = trace::DataType::kUnspecified;
  // Activations come in BF16 and are quantized in the call that is timed.
  bool quantizes = false;
  // With a scale for each block of operands.
  bool scales_blocks = false;
};

// As the tables name it; nullopt: one that is not scored.
inline std::optional<ServingPrecision> ServingPrecisionOf(absl::string_view name) {
  if (name == "bfloat16") return ServingPrecision{trace::DataType::kBfloat16};
  if (name == "fp8") return ServingPrecision{trace::DataType::kFloat8E4m3, true};
  if (name == "fp8_block") return ServingPrecision{trace::DataType::kFloat8E4m3, true, true};
  if (name == "nvfp4") return ServingPrecision{trace::DataType::kFloat4E2m1, true};
  return std::nullopt;
}

// The operator of vLLM that quantizes activations for it; empty: none does.
inline absl::string_view QuantizerOf(const ServingPrecision& precision) {
  if (!precision.quantizes) return "";
  if (precision.dtype == trace::DataType::kFloat4E2m1) return "_C::scaled_fp4_quant";
  // Its arguments begin with the input, the others' with the result.
  return precision.scales_blocks ? "_C::per_token_group_fp8_quant" : "_C::dynamic_per_token_scaled_fp8_quant";
}

// [m, k] by [k, n].
inline std::vector<trace::Signature> ServingProduct(const ServingPrecision& precision, int64_t m, int64_t n,
                                                    int64_t k) {
  constexpr trace::DataType kHalf = trace::DataType::kBfloat16;
  if (!precision.quantizes) return {Product(precision.dtype, m, n, k)};
  ops::Op quantizer((std::string(QuantizerOf(precision))));
  if (precision.scales_blocks) {
    quantizer.In(kHalf, {m, k}).In(precision.dtype, {m, k});
  } else {
    quantizer.In(precision.dtype, {m, k}).In(kHalf, {m, k});
  }
  if (precision.dtype != trace::DataType::kFloat4E2m1) {
    return {quantizer,
            ops::Op("_C::cutlass_scaled_mm").In(kHalf, {m, n}).In(precision.dtype, {m, k}).In(precision.dtype, {k, n})};
  }
  constexpr trace::DataType kPacked = trace::DataType::kUint8;
  return {quantizer,
          ops::Op("_C::cutlass_scaled_fp4_mm").In(kHalf, {m, n}).In(kPacked, {m, k / 2}).In(kPacked, {n, k / 2})};
}

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_SERVING_PRECISIONS_H_
