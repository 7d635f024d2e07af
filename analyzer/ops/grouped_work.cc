// Products of groups whose rows are known together only: experts to which tokens are sent.
//
// A trace does not say which rows are whose. Formulas share them evenly over as many experts as there are rows for:
// with few rows that is the most traffic of weights, with many the least time.
#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::Tensor;

// Rows shared evenly over groups.
struct Shared {
  // Groups that have rows.
  int64_t groups = 0;
  // Rows of one, rounded up.
  int64_t rows = 0;

  Shared(int64_t all_rows, int64_t all_groups)
      : groups(std::min(all_rows, all_groups)), rows(groups == 0 ? 0 : (all_rows - 1) / groups + 1) {}
};

double FlopOfRows(int64_t rows, int64_t columns, int64_t depth) {
  return 2.0 * static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(depth);
}

// Rows counted and sorted by expert, two products, the gate, and the sum over a token's experts.
constexpr int32_t kExpertKernels = 6;

}  // namespace

// _grouped_mm of rows [r, k] and one matrix a group [g, k, n]; or of columns that belong to groups, [m, r] and [r, n],
// whose results are [g, m, n]: 2·r·k·n and 2·m·r·n FLOP. Of matrices, those of groups with rows are read.
// Rows of three axes are refused; scales of _scaled_grouped_mm are not counted.
void GroupedMatMulWork(Account& account) {
  const Tensor& rows = account.NeedRank(0, 2, 2);
  const Tensor& matrices = account.NeedRank(1, 2, 3);
  if (!account.ok()) return;
  const bool shares_depth = matrices.dims.size() == 2;
  const int64_t depth = account.Dim(rows, 1);
  if (depth != account.Dim(matrices, shares_depth ? 0 : 1)) {
    account.Invalid(absl::StrCat(account.Path(matrices), ".dims: a depth of ",
                                 account.Dim(matrices, shares_depth ? 0 : 1), ", rows have ", depth));
    return;
  }
  const int64_t m = account.Dim(rows, 0);
  const int64_t n = account.Dim(matrices, -1);
  account.Read(rows);
  if (shares_depth) {
    const Tensor& result = account.Result(0, std::nullopt);
    if (!account.ok()) return;
    const Shared shared(depth, account.Dim(result, 0));
    account.GroupedMatrix({.batch = shared.groups, .m = m, .n = n, .k = shared.rows}, FlopOfRows(m, n, depth),
                          rows.dtype);
    account.Read(matrices);
    account.Write(result);
    return;
  }
  const int64_t groups = account.Dim(matrices, 0);
  const Shared shared(m, groups);
  account.GroupedMatrix({.batch = shared.groups, .m = shared.rows, .n = n, .k = depth}, FlopOfRows(m, n, depth),
                        rows.dtype);
  if (groups > 0) {
    account.Read(matrices, static_cast<double>(shared.groups) / static_cast<double>(groups));
  }
  account.WriteResults(MakeTensor(rows.dtype, {m, n}));
}

// inplace_fused_experts(hidden [t, h], w1 [e, 2i, h], w2 [e, h, i], weights [t, s], ids [t, s]): each token goes
// through s experts; without a gate w1 is [e, i, h]. Products 2·t·s·2i·h and 2·t·s·h·i; silu of the gate (exp 8, 1 + e
// 1, division 8) and its product with the rest 18 an element of i, without a gate a rectified square 2; the sum over
// experts, weighted, 2 an element of h. Between kernels go t·s rows of 2i (i), i and h.
void FusedExpertsWork(Account& account) {
  const Tensor& hidden = account.NeedRank(0, 2, 2);
  const Tensor& up = account.NeedRank(1, 3, 3);
  const Tensor& down = account.NeedRank(2, 3, 3);
  const Tensor& ids = account.NeedRank(4, 2, 2);
  if (!account.ok()) return;
  const int64_t experts = account.Dim(up, 0);
  const int64_t width = account.Dim(hidden, 1);
  const int64_t inner = account.Dim(down, 2);
  const bool gated = account.Dim(up, 1) != inner;
  if (account.Dim(up, 2) != width || account.Dim(down, 1) != width || account.Dim(down, 0) != experts ||
      (gated && account.Dim(up, 1) / 2 != inner) || account.Dim(ids, 0) != account.Dim(hidden, 0) || experts == 0) {
    account.Invalid(absl::StrCat(account.Path(down), ".dims: experts do not fit tokens of ", width, " and each other"));
    return;
  }
  const int64_t routed = account.Elements(ids);
  const Shared shared(routed, experts);
  // Integer weights are unpacked to the tokens' type.
  account.GroupedMatrix({.batch = shared.groups, .m = shared.rows, .n = account.Dim(up, 1), .k = width},
                        FlopOfRows(routed, account.Dim(up, 1), width),
                        trace::IsFloatingPoint(up.dtype) ? up.dtype : hidden.dtype);
  account.SecondGroupedMatrix({.batch = shared.groups, .m = shared.rows, .n = width, .k = inner},
                              FlopOfRows(routed, width, inner));
  const auto rows = static_cast<double>(routed);
  const double activation = (gated ? 2 * kTranscendentalFlop + 2 : 2) * static_cast<double>(inner);
  account.Vector(rows * (activation + 2 * static_cast<double>(width)));
  account.Kernels(kExpertKernels);
  const double share = static_cast<double>(shared.groups) / static_cast<double>(experts);
  account.Read(up, share);
  account.Read(down, share);
  account.Read(hidden);
  account.ReadIfGiven(3);
  account.Read(ids);
  const double elements =
      static_cast<double>(account.Dim(up, 1)) + static_cast<double>(inner) + static_cast<double>(width);
  const double between = account.ElementBytes(hidden, rows * elements);
  account.WriteBytes(between);
  account.ReadBytes(between);
  account.WriteResults(MakeTensor(hidden.dtype, hidden.dims));
}

}  // namespace sandglass::ops
