#include "tests/accuracy/row_sets.h"

#include <array>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sandglass::accuracy {
namespace {

struct SetReader {
  // What the folder holds, if it has the sets.
  const char* path;
  absl::StatusOr<std::vector<RowSet>> (*read)(const std::string& folder);
};

// A reader of one set, as one of several.
template <absl::StatusOr<RowSet> (*read)(const std::string& folder)>
absl::StatusOr<std::vector<RowSet>> ReadOne(const std::string& folder) {
  absl::StatusOr<RowSet> set = read(folder);
  if (!set.ok()) return set.status();
  return std::vector<RowSet>{*std::move(set)};
}

constexpr std::array kReaders = {
    SetReader{"neusight/model_ops_measured_vs_pred.csv.gz", ReadNeusight},
    SetReader{"aiconfigurator", ReadOne<ReadServingProducts>},
    SetReader{"aiconfigurator", ReadOne<ReadServingAttention>},
    SetReader{"aiconfigurator", ReadOne<ReadExperts>},
    SetReader{"aiconfigurator", ReadOne<ReadRecurrences>},
    SetReader{"aiconfigurator", ReadOne<ReadPower>},
    SetReader{"aiconfigurator", ReadOne<ReadCollectives>},
    SetReader{"aiter", ReadOne<ReadTunedProducts>},
    SetReader{"llmcompass", ReadOne<ReadLlmcompass>},
    SetReader{"deepbench", ReadOne<ReadDeepbench>},
    SetReader{"aws_neuron", ReadOne<ReadNeuron>},
    SetReader{"energaizer", ReadEnergaizer},
    SetReader{"zeus", ReadZeus},
    SetReader{"../traces/TraceLens", ReadTracedRuns},
};

}  // namespace

absl::StatusOr<std::vector<RowSet>> ReadRowSets(const std::string& folder) {
  std::vector<RowSet> all;
  for (const SetReader& reader : kReaders) {
    if (!std::filesystem::exists(absl::StrCat(folder, "/", reader.path))) continue;
    absl::StatusOr<std::vector<RowSet>> sets = reader.read(folder);
    if (!sets.ok()) return sets.status();
    for (RowSet& set : *sets) {
      if (!set.rows.empty()) all.push_back(std::move(set));
    }
  }
  if (!all.empty()) return all;
  return absl::NotFoundError(
      absl::StrCat(folder,
                   ": none of the sets is here (neusight/, aiconfigurator/, llmcompass/, deepbench/, energaizer/): "
                   "give the folder that holds them"));
}

}  // namespace sandglass::accuracy
