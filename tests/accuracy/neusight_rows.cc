#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/row_sets.h"

namespace sandglass::accuracy {
namespace {

constexpr unsigned kColumns = 10;
constexpr trace::DataType kType = ops::kF32;
// The kernel of a node that picks one number of a tuple.
constexpr char kNothing[] = "[['MEM', ((1,), (1,))]]";

double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

// Sizes of Python's tuples, one behind the other: "[(16, 512), (1,)]". Nested ones are not looked for.
std::vector<ops::Dims> Tuples(absl::string_view text) {
  std::vector<ops::Dims> tuples;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '(') tuples.emplace_back();
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[at])) || tuples.empty()) continue;
    size_t end = at;
    while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
    int64_t size = 0;
    if (absl::SimpleAtoi(text.substr(at, end - at), &size)) tuples.back().push_back(size);
    at = end - 1;
  }
  return tuples;
}

struct Named {
  // As the scores name the class.
  const char* op_class;
  const char* operator_name;
};

// What is left out: nodes that do no work or that nobody predicts (getitem, contiguous, dropout, EMBEDDING, where,
// cumsum).
const absl::flat_hash_map<std::string, Named>& Operators() {
  static const auto* const operators = new absl::flat_hash_map<std::string, Named>{
      {"Linear", {"FC", "aten::mm"}},
      {"BMM", {"BMM", "aten::bmm"}},
      {"VECadd", {"EW", "aten::add"}},
      {"VECaddu", {"EW", "aten::add"}},
      {"VECmul", {"EW", "aten::mul"}},
      {"VECmulu", {"EW", "aten::mul"}},
      {"VECdiv", {"EW", "aten::div"}},
      {"VECdivu", {"EW", "aten::div"}},
      {"VECpow", {"EW", "aten::pow"}},
      {"VECpowu", {"EW", "aten::pow"}},
      {"VECrelu", {"EW", "aten::relu"}},
      {"VECtanh", {"EW", "aten::tanh"}},
      {"VECgelu", {"EW", "aten::gelu"}},
      {"VECsoftmax", {"Softmax", "aten::_softmax"}},
      {"VECln", {"LN", "aten::native_layer_norm"}},
  };
  return *operators;
}

// The operator of a node: `sizes` are those of its kernel; nullopt: they are not as expected.
std::optional<trace::Signature> SignatureOf(const Named& named, const ops::Dims& sizes,
                                            const std::vector<ops::Dims>& inputs, const ops::Dims& output) {
  const std::string name = named.op_class;
  if (name == "FC" && sizes.size() == 3) return Product(kType, sizes[0], sizes[2], sizes[1]);
  if (name == "BMM" && sizes.size() == 4) return BatchedProduct(kType, sizes[0], sizes[1], sizes[3], sizes[2]);
  if (name == "Softmax" && sizes.size() == 2) return Softmax(kType, sizes[0], sizes[1]);
  if (name == "LN" && sizes.size() == 2) return LayerNorm(kType, sizes[0], sizes[1]);
  if (name == "EW" && !inputs.empty() && !output.empty())
    return Elementwise(named.operator_name, kType, inputs, output);
  return std::nullopt;
}

// The median of the other devices' medians: a device that is predicted says nothing of itself. Zero: there are none.
Seconds TimerWithout(const std::string& device, const std::map<std::string, double>& medians) {
  std::vector<double> others;
  for (const auto& [other, median] : medians) {
    if (other != device) others.push_back(median);
  }
  return Seconds::Of(others.empty() ? 0 : MedianOf(others));
}

void AddPublished(const char* who, const std::string& milliseconds, MeasuredRow& row) {
  double value = 0;
  if (absl::SimpleAtod(milliseconds, &value) && value > 0) row.published[who] = Seconds::Of(value * 1e-3);
}

}  // namespace

absl::StatusOr<RowSet> ReadNeusightOperators(const std::string& folder) {
  RowSet set = {.name = "neusight operators",
                .about =
                    "nodes of one transformer layer, forward, FP32, eager PyTorch 2.1 (MI100: 2.4), CUDA events; "
                    "the models add what the events read on the other devices where nothing is done",
                .published = {"roofline", "habitat", "micro", "neusight"},
                .rows = {}};
  const std::string path = absl::StrCat(folder, "/neusight/model_ops_measured_vs_pred.csv.gz");
  // What the timer reads for nodes that do nothing, in s, by device.
  std::map<std::string, std::vector<double>> readings;
  const absl::Status status = ReadCsv<kColumns>(
      path,
      {"device", "op", "fw_ops", "input_shapes", "output_shape", "meas_fw_ms", "roofline_fw_ms", "habitat_fw_ms",
       "micro_fw_ms", "neusight_fw_ms"},
      [&](CsvFile<kColumns>& file) {
        std::string device, op, kernel, inputs, output, measured, roofline, habitat, micro, neusight;
        while (file.read_row(device, op, kernel, inputs, output, measured, roofline, habitat, micro, neusight)) {
          const auto named = Operators().find(op);
          double milliseconds = 0;
          if (!absl::SimpleAtod(measured, &milliseconds) || milliseconds <= 0) continue;
          if (kernel == kNothing) readings[device].push_back(milliseconds * 1e-3);
          if (named == Operators().end()) continue;
          const std::vector<ops::Dims> sizes = Tuples(kernel);
          const std::vector<ops::Dims> results = Tuples(output);
          if (sizes.size() != 1 || results.size() != 1) continue;
          const auto signature = SignatureOf(named->second, sizes[0], Tuples(inputs), results[0]);
          if (!signature.has_value()) continue;
          MeasuredRow row = {.device = device,
                             .op_class = named->second.op_class,
                             .work = {*signature},
                             .measured = Seconds::Of(milliseconds * 1e-3),
                             .timer = {},
                             .published = {}};
          AddPublished("roofline", roofline, row);
          AddPublished("habitat", habitat, row);
          AddPublished("micro", micro, row);
          AddPublished("neusight", neusight, row);
          set.rows.push_back(std::move(row));
        }
      });
  if (!status.ok()) return status;
  std::map<std::string, double> medians;
  for (const auto& [device, times] : readings) medians[device] = MedianOf(times);
  for (MeasuredRow& row : set.rows) row.timer = TimerWithout(row.device, medians);
  return set;
}

}  // namespace sandglass::accuracy
