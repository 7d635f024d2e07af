#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/row_sets.h"
#include "tests/accuracy/serving_precisions.h"
#include "tests/accuracy/system_tables.h"

namespace sandglass::accuracy {
namespace {

constexpr unsigned kColumns = 7;
// Board power is a mean over more than a shorter kernel's time: it reads less than half of what one draws.
constexpr auto kShortest = Seconds::Of(1e-4);
constexpr char kAtLimit[] = "at the limit";
// Of the limit; beyond it a row says little more than that there is one.
constexpr double kUncapped = 0.9;

struct PowerRow {
  std::string precision;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  std::string latency;
  std::string watts;
  std::string limit;
};

// Large weights that draw less at a higher rate than smaller ones do: what they hold is not what the others hold.
bool HasOddOperands(const PowerRow& row) { return row.n * row.k >= int64_t{1} << 31 && row.m >= 4096; }

void AddRow(const std::string& system, const PowerRow& row, RowSet& set) {
  const std::optional<ServingPrecision> precision = ServingPrecisionOf(row.precision);
  double milliseconds = 0;
  double watts = 0;
  double limit = 0;
  if (!precision.has_value() || precision->scales_blocks || HasOddOperands(row) ||
      !absl::SimpleAtod(row.latency, &milliseconds) || !absl::SimpleAtod(row.watts, &watts) ||
      !absl::SimpleAtod(row.limit, &limit) || Seconds::Of(milliseconds * 1e-3) < kShortest || watts <= 0 || limit <= 0)
    return;
  MeasuredRow measured;
  measured.device = system;
  measured.op_class =
      absl::StrCat(row.precision, watts < kUncapped * limit ? " under .9 of the limit" : " near the limit");
  measured.work = ServingProduct(*precision, row.m, row.n, row.k);
  measured.measured = Seconds::Of(milliseconds * 1e-3);
  measured.power = Watts::Of(watts);
  measured.published[kAtLimit] = limit;
  set.rows.push_back(std::move(measured));
}

}  // namespace

absl::StatusOr<RowSet> ReadPower(const std::string& folder) {
  RowSet set = {.name = "power of products",
                .about =
                    "newest vLLM GEMM table of each system that has board power, products of 0.1 ms and more, without "
                    "fp8_block and without large weights that draw less than smaller ones; in W",
                .published = {kAtLimit},
                .rows = {},
                .quantity = Quantity::kPower};
  for (const auto& [system, path] : NewestTables(folder, "vllm", "gemm_perf", "power")) {
    const absl::Status status = ReadCsv<kColumns>(
        path, {"gemm_dtype", "m", "n", "k", "latency", "power", "power_limit"},
        [&, &system = system](CsvFile<kColumns>& file) {
          PowerRow row;
          while (file.read_row(row.precision, row.m, row.n, row.k, row.latency, row.watts, row.limit)) {
            AddRow(system, row, set);
          }
        });
    if (!status.ok()) return status;
  }
  return set;
}

}  // namespace sandglass::accuracy
