// What autograd runs for a node of NeuSight's graphs. The published rows name kernels as their predictor knows them
// (the gradient of a softmax as a product and a softmax); here stand the operators that PyTorch calls, whose work is
// known.
#ifndef SANDGLASS_TESTS_ACCURACY_NEUSIGHT_GRADIENTS_H_
#define SANDGLASS_TESTS_ACCURACY_NEUSIGHT_GRADIENTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "analyzer/ops/signature_builder.h"
#include "analyzer/trace/trace.h"

namespace sandglass::accuracy {

struct NeusightForward {
  // As the rows name it ("VECsoftmax").
  std::string op;
  std::vector<ops::Dims> inputs;
  ops::Dims output;
  // Parameters whose gradients are added up.
  size_t parameters = 0;
};

// `kernels`: what the rows' names of backward kernels mean where they mean what runs.
std::vector<trace::Signature> GradientsOf(const NeusightForward& node, std::vector<trace::Signature> kernels);

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_NEUSIGHT_GRADIENTS_H_
