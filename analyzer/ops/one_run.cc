#include "analyzer/ops/one_run.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace sandglass::ops {
namespace {

// Stride and size of each axis of more than one element, outermost first.
using Axes = std::vector<std::pair<int64_t, int64_t>>;

Axes AxesOf(const trace::Tensor& tensor) {
  const bool strided = tensor.strides.size() == tensor.dims.size();
  Axes axes;
  int64_t contiguous = 1;
  for (size_t axis = tensor.dims.size(); axis-- > 0;) {
    const int64_t size = tensor.dims[axis];
    if (size != 1) axes.emplace_back(strided ? tensor.strides[axis] : contiguous, size);
    if (__builtin_mul_overflow(contiguous, size, &contiguous)) return {};
  }
  std::reverse(axes.begin(), axes.end());
  return axes;
}

// Whether the axes, in the order of their strides, leave no gap.
bool Dense(Axes axes) {
  std::sort(axes.begin(), axes.end());
  int64_t next = 1;
  for (const auto& [stride, size] : axes) {
    if (stride != next || __builtin_mul_overflow(next, size, &next)) return false;
  }
  return true;
}

}  // namespace

bool InOneRun(const std::vector<const trace::Tensor*>& tensors) {
  std::optional<Axes> common;
  for (const trace::Tensor* tensor : tensors) {
    Axes axes = AxesOf(*tensor);
    if (axes.empty()) continue;
    if (!common.has_value()) {
      if (!Dense(axes)) return false;
      common = std::move(axes);
    } else if (axes != *common) {
      return false;
    }
  }
  return true;
}

}  // namespace sandglass::ops
