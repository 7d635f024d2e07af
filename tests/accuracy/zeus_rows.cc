#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/row_sets.h"
#include "tests/accuracy/traced_run.h"

namespace sandglass::accuracy {
namespace {

// The training that a trace is of, as the rows name it.
constexpr char kNetwork[] = "resnet50";
constexpr int kBatch = 32;
constexpr char kRun[] = "/../traces/param/resnet_et.json.gz";
constexpr char kNoEffect[] = "no effect";

struct Card {
  const char* file;
  const char* device;
};
constexpr std::array kCards = {Card{"summary_power_v100.csv.gz", "Tesla_V100-PCIE-32GB"},
                               Card{"summary_power_p100.csv.gz", "Tesla_P100-PCIE-16GB"}};

struct Epoch {
  Seconds time;
  Joules energy;
};

// Epochs of the training by the limit in W.
absl::StatusOr<std::map<int, Epoch>> ReadEpochs(const std::string& path) {
  std::map<int, Epoch> epochs;
  const absl::Status status = ReadCsv<5>(
      path, {"network", "batch_size", "power_limit", "time_per_epoch", "average_power"}, [&](CsvFile<5>& file) {
        std::string network;
        int batch = 0, limit = 0;
        double seconds = 0, watts = 0;
        while (file.read_row(network, batch, limit, seconds, watts)) {
          if (network != kNetwork || batch != kBatch) continue;
          epochs[limit] = {Seconds::Of(seconds), Watts::Of(watts) * Seconds::Of(seconds)};
        }
      });
  if (!status.ok()) return status;
  return epochs;
}

}  // namespace

absl::StatusOr<std::vector<RowSet>> ReadZeus(const std::string& folder) {
  RowSet time = {.name = "power limits",
                 .about =
                     "epochs of ResNet-50 in training in FP32 under limits of the card's power, from how long one took "
                     "at the card's own limit and what a trace of a few steps is predicted to take under both",
                 .published = {kNoEffect},
                 .rows = {}};
  const std::string traced = absl::StrCat(folder, kRun);
  if (!std::filesystem::exists(traced)) return std::vector<RowSet>();
  absl::StatusOr<trace::Trace> run = ReadRun(traced);
  if (!run.ok()) return run.status();
  const auto shared = std::make_shared<const trace::Trace>(*std::move(run));
  RowSet energy = time;
  energy.name = "power limits energy";
  energy.about += "; in J of the card";
  energy.quantity = Quantity::kEnergy;
  for (const Card& card : kCards) {
    const std::string path = absl::StrCat(folder, "/zeus/", card.file);
    if (!std::filesystem::exists(path)) continue;
    const absl::StatusOr<std::map<int, Epoch>> epochs = ReadEpochs(path);
    if (!epochs.ok()) return epochs.status();
    if (epochs->empty()) continue;
    const auto& [own_limit, own] = *epochs->rbegin();
    for (const auto& [limit, epoch] : *epochs) {
      if (limit == own_limit) continue;
      MeasuredRow row;
      row.device = card.device;
      row.op_class = absl::StrCat(limit, " of ", own_limit, " W");
      row.measured = epoch.time;
      row.energy = epoch.energy;
      row.run = shared;
      row.limited = Limited{.limit = Watts::Of(limit), .own_time = own.time, .own_energy = own.energy};
      row.published[kNoEffect] = own.time.value();
      time.rows.push_back(row);
      row.published[kNoEffect] = own.energy.value();
      energy.rows.push_back(std::move(row));
    }
  }
  return std::vector<RowSet>{std::move(time), std::move(energy)};
}

}  // namespace sandglass::accuracy
