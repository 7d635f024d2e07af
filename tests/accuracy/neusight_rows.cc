#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/neusight_nodes.h"
#include "tests/accuracy/other_devices.h"
#include "tests/accuracy/row_sets.h"

namespace sandglass::accuracy {
namespace {

constexpr unsigned kEndToEndColumns = 8;
constexpr absl::string_view kNormalization = "LN";
constexpr absl::string_view kLinear = "FC";

// The least that a class reads on each device.
Readings LeastOf(const std::vector<NeusightNode>& nodes, NeusightPass NeusightNode::*pass, absl::string_view op_class) {
  Readings least;
  for (const NeusightNode& node : nodes) {
    const double measured = (node.*pass).measured.value();
    if (node.op_class != op_class || measured <= 0) continue;
    double& reading = least.try_emplace(node.step.device, measured).first->second;
    reading = std::min(reading, measured);
  }
  return least;
}

RowSet OperatorRows(const std::vector<NeusightNode>& nodes, NeusightPass NeusightNode::*pass, RowSet set) {
  const Readings idle = TimerMedians(nodes, &NeusightNode::idle);
  const Readings tiny = TimerMedians(nodes, &NeusightNode::tiny);
  // Autograd calls gradients from a thread of its own, without Python.
  const bool forward = pass == &NeusightNode::forward;
  const Readings norms = forward ? LeastOf(nodes, pass, kNormalization) : Readings();
  const Readings products = forward ? LeastOf(nodes, pass, kLinear) : Readings();
  for (const NeusightNode& node : nodes) {
    const NeusightPass& ran = node.*pass;
    if (node.op_class.empty() || ran.work.empty() || ran.measured <= Seconds()) continue;
    MeasuredRow row;
    row.device = node.step.device;
    row.op_class = node.op_class;
    row.work = ran.work;
    row.measured = ran.measured;
    const Seconds timer = MedianWithout(node.step.device, idle);
    // What was timed alone and subtracted from gradients held as much.
    const bool subtracted = !forward && !node.accumulation.empty();
    row.timer = subtracted ? Seconds() : timer;
    // The host starts one operator after the other.
    row.launch = row.timer + static_cast<double>(row.work.size()) * (MedianWithout(node.step.device, tiny) - timer);
    if (node.op_class == kNormalization && !norms.empty()) {
      // Makes three results, for which the host takes longer; the smallest take the device next to nothing.
      row.launch = std::max(row.launch, LeastWithout(node.step.device, norms));
      row.timer = kHostBeforeKernel * row.launch;
    }
    // Chooses a kernel of many, for which the host takes longer.
    if (node.op_class == kLinear) row.launch = std::max(row.launch, LeastWithout(node.step.device, products));
    row.published = ran.published;
    set.rows.push_back(std::move(row));
  }
  return set;
}

void Append(const std::vector<trace::Signature>& work, std::vector<trace::Signature>& all) {
  all.insert(all.end(), work.begin(), work.end());
}

// The whole step of a model, its layers one after the other.
std::vector<trace::Signature> StepWork(const std::vector<const NeusightNode*>& nodes) {
  const LayerSpan layer = LayerOf(nodes);
  std::vector<trace::Signature> work;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const bool repeats = i >= layer.begin && i < layer.end;
    for (int turn = 0; turn < (repeats ? nodes[i]->layers : 1); ++turn) {
      Append(nodes[i]->forward.work, work);
      if (nodes[i]->step.mode != "train") continue;
      Append(nodes[i]->backward.work, work);
      Append(nodes[i]->accumulation, work);
    }
  }
  return work;
}

struct Whole {
  Seconds measured;
  std::map<std::string, double> published;
};

// Measured steps on one device with that option ("fusion"; empty: none); `file` has a line a predictor.
std::map<NeusightStep, Whole> ReadWholes(absl::string_view wanted, CsvFile<kEndToEndColumns>& file) {
  std::map<NeusightStep, Whole> wholes;
  NeusightStep step;
  std::string predictor, option;
  double measured = 0;
  double predicted = 0;
  while (file.read_row(step.device, predictor, step.model, step.mode, step.batch, option, measured, predicted)) {
    if (option != wanted || measured <= 0) continue;
    Whole& whole = wholes[step];
    whole.measured = Seconds::Of(measured * 1e-3);
    if (predicted > 0) whole.published[predictor] = predicted * 1e-3;
  }
  return wholes;
}

// Whole steps with an option, whose graphs are in `nodes`, into `set`; none where the folder has no file of them.
absl::StatusOr<RowSet> StepRows(const std::string& folder, const std::vector<NeusightNode>& nodes,
                                absl::string_view option, RowSet set) {
  std::map<NeusightStep, std::vector<const NeusightNode*>> graphs;
  for (const NeusightNode& node : nodes) graphs[node.step].push_back(&node);
  const std::string path = absl::StrCat(folder, "/neusight/e2e_measured_vs_pred.csv.gz");
  if (!std::filesystem::exists(path)) return set;
  const absl::Status status = ReadCsv<kEndToEndColumns>(
      path, {"device", "predictor", "model", "mode", "batch", "option", "measured_ms", "predicted_ms"},
      [&](CsvFile<kEndToEndColumns>& file) {
        for (auto& [step, whole] : ReadWholes(option, file)) {
          MeasuredRow row;
          row.device = step.device;
          row.op_class = step.mode;
          if (const auto graph = graphs.find(step); graph != graphs.end()) row.work = StepWork(graph->second);
          row.measured = whole.measured;
          row.published = whole.published;
          set.rows.push_back(std::move(row));
        }
      });
  if (!status.ok()) return status;
  return set;
}

}  // namespace

