// Layers of recurrent cells (Elman, LSTM, GRU) as libraries run them: all steps in one operator.
//
// For each layer and direction, with g gates (1, 4 for LSTM, 3 for GRU), T steps of a batch B, inputs of size I and
// states of size H:
//   x·W of all steps at once          [T·B, I] by [I, g·H]
//   h·R, one step after the other     T times [B, H] by [H, g·H]
//   gates of an element of a state    LSTM: three sigmoids, two tanh and 12 operations; GRU: two sigmoids, a tanh and
//                                     11; Elman: a tanh and 2
//
// Later layers take the states of all directions as inputs. Directions run side by side, layers one after the other.
// Backward, gradients of states go the same way back, those of inputs and of both weights are products of all steps:
// twice the FLOP. Weights of a step are read again in each, if the chip cannot keep them. oneDNN's operators are of one
// layer one way, whatever they say of the whole.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::Tensor;

struct Cell {
  int64_t gates = 1;
  double forward_flop = 0;
  // Of the derivatives of gates and states.
  double backward_flop = 0;
};

// By the library's number of the mode: Elman with relu or tanh, LSTM, GRU.
constexpr std::array<Cell, 4> kCells = {{{1, 3, 3},
                                         {1, kTranscendentalFlop + 2, 4},
                                         {4, 5 * kTranscendentalFlop + 12, 24},
                                         {3, 3 * kTranscendentalFlop + 11, 20}}};
// MIOpen's layers have no projections, which stand behind the size of the state.
constexpr int kMiopenModePosition = 5;
// Arguments, and the result that cuDNN's layers hand through.
constexpr uint32_t kWeights = 1;
constexpr uint32_t kWeightBuffer = 3;
constexpr uint32_t kWeightBufferResult = 4;
// Of sizes and of turns; products of three of them fit 63 bits, and twice the turns 31.
constexpr int64_t kLargest = int64_t{1} << 29;
// A step's product and its gates.
constexpr int32_t kKernelsPerStep = 2;

struct Layers {
  Cell cell;
  // Of all steps; each has `batch` in the mean.
  int64_t rows = 0;
  int64_t steps = 0;
  int64_t batch = 0;
  int64_t input = 0;
  int64_t hidden = 0;
  int64_t layers = 1;
  int64_t directions = 1;
  // Whether weights come as a list and as a buffer as well, which are the same memory: cuDNN's do.
  bool weights_in_buffer = false;

  int64_t columns() const { return cell.gates * hidden; }
  // Sizes of what all layers take in, added up.
  int64_t inputs() const { return input + (layers - 1) * directions * hidden; }
  double states() const {
    return static_cast<double>(rows) * static_cast<double>(hidden) * static_cast<double>(layers) *
           static_cast<double>(directions);
  }
};

// Arguments: the mode stands at `position`, behind it the size of a state, in cuDNN that of a projection, then layers,
// batch_first, dropout, train and bidirectional. The input is [steps, batch, size], or packed as [rows, size] with a
// list of how many rows a step has behind.
Layers LayersOf(Account& account, uint32_t position, bool projects) {
  const Tensor& input = account.NeedRank(0, 2, 3);
  Layers layers;
  if (!account.ok()) return layers;
  layers.weights_in_buffer = projects;
  const uint32_t skip = projects ? 1 : 0;
  const std::optional<int64_t> mode = account.Integer("mode", position);
  const std::optional<int64_t> hidden = account.Integer("hidden_size", position + 1);
  const std::optional<int64_t> count = account.Integer("num_layers", position + 2 + skip);
  if (!mode.has_value() || *mode < 0 || *mode >= static_cast<int64_t>(kCells.size()) || !hidden.has_value() ||
      *hidden <= 0 || !count.has_value()) {
    account.Missing("attributes: lack the cell's mode, 0 to 3, the size of its state, or the number of layers");
    return layers;
  }
  if (projects && account.Integer("proj_size", position + 2).value_or(0) > 0) {
    account.Missing("attributes: states are projected, which is not modelled");
    return layers;
  }
  const bool batch_first = account.Boolean("batch_first", position + 3 + skip).value_or(false);
  layers.cell = kCells.at(static_cast<size_t>(*mode));
  layers.hidden = *hidden;
  layers.layers = *count;
  if (layers.hidden > kLargest || layers.layers < 1 || layers.layers > kLargest) {
    account.Invalid("attributes: as many layers, or so large a state, no operator has");
    return layers;
  }
  layers.directions = account.Boolean("bidirectional", position + 6 + skip).value_or(false) ? 2 : 1;
  layers.input = account.Dim(input, -1);
  if (input.dims.size() == 3) {
    layers.steps = account.Dim(input, batch_first ? 1 : 0);
    layers.batch = account.Dim(input, batch_first ? 0 : 1);
    layers.rows = account.Product({layers.steps, layers.batch}, "inputs[0].dims");
  } else if (const auto sizes = account.Integers("batch_sizes", position + 7 + skip);
             sizes.has_value() && !sizes->empty()) {
    // Sequences of several lengths: as many steps as the longest has.
    layers.rows = account.Dim(input, 0);
    layers.steps = static_cast<int64_t>(sizes->size());
    layers.batch = layers.rows / layers.steps + (layers.rows % layers.steps > 0 ? 1 : 0);
  } else {
    account.Missing("attributes: lack how many rows each step of packed sequences has");
    return layers;
  }
  if (account.ok() && account.Product({layers.steps, layers.layers}, "inputs[0].dims") > kLargest) {
    account.Invalid("inputs[0].dims: as many steps no operator has");
  }
  if (account.ok() && layers.input > kLargest) account.Invalid("inputs[0].dims: rows are too long");
  return layers;
}

