#include "tests/accuracy/neusight_nodes.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/neusight_gradients.h"
#include "tests/accuracy/operators.h"

namespace sandglass::accuracy {
namespace {

constexpr std::array kColumns = {"device",
                                 "model",
                                 "mode",
                                 "batch",
                                 "num_layer",
                                 "node",
                                 "op",
                                 "fw_ops",
                                 "bw_ops",
                                 "acc_ops",
                                 "input_shapes",
                                 "output_shape",
                                 "meas_fw_ms",
                                 "meas_bw_ms",
                                 "meas_acc_ms",
                                 "roofline_fw_ms",
                                 "habitat_fw_ms",
                                 "micro_fw_ms",
                                 "neusight_fw_ms",
                                 "roofline_bw_ms",
                                 "habitat_bw_ms",
                                 "neusight_bw_ms"};
constexpr trace::DataType kType = ops::kF32;
// The kernel of a node that picks one number of a tuple.
constexpr int64_t kTinyElements = 16384;
constexpr char kNothing[] = "[['MEM', ((1,), (1,))]]";

struct Named {
  // As the scores name the class; empty: left out of them.
  const char* op_class;
  const char* operator_name;
  int inputs = 1;
};

const absl::flat_hash_map<std::string, Named>& Operators() {
  static const auto* const operators = new absl::flat_hash_map<std::string, Named>{
      {"Linear", {"FC", "aten::mm"}},
      {"BMM", {"BMM", "aten::bmm"}},
      {"VECadd", {"EW", "aten::add", 2}},
      {"VECaddu", {"EW", "aten::add"}},
      {"VECmul", {"EW", "aten::mul", 2}},
      {"VECmulu", {"EW", "aten::mul"}},
      {"VECdiv", {"EW", "aten::div", 2}},
      {"VECdivu", {"EW", "aten::div"}},
      {"VECpow", {"EW", "aten::pow", 2}},
      {"VECpowu", {"EW", "aten::pow"}},
      {"VECrelu", {"EW", "aten::relu"}},
      {"VECtanh", {"EW", "aten::tanh"}},
      {"VECgelu", {"EW", "aten::gelu"}},
      {"VECsoftmax", {"Softmax", "aten::_softmax"}},
      {"VECln", {"LN", "aten::native_layer_norm"}},
  };
  return *operators;
}

// A kernel of a node: "['Linear', (8, 3, 5)]".
struct Kernel {
  std::string name;
  std::vector<ops::Dims> sizes;
};

// Sizes of Python's tuples or lists of numbers, one behind the other: "[(16, 512), (1,)]".
std::vector<ops::Dims> Tuples(absl::string_view text) {
  std::vector<ops::Dims> tuples;
  bool inside = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (absl::StrContains("([)]", text.substr(at, 1))) inside = false;
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[at]))) continue;
    if (!inside) tuples.emplace_back();
    inside = true;
    size_t end = at;
    while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
    int64_t size = 0;
    if (absl::SimpleAtoi(text.substr(at, end - at), &size)) tuples.back().push_back(size);
    at = end - 1;
  }
  return tuples;
}

// "[['Linear', (8, 3, 5)], ['MEM', ((1,), (2,))]]".
std::vector<Kernel> Kernels(absl::string_view text) {
  std::vector<Kernel> kernels;
  for (size_t open = text.find('\''); open != absl::string_view::npos;) {
    const size_t close = text.find('\'', open + 1);
    if (close == absl::string_view::npos) break;
    const size_t next = text.find('\'', close + 1);
    kernels.push_back(
        {.name = std::string(text.substr(open + 1, close - open - 1)),
         .sizes = Tuples(text.substr(close + 1, next == absl::string_view::npos ? next : next - close - 1))});
    open = next;
  }
  return kernels;
}

