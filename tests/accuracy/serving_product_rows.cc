#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/other_devices.h"
#include "tests/accuracy/row_sets.h"
#include "tests/accuracy/serving_precisions.h"
#include "tests/accuracy/serving_tables.h"
#include "tests/accuracy/system_tables.h"

namespace sandglass::accuracy {
namespace {

constexpr unsigned kColumns = 6;
// The same products by another stack of the system, and by the version before.
constexpr char kOtherStack[] = "TensorRT-LLM";
constexpr char kVersionBefore[] = "vLLM before";

// A product of a table, as it says it.
struct ListedProduct {
  std::string precision;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  Seconds time;
  // Which kernels of the stack it went to; empty: the table does not say.
  std::string kernel;

  auto Key() const { return std::make_tuple(precision, m, n, k); }
};

absl::StatusOr<std::vector<ListedProduct>> ReadProducts(const std::string& path) {
  std::vector<ListedProduct> products;
  const auto read = [&products](CsvFile<kColumns>& file) {
    ListedProduct product;
    std::string latency;
    while (file.read_row(product.precision, product.m, product.n, product.k, latency, product.kernel)) {
      double milliseconds = 0;
      if (!absl::SimpleAtod(latency, &milliseconds) || milliseconds <= 0) continue;
      product.time = Seconds::Of(milliseconds * 1e-3);
      products.push_back(product);
    }
  };
  const absl::Status status =
      ReadCsv<kColumns>(path, {"gemm_dtype", "m", "n", "k", "latency", kKernelColumn}, read, {kKernelColumn});
  if (!status.ok()) return status;
  return products;
}

using RowsByProduct = absl::flat_hash_map<decltype(ListedProduct().Key()), size_t>;

// Rows of a system that another table has, too, learn what it says of them.
absl::Status AddOtherTable(const char* name, const std::string& path, const RowsByProduct& rows, RowSet& set) {
  const absl::StatusOr<std::vector<ListedProduct>> products = ReadProducts(path);
  if (!products.ok()) return products.status();
  for (const ListedProduct& product : *products) {
    const auto row = rows.find(product.Key());
    if (row != rows.end()) set.rows[row->second].published[name] = product.time.value();
  }
  return absl::OkStatus();
}

double LowerQuartile(std::vector<double> values) {
  const auto quarter = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 4);
  std::nth_element(values.begin(), quarter, values.end());
  return *quarter;
}

// Rows whose calls wait for the host, by the name of their kernels: a quarter of the calls of a kernel on a system take
// what they take whatever the product. Where the other systems' least is longer than a product, it is expected.
void SetHostFloors(const std::map<std::string, std::vector<size_t>>& rows_of_kernel, RowSet& set) {
  for (const auto& [kernel, rows] : rows_of_kernel) {
    std::map<std::string, std::vector<double>> times;
    for (const size_t row : rows) times[set.rows[row].device].push_back(set.rows[row].measured.value());
    Readings floors;
    for (const auto& [device, of_device] : times) floors[device] = LowerQuartile(of_device);
    for (const size_t row : rows) set.rows[row].launch = LeastWithout(set.rows[row].device, floors);
  }
}

MeasuredRow RowOf(const std::string& system, const ListedProduct& product, const ServingPrecision& precision) {
  MeasuredRow row;
  row.device = system;
  row.op_class = absl::StrCat("gemm ", product.precision);
  row.work = ServingProduct(precision, product.m, product.n, product.k);
  row.measured = product.time;
  // Those of narrow formats do not fall at a millisecond: they draw twice the limit at full clock, which is felt at
  // once.
  if (!precision.quantizes) row.power_window = kServingPowerWindow;
  return row;
}

// What is read of all systems.
struct ServingProducts {
  RowSet set;
  std::map<std::string, RowsByProduct> by_product;
  std::map<std::string, std::vector<size_t>> waiting_for_host;
};

absl::Status AddNewest(const std::string& system, const std::string& path, ServingProducts& all) {
  const absl::StatusOr<std::vector<ListedProduct>> products = ReadProducts(path);
  if (!products.ok()) return products.status();
  for (const ListedProduct& product : *products) {
    const std::optional<ServingPrecision> precision = ServingPrecisionOf(product.precision);
    if (!precision.has_value()) continue;
    const size_t at = all.set.rows.size();
    all.set.rows.push_back(RowOf(system, product, *precision));
    all.by_product[system][product.Key()] = at;
    if (precision->scales_blocks) all.waiting_for_host[product.kernel].push_back(at);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RowSet> ReadServingProducts(const std::string& folder) {
  ServingProducts all;
  all.set.name = "serving products";
  all.set.about = absl::StrCat(
      "newest vLLM GEMM table of each system; operands may be resident in the last-level cache; calls in fp8_block "
      "wait for the host, which is expected as the other systems have it for the same kernels. ",
      kVersionBefore, ", ", kOtherStack,
      ": the same product on the same system in the table of the version before, and in the newest of "
      "another stack: how far stacks lie apart");
  all.set.published = {kVersionBefore, kOtherStack};
  for (const auto& [system, paths] : TablesOf(folder, "vllm", "gemm_perf")) {
    absl::Status status = AddNewest(system, paths.front(), all);
    if (status.ok() && paths.size() > 1) {
      status = AddOtherTable(kVersionBefore, paths[1], all.by_product[system], all.set);
    }
    if (!status.ok()) return status;
  }
  for (const auto& [system, path] : NewestTables(folder, "trtllm", "gemm_perf")) {
    const absl::Status status = AddOtherTable(kOtherStack, path, all.by_product[system], all.set);
    if (!status.ok()) return status;
  }
  SetHostFloors(all.waiting_for_host, all.set);
  return std::move(all.set);
}

}  // namespace sandglass::accuracy
