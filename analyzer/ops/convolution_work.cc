// Convolutions, forward and backward.
#include <algorithm>
#include <array>
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
  // Channels of one group there, and on the other side of the kernel.
  int64_t channels = 0;
  int64_t other_channels = 0;
  int64_t taps = 1;
  // Channels of the other side, and of this one, times taps.
  int64_t depth = 0;
  int64_t own_depth = 0;
  bool depthwise = false;
  // Tiles of 4 × 4 positions, taps along a side, and products of Winograd's algorithm (one for each element of a tile
  // and group); 0: it does not apply.
  int64_t tiles = 0;
  int32_t tap_side = 0;
  int64_t tile_products = 0;

  double Flop() const {
    return 2.0 * static_cast<double>(groups) * static_cast<double>(positions) * static_cast<double>(channels) *
           static_cast<double>(depth);
  }

  ConvolvedProduct Result() const {
    return Product(ConvolutionPass::kResult, {.batch = groups, .m = positions, .n = channels, .k = depth},
                   other_channels, {.m = tiles, .n = channels, .k = other_channels});
  }
  ConvolvedProduct GradientOfOther() const {
    return Product(ConvolutionPass::kInputGradient,
                   {.batch = groups, .m = positions, .n = other_channels, .k = own_depth}, channels,
                   {.m = tiles, .n = other_channels, .k = channels});
  }
  ConvolvedProduct GradientOfWeight() const {
    return Product(ConvolutionPass::kWeightGradient, {.batch = groups, .m = depth, .n = channels, .k = positions},
                   other_channels, {.m = other_channels, .n = channels, .k = tiles});
  }

 private:
  ConvolvedProduct Product(ConvolutionPass pass, const MatrixProblem& implicit, int64_t side_by_side,
                           MatrixProblem transformed) const {
    ConvolvedProduct product = {
        .pass = pass, .problem = implicit, .channels = side_by_side, .transformed = std::nullopt};
    if (tiles == 0) return product;
    transformed.batch = tile_products;
    product.transformed = transformed;
    product.tap_side = tap_side;
    const auto side = [](int64_t rows, int64_t columns) {
      return static_cast<double>(rows) * static_cast<double>(columns);
    };
    product.transformed_elements =
        static_cast<double>(transformed.batch) *
        (side(tiles, channels) + side(tiles, other_channels) + side(channels, other_channels));
    return product;
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
  const std::vector<int64_t> taps(weight.dims.begin() + 2, weight.dims.end());
  shape.taps = account.Product(taps, account.Path(weight) + ".dims");
  shape.other_channels = per_group;
  shape.depth = account.Product({per_group, shape.taps}, account.Path(weight) + ".dims");
  shape.own_depth =
      account.Product({account.Dim(weight, 0) / shape.groups, shape.taps}, account.Path(weight) + ".dims");
  std::vector<int64_t> positions(large.dims.begin(), large.dims.end());
  positions.erase(positions.begin() + 1);
  shape.positions = account.Product(positions, account.Path(large) + ".dims");
  shape.channels = account.Dim(weight, 0) / shape.groups;
  shape.depthwise = shape.groups > 1 && per_group == 1;
  return shape;
}

// Where an operator's arguments that are lists stand: they come in this order.
struct SpatialArguments {
  uint32_t stride = 0;

  uint32_t dilation() const { return stride + 2; }
};

bool AllOne(const std::vector<int64_t>& values) {
  return std::all_of(values.begin(), values.end(), [](int64_t value) { return value == 1; });
}