// The operator of a kernel with sizes [rows, columns], [m, k, n] or [batch, m, k, n]; nullopt: of none that is known.
std::optional<trace::Signature> SignatureOf(const Kernel& kernel) {
  const auto named = Operators().find(kernel.name);
  if (named == Operators().end() || kernel.sizes.size() != 1) return std::nullopt;
  const ops::Dims& sizes = kernel.sizes[0];
  const std::string op_class = named->second.op_class;
  if (op_class == "FC" && sizes.size() == 3) return Product(kType, sizes[0], sizes[2], sizes[1]);
  if (op_class == "BMM" && sizes.size() == 4) return BatchedProduct(kType, sizes[0], sizes[1], sizes[3], sizes[2]);
  if (sizes.size() != 2) return std::nullopt;
  if (op_class == "Softmax") return Softmax(kType, sizes[0], sizes[1]);
  if (op_class == "LN") return LayerNorm(kType, sizes[0], sizes[1]);
  return Elementwise(named->second.operator_name, kType,
                     std::vector<ops::Dims>(static_cast<size_t>(named->second.inputs), sizes), sizes);
}

std::vector<trace::Signature> SignaturesOf(absl::string_view kernels) {
  std::vector<trace::Signature> signatures;
  for (const Kernel& kernel : Kernels(kernels)) {
    if (auto signature = SignatureOf(kernel)) signatures.push_back(*std::move(signature));
  }
  return signatures;
}

// matmul of operands [batch, heads, …] folds the first two sizes into one. Queries, keys and values are views into
// projections, with heads and positions exchanged, which cannot be folded without a copy; weights of attention, square
// and just computed, can.
void AddCopiesOfViews(const std::vector<ops::Dims>& inputs, std::vector<trace::Signature>& work) {
  for (const ops::Dims& dims : inputs) {
    if (dims.size() == 4 && dims[2] != dims[3]) work.push_back(Copy(kType, dims));
  }
}

// Attention of the OPT models leaves nothing out in training either.
bool LeavesOut(const NeusightStep& step, const ops::Dims& dims) {
  const bool weights = dims.size() >= 2 && dims[dims.size() - 1] == dims[dims.size() - 2];
  return step.mode == "train" && !(weights && absl::StartsWith(step.model, "opt_"));
}

// What a node of no named kernel runs forward. Of `contiguous` that is a copy of heads side by side; what has no heads
// already lies so.
std::vector<trace::Signature> ForwardMemoryWork(const NeusightStep& step, const NeusightForward& node) {
  if (node.op == "EMBEDDING" || (node.op == "contiguous" && node.output.size() > 3)) return {Copy(kType, node.output)};
  if (node.op == "where") return {Selection(kType, node.inputs[0], node.output)};
  if (node.op == "dropout" && LeavesOut(step, node.output)) {
    return {
        ops::Op("aten::native_dropout").In(kType, node.output).Out(kType, node.output).Out(ops::kBool, node.output)};
  }
  return {};
}

// What a node runs forward. Elementwise ones read operands in their own, broadcast sizes.
std::vector<trace::Signature> ForwardWork(const NeusightStep& step, const NeusightForward& node,
                                          absl::string_view kernels) {
  const auto named = Operators().find(node.op);
  if (named == Operators().end()) return ForwardMemoryWork(step, node);
  if (named->second.op_class == absl::string_view("EW")) {
    return {Elementwise(named->second.operator_name, kType, node.inputs, node.output)};
  }
  std::vector<trace::Signature> work;
  if (node.op == "BMM") AddCopiesOfViews(node.inputs, work);
  for (trace::Signature& signature : SignaturesOf(kernels)) work.push_back(std::move(signature));
  return work;
}

std::vector<trace::Signature> BackwardWork(const NeusightStep& step, const NeusightForward& node,
                                           absl::string_view kernels) {
  const std::vector<Kernel> all = Kernels(kernels);
  if (all.empty() || (node.op == "dropout" && !LeavesOut(step, node.output))) return {};
  // The gradient of a table is set to zero first.
  if (node.op == "EMBEDDING" && !all[0].sizes.empty()) return {Fill(kType, all[0].sizes[0])};
  return GradientsOf(node, SignaturesOf(kernels));
}

Seconds Milliseconds(const std::string& text) {
  double value = 0;
  return Seconds::Of(absl::SimpleAtod(text, &value) ? value * 1e-3 : 0);
}

