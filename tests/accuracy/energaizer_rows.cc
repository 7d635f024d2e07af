#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "simdjson.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/neusight_nodes.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/other_devices.h"
#include "tests/accuracy/row_sets.h"
#include "tests/imports/archive.h"

namespace sandglass::accuracy {
namespace {

using Work = std::vector<trace::Signature>;

constexpr unsigned kColumns = 11;

constexpr char kDevice[] = "A100-PCIE-40GB";
// The same chip in rows that say how long a host takes to start an operator.
constexpr char kSameChip[] = "NVIDIA_A100-PCIE-40GB";
constexpr char kPublished[] = "energaizer";

// The lists of operators in the archive, by name without folders and suffix. Errors: DataLoss.
absl::StatusOr<std::map<std::string, std::string>> ReadLists(const std::string& path) {
  std::map<std::string, std::string> lists;
  for (imports::ArchiveMember& member : imports::ReadArchive(path)) {
    const std::string name = member.name.substr(member.name.rfind('/') + 1);
    lists[name.substr(0, name.rfind('.'))] = std::move(member.content);
  }
  if (lists.empty()) return absl::DataLossError(absl::StrCat(path, ": is no archive that can be read"));
  return lists;
}

trace::DataType TypeOf(absl::string_view precision) {
  return precision == "fp32" ? trace::DataType::kFloat32 : trace::DataType::kBfloat16;
}

// Elementwise operators by the names of the lists; those without a name do something with a tensor, or two.
trace::Signature ElementwiseOf(absl::string_view name, trace::DataType dtype, int64_t elements) {
  const ops::Dims dims = {elements};
  if (absl::StartsWith(name, "typecast_to_")) {
    // A list may call an operand by the type that it becomes.
    const trace::DataType to = TypeOf(name.substr(12));
    return Cast(to == trace::DataType::kFloat32 ? trace::DataType::kBfloat16 : trace::DataType::kFloat32, to, dims);
  }
  const bool two = name == "pointwise_add" || name == "pointwise_mul" || name == "unspecified_tensor";
  const bool function = name == "tanh" || name == "gelu" || name == "silu" || name == "relu";
  const std::string op = function                         ? absl::StrCat("aten::", name)
                         : absl::StrContains(name, "add") ? "aten::add"
                                                          : "aten::mul";
  return Elementwise(op, dtype, two ? std::vector<ops::Dims>{dims, dims} : std::vector<ops::Dims>{dims}, dims);
}

// One operator of a list: what it is of, and then what it is.
absl::StatusOr<trace::Signature> OperatorOf(simdjson::dom::array pair) {
  const simdjson::dom::object of = pair.at(0);
  const std::string_view kind = pair.at(1).at(0);
  const auto text = [&of](const char* field) { return std::string(std::string_view(of[field])); };
  const auto number = [&of](const char* field) { return int64_t{of[field]}; };
  if (kind == "gemm" || kind == "conv2d") {
    const trace::DataType dtype = TypeOf(text("precM"));
    const int64_t batch = number("batch");
    if (batch == 1) return Product(dtype, number("dimM"), number("dimN"), number("dimK"));
    return BatchedProduct(dtype, batch, number("dimM"), number("dimN"), number("dimK"));
  }
  const trace::DataType dtype = TypeOf(text("prec"));
  if (kind == "layernorm") return LayerNorm(dtype, number("batch"), number("dim"));
  if (kind == "softmax") return Softmax(dtype, number("batch"), number("dim"));
  if (kind == "elementwise") return ElementwiseOf(text("op"), dtype, number("dim"));
  return absl::DataLossError(absl::StrCat("an operator is called ", std::string(kind)));
}

absl::StatusOr<Work> WorkOfList(const std::string& name, const std::string& text) {
  simdjson::dom::parser parser;
  Work work;
  try {
    for (const simdjson::dom::array pair : parser.parse(text).get_array()) {
      absl::StatusOr<trace::Signature> signature = OperatorOf(pair);
      if (!signature.ok()) return absl::DataLossError(absl::StrCat(name, ": ", signature.status().message()));
      work.push_back(*std::move(signature));
    }
  } catch (const simdjson::simdjson_error& error) {
    return absl::DataLossError(absl::StrCat(name, ": ", error.what()));
  }
  return work;
}

// One run at a clock, in ms, J and MHz, and what its authors predict.
struct Run {
  std::string model, config, mode, precision;
  int64_t batch = 0;
  int64_t length = 0;
  double milliseconds = 0;
  double joules = 0;
  double megahertz = 0;
  double predicted_milliseconds = 0;
  double predicted_joules = 0;

