// Convolutions, forward and backward.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::Tensor;

// What a convolution is as a product of matrices: for each of `groups`, [positions, depth] · [depth, channels].
struct ConvolutionShape {
  int64_t groups = 1;
  // Batch times spatial positions of the side on which the kernel is centred.
  int64_t positions = 0;
  // Channels of one group on the other side of the kernel, times the kernel's taps.
  int64_t depth = 0;
  // Channels of one group.
  int64_t channels = 0;
  bool depthwise = false;

  MatrixProblem Problem() const { return {.batch = groups, .m = positions, .n = channels, .k = depth}; }
  double Flop() const {
    return 2.0 * static_cast<double>(groups) * static_cast<double>(positions) * static_cast<double>(channels) *
           static_cast<double>(depth);
  }
};

// A list argument for every spatial axis: missing is the default, and one value serves all axes.
std::vector<int64_t> PerAxis(const std::optional<std::vector<int64_t>>& given, size_t axes, int64_t otherwise) {
  std::vector<int64_t> values = given.value_or(std::vector<int64_t>{});
  if (values.size() == 1) values.assign(axes, values[0]);
  if (values.size() != axes) values.assign(axes, otherwise);
  return values;
}

// Whether the arguments are those of "aten::convolution": input, weight, bias, stride, padding, dilation, transposed.
// Others have no flag for transposed forms and other positions.
bool HasUsualArguments(const Account& account) {
  const std::string key = ParseOpName(account.signature().name).key;
  return key == "convolution" || key == "_convolution" || key == "convolution_overrideable";
}

// Output size along an axis: ⌊(size + 2·padding − dilation·(taps − 1) − 1) / stride⌋ + 1.
std::optional<Tensor> InferResult(Account& account, const Tensor& input, const Tensor& weight) {
  const std::optional<std::vector<int64_t>> stride = account.Integers("stride", 3);
  const std::optional<std::vector<int64_t>> padding = account.Integers("padding", 4);
  if (!HasUsualArguments(account) || !stride.has_value() || !padding.has_value()) return std::nullopt;
  if (account.Boolean("transposed", 6).value_or(false)) return std::nullopt;
  const size_t axes = input.dims.size() - 2;
  const std::vector<int64_t> strides = PerAxis(stride, axes, 1);
  const std::vector<int64_t> paddings = PerAxis(padding, axes, 0);
  const std::vector<int64_t> dilations = PerAxis(account.Integers("dilation", 5), axes, 1);
  std::vector<int64_t> dims = {input.dims[0], weight.dims[0]};
  for (size_t axis = 0; axis < axes; ++axis) {
    // Arguments are any integers: in 128 bits nothing here overflows.
    const __int128 span = static_cast<__int128>(dilations[axis]) * (weight.dims[axis + 2] - 1) + 1;
    const __int128 room = static_cast<__int128>(paddings[axis]) * 2 + input.dims[axis + 2] - span;
    if (strides[axis] < 1 || room < 0 || room > std::numeric_limits<int32_t>::max()) return std::nullopt;
    dims.push_back(static_cast<int64_t>(room) / strides[axis] + 1);
  }
  return MakeTensor(input.dtype, dims);
}

// `large` is the side with positions to compute: the output, or the input of a transposed convolution. The weight is
// [out, in/groups, taps...], or [in, out/groups, taps...] if transposed, so its first axis belongs to `large` always.
ConvolutionShape ShapeOf(Account& account, const Tensor& large, const Tensor& small, const Tensor& weight) {
  ConvolutionShape shape;
  if (!account.ok()) return shape;
  const int64_t per_group = account.Dim(weight, 1);
  const int64_t small_channels = account.Dim(small, 1);
  if (per_group <= 0 || small_channels % per_group != 0) {
    account.Invalid(absl::StrCat(account.Path(weight), ".dims: ", per_group, " channels a group do not divide ",
                                 small_channels, " channels"));
    return shape;
  }
  shape.groups = std::max<int64_t>(1, small_channels / per_group);
  const std::vector<int64_t> taps(weight.dims.begin() + 1, weight.dims.end());
  shape.depth = account.Product(taps, account.Path(weight) + ".dims");
  std::vector<int64_t> positions(large.dims.begin(), large.dims.end());
  positions.erase(positions.begin() + 1);
  shape.positions = account.Product(positions, account.Path(large) + ".dims");
  shape.channels = account.Dim(weight, 0) / shape.groups;
  shape.depthwise = shape.groups > 1 && per_group == 1;
  return shape;
}

// With one channel a group there is nothing to share between rows and columns of a matrix unit: vector units do it.
void EnterProduct(Account& account, const ConvolutionShape& shape, MatrixProblem problem, trace::DataType dtype) {
  if (!account.ok()) return;
  if (shape.depthwise) {
    account.Vector(shape.Flop());
  } else {
    account.Matrix(problem, dtype);
  }
}

// Channels are the second axis of x and the first of the weight.
void CheckChannels(Account& account, const Tensor& input, const Tensor& weight) {
  if (account.Dim(input, 1) == account.Dim(weight, 0)) return;
  account.Invalid(absl::StrCat(account.Path(weight), ".dims: ", account.Dim(weight, 0), " channels, x has ",
                               account.Dim(input, 1)));
}