// One layer one way. The mode stands at `position`, behind it the size of a state. The input is [steps, batch, size],
// wherever the caller has the batch.
Layers OneLayerOf(Account& account, uint32_t position) {
  const Tensor& input = account.NeedRank(0, 3, 3);
  Layers layers;
  if (!account.ok()) return layers;
  const std::optional<int64_t> mode = account.Integer("mode", position);
  const std::optional<int64_t> hidden = account.Integer("hidden_size", position + 1);
  if (!mode.has_value() || *mode < 0 || *mode >= static_cast<int64_t>(kCells.size()) || !hidden.has_value() ||
      *hidden <= 0) {
    account.Missing("attributes: lack the cell's mode, 0 to 3, or the size of its state");
    return layers;
  }
  layers.cell = kCells.at(static_cast<size_t>(*mode));
  layers.hidden = *hidden;
  layers.steps = account.Dim(input, 0);
  layers.batch = account.Dim(input, 1);
  layers.input = account.Dim(input, 2);
  layers.rows = account.Product({layers.steps, layers.batch}, "inputs[0].dims");
  if (account.ok() && std::max({layers.hidden, layers.steps, layers.input}) > kLargest) {
    account.Invalid("inputs[0].dims: so large a layer no operator has");
  }
  return layers;
}

// Products of all steps, and those of one after the other; the second's FLOP are of all turns.
void Products(Account& account, const Layers& layers, int64_t inputs) {
  const int64_t columns = account.Product({layers.directions, layers.columns()}, "attributes");
  const trace::DataType dtype = account.Need(0).dtype;
  account.Matrix({.batch = 1, .m = layers.rows, .n = columns, .k = inputs}, dtype);
  account.MatrixInTurns({.batch = layers.directions, .m = layers.batch, .n = layers.columns(), .k = layers.hidden},
                        account.Product({layers.steps, layers.layers}, "attributes"));
}

// Weights of one layer's steps, which its steps share.
void StepWeights(Account& account, const Layers& layers) {
  const double weights = static_cast<double>(layers.directions) * static_cast<double>(layers.columns()) *
                         static_cast<double>(layers.hidden);
  account.RereadShared(
      account.ElementBytes(account.Need(0), weights),
      static_cast<double>(layers.layers) * static_cast<double>(std::max<int64_t>(0, layers.steps - 1)));
}

void ReadInputs(Account& account, const Layers& layers) {
  const bool listed = !account.FindList(kWeights).empty();
  for (const Tensor* operand : account.operands()) {
    if (operand->position == kWeightBuffer && listed && layers.weights_in_buffer) continue;
    account.Read(*operand);
  }
}

// Results, of which the last is the buffer of weights that came in.
void WriteStates(Account& account, const Tensor& inferred) {
  if (!account.signature().outputs_recorded) {
    account.Write(inferred);
    return;
  }
  for (const Tensor& output : account.signature().outputs) {
    if (output.position != kWeightBufferResult) account.Write(output);
  }
}

void Steps(Account& account, const Layers& layers) {
  const int64_t turns = layers.steps * layers.layers;
  account.Loop(turns, kKernelsPerStep + static_cast<int32_t>(layers.cell.gates));
  account.Kernels(static_cast<int32_t>(layers.layers + kKernelsPerStep * turns));
}

void Forward(Account& account, const Layers& layers) {
  if (!account.ok()) return;
  Products(account, layers, layers.inputs());
  account.Vector(layers.cell.forward_flop * layers.states());
  ReadInputs(account, layers);
  StepWeights(account, layers);
  Steps(account, layers);
  WriteStates(account, MakeTensor(account.Need(0).dtype, {layers.rows, layers.directions * layers.hidden}));
}

// Of all steps: the inputs' gradient, and both weights'.
void Backward(Account& account, const Layers& layers) {
  if (!account.ok()) return;
  Products(account, layers, 2 * layers.inputs() + layers.layers * layers.hidden);
  account.Vector(layers.cell.backward_flop * layers.states());
  ReadInputs(account, layers);
  StepWeights(account, layers);
  Steps(account, layers);
  account.WriteResults(account.Need(0));
}

}  // namespace

void RecurrentLayersWork(Account& account) {
  const bool projects = account.parameter() != kMiopenModePosition;
  Forward(account, LayersOf(account, static_cast<uint32_t>(account.parameter()), projects));
}

void RecurrentLayersBackwardWork(Account& account) {
  Backward(account, LayersOf(account, static_cast<uint32_t>(account.parameter()), true));
}

void OneRecurrentLayerWork(Account& account) {
  Forward(account, OneLayerOf(account, static_cast<uint32_t>(account.parameter())));
}

void OneRecurrentLayerBackwardWork(Account& account) {
  Backward(account, OneLayerOf(account, static_cast<uint32_t>(account.parameter())));
}

}  // namespace sandglass::ops