// Fills in the tiles of Winograd's algorithm: taps are a square of 3 or 5, and of a stride and a dilation of 1. A
// stride that is not recorded is one where there are no fewer results along an axis than inputs without the taps' ends.
void SetTiles(Account& account, const Tensor& large, const Tensor& small, const Tensor& weight,
              const SpatialArguments& at, ConvolutionShape& shape) {
  constexpr int64_t kTile = 4;
  if (!account.ok() || shape.depthwise || weight.dims.size() != 4) return;
  const int64_t side = weight.dims[2];
  if (weight.dims[3] != side || (side != 3 && side != 5)) return;
  if (!AllOne(PerAxis(account.Integers("stride", at.stride), 2, 1)) ||
      !AllOne(PerAxis(account.Integers("dilation", at.dilation()), 2, 1)))
    return;
  std::vector<int64_t> tiles = {large.dims[0]};
  for (const size_t axis : {2, 3}) {
    if (small.dims[axis] - large.dims[axis] > side - 1) return;
    tiles.push_back(large.dims[axis] / kTile + (large.dims[axis] % kTile > 0 ? 1 : 0));
  }
  const int64_t tile_side = kTile + side - 1;
  shape.tiles = account.Product(tiles, account.Path(large) + ".dims");
  shape.tap_side = static_cast<int32_t>(side);
  shape.tile_products = account.Product({shape.groups, tile_side * tile_side}, account.Path(weight) + ".dims");
}

// Elements of a product's operands that lie channels first, as contiguous tensors do, where that matters: with one tap,
// images are matrices as they lie.
double ChannelsFirst(Account& account, const ConvolutionShape& shape, const Tensor& one, const Tensor& other) {
  double elements = 0;
  if (shape.taps == 1) return elements;
  for (const Tensor* operand : {&one, &other}) {
    const bool last = operand->strides.size() == operand->dims.size() && operand->strides[1] == 1;
    if (!last) elements += static_cast<double>(account.Elements(*operand));
  }
  return elements;
}

// Share of the input's rows that taps meet: strides longer than the taps pass over the others. Along the last axis
// memory brings what lies between as well.
double RowsRead(Account& account, const Tensor& weight, const SpatialArguments& at) {
  const size_t axes = weight.dims.size() - 2;
  const std::vector<int64_t> strides = PerAxis(account.Integers("stride", at.stride), axes, 1);
  double share = 1;
  for (size_t axis = 0; axis + 1 < axes; ++axis) {
    if (strides[axis] > weight.dims[axis + 2]) {
      share *= static_cast<double>(weight.dims[axis + 2]) / static_cast<double>(strides[axis]);
    }
  }
  return share;
}

// Enters some of a convolution's products. With one channel a group there is nothing to share between rows and columns
// of a matrix unit: vector units do it.
void EnterProducts(Account& account, const ConvolutionShape& shape, const std::vector<ConvolvedProduct>& products,
                   trace::DataType dtype) {
  if (!account.ok() || products.empty()) return;
  if (shape.depthwise) {
    account.Vector(static_cast<double>(products.size()) * shape.Flop());
    return;
  }
  ConvolutionProblem convolution = {.products = {}, .count = static_cast<int32_t>(products.size())};
  std::copy(products.begin(), products.end(), convolution.products.begin());
  account.Convolution(convolution, dtype);
}

// By the results that are recorded; where none are, of input and weight.
struct WantedGradients {
  bool input = true;
  bool weight = true;
  bool bias = false;
};

WantedGradients Wanted(const trace::Signature& signature) {
  if (!signature.outputs_recorded) return {};
  std::array<bool, 3> known = {};
  for (const Tensor& output : signature.outputs) {
    if (output.shape_known && output.position < known.size()) known.at(output.position) = true;
  }
  return {.input = known[0], .weight = known[1], .bias = known[2]};
}

// Each gradient reads the two operands of its product. `rows`: share of the input's rows that taps meet; the others'
// gradient is set to zero before.
void MoveGradients(Account& account, const WantedGradients& wanted, double rows) {
  const Tensor& grad = account.Need(0);
  const Tensor& input = account.Need(1);
  const Tensor& weight = account.Need(2);
  if (wanted.input) {
    account.Read(grad);
    account.Read(weight);
    if (rows < 1) account.WriteBytes(rows * account.TensorBytes(input));
  }
  if (wanted.weight) {
    account.Read(grad);
    account.Read(input, rows);
  }
  if (account.signature().outputs_recorded) {
    account.WriteResults(std::nullopt);
  } else {
    account.Write(input);
    account.Write(weight);
  }
}

}  // namespace

