// Products of matrices, attention and triangular solves.
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analyzer/ops/formulas.h"
#include "analyzer/ops/scalar_type.h"

namespace sandglass::ops {
namespace {

using trace::Tensor;

void CheckEqual(Account& account, const Tensor& tensor, int64_t found, int64_t expected, const char* what) {
  if (account.ok() && found != expected) {
    account.Invalid(absl::StrCat(account.Path(tensor), ".dims: ", what, " is ", found, ", but ", expected,
                                 " in the other operand"));
  }
}

// The problem of a·b for vectors, matrices and batches of matrices: [k]·[k], [m,k]·[k], [m,k]·[k,n], [b,m,k]·[b,k,n].
MatrixProblem ProblemOf(Account& account, const Tensor& a, const Tensor& b) {
  MatrixProblem problem;
  if (!account.ok()) return problem;
  problem.k = account.Dim(a, -1);
  problem.m = a.dims.size() >= 2 ? account.Dim(a, -2) : 1;
  problem.n = b.dims.size() >= 2 ? account.Dim(b, -1) : 1;
  CheckEqual(account, b, b.dims.size() >= 2 ? account.Dim(b, -2) : account.Dim(b, -1), problem.k, "the inner axis");
  if (a.dims.size() == 3 && b.dims.size() == 3) {
    problem.batch = account.Dim(a, 0);
    CheckEqual(account, b, account.Dim(b, 0), problem.batch, "the batch");
  }
  return problem;
}

// The result's shape, for traces without results.
Tensor ProductShape(const MatrixProblem& problem, const Tensor& a, const Tensor& b) {
  std::vector<int64_t> dims;
  if (a.dims.size() == 3) dims.push_back(problem.batch);
  if (a.dims.size() >= 2) dims.push_back(problem.m);
  if (b.dims.size() >= 2) dims.push_back(problem.n);
  return MakeTensor(a.dtype, std::move(dims));
}

void MultiplyInto(Account& account, uint32_t first, std::optional<uint32_t> addend) {
  const Tensor& a = account.NeedRank(first, 1, 3);
  const Tensor& b = account.NeedRank(first + 1, 1, 3);
  const MatrixProblem problem = ProblemOf(account, a, b);
  if (!account.ok()) return;
  account.Matrix(problem, a.dtype);
  account.Read(a);
  account.Read(b);
  const Tensor& result = account.Result(0, ProductShape(problem, a, b));
  if (addend.has_value() && account.Real("beta", first + 2).value_or(1) != 0) {
    account.Read(account.Need(*addend));
    account.Vector(static_cast<double>(account.Elements(result)));
  }
  account.Write(result);
}

// Kernels that are written for Hopper and later; the others' threads load operands and start each product themselves.
constexpr absl::string_view kBesideThreads = "cudnn";

struct AttentionShape {
  AttentionProblem attention;
  // As fused kernels lay it out: rows of queries that share keys, columns of scores' and values' depth, over the keys.
  MatrixProblem problem;
};

// 8 heads of queries and 2 of keys: 4 share each.
int64_t HeadsThatShareKeys(const Tensor& query, const Tensor& key) {
  if (query.dims.size() != 4 || key.dims.size() != 4 || key.dims[1] <= 0) return 1;
  return query.dims[1] % key.dims[1] == 0 && query.dims[1] > 0 ? query.dims[1] / key.dims[1] : 1;
}

// Query [b, h, s, e], key [b, h, t, e], value [b, h, t, v]. Scores take 2·s·t·e FLOP a head and their product with the
// values 2·s·t·v: as one problem, [s, t] by [t, e + v]. Where g heads of queries share one of keys, their queries are
// rows of one product. With a causal mask a query sees about half of the keys (rounded up).
AttentionShape AttentionShapeOf(Account& account, uint32_t first) {
  AttentionShape shape;
  const Tensor& query = account.NeedRank(first, 3, 4);
  const Tensor& key = account.NeedRank(first + 1, 3, 4);
  const Tensor& value = account.NeedRank(first + 2, 3, 4);
  const std::optional<bool> causal = account.Boolean("is_causal", static_cast<uint32_t>(account.parameter()));
  if (!causal.has_value()) account.Missing("attributes: is_causal is not recorded, so the work may be half as much");
  if (!account.ok()) return shape;
  const int64_t keys = account.Dim(key, -2);
  const std::vector<int64_t> heads(query.dims.begin(), query.dims.end() - 2);
  int64_t depth = account.Dim(query, -1);
  if (__builtin_add_overflow(depth, account.Dim(value, -1), &depth) ||
      depth > std::numeric_limits<int64_t>::max() / 5) {
    account.Invalid(absl::StrCat(account.Path(value), ".dims: the last axis overflows with that of the query"));
    return shape;
  }
  const int64_t batch = account.Product(heads, account.Path(query) + ".dims");
  const int64_t sharing = account.ok() ? HeadsThatShareKeys(query, key) : 1;
  shape.attention = {.heads = batch / sharing,
                     .sharing = sharing,
                     .queries = account.Dim(query, -2),
                     .keys = keys,
                     .causal = *causal,
                     .beside_threads = absl::StrContains(account.signature().name, kBesideThreads)};
  shape.problem = {.batch = batch / sharing, .m = 0, .n = depth, .k = *causal ? keys / 2 + keys % 2 : keys};
  if (__builtin_mul_overflow(shape.attention.queries, sharing, &shape.problem.m)) {
    account.Invalid(absl::StrCat(account.Path(query), ".dims: product overflows"));
  }
  return shape;
}

}  // namespace

// a·b: 2·batch·m·n·k FLOP; both operands read once, the result written once.
void MatMulWork(Account& account) { MultiplyInto(account, 0, std::nullopt); }

// a·b of quantized operands, whose scales stand behind them, scaled on the way out. `_scaled_mm` returns its result, in
// the type of out_dtype at argument 6, and in BF16 where that is not recorded; serving stacks' operators write it to
// the argument before a, at which the parameter is. PyTorch counts 4-bit elements in pairs.
void ScaledMatMulWork(Account& account) {
  const auto at = static_cast<uint32_t>(account.parameter());
  const Tensor& a = account.NeedRank(at, 2, 2);
  const Tensor& b = account.NeedRank(at + 1, 2, 2);
  MatrixProblem problem = ProblemOf(account, a, b);
  problem.whole_depth = at > 0;
  const bool pairs = account.ok() && a.dtype == trace::DataType::kFloat4E2m1;
  if (pairs && __builtin_mul_overflow(problem.k, 2, &problem.k)) {
    account.Invalid(absl::StrCat(account.Path(a), ".dims: product overflows"));
  }
  if (!account.ok()) return;
  account.Matrix(problem, a.dtype);
  account.Read(a, pairs ? 2 : 1);
  account.Read(b, pairs ? 2 : 1);
  account.ReadIfGiven(at + 2);
  account.ReadIfGiven(at + 3);
  if (at > 0) {
    account.Write(account.Need(at - 1));
    return;
  }
  Tensor result = ProductShape(problem, a, b);
  result.dtype = ScalarType(account.Integer("out_dtype", 6).value_or(-1)).value_or(trace::DataType::kBfloat16);
  account.Write(account.Result(0, result));
}

// result, a [m, k/2], b [n, k/2]: a·bᵀ of 4-bit floats, two in a byte; then the scale of each 16 elements of a row,
// which are read with them.
void PackedMatMulWork(Account& account) {
  const Tensor& result = account.Need(0);
  const Tensor& a = account.NeedRank(1, 2, 2);
  const Tensor& b = account.NeedRank(2, 2, 2);
  if (!account.ok()) return;
  CheckEqual(account, b, account.Dim(b, 1), account.Dim(a, 1), "the inner axis");
  MatrixProblem problem = {.batch = 1, .m = account.Dim(a, 0), .n = account.Dim(b, 0), .k = 0, .whole_depth = true};
  if (__builtin_mul_overflow(account.Dim(a, 1), 2, &problem.k)) {
    account.Invalid(absl::StrCat(account.Path(a), ".dims: product overflows"));
  }
  if (!account.ok()) return;
  account.Matrix(problem, trace::DataType::kFloat4E2m1);
  for (const uint32_t operand : {1U, 2U, 3U, 4U}) account.ReadIfGiven(operand);
  account.Write(result);
}

// c + a·b, with c broadcast: one more addition an element of the result, and c read, unless beta is 0.
void AddMatMulWork(Account& account) { MultiplyInto(account, 1, 0); }

// input [..., k] · weight [n, k]ᵀ + bias [n], the leading axes being rows.
void LinearWork(Account& account) {
  const Tensor& input = account.Need(0);
  const Tensor& weight = account.NeedRank(1, 2, 2);
  if (!account.ok()) return;
  const int64_t k = account.Dim(input, -1);
  const int64_t n = account.Dim(weight, 0);
  CheckEqual(account, weight, account.Dim(weight, 1), k, "the inner axis");
  std::vector<int64_t> rows(input.dims.begin(), input.dims.empty() ? input.dims.end() : input.dims.end() - 1);
  const int64_t m = account.Product(rows, account.Path(input) + ".dims");
  account.Matrix({.batch = 1, .m = m, .n = n, .k = k}, input.dtype);
  rows.push_back(n);
  const Tensor& result = account.Result(0, MakeTensor(input.dtype, rows));
  if (account.Find(2) != nullptr) account.Vector(static_cast<double>(account.Elements(result)));
  account.ReadOperands();
  account.Write(result);
}

// Fused attention: two products, and between them a softmax of 12 vector FLOP a pair (see SoftmaxWork) that never
// leaves the chip. Query, key and value are read once.
void AttentionWork(Account& account) {
  const AttentionShape shape = AttentionShapeOf(account, 0);
  if (!account.ok()) return;
  account.Matrix(shape.problem, account.Need(0).dtype);
  account.Attention(shape.attention);
  account.Vector(12 * shape.attention.pairs());
  account.ReadOperands();
  std::vector<int64_t> dims = account.Need(0).dims;
  dims.back() = account.Dim(account.Need(2), -1);
  account.WriteResults(MakeTensor(account.Need(0).dtype, dims));
}

// Its backward: the scores again (depth e), then dV and dP (depth v each), dQ and dK (depth e each): 3e + 2v, where e =
// v in all kernels of this kind, so 5/2 of the forward's depth. Vector: exp again, then 4 for the softmax's backward.
void AttentionBackwardWork(Account& account) {
  const AttentionShape shape = AttentionShapeOf(account, 1);
  if (!account.ok()) return;
  MatrixProblem problem = shape.problem;
  problem.n = problem.n * 5 / 2;
  account.Matrix(problem, account.Need(1).dtype);
  account.Attention(shape.attention);
  account.Vector((kTranscendentalFlop + 1 + 4) * shape.attention.pairs());
  account.ReadOperands();
  if (account.signature().outputs.empty()) {
    for (uint32_t position = 1; position <= 3; ++position) account.Write(account.Need(position));
  } else {
    account.WriteResults(std::nullopt);
  }
}

// A triangular [.., n, n] against [.., n, k]: n²·k FLOP, the half of a product, in n steps that each need the last.
void TriangularSolveWork(Account& account) {
  // triangular_solve(self, A) against linalg_solve_triangular(A, B): the triangular one is square, and second only
  // there.
  const bool solves_self = ParseOpName(account.signature().name).key == "triangular_solve";
  const Tensor& matrix = account.NeedRank(solves_self ? 1 : 0, 2, 8);
  const Tensor& right = account.NeedRank(solves_self ? 0 : 1, 2, 8);
  if (!account.ok()) return;
  const int64_t n = account.Dim(matrix, -1);
  CheckEqual(account, matrix, account.Dim(matrix, -2), n, "the number of rows");
  account.Vector(static_cast<double>(n) * static_cast<double>(account.Elements(right)));
  account.Loop(n, 3);
  account.ReadOperands();
  account.WriteResults(right);
}

}  // namespace sandglass::ops
