// The selective scan of Mamba (Gu and Dao 2023, algorithm 2) as operators registered with libtorch:
//
//   sandglass::selective_scan(u, delta, A, B, C, D) -> y
//   sandglass::selective_scan_backward(grad, u, delta, A, B, C, D) -> gradients of u, delta, A, B, C, D
//
// u, delta, y: [batch, channels, time]; A: [channels, state]; B, C: [batch, state, time]; D: [channels].
// For each batch and channel, with state h of size `state` from zero:
//   h[t] = exp(delta[t] A) h[t-1] + delta[t] B[t] u[t],   y[t] = C[t] · h[t] + D u[t]
// Each has a kernel for the CPU (parallel over batch and channels, sums in float32) and one for shapes only; the
// forward one has its gradient. Safe from any thread, as libtorch's own operators are.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_SELECTIVE_SCAN_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_SELECTIVE_SCAN_H_

#include <torch/torch.h>

namespace sandglass::collectors {

// As one operator. Errors: c10::Error where shapes or types do not fit.
torch::Tensor SelectiveScan(const torch::Tensor& u, const torch::Tensor& delta, const torch::Tensor& a,
                            const torch::Tensor& b, const torch::Tensor& c, const torch::Tensor& d);

// The same as a loop over time of libtorch's primitive operators: what a machine runs that has no kernel for the whole.
torch::Tensor SelectiveScanBySteps(const torch::Tensor& u, const torch::Tensor& delta, const torch::Tensor& a,
                                   const torch::Tensor& b, const torch::Tensor& c, const torch::Tensor& d);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_SELECTIVE_SCAN_H_