absl::StatusOr<std::vector<RowSet>> ReadNeusight(const std::string& folder) {
  const absl::StatusOr<std::vector<NeusightNode>> nodes = ReadNeusightNodes(folder);
  if (!nodes.ok()) return nodes.status();
  absl::StatusOr<RowSet> steps =
      StepRows(folder, *nodes, "",
               {.name = "neusight steps",
                .about = "whole steps of models, forward or with backward, on one device without fusion; the sum of a "
                         "layer's operators, as often as there are layers, and of what is before and behind",
                .published = {"roofline", "habitat", "micro", "neusight"},
                .rows = {},
                .whole_passes = true});
  if (!steps.ok()) return steps.status();
  absl::StatusOr<RowSet> fused = StepRows(
      folder, *nodes, "fusion",
      {.name = "neusight fused steps",
       .about =
           "whole steps of models forward, compiled by PyTorch 2.1; chains are taken from the sizes of neighbours, for "
           "graphs do not say what reads what",
       .published = {"neusight"},
       .rows = {},
       .whole_passes = true});
  if (!fused.ok()) return fused.status();
  for (MeasuredRow& row : fused->rows) row.stack = "torch-compile";
  std::vector<RowSet> sets;
  sets.push_back(OperatorRows(
      *nodes, &NeusightNode::forward,
      {.name = "neusight operators",
       .about =
           "nodes of one transformer layer, forward, FP32, eager PyTorch 2.1 (MI100: 2.4), CUDA events; the models "
           "add what the events read on the other devices where nothing is done",
       .published = {"roofline", "habitat", "micro", "neusight"},
       .rows = {}}));
  sets.push_back(OperatorRows(
      *nodes, &NeusightNode::backward,
      {.name = "neusight gradients",
       .about =
           "the same nodes backward, in training, without the time of adding to gradients that are there. Means are "
           "ruled by rows that read next to nothing: compare medians and sums",
       .published = {"roofline", "habitat", "neusight"},
       .rows = {}}));
  sets.push_back(*std::move(steps));
  sets.push_back(*std::move(fused));
  return sets;
}

}  // namespace sandglass::accuracy
