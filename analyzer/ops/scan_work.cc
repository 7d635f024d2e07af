// The selective scan of state space models (Gu & Dao 2023, "Mamba", algorithm 2), as one operator.
//
//   h[t] = exp(delta[t]·A)·h[t−1] + (delta[t]·u[t])·B[t]        y[t] = C[t]·h[t] + D·u[t]
//
// u and delta are [batch, channels, length] (or [batch, length, channels]), A is [channels, states], B and C are
// [batch, states, length] (or [batch, length, states]), D is [channels]. The state h, [batch, channels, states], stays
// on chip, so memory sees inputs and results only; but its steps need each other, one turn for each position.
#include <optional>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::Tensor;

// Where no kernel has the whole loop, a turn takes one operator for each operation of the formula above: the
// products delta·A, decay·h, delta·B, (delta·B)·u, C·h and D·u (6), exp (1), two additions (2) and the sum over the
// states (1).
constexpr int32_t kForwardOperatorsPerStep = 10;
// Backward, each of the 6 products takes 2 and exp 1 (13); operands that were broadcast over states, channels or batch
// take 7 sums; gradients with two sources (h, delta, u) or carried from turn to turn (A, D) take 5 additions.
constexpr int32_t kBackwardOperatorsPerStep = 25;

struct ScanShape {
  // Batch times channels times length.
  double positions = 0;
  int64_t length = 0;
  int64_t states = 0;
  const Tensor* input = nullptr;
};

// The first tensor of three axes has the shape of u (backward, it is y's gradient); the first of two is A.
ScanShape ShapeOf(Account& account) {
  ScanShape shape;
  const Tensor* a = nullptr;
  for (const Tensor* operand : account.operands()) {
    if (!operand->shape_known) account.Missing(absl::StrCat(account.Path(*operand), " has no shape"));
    if (shape.input == nullptr && operand->dims.size() == 3) shape.input = operand;
    if (a == nullptr && operand->dims.size() == 2) a = operand;
  }
  if (shape.input == nullptr || a == nullptr) {
    account.Missing("inputs: no tensor of three axes (u) and one of two (A) are recorded");
    return shape;
  }
  const int64_t channels = account.Dim(*a, 0);
  shape.states = account.Dim(*a, 1);
  if (account.Dim(*shape.input, 1) == channels) {
    shape.length = account.Dim(*shape.input, 2);
  } else if (account.Dim(*shape.input, 2) == channels) {
    shape.length = account.Dim(*shape.input, 1);
  } else {
    account.Invalid(absl::StrCat(account.Path(*a), ".dims: ", channels, " channels, but no such axis in ",
                                 account.Path(*shape.input)));
  }
  shape.positions = static_cast<double>(account.Elements(*shape.input));
  return shape;
}

}  // namespace

// A position and state: delta·A 1, exp 8, (delta·u)·B 1, decay·h + input 2, C·h and its sum 2: 14. A position: delta·u
// 1, D·u and its sum 2: 3.
void SelectiveScanWork(Account& account) {
  const ScanShape shape = ShapeOf(account);
  if (!account.ok()) return;
  account.Vector(shape.positions * (14.0 * static_cast<double>(shape.states) + 3));
  account.Loop(shape.length, kForwardOperatorsPerStep);
  account.ReadOperands();
  account.WriteResults(*shape.input);
}

// A position and state: the states again, delta·A 1, exp 8, input 1, step 2; then C·dy + carried 2, h·dy and its sum
// for dC 2, dB 2, d(delta·u) 2, the decay's gradient dh·h·decay 2, from it ddelta 2 and dA 2, and decay·dh to carry 1:
// 27. A position: delta·u 1, du 3, ddelta 2, dD 2: 8. Gradients of all six inputs are written.
void SelectiveScanBackwardWork(Account& account) {
  const ScanShape shape = ShapeOf(account);
  if (!account.ok()) return;
  account.Vector(shape.positions * (27.0 * static_cast<double>(shape.states) + 8));
  account.Loop(shape.length, kBackwardOperatorsPerStep);
  account.ReadOperands();
  if (account.signature().outputs_recorded) {
    account.WriteResults(std::nullopt);
    return;
  }
  for (const Tensor* operand : account.operands()) {
    if (operand != shape.input) account.Write(*operand);
  }
}

}  // namespace sandglass::ops