constexpr std::array<const char*, 4> kWho = {"roofline", "habitat", "micro", "neusight"};

void AddPublished(const std::array<std::string, 4>& milliseconds, NeusightPass& pass) {
  for (size_t i = 0; i < kWho.size(); ++i) {
    if (const Seconds said = Milliseconds(milliseconds[i]); said > Seconds()) pass.published[kWho[i]] = said.value();
  }
}

// A line of the file: what it says of the node as it is, and the rest as text. Kernels and shapes are Python's.
struct Line {
  NeusightNode node;
  std::string op, forward, backward, accumulation, inputs, output;
  std::string forward_ms, backward_ms, accumulation_ms;
  // By kWho; nobody's linear regression is of a backward pass.
  std::array<std::string, 4> said_forward, said_backward;
};

NeusightNode NodeOf(const Line& line) {
  NeusightNode node = line.node;
  const auto named = Operators().find(line.op);
  node.op_class = named == Operators().end() ? "" : named->second.op_class;
  node.idle = line.forward == kNothing;
  node.accumulation = SignaturesOf(line.accumulation);
  node.forward.measured = Milliseconds(line.forward_ms);
  node.backward.measured = Milliseconds(line.backward_ms) - Milliseconds(line.accumulation_ms);
  if (const std::vector<ops::Dims> outputs = Tuples(line.output); outputs.size() == 1) {
    node.tiny = node.op_class == "EW" && ElementsOf(outputs[0]) <= kTinyElements;
    const NeusightForward ran = {
        .op = line.op, .inputs = Tuples(line.inputs), .output = outputs[0], .parameters = node.accumulation.size()};
    if (!ran.inputs.empty()) {
      node.forward.work = ForwardWork(node.step, ran, line.forward);
      node.backward.work = BackwardWork(node.step, ran, line.backward);
    }
  }
  AddPublished(line.said_forward, node.forward);
  AddPublished(line.said_backward, node.backward);
  return node;
}

// A name of a module ("bert_pooler_dense", "lm_head"), not of a function ("add_10", "truediv").
bool IsModule(absl::string_view name) {
  for (const absl::string_view prefix : {"bert_", "transformer_", "model_", "lm_head", "classifier"}) {
    if (absl::StartsWith(name, prefix)) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::vector<NeusightNode>> ReadNeusightNodes(const std::string& folder) {
  std::vector<NeusightNode> nodes;
  const absl::Status status = ReadCsv<kColumns.size()>(
      absl::StrCat(folder, "/neusight/model_ops_measured_vs_pred.csv.gz"), kColumns,
      [&](CsvFile<kColumns.size()>& file) {
        Line line;
        NeusightNode& node = line.node;
        auto& fw = line.said_forward;
        auto& bw = line.said_backward;
        while (file.read_row(node.step.device, node.step.model, node.step.mode, node.step.batch, node.layers, node.name,
                             line.op, line.forward, line.backward, line.accumulation, line.inputs, line.output,
                             line.forward_ms, line.backward_ms, line.accumulation_ms, fw[0], fw[1], fw[2], fw[3], bw[0],
                             bw[1], bw[3])) {
          nodes.push_back(NodeOf(line));
        }
      });
  if (!status.ok()) return status;
  return nodes;
}

Readings TimerMedians(const std::vector<NeusightNode>& nodes, bool NeusightNode::*which) {
  std::map<std::string, std::vector<double>> readings;
  for (const NeusightNode& node : nodes) {
    if (node.*which && node.forward.measured > Seconds()) {
      readings[node.step.device].push_back(node.forward.measured.value());
    }
  }
  Readings medians;
  for (const auto& [device, times] : readings) medians[device] = MedianOf(times);
  return medians;
}

LayerSpan LayerOf(const std::vector<const NeusightNode*>& nodes) {
  LayerSpan span;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!absl::StrContains(nodes[i]->name, "_0_")) continue;
    if (span.end == 0) span.begin = i;
    span.end = i + 1;
  }
  while (span.end > 0 && span.end < nodes.size() && !IsModule(nodes[span.end]->name)) ++span.end;
  return span;
}

}  // namespace sandglass::accuracy
