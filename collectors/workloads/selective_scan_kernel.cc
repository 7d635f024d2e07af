#include "collectors/workloads/selective_scan_kernel.h"

#include <algorithm>
#include <cmath>

namespace sandglass::collectors {

void ScanForward(const ScanSizes& sizes, const ScanChannel& in, float* y, float* states, std::vector<float>& scratch) {
  scratch.assign(static_cast<size_t>(sizes.state), 0.0f);
  float* h = scratch.data();
  for (int64_t t = 0; t < sizes.time; ++t) {
    const float dt = in.delta[t];
    const float dtu = dt * in.u[t];
    const float* b = in.b + t * sizes.state;
    const float* c = in.c + t * sizes.state;
    float sum = in.d * in.u[t];
    for (int64_t n = 0; n < sizes.state; ++n) {
      h[n] = std::exp(dt * in.a[n]) * h[n] + dtu * b[n];
      sum += h[n] * c[n];
    }
    if (y != nullptr) y[t] = sum;
    if (states != nullptr) std::copy(h, h + sizes.state, states + t * sizes.state);
  }
}

// Goes back through time with gh, the gradient of the state: gh[t] = grad[t] C[t] + exp(delta[t+1] A) gh[t+1].
void ScanBackward(const ScanSizes& sizes, const ScanChannel& in, const float* grad, const float* states,
                  const ScanGradients& out, std::vector<float>& scratch) {
  scratch.assign(static_cast<size_t>(sizes.state), 0.0f);
  float* gh = scratch.data();
  for (int64_t t = sizes.time - 1; t >= 0; --t) {
    const int64_t row = t * sizes.state;
    const float dt = in.delta[t];
    const float u = in.u[t];
    float g_delta = 0;
    float g_u = grad[t] * in.d;
    for (int64_t n = 0; n < sizes.state; ++n) {
      const float decay = std::exp(dt * in.a[n]);
      const float carried = t > 0 ? decay * states[row - sizes.state + n] : 0.0f;  // exp(delta A) h[t-1]
      gh[n] += grad[t] * in.c[row + n];
      out.c[row + n] += grad[t] * states[row + n];
      out.b[row + n] += gh[n] * dt * u;
      out.a[n] += gh[n] * dt * carried;
      g_delta += gh[n] * (in.a[n] * carried + in.b[row + n] * u);
      g_u += gh[n] * dt * in.b[row + n];
      gh[n] *= decay;
    }
    *out.d += grad[t] * u;
    out.u[t] = g_u;
    out.delta[t] = g_delta;
  }
}

}  // namespace sandglass::collectors