  // As the lists of operators are called.
  std::string Name() const {
    return absl::StrCat(model, "_", config, "_p", precision, "_b", batch, "_s", length, "_mode", mode);
  }
};

MeasuredRow RowOf(const Run& run, Work work) {
  MeasuredRow row;
  row.device = kDevice;
  row.op_class = absl::StrCat(run.model, " ", run.precision);
  row.work = std::move(work);
  row.measured = Seconds::Of(run.milliseconds * 1e-3);
  row.energy = Joules::Of(run.joules);
  row.clock_hz = run.megahertz * 1e6;
  return row;
}

// What a host takes for one operator in eager PyTorch, as rows of other devices tell; zero where there are none.
absl::StatusOr<Seconds> EagerLaunch(const std::string& folder) {
  if (!std::filesystem::exists(absl::StrCat(folder, "/neusight"))) return Seconds();
  const absl::StatusOr<std::vector<NeusightNode>> nodes = ReadNeusightNodes(folder);
  if (!nodes.ok()) return nodes.status();
  return MedianWithout(kSameChip, TimerMedians(*nodes, &NeusightNode::tiny));
}

}  // namespace

absl::StatusOr<std::vector<RowSet>> ReadEnergaizer(const std::string& folder) {
  const std::string place = absl::StrCat(folder, "/energaizer/");
  const auto lists = ReadLists(place + "workloads.tar.gz");
  if (!lists.ok()) return lists.status();
  RowSet time = {
      .name = "energaizer time",
      .about =
          "forward passes in eager PyTorch at fixed clocks on an A100 of 250 W (which its clocks and limits "
          "say), by the lists of their operators; a host takes as long to start each as on the other devices",
      .published = {kPublished},
      .rows = {},
      .whole_passes = true};
  RowSet energy = time;
  energy.name = "energaizer energy";
  energy.about += "; in J";
  energy.quantity = Quantity::kEnergy;
  const absl::StatusOr<Seconds> launch = EagerLaunch(folder);
  if (!launch.ok()) return launch.status();
  absl::Status bad;
  const auto read = [&](CsvFile<kColumns>& file) {
    Run run;
    while (bad.ok() &&
           file.read_row(run.model, run.batch, run.length, run.mode, run.config, run.precision, run.milliseconds,
                         run.joules, run.predicted_milliseconds, run.predicted_joules, run.megahertz)) {
      const auto list = lists->find(run.Name());
      if (list == lists->end()) bad = absl::DataLossError(absl::StrCat(place, "workloads.tar.gz lacks ", run.Name()));
      if (!bad.ok()) return;
      absl::StatusOr<Work> work = WorkOfList(list->first, list->second);
      bad = work.status();
      if (!bad.ok()) return;
      MeasuredRow row = RowOf(run, *std::move(work));
      row.launch = static_cast<double>(row.work.size()) * *launch;
      row.published[kPublished] = run.predicted_milliseconds * 1e-3;
      time.rows.push_back(row);
      row.published[kPublished] = run.predicted_joules;
      energy.rows.push_back(std::move(row));
    }
  };
  const absl::Status status = ReadCsv<kColumns>(place + "figures__fig11_dvfs_results__dvfs_report.csv.gz",
                                                {"model", "batch", "seq", "mode", "config", "prec", "measured_time",
                                                 "measured_energy", "gee_time", "gee_energy", "measured_freq"},
                                                read);
  if (!status.ok()) return status;
  if (!bad.ok()) return bad;
  return std::vector<RowSet>{std::move(time), std::move(energy)};
}

}  // namespace sandglass::accuracy
