// Signatures of operators that measured rows are about, as a trace would have them.
#ifndef SANDGLASS_TESTS_ACCURACY_OPERATORS_H_
#define SANDGLASS_TESTS_ACCURACY_OPERATORS_H_

#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/trace/trace.h"

namespace sandglass::accuracy {

inline int64_t ElementsOf(const ops::Dims& dims) {
  return std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>());
}

inline trace::Signature Product(trace::DataType dtype, int64_t m, int64_t n, int64_t k) {
  return ops::Op("aten::mm").In(dtype, {m, k}).In(dtype, {k, n}).Out(dtype, {m, n});
}

inline trace::Signature BatchedProduct(trace::DataType dtype, int64_t batch, int64_t m, int64_t n, int64_t k) {
  return ops::Op("aten::bmm").In(dtype, {batch, m, k}).In(dtype, {batch, k, n}).Out(dtype, {batch, m, n});
}

// `inputs` broadcast to `output`; one input: the other operand is a number, or there is none.
inline trace::Signature Elementwise(const std::string& name, trace::DataType dtype,
                                    const std::vector<ops::Dims>& inputs, const ops::Dims& output) {
  ops::Op op(name);
  for (const ops::Dims& dims : inputs) op.In(dtype, dims);
  return op.Out(dtype, output);
}

// A contiguous copy.
inline trace::Signature Copy(trace::DataType dtype, const ops::Dims& dims) {
  return ops::Op("aten::clone").In(dtype, dims).Out(dtype, dims);
}

// A tensor set to a number.
inline trace::Signature Fill(trace::DataType dtype, const ops::Dims& dims) {
  return ops::Op("aten::zero_").In(dtype, dims).Out(dtype, dims);
}

// Elements of a tensor where `mask`, which broadcasts, holds; a number elsewhere.
inline trace::Signature Selection(trace::DataType dtype, const ops::Dims& mask, const ops::Dims& dims) {
  return ops::Op("aten::where").In(ops::kBool, mask).In(dtype, dims).Out(dtype, dims);
}

inline trace::Signature Cast(trace::DataType from, trace::DataType to, const ops::Dims& dims) {
  return ops::Op("aten::_to_copy").In(from, dims).Out(to, dims);
}

// A transfer of `elements` in all among `ranks`.
inline trace::Signature Collective(trace::TransferType type, trace::DataType dtype, int64_t elements, int64_t ranks) {
  trace::Signature signature = ops::Op("nccl:collective").Kind(trace::Kind::kCollective);
  const bool gathers = type == trace::TransferType::kAllGather;
  const bool scatters = type == trace::TransferType::kReduceScatter;
  signature.communication = trace::Communication{.type = type,
                                                 .input_elements = gathers ? elements / ranks : elements,
                                                 .output_elements = scatters ? elements / ranks : elements,
                                                 .dtype = dtype,
                                                 .ranks = ranks};
  return signature;
}

// Fused attention of `queries` positions over `keys`, by kernels written for Hopper and later or by older ones; `heads`
// of queries share `key_heads` of keys and values.
inline trace::Signature Attention(trace::DataType dtype, int64_t batch, int64_t heads, int64_t key_heads,
                                  int64_t queries, int64_t keys, int64_t head_size, bool causal, bool recent) {
  ops::Op op(recent ? "aten::_scaled_dot_product_cudnn_attention" : "aten::_scaled_dot_product_flash_attention");
  op.In(dtype, {batch, heads, queries, head_size})
      .In(dtype, {batch, key_heads, keys, head_size})
      .In(dtype, {batch, key_heads, keys, head_size});
  if (recent) op.None().Flag("compute_log_sumexp", false);
  return op.Real("dropout_p", 0).Flag("is_causal", causal).Out(dtype, {batch, heads, queries, head_size});
}

inline trace::Signature Softmax(trace::DataType dtype, int64_t rows, int64_t columns) {
  return ops::Op("aten::_softmax")
      .In(dtype, {rows, columns})
      .Int("dim", -1)
      .Flag("half_to_float", false)
      .Out(dtype, {rows, columns});
}

inline trace::Signature LayerNorm(trace::DataType dtype, int64_t rows, int64_t columns) {
  return ops::Op("aten::native_layer_norm")
      .In(dtype, {rows, columns})
      .Ints("normalized_shape", {columns})
      .In(dtype, {columns})
      .In(dtype, {columns})
      .Real("eps", 1e-5)
      .Out(dtype, {rows, columns})
      .Out(dtype, {rows, 1})
      .Out(dtype, {rows, 1});
}

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_OPERATORS_H_
