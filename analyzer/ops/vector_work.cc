// Elementwise operators, reductions, and updates of lists of tensors.
#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/formulas.h"
#include "analyzer/ops/one_run.h"

namespace sandglass::ops {
namespace {

using trace::DataType;
using trace::Tensor;

// The shape to which operands broadcast: aligned at the last axis, the size that is not 1.
std::optional<Tensor> Broadcast(Account& account) {
  std::vector<int64_t> dims;
  DataType dtype = DataType::kUnspecified;
  for (const Tensor* operand : account.operands()) {
    if (!operand->shape_known) return std::nullopt;
    if (operand->dims.size() > dims.size()) dims.insert(dims.begin(), operand->dims.size() - dims.size(), 1);
    const size_t offset = dims.size() - operand->dims.size();
    for (size_t axis = 0; axis < operand->dims.size(); ++axis) {
      int64_t& size = dims[offset + axis];
      if (size == 1) size = operand->dims[axis];
      if (operand->dims[axis] != 1 && operand->dims[axis] != size) {
        account.Invalid(
            absl::StrCat(account.Path(*operand), ".dims: ", operand->dims[axis], " does not broadcast to ", size));
      }
    }
    // Scalars and truth values (a mask) do not decide the type where another operand can.
    const bool decides = !operand->dims.empty() && operand->dtype != DataType::kBool;
    if (dtype == DataType::kUnspecified || (decides && !trace::IsFloatingPoint(dtype))) dtype = operand->dtype;
  }
  if (account.operands().empty()) return std::nullopt;
  return MakeTensor(dtype, std::move(dims));
}

// The inferred result of an elementwise operator; an in-place one has the shape of its first input.
std::optional<Tensor> ElementwiseResult(Account& account) {
  if (account.in_place() && !account.operands().empty()) return *account.operands().front();
  return Broadcast(account);
}

void EnterElementwise(Account& account, double flop_per_element, std::optional<Tensor> inferred) {
  // First, so that what is wrong with an operand is not told of the result.
  account.ReadOperands();
  if (!account.ok()) return;
  const uint32_t first = account.signature().outputs.empty() ? 0 : account.signature().outputs.front().position;
  const Tensor& result = account.Result(first, inferred);
  const auto elements = static_cast<double>(account.Elements(result));
  account.Vector(flop_per_element * elements);
  if (!InOneRun(account.operands())) account.Addressed(elements);
  account.WriteResults(std::move(inferred));
}

// What is left of `input` after reducing the axes that the operator names ("dim", else all).
Tensor ReducedShape(Account& account, const Tensor& input, DataType dtype) {
  const int64_t rank = static_cast<int64_t>(input.dims.size());
  const std::string key = ParseOpName(account.signature().name).key;
  const bool order_first = key == "norm" || key == "linalg_vector_norm";
  const std::optional<std::vector<int64_t>> axes = account.Integers("dim", order_first ? 2 : 1);
  if (!axes.has_value() || axes->empty()) return MakeTensor(dtype, {});
  std::set<int64_t> reduced;
  for (const int64_t axis : *axes) reduced.insert(axis < 0 ? axis + rank : axis);
  std::vector<int64_t> dims;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (!reduced.contains(axis)) dims.push_back(input.dims[axis]);
  }
  return MakeTensor(dtype, dims);
}

void EnterReduction(Account& account, std::optional<DataType> result_dtype) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  const double elements = static_cast<double>(account.Elements(input));
  account.Vector(std::max(1, account.parameter()) * elements);
  account.ReadOperands();
  account.WriteResults(ReducedShape(account, input, result_dtype.value_or(input.dtype)));
}

}  // namespace

// `parameter` FLOP for each element of the (broadcast) result; every operand read once, every result written once.
void ElementwiseWork(Account& account) { EnterElementwise(account, account.parameter(), ElementwiseResult(account)); }

// As ElementwiseWork, with truth values of a byte as result.
void CompareWork(Account& account) {
  std::optional<Tensor> result = ElementwiseResult(account);
  if (result.has_value() && !account.in_place()) result->dtype = DataType::kBool;
  // The comparison itself is on the operands' type.
  if (!account.operands().empty()) account.VectorType(account.operands().front()->dtype);
  EnterElementwise(account, 1, std::move(result));
}

// x^p: a whole |p| up to 4 takes |p| − 1 multiplications, a half one a square root; a negative p one division more. Any
// other p is exp(p·log x): two special functions and a multiplication.
void PowerWork(Account& account) {
  const std::optional<double> exponent = account.Real("exponent", 1);
  double flop = 2 * kTranscendentalFlop + 1;
  if (exponent.has_value()) {
    const double size = std::abs(*exponent);
    const double inverse = *exponent < 0 ? kTranscendentalFlop : 0;
    if (size == std::floor(size) && size <= 4) flop = std::max(1.0, std::max(0.0, size - 1) + inverse);
    if (size == 0.5) flop = kTranscendentalFlop;
  } else if (ParseOpName(account.signature().name).key == "square") {
    flop = 1;
  }
  EnterElementwise(account, flop, ElementwiseResult(account));
}

// `parameter` FLOP for each element of the input, read once; what is left is written.
void ReductionWork(Account& account) { EnterReduction(account, std::nullopt); }

// As ReductionWork, with 64-bit indices as result.
void ArgReductionWork(Account& account) {
  account.VectorType(account.Need(0).dtype);
  EnterReduction(account, DataType::kInt64);
}

// One operator over lists: `parameter` FLOP for each element of the first list; all lists read, the first written.
void ForeachWork(Account& account) {
  const std::vector<const Tensor*> targets = account.FindList(0);
  if (targets.empty()) account.Missing("inputs: the list at argument 0 is not recorded");
  for (const Tensor* target : targets) {
    account.Vector(account.parameter() * static_cast<double>(account.Elements(*target)));
    account.Write(*target);
  }
  account.ReadOperands();
}

// Adam in one kernel, for each parameter: m ← βm + (1−β)g is 3; v ← βv + (1−β)g² is 4; √v̂ + ε is 9; m̂ ÷ that is 8; the
// step and the weight's decay 4: 28 FLOP. Parameters, gradients, m and v read; parameters, m and v written.
void FusedAdamWork(Account& account) {
  for (const uint32_t position : {0u, 2u, 3u}) {
    const std::vector<const Tensor*> list = account.FindList(position);
    if (list.empty()) account.Missing(absl::StrCat("inputs: the list at argument ", position, " is not recorded"));
    for (const Tensor* tensor : list) {
      if (position == 0) account.Vector(28 * static_cast<double>(account.Elements(*tensor)));
      account.Write(*tensor);
    }
  }
  account.ReadOperands();
}

}  // namespace sandglass::ops
