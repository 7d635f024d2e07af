#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/row_sets.h"

namespace sandglass::accuracy {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kColumns = 5;
// Tables without a column of power were timed in loops so short that products below about a millisecond ran at full
// clock: on all four systems the rate of larger ones falls there, and in tables with power it does not depend on their
// size.
constexpr auto kPowerWindow = Seconds::Of(1e-3);

struct Precision {
  trace::DataType dtype = trace::DataType::kUnspecified;
  // Activations come in BF16 and are quantized in the call that is timed.
  bool quantizes = false;
};

const absl::flat_hash_map<std::string, Precision>& Precisions() {
  static const auto* const precisions = new absl::flat_hash_map<std::string, Precision>{
      {"bfloat16", {trace::DataType::kBfloat16}},
      {"fp8", {trace::DataType::kFloat8E4m3, true}},
      {"fp8_block", {trace::DataType::kFloat8E4m3, true}},
      {"nvfp4", {trace::DataType::kFloat4E2m1, true}},
  };
  return *precisions;
}

// "0.24.0" as numbers, so that 0.24 is newer than 0.9.
std::vector<int> VersionOf(absl::string_view text) {
  std::vector<int> version;
  for (const absl::string_view part : absl::StrSplit(text, '.')) {
    int number = 0;
    version.push_back(absl::SimpleAtoi(part, &number) ? number : -1);
  }
  return version;
}

// The newest "vllm_<version>_<table>.csv.gz" of each system's folder, by system.
std::map<std::string, std::string> NewestTables(const std::string& folder, absl::string_view table) {
  std::map<std::string, std::pair<std::vector<int>, std::string>> newest;
  std::error_code missing;
  for (const auto& system : fs::directory_iterator(absl::StrCat(folder, "/aiconfigurator"), missing)) {
    if (!system.is_directory()) continue;
    for (const auto& file : fs::directory_iterator(system.path())) {
      const std::string name = file.path().filename().string();
      absl::string_view version = name;
      if (!absl::ConsumePrefix(&version, "vllm_") ||
          !absl::ConsumeSuffix(&version, absl::StrCat("_", table, ".csv.gz")))
        continue;
      auto& best = newest[system.path().filename().string()];
      best = std::max(best, {VersionOf(version), file.path().string()});
    }
  }
  std::map<std::string, std::string> tables;
  for (const auto& [system, best] : newest) tables[system] = best.second;
  return tables;
}

std::vector<trace::Signature> WorkOf(const Precision& precision, int64_t m, int64_t n, int64_t k) {
  std::vector<trace::Signature> work;
  if (precision.quantizes) work.push_back(Cast(trace::DataType::kBfloat16, precision.dtype, {m, k}));
  work.push_back(Product(precision.dtype, m, n, k));
  return work;
}

void AddProducts(const std::string& system, CsvFile<kColumns>& file, RowSet& set) {
  std::string precision, latency;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  while (file.read_row(precision, m, n, k, latency)) {
    double milliseconds = 0;
    const auto known = Precisions().find(precision);
    if (known == Precisions().end() || !absl::SimpleAtod(latency, &milliseconds) || milliseconds <= 0) continue;
    set.rows.push_back({.device = system,
                        .op_class = absl::StrCat("gemm ", precision),
                        .work = WorkOf(known->second, m, n, k),
                        .measured = Seconds::Of(milliseconds * 1e-3),
                        .timer = {},
                        .launch = {},
                        .power_window = kPowerWindow,
                        .published = {}});
  }
}

}  // namespace

absl::StatusOr<RowSet> ReadServingProducts(const std::string& folder) {
  RowSet set = {.name = "serving products",
                .about =
                    "newest vLLM GEMM table of each system; operands may be resident in the last-level cache; "
                    "fp8_block has a floor of host dispatch",
                .published = {},
                .rows = {}};
  for (const auto& [system, path] : NewestTables(folder, "gemm_perf")) {
    const absl::Status status =
        ReadCsv<kColumns>(path, {"gemm_dtype", "m", "n", "k", "latency"},
                          [&, &system = system](CsvFile<kColumns>& file) { AddProducts(system, file, set); });
    if (!status.ok()) return status;
  }
  return set;
}

}  // namespace sandglass::accuracy