double CausalFlop(Account& account, const Tensor& weight) {
  return 2.0 * static_cast<double>(account.Dim(weight, 1)) + 2 * kTranscendentalFlop + 2;
}

}  // namespace

// 2 FLOP for each output element and each tap of each channel of its group; input, weight and bias read once.
// The matrix problem is the implicit product: positions × (channels of the group · taps) × output channels of the
// group. Transposed, every input element meets each tap of each output channel, and the product has the input's
// positions.
void ConvolutionWork(Account& account) {
  const Tensor& input = account.NeedRank(0, 3, 5);
  const Tensor& weight = account.NeedRank(1, input.dims.size(), input.dims.size());
  if (!account.ok()) return;
  const bool transposed = HasUsualArguments(account) && account.Boolean("transposed", 6).value_or(false);
  const Tensor& result = account.Result(0, InferResult(account, input, weight));
  if (!account.ok()) return;
  const ConvolutionShape shape =
      transposed ? ShapeOf(account, input, result, weight) : ShapeOf(account, result, input, weight);
  EnterProduct(account, shape, shape.Problem(), input.dtype);
  // The bias, wherever it stands.
  if (account.operands().size() > 2) account.Vector(static_cast<double>(account.Elements(result)));
  account.ReadOperands();
  account.Write(result);
}

// convolution_backward(grad_output, input, weight, ..., output_mask): as many FLOP as the forward for the gradient of
// the input and again for that of the weight, and an addition an element of grad_output for that of the bias. The
// operator is one problem twice as deep where both are wanted. output_mask says which are; unrecorded, the results do.
void ConvolutionBackwardWork(Account& account) {
  const Tensor& grad = account.NeedRank(0, 3, 5);
  const Tensor& input = account.NeedRank(1, grad.dims.size(), grad.dims.size());
  const Tensor& weight = account.NeedRank(2, grad.dims.size(), grad.dims.size());
  if (!account.ok()) return;
  const bool transposed = account.Boolean("transposed", 7).value_or(false);
  const ConvolutionShape shape =
      transposed ? ShapeOf(account, input, grad, weight) : ShapeOf(account, grad, input, weight);
  int64_t products = 0;
  bool bias = false;
  for (const Tensor& output : account.signature().outputs) {
    if (output.shape_known && output.position <= 1) ++products;
    if (output.shape_known && output.position == 2) bias = true;
  }
  if (!account.signature().outputs_recorded) products = 2;
  MatrixProblem problem = shape.Problem();
  problem.k = account.Product({problem.k, products}, "outputs");
  for (int64_t i = 0; shape.depthwise && i < products; ++i) EnterProduct(account, shape, problem, input.dtype);
  if (!shape.depthwise && products > 0) EnterProduct(account, shape, problem, input.dtype);
  if (bias) account.Vector(static_cast<double>(account.Elements(grad)));
  account.ReadOperands();
  if (account.signature().outputs_recorded) {
    account.WriteResults(std::nullopt);
  } else {
    account.Write(input);
    account.Write(weight);
  }
}

// Causal depthwise convolution of the causal-conv1d library: x [batch, channels, length], weight [channels, taps], bias
// [channels]; a multiply-add for each tap, the bias, and silu (exp 8, 1 + e 1, division 8): 2·taps + 18. A thread loads
// 16 bytes of one channel at a time, in blocks of 128.
void CausalConvolutionWork(Account& account) {
  constexpr double kThreads = 128;
  constexpr double kVectorBytes = 16;
  const Tensor& input = account.NeedRank(0, 3, 3);
  const Tensor& weight = account.NeedRank(1, 2, 2);
  if (!account.ok()) return;
  CheckChannels(account, input, weight);
  const auto elements = static_cast<double>(account.Elements(input));
  account.Vector(elements * CausalFlop(account, weight));
  const double row_bytes = account.ElementBytes(input, static_cast<double>(account.Dim(input, 2)));
  const double rows = static_cast<double>(account.Dim(input, 0)) * static_cast<double>(account.Dim(input, 1));
  account.ThreadTurns(rows * std::ceil(row_bytes / (kThreads * kVectorBytes)) * kThreads);
  for (const uint32_t position : {0U, 1U, 2U, 4U}) account.ReadIfGiven(position);
  account.Write(input);
}

// One step of it while decoding: x [batch, channels] or [batch, channels, steps], state [slots, channels, taps],
// weight, bias. States are read and written, in threads of a channel each.
void CausalConvolutionStepWork(Account& account) {
  const Tensor& input = account.NeedRank(0, 2, 3);
  const Tensor& state = account.NeedRank(1, 3, 3);
  const Tensor& weight = account.NeedRank(2, 2, 2);
  if (!account.ok()) return;
  CheckChannels(account, input, weight);
  account.Vector(static_cast<double>(account.Elements(input)) * CausalFlop(account, weight));
  const double channels = static_cast<double>(account.Dim(input, 0)) * static_cast<double>(account.Dim(input, 1));
  account.ThreadTurns(channels);
  const double states = account.ElementBytes(state, channels * static_cast<double>(account.Dim(state, 2)));
  account.ReadBytes(states);
  account.WriteBytes(states);
  for (const uint32_t position : {0U, 2U, 3U}) account.ReadIfGiven(position);
  account.Write(input);
}

}  // namespace sandglass::ops
