// Sorting, selection, prefix scans, compaction and Fourier transforms.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::DataType;
using trace::Tensor;

// Rows up to this length sort in one kernel on chip; longer ones by radix passes through memory.
constexpr int64_t kOnChipRow = 4096;
// Bits of the key that a radix pass sorts by.
constexpr int kRadixBits = 8;

double Count(Account& account, const Tensor& tensor) { return static_cast<double>(account.Elements(tensor)); }

// Length of the rows along argument `name` (the last axis where it is not recorded).
int64_t RowLength(Account& account, const Tensor& tensor, const char* name, uint32_t position) {
  if (!account.ok()) return 0;
  if (tensor.dims.empty()) return 1;
  return account.Dim(tensor, account.Integer(name, position).value_or(-1));
}

// How many are kept of a row: argument k, or, where it is not recorded (ONNX has it in a tensor), the result's size
// along the axis in which it differs from the input, or along the last where none does. nullopt: nothing tells it.
std::optional<int64_t> KeptOfRow(Account& account, const Tensor& input) {
  if (const std::optional<int64_t> k = account.Integer("k", 1)) return k;
  const std::vector<Tensor>& results = account.signature().outputs;
  if (results.empty() || !results[0].shape_known || results[0].dims.size() != input.dims.size()) return std::nullopt;
  const std::vector<int64_t>& dims = results[0].dims;
  std::optional<int64_t> cut;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis] == input.dims[axis]) continue;
    if (cut.has_value() || dims[axis] > input.dims[axis]) return std::nullopt;
    cut = dims[axis];
  }
  if (cut.has_value()) return cut;
  return dims.empty() ? 1 : dims.back();
}

double CeilLog2(int64_t n) { return n <= 1 ? 0 : std::ceil(std::log2(static_cast<double>(n))); }

}  // namespace

// n·⌈log₂ n⌉ comparisons a row of n. Rows that fit on chip: input read once, values and 64-bit indices written once.
// Longer ones: a radix pass for each 8 bits of the key, each one kernel that reads and writes keys and indices.
void SortWork(Account& account) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  const std::string key = ParseOpName(account.signature().name).key;
  const bool flat = key == "_unique2" || key == "unique_consecutive";
  const double elements = Count(account, input);
  // argsort(self, stable=?, dim) and sort(self, dim): the axis stands by name.
  const int64_t row = flat ? account.Elements(input) : RowLength(account, input, "dim", 1);
  account.VectorType(input.dtype);
  account.Vector(elements * CeilLog2(row));
  const double bytes = account.TensorBytes(input);
  account.Read(input);
  account.WriteBytes(account.signature().outputs_recorded ? 0 : bytes + 8 * elements);
  if (account.signature().outputs_recorded) account.WriteResults(std::nullopt);
  if (row <= kOnChipRow) return;
  const int passes = trace::ElementBits(input.dtype).value_or(32) / kRadixBits;
  account.Kernels(std::max(1, passes));
  // The last pass writes the results counted above.
  const double again = (std::max(1, passes) - 1) * (bytes + 8 * elements);
  account.ReadBytes(again);
  account.WriteBytes(again);
}

// The k largest of each row: one comparison an element against the least of the best so far, and ⌈log₂ k⌉ more to place
// those that pass; all are charged. Input read once; values and indices written.
void TopKWork(Account& account) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  const double elements = Count(account, input);
  const int64_t row = RowLength(account, input, "dim", 2);
  // Selection of one rank (a median) is by halving: as many comparisons as k = 1 takes.
  const bool is_topk = ParseOpName(account.signature().name).key == "topk";
  const std::optional<int64_t> found = is_topk ? KeptOfRow(account, input) : std::optional<int64_t>(1);
  if (!found.has_value()) account.Missing("attributes: k is not recorded, and no result tells it");
  const int64_t k = found.value_or(0);
  if (k < 0) account.Invalid("attributes: k is negative");
  account.VectorType(input.dtype);
  account.Vector(elements * (1 + CeilLog2(k)));
  account.Read(input);
  if (account.signature().outputs_recorded) {
    account.WriteResults(std::nullopt);
  } else if (row > 0) {
    const double kept = elements / static_cast<double>(row) * static_cast<double>(k);
    account.WriteBytes(account.ElementBytes(input, kept) + 8 * kept);
  }
}

// `parameter` FLOP an element along the scanned axis; read once, written once. A parallel scan has no serial steps.
void PrefixScanWork(Account& account) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  account.Vector(account.parameter() * Count(account, input));
  account.Read(input);
  account.WriteResults(input);
}

// nonzero, masked_select: a prefix scan of the mask (an addition an element), then the chosen elements are written. How
// many there are is in the data, so the result must be recorded.
void CompactionWork(Account& account) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  account.Vector(Count(account, input));
  account.VectorType(DataType::kInt64);
  account.ReadOperands();
  account.WriteResults(std::nullopt);
}

// 5·n·log₂ n FLOP for a complex transform of n points, half of it where one side is real; over several axes n is their
// product. One pass an axis: read and written each time.
void FftWork(Account& account) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  const std::string key = ParseOpName(account.signature().name).key;
  // The real side has all points: the input of r2c, the result of c2r.
  const Tensor& points = key == "_fft_c2r" ? account.Result(0, std::nullopt) : input;
  const std::optional<std::vector<int64_t>> axes = account.Integers("dim", 1);
  if (!axes.has_value() || axes->empty()) account.Missing("attributes: dim is not recorded");
  if (!account.ok()) return;
  double levels = 0;
  for (const int64_t axis : *axes) {
    levels += std::log2(std::max<double>(1, static_cast<double>(account.Dim(points, axis))));
  }
  account.Vector((key == "_fft_c2c" ? 5.0 : 2.5) * Count(account, points) * levels);
  account.Read(input);
  account.WriteResults(key == "_fft_c2c" ? std::optional<Tensor>(input) : std::nullopt);
  const double again = static_cast<double>(axes->size() - 1) * account.TensorBytes(input);
  account.ReadBytes(again);
  account.WriteBytes(again);
  account.Kernels(static_cast<int32_t>(axes->size()));
}

}  // namespace sandglass::ops