// 2 FLOP for each output element and each tap of each channel of its group; input, weight and bias read once, but for
// rows that no tap meets. The matrix problem is the implicit product: positions × (channels of the group · taps) ×
// output channels of the group. Transposed, every input element meets each tap of each output channel, and the product
// has the input's positions.
void ConvolutionWork(Account& account) {
  constexpr SpatialArguments kArguments = {.stride = 3};
  const Tensor& input = account.NeedRank(0, 3, 5);
  const Tensor& weight = account.NeedRank(1, input.dims.size(), input.dims.size());
  if (!account.ok()) return;
  const bool usual = HasUsualArguments(account);
  const bool transposed = usual && account.Boolean("transposed", 6).value_or(false);
  const Tensor& result = account.Result(0, InferResult(account, input, weight));
  if (!account.ok()) return;
  ConvolutionShape shape =
      transposed ? ShapeOf(account, input, result, weight) : ShapeOf(account, result, input, weight);
  if (usual && !transposed) SetTiles(account, result, input, weight, kArguments, shape);
  // Transposed, it is the gradient of another's input.
  ConvolvedProduct product = transposed ? shape.GradientOfOther() : shape.Result();
  product.channels_first_elements = ChannelsFirst(account, shape, input, weight);
  EnterProducts(account, shape, {product}, input.dtype);
  // The bias, wherever it stands.
  if (account.operands().size() > 2) account.Vector(static_cast<double>(account.Elements(result)));
  for (const Tensor* operand : account.operands()) {
    const bool skips = usual && !transposed && operand == &input;
    account.Read(*operand, skips ? RowsRead(account, weight, kArguments) : 1);
  }
  account.Write(result);
}

// convolution_backward(grad_output, input, weight, ..., output_mask): as many FLOP as the forward for the gradient of
// the input and again for that of the weight, and an addition an element of grad_output for that of the bias. The
// results that are recorded say which are wanted.
void ConvolutionBackwardWork(Account& account) {
  const Tensor& grad = account.NeedRank(0, 3, 5);
  const Tensor& input = account.NeedRank(1, grad.dims.size(), grad.dims.size());
  const Tensor& weight = account.NeedRank(2, grad.dims.size(), grad.dims.size());
  if (!account.ok()) return;
  // The overrideable form has no sizes of the bias before them.
  const bool usual = ParseOpName(account.signature().name).key == "convolution_backward";
  const SpatialArguments at = {.stride = usual ? 4U : 3U};
  const bool transposed = account.Boolean("transposed", at.stride + 3).value_or(false);
  ConvolutionShape shape = transposed ? ShapeOf(account, input, grad, weight) : ShapeOf(account, grad, input, weight);
  if (!transposed) SetTiles(account, grad, input, weight, at, shape);
  const WantedGradients wanted = Wanted(account.signature());
  std::vector<ConvolvedProduct> products;
  if (wanted.input) {
    // Of a transposed one, it is a convolution of the gradient.
    products.push_back(transposed ? shape.Result() : shape.GradientOfOther());
    products.back().channels_first_elements = ChannelsFirst(account, shape, grad, weight);
  }
  if (wanted.weight) {
    products.push_back(shape.GradientOfWeight());
    products.back().channels_first_elements = ChannelsFirst(account, shape, grad, input);
  }
  EnterProducts(account, shape, products, input.dtype);
  if (wanted.bias) account.Vector(static_cast<double>(account.Elements(grad)));
  MoveGradients(account, wanted, transposed ? 1 : RowsRead(account, weight, at));
}

}  // namespace sandglass::ops
