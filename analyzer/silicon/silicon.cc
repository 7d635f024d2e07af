#include "analyzer/silicon/silicon.h"

namespace sandglass::silicon {
namespace {

const ComputeRate* RateIn(const std::vector<ComputeRate>& rates, Format format) {
  for (const ComputeRate& rate : rates) {
    if (rate.format == format) return &rate;
  }
  return nullptr;
}

}  // namespace

const Stack* SiliconClass::FindStack(absl::string_view name) const {
  for (const Stack& stack : stacks) {
    if (name.empty() || stack.name == name) return &stack;
  }
  return nullptr;
}

const ComputeRate* SiliconClass::MatrixRate(Format format) const { return RateIn(matrix_rates, format); }

const ComputeRate* SiliconClass::VectorRate(Format format) const { return RateIn(vector_rates, format); }

}  // namespace sandglass::silicon
