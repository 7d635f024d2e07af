#include "collectors/workloads/layers.h"

#include <cmath>
#include <limits>

namespace sandglass::collectors {

torch::Tensor RmsNorm(const torch::Tensor& x, const torch::Tensor& weight) {
  constexpr double kEpsilon = 1e-5;
  const torch::Tensor wide = x.to(torch::kFloat);
  const torch::Tensor scale = wide.pow(2).mean(-1, /*keepdim=*/true).add(kEpsilon).rsqrt();
  return (wide * scale).to(x.scalar_type()) * weight;
}

Rotary MakeRotary(const Weights& weights, int64_t length, int64_t head) {
  constexpr double kBase = 10000;
  const torch::TensorOptions real = torch::TensorOptions().dtype(torch::kFloat);
  if (weights.shapes_only()) {
    const auto empty = [&] { return torch::empty({length, head}, real.device(torch::kMeta).dtype(weights.dtype())); };
    return {.cosine = empty(), .sine = empty()};
  }
  const torch::Tensor exponent = torch::arange(0, head, 2, real) * (-std::log(kBase) / static_cast<double>(head));
  const torch::Tensor angle = torch::outer(torch::arange(0, length, real), exponent.exp());
  const torch::Tensor both = torch::cat({angle, angle}, 1);
  return {.cosine = both.cos().to(weights.dtype()), .sine = both.sin().to(weights.dtype())};
}

torch::Tensor Rotate(const torch::Tensor& x, const Rotary& rotary, int64_t position) {
  const int64_t n = x.size(2);
  const int64_t half = x.size(3) / 2;
  const torch::Tensor turned = torch::cat({x.narrow(3, half, half).neg(), x.narrow(3, 0, half)}, 3);
  return x * rotary.cosine.narrow(0, position, n) + turned * rotary.sine.narrow(0, position, n);
}

Attention::Attention(Weights& weights, int64_t width, int64_t heads)
    : heads_(heads),
      query_(weights.Linear(width, width)),
      key_(weights.Linear(width, width)),
      value_(weights.Linear(width, width)),
      output_(weights.Linear(width, width)) {}

void Attention::MakeCache(Weights& weights, int64_t batch, int64_t capacity) {
  const int64_t head = query_.size(0) / heads_;
  cached_keys_ = weights.Noise({batch, heads_, capacity, head});
  cached_values_ = weights.Noise({batch, heads_, capacity, head});
}

int64_t Attention::CacheBytes() const {
  if (!cached_keys_.defined()) return 0;
  return 2 * cached_keys_.numel() * static_cast<int64_t>(cached_keys_.element_size());
}

torch::Tensor Attention::Forward(const torch::Tensor& x, const Rotary& rotary, const torch::Tensor& mask,
                                 int64_t position) {
  const int64_t batch = x.size(0);
  const int64_t n = x.size(1);
  const int64_t head = x.size(2) / heads_;
  const auto split = [&](const torch::Tensor& weight) {
    return torch::linear(x, weight).view({batch, n, heads_, head}).transpose(1, 2);
  };
  const torch::Tensor query = Rotate(split(query_), rotary, position);
  torch::Tensor key = Rotate(split(key_), rotary, position);
  torch::Tensor value = split(value_);
  if (cached_keys_.defined()) {
    cached_keys_.narrow(2, position, n).copy_(key);
    cached_values_.narrow(2, position, n).copy_(value);
    key = cached_keys_.narrow(2, 0, position + n);
    value = cached_values_.narrow(2, 0, position + n);
  }
  torch::Tensor scores = torch::matmul(query, key.transpose(2, 3)).mul(1 / std::sqrt(static_cast<double>(head)));
  if (mask.defined()) scores = scores.masked_fill(mask, -std::numeric_limits<double>::infinity());
  const torch::Tensor mixed = torch::matmul(scores.softmax(-1), value);
  return torch::linear(mixed.transpose(1, 2).reshape({batch, n, heads_ * head}), output_);
}

torch::Tensor CausalMask(const Weights& weights, int64_t n) {
  return torch::ones({n, n}, torch::TensorOptions().device(weights.device()).dtype(torch::kBool)).triu(1);
}

torch::Tensor TokenLoss(const torch::Tensor& logits, const torch::Tensor& targets) {
  return torch::nn::functional::cross_entropy(logits.view({-1, logits.size(-1)}).to(torch::kFloat),
                                              targets.reshape({-1}));
}

}  // namespace sandglass::collectors
