// Operators that move rows by index: losses, embeddings, gathers and scatters.
#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::DataType;
using trace::Tensor;

double Count(Account& account, const Tensor& tensor) { return static_cast<double>(account.Elements(tensor)); }

// The shape of `source` gathered by `index`: of the index itself (gather, take), or with one axis replaced
// (index_select). Other forms depend on data or on which axes are indexed.
std::optional<Tensor> GatherResult(Account& account, const Tensor& source, const Tensor& index) {
  const std::string key = ParseOpName(account.signature().name).key;
  if (key == "gather" || key == "take") return MakeTensor(source.dtype, index.dims);
  if (key != "index_select" || source.dims.empty()) return std::nullopt;
  const std::optional<int64_t> dim = account.Integer("dim", 1);
  const int64_t rank = static_cast<int64_t>(source.dims.size());
  if (!dim.has_value() || *dim < -rank || *dim >= rank) return std::nullopt;
  Tensor result = MakeTensor(source.dtype, source.dims);
  result.dims[*dim < 0 ? *dim + rank : *dim] = account.Elements(index);
  return result;
}

// Elements of the destination that a scatter touches: those of the source tensor; with a scalar source, one for each
// index (scatter), or a slice of the destination for each (index_fill, index_put).
double TouchedElements(Account& account, const Tensor& destination) {
  const uint32_t source_position = static_cast<uint32_t>(account.parameter());
  const Tensor* source = account.Find(source_position);
  if (source != nullptr && !source->dims.empty()) return Count(account, *source);
  const std::vector<const Tensor*> indices = account.FindList(source_position - 1);
  if (indices.empty()) {
    account.Missing(absl::StrCat("inputs: the index at argument ", source_position - 1, " is not recorded"));
    return 0;
  }
  if (indices.front()->dtype == DataType::kBool) {
    account.Missing(absl::StrCat(account.Path(*indices.front()), ": a mask's count is in its data"));
    return 0;
  }
  double touched = 1;
  for (const Tensor* index : indices) touched = std::max(touched, Count(account, *index));
  const std::string key = ParseOpName(account.signature().name).key;
  if (key == "scatter" || key == "scatter_add" || key == "scatter_reduce") return touched;
  const int64_t dim = key == "index_fill" ? account.Integer("dim", 1).value_or(0) : 0;
  double slice = Count(account, destination);
  for (size_t i = 0; i < indices.size() && account.ok(); ++i) {
    slice /= std::max<double>(1, static_cast<double>(account.Dim(destination, dim + static_cast<int64_t>(i))));
  }
  return touched * slice;
}

// Whether a scatter adds to what is there, and so reads it.
bool Accumulates(Account& account) {
  const std::string key = ParseOpName(account.signature().name).key;
  if (key == "scatter_add" || key == "scatter_reduce" || key == "index_add" || key == "index_reduce") return true;
  return account.Boolean("accumulate", 3).value_or(false);
}

}  // namespace

// nll_loss_forward(log_probabilities [n, c, ...], target, weight?): one element of the input for each target, a
// negation and an addition each; targets read; a loss and a total weight written.
void NllLossWork(Account& account) {
  const Tensor& input = account.Need(0);
  const Tensor& target = account.Need(1);
  if (!account.ok()) return;
  const double targets = Count(account, target);
  account.Vector(2 * targets);
  account.ReadBytes(account.ElementBytes(input, targets));
  account.ReadBytes(account.TensorBytes(target));
  account.ReadIfGiven(2);
  account.WriteResults(MakeTensor(input.dtype, {}));
}

// nll_loss_backward(grad, input, target, weight?, ...): zeros like the input, and one element for each target. The
// input gives only its shape.
void NllLossBackwardWork(Account& account) {
  const Tensor& input = account.Need(1);
  const Tensor& target = account.Need(2);
  if (!account.ok()) return;
  account.Vector(2 * Count(account, target));
  account.ReadIfGiven(0);
  account.Read(target);
  account.ReadIfGiven(3);
  account.WriteResults(input);
}

// embedding(table [v, d], indices): the gathered rows (at most the whole table, once) and the indices are read; the
// result is written. No FLOP.
void EmbeddingWork(Account& account) {
  const Tensor& table = account.NeedRank(0, 2, 2);
  const Tensor& indices = account.Need(1);
  if (!account.ok()) return;
  std::vector<int64_t> dims = indices.dims;
  dims.push_back(account.Dim(table, 1));
  const Tensor& result = account.Result(0, MakeTensor(table.dtype, dims));
  account.ReadBytes(std::min(account.TensorBytes(table), account.ElementBytes(table, Count(account, result))));
  account.Read(indices);
  account.Addressed(Count(account, result));
  account.Write(result);
}

// embedding_dense_backward(grad [..., d], indices, num_weights, ...): a table of zeros written; each row of the
// gradient read and added to one of its rows, which is read and written again (at most all rows). One addition an
// element.
void EmbeddingBackwardWork(Account& account) {
  const Tensor& grad = account.Need(0);
  const Tensor& indices = account.Need(1);
  if (!account.ok()) return;
  std::optional<Tensor> inferred;
  if (const std::optional<int64_t> rows = account.Integer("num_weights", 2)) {
    inferred = MakeTensor(grad.dtype, {*rows, account.Dim(grad, -1)});
  }
  const Tensor& table = account.Result(0, inferred);
  if (!account.ok()) return;
  const double table_bytes = account.TensorBytes(table);
  const double touched = std::min(table_bytes, account.ElementBytes(table, Count(account, grad)));
  account.Vector(Count(account, grad));
  account.Read(grad);
  account.Read(indices);
  account.ReadBytes(touched);
  account.WriteBytes(table_bytes + touched);
}

// gather, index_select, index, take: as many elements of the source as the result has (at most all of it, once) and the
// indices are read; the result is written. No FLOP.
void GatherWork(Account& account) {
  const Tensor& source = account.Need(0);
  const std::vector<const Tensor*> indices = account.FindList(static_cast<uint32_t>(account.parameter()));
  if (indices.empty()) account.Missing(absl::StrCat("inputs: no index is recorded at argument ", account.parameter()));
  if (!account.ok()) return;
  const Tensor& result = account.Result(0, GatherResult(account, source, *indices.front()));
  if (!account.ok()) return;
  account.ReadBytes(std::min(account.TensorBytes(source), account.ElementBytes(source, Count(account, result))));
  for (const Tensor* index : indices) account.Read(*index);
  account.Addressed(Count(account, result));
  account.Write(result);
}

// scatter, index_add, index_put and their like, in place: indices and source read; the touched elements (at most all of
// the destination) written, and read before that where they are added to, with an addition each. Not in place, the
// destination is copied first: read and written whole.
void ScatterWork(Account& account) {
  const Tensor& destination = account.Need(0);
  if (!account.ok()) return;
  const double touched = TouchedElements(account, destination);
  const double whole_bytes = account.TensorBytes(destination);
  const double touched_bytes = std::min(whole_bytes, account.ElementBytes(destination, touched));
  for (const Tensor* operand : account.operands()) {
    if (operand != &destination) account.Read(*operand);
  }
  if (Accumulates(account)) {
    account.Vector(touched);
    account.ReadBytes(touched_bytes);
  }
  account.WriteBytes(touched_bytes);
  if (account.in_place()) return;
  account.ReadBytes(whole_bytes);
  account.WriteBytes(whole_bytes);
}

}  // namespace sandglass::ops
