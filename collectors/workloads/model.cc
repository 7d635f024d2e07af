#include "collectors/workloads/model.h"

#include <cmath>

namespace sandglass::collectors {

Weights::Weights(uint64_t seed, torch::Device device, torch::ScalarType dtype, bool train)
    : generator_(at::detail::createCPUGenerator(seed)), device_(device), dtype_(dtype), train_(train) {}

torch::Tensor Weights::Keep(torch::Tensor weight) {
  weight.set_requires_grad(train_);
  all_.push_back(weight);
  return weight;
}

// Random numbers are drawn in float32 and then rounded, so that a model is the same in every data type.
torch::Tensor Weights::Noise(torch::IntArrayRef dims, double deviation) {
  if (shapes_only()) return torch::empty(dims, options());
  return torch::empty(dims, torch::kFloat).normal_(0, deviation, generator_).to(options());
}

torch::Tensor Weights::Normal(torch::IntArrayRef dims, double deviation) { return Keep(Noise(dims, deviation)); }

torch::Tensor Weights::Linear(int64_t out, int64_t in) {
  return Normal({out, in}, 1 / std::sqrt(static_cast<double>(in)));
}

torch::Tensor Weights::Constant(torch::IntArrayRef dims, double value) {
  return Keep(torch::full(dims, value, options()));
}

torch::Tensor Weights::Uniform(torch::IntArrayRef dims, double low, double high) {
  if (shapes_only()) return Keep(torch::empty(dims, options()));
  return Keep(torch::empty(dims, torch::kFloat).uniform_(low, high, generator_).to(options()));
}

torch::Tensor Weights::Given(const torch::Tensor& value) {
  return Keep(shapes_only() ? torch::empty(value.sizes(), options()) : value.to(options()));
}

torch::Tensor Weights::Tokens(torch::IntArrayRef dims, int64_t limit) {
  if (shapes_only()) return torch::empty(dims, options().dtype(torch::kLong));
  return torch::empty(dims, torch::kLong).random_(0, limit, generator_);
}

torch::Tensor Weights::Zeros(torch::IntArrayRef dims) const { return torch::zeros(dims, options()); }

int64_t Weights::count() const {
  int64_t sum = 0;
  for (const torch::Tensor& weight : all_) sum += weight.numel();
  return sum;
}

int64_t Weights::bytes() const {
  int64_t sum = 0;
  for (const torch::Tensor& weight : all_) sum += weight.numel() * static_cast<int64_t>(weight.element_size());
  return sum;
}

Weights WeightsFor(const WorkloadOptions& options, const ModelRun& run) {
  return Weights(options.seed, options.shapes_only ? torch::Device(torch::kMeta) : torch::Device(torch::kCPU),
                 options.dtype == v1::DATA_TYPE_BFLOAT16 ? torch::kBFloat16 : torch::kFloat, run.train());
}

v1::WorkDone Work(v1::WorkUnit unit, double count) {
  v1::WorkDone work;
  work.set_unit(unit);
  work.set_count(count);
  return work;
}

}  // namespace sandglass::collectors
