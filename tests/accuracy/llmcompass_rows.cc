#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/other_devices.h"
#include "tests/accuracy/row_sets.h"

namespace sandglass::accuracy {
namespace {

constexpr char kDevice[] = "a100_sxm";
constexpr char kCompiled[] = "torch-compile";
constexpr trace::DataType kType = trace::DataType::kFloat16;

// A file without a header: the row of one line of it, which starts with so many numbers.
struct Table {
  const char* op_class;
  // Empty: eager.
  const char* stack;
  const char* file;
  size_t numbers;
  MeasuredRow (*row)(const std::vector<double>& numbers);
};

MeasuredRow RowOf(trace::Signature work, double seconds) {
  MeasuredRow row;
  row.device = kDevice;
  row.work = {std::move(work)};
  row.measured = Seconds::Of(seconds);
  return row;
}

// m, k, n and ms; elements a second in 10^9 behind the sizes of the others.
MeasuredRow ProductRow(const std::vector<double>& numbers) {
  return RowOf(Product(kType, static_cast<int64_t>(numbers[0]), static_cast<int64_t>(numbers[2]),
                       static_cast<int64_t>(numbers[1])),
               numbers[3] * 1e-3);
}
MeasuredRow SoftmaxRow(const std::vector<double>& numbers) {
  return RowOf(Softmax(kType, static_cast<int64_t>(numbers[0]), static_cast<int64_t>(numbers[1])),
               numbers[0] * numbers[1] / numbers[2] * 1e-9);
}
MeasuredRow NormRow(const std::vector<double>& numbers) {
  return RowOf(LayerNorm(kType, static_cast<int64_t>(numbers[0]), static_cast<int64_t>(numbers[1])),
               numbers[0] * numbers[1] / numbers[2] * 1e-9);
}
MeasuredRow GeluRow(const std::vector<double>& numbers) {
  const ops::Dims dims = {static_cast<int64_t>(numbers[0])};
  return RowOf(Elementwise("aten::gelu", kType, {dims}, dims), numbers[0] / numbers[1] * 1e-9);
}

constexpr Table kTables[] = {{"matmul", "", "ae__figure5__ab__real_hardware__matmul_A100.csv", 4, ProductRow},
                             {"softmax", "", "ae__figure5__cf__real_hardware__softmax_A100.csv", 3, SoftmaxRow},
                             {"layernorm", kCompiled, "ae__figure5__de__real_hardware__layernorm_A100.csv", 3, NormRow},
                             {"gelu", kCompiled, "ae__figure5__g__real_hardware__gelu_A100.csv", 2, GeluRow}};

absl::StatusOr<std::vector<double>> NumbersOf(absl::string_view line, const std::string& where) {
  std::vector<double> numbers;
  for (absl::string_view field : absl::StrSplit(line, ',')) {
    field = absl::StripSuffix(absl::StripAsciiWhitespace(field), "ms");
    if (absl::ConsumeSuffix(&field, "Tflops")) continue;
    if (!absl::SimpleAtod(field, &numbers.emplace_back())) {
      return absl::DataLossError(absl::StrCat(where, ": \"", field, "\" is no number"));
    }
  }
  return numbers;
}

// The host's time, which rows of next to no work read: the least of the other rows of the operator. Calls were timed by
// the wall clock until the device was done. kHostBeforeKernel is best for all four tables; without one of them the
// others ask for .6 to .8.
void SetLaunches(std::vector<MeasuredRow>& rows) {
  for (MeasuredRow& row : rows) {
    std::vector<Seconds> others;
    for (const MeasuredRow& other : rows) {
      if (&other != &row) others.push_back(other.measured);
    }
    if (others.empty()) continue;
    row.launch = *std::min_element(others.begin(), others.end());
    row.timer = kHostBeforeKernel * row.launch;
  }
}

}  // namespace

absl::StatusOr<RowSet> ReadLlmcompass(const std::string& folder) {
  RowSet set = {.name = "llmcompass operators",
                .about =
                    "FP16 operators in PyTorch on an A100, GELU and normalizations compiled, by the wall clock; the "
                    "least reading of an operator's other rows is the host's time, of which three quarters are before "
                    "the kernel, which is best for these rows. Published for the 80 points of the paper's figure: a "
                    "simulator's mean of 8.4 and 4.6 (matmul), 10.9 and 7.9 (softmax), 6.1 and 10.4 (layernorm), 5.5 "
                    "(gelu), 7.4 in all",
                .published = {},
                .rows = {}};
  for (const Table& table : kTables) {
    const std::string path = absl::StrCat(folder, "/llmcompass/", table.file);
    std::ifstream file(path);
    if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
    std::vector<MeasuredRow> rows;
    int number = 0;
    for (std::string line; std::getline(file, line);) {
      const std::string where = absl::StrCat(path, ":", ++number);
      const auto numbers = NumbersOf(line, where);
      if (!numbers.ok()) return numbers.status();
      if (numbers->size() < table.numbers) {
        return absl::DataLossError(
            absl::StrCat(where, ": has ", numbers->size(), " numbers: ", table.numbers, " must stand in it"));
      }
      rows.push_back(table.row(*numbers));
      rows.back().op_class = table.op_class;
      rows.back().stack = table.stack;
    }
    SetLaunches(rows);
    set.rows.insert(set.rows.end(), rows.begin(), rows.end());
  }
  return set;
}

}  // namespace sandglass::accuracy
