// Copies, casts, fills and random numbers.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyzer/ops/formulas.h"
#include "analyzer/ops/one_run.h"
#include "analyzer/ops/scalar_type.h"

namespace sandglass::ops {
namespace {

using trace::DataType;
using trace::Tensor;

double Count(Account& account, const Tensor& tensor) { return static_cast<double>(account.Elements(tensor)); }

// Whether the first input only says how large the result is: it is overwritten, or a pattern.
bool LendsShape(const Account& account) {
  return account.in_place() || absl::EndsWith(ParseOpName(account.signature().name).key, "_like");
}

// A result that is made from nothing: like the first input of an in-place or *_like form, or of the sizes at `position`
// (which a creation by size has; its type is then the default unless recorded).
std::optional<Tensor> CreatedShape(Account& account, int position) {
  if (LendsShape(account)) return account.Need(0);
  if (position < 0) return std::nullopt;
  const std::optional<std::vector<int64_t>> sizes = account.Integers("size", static_cast<uint32_t>(position));
  if (!sizes.has_value()) return std::nullopt;
  const DataType dtype = account.operands().empty() ? DataType::kFloat32 : account.operands().front()->dtype;
  return MakeTensor(dtype, *sizes);
}

// The inferred result of a copy that keeps the shape; others (repeat, padding) depend on arguments.
std::optional<Tensor> CopiedShape(Account& account, const Tensor& input) {
  const std::string key = ParseOpName(account.signature().name).key;
  if (key == "_to_copy" || key == "clone" || key == "flip" || key == "roll" || key == "rot90") {
    Tensor result = MakeTensor(input.dtype, input.dims);
    if (key != "_to_copy") return result;
    // A cast's target type is an enumerator of the framework.
    if (const std::optional<int64_t> target = account.Integer("dtype", 1)) {
      const std::optional<DataType> dtype = ScalarType(*target);
      if (!dtype.has_value()) return std::nullopt;
      result.dtype = *dtype;
    }
    return result;
  }
  if (key == "slice_backward" || key == "select_backward" || key == "diagonal_backward") {
    const std::optional<std::vector<int64_t>> sizes = account.Integers("input_sizes", 1);
    if (sizes.has_value()) return MakeTensor(input.dtype, *sizes);
  }
  return std::nullopt;
}

// The framework's number for a contiguous result, whatever the input's strides are.
constexpr int64_t kContiguousFormat = 0;

// Whether a copy goes through its input and its result in one run. One that keeps the input's strides does if there are
// no gaps.
bool CopiesInOneRun(Account& account, const Tensor& input) {
  const std::string key = ParseOpName(account.signature().name).key;
  const bool to_contiguous = key == "clone" && account.Integer("memory_format", 1) == kContiguousFormat;
  if (!to_contiguous) return InOneRun({&input});
  const Tensor result = MakeTensor(input.dtype, input.dims);
  return InOneRun({&input, &result});
}

}  // namespace

// Each distinct element of the operands read once, each of the result written once. No FLOP: a cast rides along.
void CopyWork(Account& account) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  account.ReadOperands();
  if (!CopiesInOneRun(account, input)) account.Addressed(Count(account, input));
  account.WriteResults(CopiedShape(account, input));
}

// copy_(destination, source): the source is read, the destination only written.
void CopyIntoWork(Account& account) {
  const Tensor& destination = account.Need(0);
  const Tensor& source = account.Need(1);
  if (!account.ok()) return;
  account.Read(source);
  if (!InOneRun({&destination, &source})) account.Addressed(Count(account, destination));
  account.Write(destination);
}

// cat, stack: all parts read, as much written.
void ConcatenateWork(Account& account) {
  const std::vector<const Tensor*>& parts = account.operands();
  if (parts.empty()) account.Missing("inputs: no part is recorded");
  if (!account.ok()) return;
  int64_t elements = 0;
  for (const Tensor* part : parts) {
    const int64_t more = account.Elements(*part);
    if (__builtin_add_overflow(elements, more, &elements)) {
      account.Invalid(absl::StrCat(account.Path(*part), ".dims: sum over the list overflows"));
      return;
    }
  }
  account.ReadOperands();
  account.WriteResults(MakeTensor(parts.front()->dtype, {elements}));
}

// Written once; nothing is read.
void FillWork(Account& account) { account.WriteResults(CreatedShape(account, account.parameter())); }

// kRandomFlop for the generator and `parameter` more for the distribution, an element; written once. A tensor of
// probabilities or means is read; one that only lends its shape (in-place and *_like forms) is not.
void RandomFillWork(Account& account) {
  const std::vector<const Tensor*>& operands = account.operands();
  const bool lends_shape = LendsShape(account);
  // randint's sizes follow its bounds, and are found by name only.
  const bool bounds_first = absl::StartsWith(ParseOpName(account.signature().name).key, "randint");
  std::optional<Tensor> created = CreatedShape(account, bounds_first ? 3 : 0);
  if (!created.has_value() && !operands.empty()) created = *operands.front();
  const uint32_t first = account.signature().outputs.empty() ? 0 : account.signature().outputs.front().position;
  account.Vector((kRandomFlop + account.parameter()) * Count(account, account.Result(first, created)));
  for (size_t i = lends_shape ? 1 : 0; i < operands.size(); ++i) account.Read(*operands[i]);
  account.WriteResults(std::move(created));
}

// A random number, a comparison and two multiplications an element; input read; result and mask (a byte) written.
void DropoutWork(Account& account) {
  const Tensor& input = account.Need(0);
  if (!account.ok()) return;
  account.Vector((kRandomFlop + 3) * Count(account, input));
  account.Read(input);
  if (account.signature().outputs_recorded) {
    account.WriteResults(std::nullopt);
    return;
  }
  account.Write(input);
  account.Write(MakeTensor(DataType::kBool, input.dims));
}

}  // namespace sandglass::ops
