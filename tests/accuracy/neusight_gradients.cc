#include "tests/accuracy/neusight_gradients.h"

#include <array>
#include <utility>

#include "tests/accuracy/operators.h"

namespace sandglass::accuracy {
namespace {

constexpr trace::DataType kType = ops::kF32;

// Nodes whose gradient is one operator on their own gradient and one tensor that was kept.
struct Kept {
  const char* op;
  const char* gradient;
};
constexpr std::array kKept = {Kept{"VECgelu", "aten::gelu_backward"}, Kept{"VECrelu", "aten::threshold_backward"},
                              Kept{"VECtanh", "aten::tanh_backward"}};

// A tensor's rows and columns; of none: one element.
std::array<int64_t, 2> Rows(const ops::Dims& dims) {
  const int64_t columns = dims.empty() ? 1 : dims.back();
  return {columns == 0 ? 0 : ElementsOf(dims) / columns, columns};
}

trace::Signature SoftmaxGradient(const ops::Dims& dims) {
  return ops::Op("aten::_softmax_backward_data").In(kType, dims).In(kType, dims).Int("dim", -1).Out(kType, dims);
}

trace::Signature LayerNormGradient(const ops::Dims& dims) {
  const auto [rows, columns] = Rows(dims);
  return ops::Op("aten::native_layer_norm_backward")
      .In(kType, dims)
      .In(kType, dims)
      .Ints("normalized_shape", {columns})
      .In(kType, {rows, 1})
      .In(kType, {rows, 1})
      .In(kType, {columns})
      .In(kType, {columns})
      .Out(kType, dims)
      .Out(kType, {columns})
      .Out(kType, {columns});
}

trace::Signature DropoutGradient(const ops::Dims& dims) {
  return ops::Op("aten::native_dropout_backward").In(kType, dims).In(ops::kBool, dims).Out(kType, dims);
}

// A bias's gradient is the sum over rows.
trace::Signature SumOverRows(const ops::Dims& dims) {
  const auto [rows, columns] = Rows(dims);
  return ops::Op("aten::sum")
      .In(kType, {rows, columns})
      .Ints("dim", {0})
      .Flag("keepdim", true)
      .Out(kType, {1, columns});
}

}  // namespace

std::vector<trace::Signature> GradientsOf(const NeusightForward& node, std::vector<trace::Signature> kernels) {
  const ops::Dims& dims = node.output;
  for (const Kept& kept : kKept) {
    if (node.op == kept.op) return {Elementwise(kept.gradient, kType, {dims, dims}, dims)};
  }
  if (node.op == "VECsoftmax") return {SoftmaxGradient(dims)};
  if (node.op == "VECln") return {LayerNormGradient(dims)};
  if (node.op == "dropout") return {DropoutGradient(dims)};
  if (node.op == "where") return {Selection(kType, node.inputs.at(0), dims)};
  // A number has no gradient.
  const bool by_number = node.inputs.size() == 2 && ElementsOf(node.inputs[1]) == 1;
  if (by_number && node.op == "VECdiv") return {Elementwise("aten::div", kType, {dims}, dims)};
  if (node.op == "Linear" && node.parameters == 2) kernels.push_back(SumOverRows(dims));
  return kernels;
}

}  // namespace sandglass::accuracy
