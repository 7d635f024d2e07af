// What the models on libtorch have in common: seeded weights, an optimizer, and steps that can be traced.
//
// Includes libtorch, which costs some fifteen seconds a file: for the models' own sources only (the rest of the program
// sees workload.h). Not thread-safe. Errors are libtorch's exceptions; torch_workload.cc turns them into statuses.
#ifndef SANDGLASS_COLLECTORS_WORKLOADS_MODEL_H_
#define SANDGLASS_COLLECTORS_WORKLOADS_MODEL_H_

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collectors/workloads/workload.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// Makes the weights of one model from one seed, in the order in which they are asked for, and keeps them.
class Weights {
 public:
  // `train`: whether gradients will be taken.
  Weights(uint64_t seed, torch::Device device, torch::ScalarType dtype, bool train);

  // Normal around 0 with this deviation.
  torch::Tensor Normal(torch::IntArrayRef dims, double deviation);
  // A matrix [out, in] for linear(), with the deviation 1/sqrt(in).
  torch::Tensor Linear(int64_t out, int64_t in);
  torch::Tensor Constant(torch::IntArrayRef dims, double value);
  torch::Tensor Uniform(torch::IntArrayRef dims, double low, double high);
  // Takes a tensor that was computed as a weight.
  torch::Tensor Given(const torch::Tensor& value);

  // Data, not weights: whole numbers from 0 to `limit` - 1, and normal numbers.
  torch::Tensor Tokens(torch::IntArrayRef dims, int64_t limit);
  torch::Tensor Noise(torch::IntArrayRef dims, double deviation = 1);
  torch::Tensor Zeros(torch::IntArrayRef dims) const;

  const std::vector<torch::Tensor>& all() const { return all_; }
  int64_t count() const;
  int64_t bytes() const;

  torch::Device device() const { return device_; }
  torch::ScalarType dtype() const { return dtype_; }
  bool shapes_only() const { return device_.is_meta(); }

 private:
  torch::TensorOptions options() const { return torch::TensorOptions().device(device_).dtype(dtype_); }
  torch::Tensor Keep(torch::Tensor weight);

  torch::Generator generator_;
  torch::Device device_;
  torch::ScalarType dtype_;
  bool train_;
  std::vector<torch::Tensor> all_;
};

// A model in one phase.
class Model {
 public:
  virtual ~Model() = default;

  // In training: forward and loss, on the same data each time; the loss has a gradient. Otherwise: one pass, which
  // returns any result.
  virtual torch::Tensor Forward() = 0;

  // Work of one step, in each unit that applies; the first is the one that reports use.
  virtual std::vector<v1::WorkDone> WorkOfStep() const = 0;

  // The model in words: "transformer d=256 L=4 h=4".
  virtual std::string Description() const = 0;

  // Cache or state that inference keeps, in bytes, at its fullest; 0: none.
  virtual int64_t CacheBytes() const { return 0; }

  virtual const Weights& weights() const = 0;
};

// Everything that a model needs to know of its run, checked.
struct ModelRun {
  v1::Phase phase = v1::PHASE_TRAIN;
  int64_t steps = 1;
  bool train() const { return phase == v1::PHASE_TRAIN; }
};

using MakeModel =
    std::function<absl::StatusOr<std::unique_ptr<Model>>(const WorkloadOptions& options, const ModelRun& run)>;

// Weights as the options say.
Weights WeightsFor(const WorkloadOptions& options, const ModelRun& run);

v1::WorkDone Work(v1::WorkUnit unit, double count);

// The workload around a model. `default_steps` are traced if the options do not say.
std::unique_ptr<Workload> WorkloadOfModel(WorkloadOptions options, v1::Phase default_phase, int64_t default_steps,
                                          MakeModel make);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_WORKLOADS_MODEL_H_
