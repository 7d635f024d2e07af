// Layers that several models use, as functions of tensors.
//
// Written with the operators that eager programs use, unfused: attention is matmul, softmax, matmul; RMSNorm is its
// arithmetic. Not thread-safe in the sense of libtorch: no state of their own.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_LAYERS_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_LAYERS_H_

#include <torch/torch.h>

#include <cstdint>

#include "collectors/workloads/model.h"

namespace sandglass::collectors {

// x / sqrt(mean(x²)) · weight over the last axis, in float32 inside, as published implementations do.
torch::Tensor RmsNorm(const torch::Tensor& x, const torch::Tensor& weight);

// Rotary position embedding: cosines and sines for positions [0, length), each [length, head].
struct Rotary {
  torch::Tensor cosine;
  torch::Tensor sine;
};
Rotary MakeRotary(const Weights& weights, int64_t length, int64_t head);

// Rotates x, [batch, heads, n, head], whose first position is `position`.
torch::Tensor Rotate(const torch::Tensor& x, const Rotary& rotary, int64_t position);

// Causal self-attention with rotary positions and, in inference, a cache of keys and values.
class Attention {
 public:
  Attention(Weights& weights, int64_t width, int64_t heads);

  // Makes room for `capacity` positions, filled with noise: the trace of a prompt that was read before.
  void MakeCache(Weights& weights, int64_t batch, int64_t capacity);
  int64_t CacheBytes() const;

  // x: [batch, n, width] at positions `position` and on. With a cache, its keys and values are stored there and those
  // before are attended to. `mask`: true where a query may not look, broadcast to [batch, heads, n, keys]; undefined:
  // it may look everywhere.
  torch::Tensor Forward(const torch::Tensor& x, const Rotary& rotary, const torch::Tensor& mask, int64_t position);

 private:
  int64_t heads_;
  torch::Tensor query_, key_, value_, output_;
  torch::Tensor cached_keys_, cached_values_;
};

// True above the diagonal: what a causal model may not see; [n, n].
torch::Tensor CausalMask(const Weights& weights, int64_t n);

// Mean cross entropy of logits [batch, n, vocab] against targets [batch, n].
torch::Tensor TokenLoss(const torch::Tensor& logits, const torch::Tensor& targets);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_LAYERS_H_
