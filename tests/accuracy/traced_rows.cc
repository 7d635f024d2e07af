#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/replay/work_list.h"
#include "tests/accuracy/row_sets.h"
#include "tests/accuracy/traced_run.h"

namespace sandglass::accuracy {
namespace {

namespace fs = std::filesystem;

// One operator after another of a run does not heat a chip up to its limit.
constexpr auto kPowerWindow = Seconds::Of(1);
constexpr char kSameTime[] = "same time";

// Runs of one model by the device that the file says it ran on.
using Runs = std::map<std::string, std::shared_ptr<const trace::Trace>>;

// Folders of devices, each with runs whose files bear the models' names.
absl::StatusOr<std::map<std::string, Runs>> ReadRuns(const std::string& folder) {
  std::map<std::string, std::vector<fs::path>> files;
  for (const fs::directory_entry& device : fs::directory_iterator(folder)) {
    if (!device.is_directory()) continue;
    for (const fs::directory_entry& file : fs::directory_iterator(device)) {
      const std::string name = file.path().filename();
      if (file.is_regular_file() && absl::EndsWith(name, ".json.gz")) files[name].push_back(file.path());
    }
  }
  std::map<std::string, Runs> runs;
  for (const auto& [name, paths] : files) {
    if (paths.size() < 2) continue;
    for (const fs::path& path : paths) {
      absl::StatusOr<trace::Trace> run = ReadRun(path);
      if (!run.ok()) return run.status();
      const std::string device = run->devices.empty() ? "" : run->devices.front().silicon_class;
      if (device.empty()) continue;
      runs[name.substr(0, name.find("__"))][device] = std::make_shared<const trace::Trace>(*std::move(run));
    }
  }
  return runs;
}

// What kept the device at work, whether its operator is known or not.
Seconds ComputationTime(const trace::Trace& run) {
  Seconds time;
  for (const trace::Operator& op : run.operators) {
    if (run.signatures[op.signature].kind != trace::Kind::kDeviceKernel) continue;
    time += Seconds::Of(static_cast<double>(op.duration_ps.value_or(0)) * 1e-12);
  }
  return time;
}

void AddOperators(const std::string& device, const trace::Trace& run, RowSet& set) {
  const replay::WorkList list = replay::ListWork(run, replay::Precision::kSource);
  for (size_t i = 0; i < list.costed.size(); ++i) {
    const trace::Operator& op = run.operators[list.costed[i]];
    const std::optional<Seconds> measured = list.measured[i];
    if (!measured.has_value() || *measured <= Seconds()) continue;
    MeasuredRow row;
    row.device = device;
    row.op_class = std::string(ops::OpClassName(list.classes[op.signature].op_class));
    row.work = {run.signatures[op.signature]};
    row.measured = *measured / static_cast<double>(op.occurrences);
    row.power_window = kPowerWindow;
    set.rows.push_back(std::move(row));
  }
}

// A run on `device`, to be told from the trace of `source`, another.
void AddWhole(const std::string& model, const std::shared_ptr<const trace::Trace>& source, const std::string& device,
              const trace::Trace& run, RowSet& set) {
  const replay::WorkList list = replay::ListWork(*source, replay::Precision::kSource);
  MeasuredRow row;
  row.device = device;
  row.op_class = model;
  for (const uint32_t index : list.costed) {
    const trace::Operator& op = source->operators[index];
    row.work.insert(row.work.end(), op.occurrences, source->signatures[op.signature]);
  }
  row.measured = ComputationTime(run);
  row.run = source;
  row.published[kSameTime] = ComputationTime(*source).value();
  set.rows.push_back(std::move(row));
}

}  // namespace

absl::StatusOr<std::vector<RowSet>> ReadTracedRuns(const std::string& folder) {
  RowSet operators = {.name = "traced operators",
                      .about =
                          "kernels of inference in eager PyTorch as a profiler saw them, of models that ran on two "
                          "devices",
                      .published = {},
                      .rows = {}};
  RowSet whole = {.name = "runs between devices",
                  .about =
                      "computation time of inference in eager PyTorch, predicted for one device from the trace of "
                      "another; scaled: corrected by what the trace's own device took; same time: what it took",
                  .published = {kSameTime},
                  .rows = {},
                  .whole_passes = true};
  const auto runs = ReadRuns(absl::StrCat(folder, "/../traces/TraceLens"));
  if (!runs.ok()) return runs.status();
  for (const auto& [name, by_device] : *runs) {
    for (const auto& [device, run] : by_device) {
      AddOperators(device, *run, operators);
      for (const auto& [source, recorded] : by_device) {
        if (source != device) AddWhole(name, recorded, device, *run, whole);
      }
    }
  }
  return std::vector<RowSet>{std::move(operators), std::move(whole)};
}

}  // namespace sandglass::accuracy
