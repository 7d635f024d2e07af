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

OperatorSupport Stack::SupportFor(ops::OpClass op_class) const {
  for (const auto& [named_class, support] : named) {
    if (named_class == op_class) return support;
  }
  return others.value_or(OperatorSupport());
}

const ComputeRate* SiliconClass::MatrixRate(Format format) const { return RateIn(matrix_rates, format); }

const ComputeRate* SiliconClass::VectorRate(Format format) const { return RateIn(vector_rates, format); }

}  // namespace sandglass::silicon
