// Pooling over windows.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/ops/formulas.h"

namespace sandglass::ops {
namespace {

using trace::Tensor;

double Count(Account& account, const Tensor& tensor) { return static_cast<double>(account.Elements(tensor)); }

// Elements of a window: the product of kernel_size, one number of which serves all spatial axes.
double WindowArea(Account& account, uint32_t position) {
  std::optional<std::vector<int64_t>> kernel = account.Integers("kernel_size", position);
  if (!kernel.has_value() || kernel->empty()) {
    account.Missing("attributes: kernel_size is not recorded");
    return 0;
  }
  if (kernel->size() == 1) kernel->assign(static_cast<size_t>(account.parameter()), kernel->front());
  return static_cast<double>(account.Product(*kernel, "attributes.kernel_size"));
}

}  // namespace

// One comparison (or addition) for each element of each window; input read once, results written (a maximum's 64-bit
// indices among them).
void PoolWork(Account& account) {
  account.Need(0);
  const double window = WindowArea(account, 1);
  const Tensor& result = account.Result(0, std::nullopt);
  if (!account.ok()) return;
  account.Vector(window * Count(account, result));
  account.ReadOperands();
  account.WriteResults(std::nullopt);
}

// max_pool*_backward(grad, input, ..., indices): the gradient of each window is added where its maximum stood. The
// input gives only its shape.
void MaxPoolBackwardWork(Account& account) {
  const Tensor& grad = account.Need(0);
  const Tensor& input = account.Need(1);
  if (!account.ok()) return;
  account.Vector(Count(account, grad));
  for (const Tensor* operand : account.operands()) {
    if (operand != &input) account.Read(*operand);
  }
  account.WriteResults(input);
}

// avg_pool*_backward(grad, input, kernel_size, ...): each gradient, scaled, is added to every element of its window.
void AveragePoolBackwardWork(Account& account) {
  const Tensor& grad = account.Need(0);
  const Tensor& input = account.Need(1);
  const double window = WindowArea(account, 2);
  if (!account.ok()) return;
  account.Vector((window + 1) * Count(account, grad));
  account.Read(grad);
  account.WriteResults(input);
}

// Adaptive averages: windows that tile the input. Forward, an addition for each element of the input; backward
// (grad, input), a multiplication for each.
void AdaptivePoolWork(Account& account) {
  const bool backward = account.Find(1) != nullptr;
  const Tensor& whole = account.Need(backward ? 1 : 0);
  if (!account.ok()) return;
  account.Vector(Count(account, whole));
  account.Read(account.Need(0));
  account.WriteResults(backward ? std::optional<Tensor>(whole) : std::nullopt);
}

// upsample_* and their backward: `parameter` FLOP for each element of the finer side; read once, written once.
void ResampleWork(Account& account) {
  const Tensor& from = account.Need(0);
  const Tensor& to = account.Result(0, std::nullopt);
  if (!account.ok()) return;
  account.Vector(account.parameter() * std::max(Count(account, from), Count(account, to)));
  account.Read(from);
  account.Write(to);
}

}  // namespace sandglass::ops
