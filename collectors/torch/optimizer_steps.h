// Counts the steps of Python's optimizers, which libtorch sees as ranges that torch.optim puts around each of them.
//
// libtorch's own optimizers, those of C++, put none. Counted is from construction to destruction, on all threads; the
// methods may be called from any.
#ifndef SANDGLASS_COLLECTORS_TORCH_OPTIMIZER_STEPS_H_
#define SANDGLASS_COLLECTORS_TORCH_OPTIMIZER_STEPS_H_

#include <cstdint>

namespace sandglass::collectors {

class OptimizerSteps {
 public:
  OptimizerSteps();
  ~OptimizerSteps();
  OptimizerSteps(const OptimizerSteps&) = delete;
  OptimizerSteps& operator=(const OptimizerSteps&) = delete;

  // Steps that ended so far.
  uint64_t count() const;

 private:
  uint64_t callback_;
  uint64_t before_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_OPTIMIZER_STEPS_H_
