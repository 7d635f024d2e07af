// The arithmetic of the selective scan on plain float32 arrays, one channel at a time.
//
// No libtorch in here, so that it can be read, tested and vectorized by itself. Pure functions; each call works on one
// (batch, channel). Arrays by time are contiguous; B, C and their gradients are [time, state].
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_SELECTIVE_SCAN_KERNEL_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_SELECTIVE_SCAN_KERNEL_H_

#include <cstdint>
#include <vector>

namespace sandglass::collectors {

struct ScanSizes {
  int64_t time = 0;
  int64_t state = 0;
};

// The inputs of one (batch, channel).
struct ScanChannel {
  const float* u;
  const float* delta;
  const float* a;  // [state]
  const float* b;  // [time, state]
  const float* c;  // [time, state]
  float d;
};

// Writes y, [time]. If `states` is not null it gets the state after each step, [time, state].
void ScanForward(const ScanSizes& sizes, const ScanChannel& in, float* y, float* states, std::vector<float>& scratch);

// Gradients of one (batch, channel). All but `u` and `delta` are added to, because channels or batches share them.
struct ScanGradients {
  float* u;
  float* delta;
  float* a;  // [state]
  float* b;  // [time, state]
  float* c;  // [time, state]
  float* d;  // one
};

// Writes and adds to `out`. `grad` is the gradient of y, [time]; `states` are those that ScanForward wrote.
void ScanBackward(const ScanSizes& sizes, const ScanChannel& in, const float* grad, const float* states,
                  const ScanGradients& out, std::vector<float>& scratch);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_SELECTIVE_SCAN_KERNEL_H_
