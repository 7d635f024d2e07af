// The formats of products in the tables of serving stacks.
#ifndef SANDGLASS_TESTS_ACCURACY_SERVING_PRECISIONS_H_
#define SANDGLASS_TESTS_ACCURACY_SERVING_PRECISIONS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
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

// [m, k] by [k, n].
inline std::vector<trace::Signature> ServingProduct(const ServingPrecision& precision, int64_t m, int64_t n,
                                                    int64_t k) {
  std::vector<trace::Signature> work;
  if (precision.quantizes) work.push_back(Cast(trace::DataType::kBfloat16, precision.dtype, {m, k}));
  work.push_back(Product(precision.dtype, m, n, k));
  return work;
}

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_SERVING_PRECISIONS_H_
