#include "tests/accuracy/row_sets.h"

#include <array>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sandglass::accuracy {
namespace {

struct SetReader {
  // What the folder holds, if it has the set.
  const char* path;
  absl::StatusOr<RowSet> (*read)(const std::string& folder);
};

constexpr std::array kReaders = {
    SetReader{"neusight/model_ops_measured_vs_pred.csv.gz", ReadNeusightOperators},
    SetReader{"neusight/model_ops_measured_vs_pred.csv.gz", ReadNeusightGradients},
    SetReader{"neusight/e2e_measured_vs_pred.csv.gz", ReadNeusightSteps},
    SetReader{"aiconfigurator", ReadServingProducts},
    SetReader{"aiconfigurator", ReadServingAttention},
    SetReader{"aiconfigurator", ReadCollectives},
};

}  // namespace

absl::StatusOr<std::vector<RowSet>> ReadRowSets(const std::string& folder) {
  std::vector<RowSet> sets;
  for (const SetReader& reader : kReaders) {
    if (!std::filesystem::exists(absl::StrCat(folder, "/", reader.path))) continue;
    absl::StatusOr<RowSet> set = reader.read(folder);
    if (!set.ok()) return set.status();
    if (!set->rows.empty()) sets.push_back(*std::move(set));
  }
  if (!sets.empty()) return sets;
  return absl::NotFoundError(absl::StrCat(folder,
                                          ": none of the sets is here (neusight/, aiconfigurator/): "
                                          "give the folder that holds them"));
}

}  // namespace sandglass::accuracy
