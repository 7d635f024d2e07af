// Whether a kernel can go through tensors in one run: element i of each at one place i.
//
// Then it reads and writes whole words; else it computes the place of each element in each tensor from its axes. Axes
// of one element do not matter, nor do tensors of one element; strides that were not recorded are those of a
// contiguous tensor. Internal to analyzer/ops. Pure.
#ifndef SANDGLASS_ANALYZER_OPS_ONE_RUN_H_
#define SANDGLASS_ANALYZER_OPS_ONE_RUN_H_

#include <vector>

#include "analyzer/trace/trace.h"

namespace sandglass::ops {

// Whether all have the same axes and strides, without gaps and without an axis of stride 0. Shapes must be known.
bool InOneRun(const std::vector<const trace::Tensor*>& tensors);

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_ONE_RUN_H_
