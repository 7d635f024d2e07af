// What quantizes operands for narrow products: operators of serving stacks (vLLM's _C), which write to arguments.
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::DataType;
using trace::Tensor;

// An element's magnitude, the comparison for the largest, its scaling, two comparisons for the range, and rounding.
constexpr double kQuantizationFlop = 6;
// Kernels make 8-bit floats by integer operations (c10's conversion) and a division: on H100, H200 and GB200 a vector
// lane takes 56 to 70 turns an element (the lab book of the models, "What quantizes in the call"), of two FLOP each.
constexpr double kNarrowFloatFlop = 60;
// A row is a block of threads, which begins, meets for the largest, and ends; meanwhile its core could have quantized
// so many elements more.
constexpr double kRowElements = 3400;

bool IsNarrowFloat(DataType dtype) { return dtype == DataType::kFloat8E4m3 || dtype == DataType::kFloat8E5m2; }

bool IsWideFloat(DataType dtype) {
  return dtype == DataType::kBfloat16 || dtype == DataType::kFloat16 || dtype == DataType::kFloat32;
}

// Two 4-bit elements a byte.
Tensor Packed(const Tensor& input) {
  Tensor result = MakeTensor(DataType::kUint8, input.dims);
  if (!result.dims.empty()) result.dims.back() /= 2;
  return result;
}

// Finds the largest of all elements in a kernel of its own before it quantizes them.
constexpr absl::string_view kOneScaleOfAll = "dynamic_scaled_fp8_quant";

}  // namespace

// result, input, scales, …: the input is read, its result written, and a scale a row or a group of each 128 elements,
// which are left out. The parameter is the position of the input; the result is the other of the first two. Where the
// input comes first although the parameter says otherwise, it is a newer form for 4-bit elements, which returns them.
void QuantizeWork(Account& account) {
  const auto at = static_cast<uint32_t>(account.parameter());
  const Tensor& first = account.Need(0);
  const bool returns = account.ok() && at == 1 && IsWideFloat(first.dtype);
  const Tensor& input = returns ? first : account.Need(at);
  const Tensor& result = returns ? account.Result(0, Packed(input)) : account.Need(1 - at);
  if (!account.ok()) return;
  const auto elements = static_cast<double>(account.Elements(input));
  const int64_t row = input.dims.empty() ? 1 : account.Dim(input, -1);
  const double rows = row > 0 ? elements / static_cast<double>(row) : 0;
  const bool row_is_block = at == 1 && IsNarrowFloat(result.dtype);
  account.Vector((IsNarrowFloat(result.dtype) ? kNarrowFloatFlop : kQuantizationFlop) *
                 (elements + (row_is_block ? kRowElements * rows : 0)));
  account.VectorType(DataType::kFloat32);
  account.Read(input);
  if (absl::EndsWith(account.signature().name, kOneScaleOfAll)) {
    account.Kernels(2);
    account.Read(input);
  }
  account.Write(result);
}

}  // namespace sandglass::ops
