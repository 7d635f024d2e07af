#include "collectors/workloads/liquid.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/workloads/model.h"
#include "collectors/workloads/sizes.h"

namespace sandglass::collectors {
namespace {

constexpr int64_t kFeatures = 8;

struct Sizes {
  int64_t width = 64;
  int64_t batch = 32;
  int64_t tokens = 32;
  int64_t unfolds = 6;
  bool closed_form = false;
};

Sizes SizesOf(const WorkloadOptions& options) {
  Sizes sizes;
  sizes.width = options.width.value_or(sizes.width);
  sizes.batch = options.batch.value_or(sizes.batch);
  sizes.tokens = options.tokens.value_or(sizes.tokens);
  sizes.unfolds = options.unfolds.value_or(sizes.unfolds);
  sizes.closed_form = options.cell == "cfc";
  return sizes;
}

absl::Status Check(const WorkloadOptions& options, const Sizes& sizes, const ModelRun& run) {
  if (absl::Status s = CheckChoice("--cell", options.cell, {"ltc", "cfc"}); !s.ok()) return s;
  if (absl::Status s = CheckPhase("liquid", run.phase, {v1::PHASE_TRAIN, v1::PHASE_INFER}); !s.ok()) return s;
  return CheckSizes(
      {{"--width", sizes.width}, {"--batch", sizes.batch}, {"--tokens", sizes.tokens}, {"--unfolds", sizes.unfolds}});
}

class Cell {
 public:
  virtual ~Cell() = default;
  // x: [batch, features]; state: [batch, width]. Returns the next state.
  virtual torch::Tensor Step(const torch::Tensor& x, const torch::Tensor& state) const = 0;
};

// Synapses from `in` neurons to `out`: conductances that are sigmoids of the sending neuron's potential.
class Synapses {
 public:
  Synapses(Weights& weights, int64_t in, int64_t out)
      : weight_(weights.Uniform({in, out}, 0.001, 1)),
        steepness_(weights.Uniform({in, out}, 3, 8)),
        centre_(weights.Uniform({in, out}, 0.3, 0.8)),
        reversal_(weights.Uniform({in, out}, -1, 1)) {}

  struct Currents {
    torch::Tensor driving;      // sum of conductance times reversal potential
    torch::Tensor conductance;  // sum of conductances
  };
  Currents Act(const torch::Tensor& potential) const {
    const torch::Tensor open = torch::sigmoid(steepness_ * (potential.unsqueeze(-1) - centre_));
    const torch::Tensor conductance = torch::softplus(weight_) * open;
    return {.driving = (conductance * reversal_).sum(1), .conductance = conductance.sum(1)};
  }

 private:
  torch::Tensor weight_, steepness_, centre_, reversal_;
};

// Ranges of the first parameters are those of the authors' published code.
class LtcCell final : public Cell {
 public:
  LtcCell(Weights& weights, const Sizes& sizes)
      : unfolds_(sizes.unfolds),
        sensory_(weights, kFeatures, sizes.width),
        recurrent_(weights, sizes.width, sizes.width),
        leak_(weights.Uniform({sizes.width}, 0.001, 1)),
        leak_potential_(weights.Uniform({sizes.width}, -0.2, 0.2)),
        capacity_(weights.Uniform({sizes.width}, 0.4, 0.6)) {}

  torch::Tensor Step(const torch::Tensor& x, const torch::Tensor& state) const override {
    constexpr double kEpsilon = 1e-8;
    const Synapses::Currents input = sensory_.Act(x);
    const torch::Tensor leak = torch::softplus(leak_);
    const torch::Tensor inertia = torch::softplus(capacity_) * static_cast<double>(unfolds_);
    torch::Tensor potential = state;
    for (int64_t unfold = 0; unfold < unfolds_; ++unfold) {
      const Synapses::Currents inner = recurrent_.Act(potential);
      const torch::Tensor numerator = inertia * potential + leak * leak_potential_ + inner.driving + input.driving;
      const torch::Tensor denominator = inertia + leak + inner.conductance + input.conductance;
      potential = numerator / (denominator + kEpsilon);
    }
    return potential;
  }

 private:
  int64_t unfolds_;
  Synapses sensory_, recurrent_;
  torch::Tensor leak_, leak_potential_, capacity_;
};

class CfcCell final : public Cell {
 public:
  CfcCell(Weights& weights, const Sizes& sizes)
      : backbone_(weights, 2 * sizes.width, kFeatures + sizes.width),
        first_(weights, sizes.width, 2 * sizes.width),
        second_(weights, sizes.width, 2 * sizes.width),
        time_scale_(weights, sizes.width, 2 * sizes.width),
        time_shift_(weights, sizes.width, 2 * sizes.width) {}

  torch::Tensor Step(const torch::Tensor& x, const torch::Tensor& state) const override {
    // LeCun's tanh, as published; the time between samples is 1.
    const torch::Tensor h = torch::tanh(backbone_(torch::cat({x, state}, 1)) * 0.666) * 1.7159;
    const torch::Tensor gate = torch::sigmoid(time_scale_(h) + time_shift_(h));
    return torch::tanh(first_(h)) * (1 - gate) + torch::tanh(second_(h)) * gate;
  }

 private:
  struct Layer {
    Layer(Weights& weights, int64_t out, int64_t in)
        : weight(weights.Linear(out, in)), bias(weights.Constant({out}, 0)) {}
    torch::Tensor operator()(const torch::Tensor& x) const { return torch::linear(x, weight, bias); }
    torch::Tensor weight, bias;
  };
  Layer backbone_, first_, second_, time_scale_, time_shift_;
};

class Liquid final : public Model {
 public:
  Liquid(Weights weights, const Sizes& sizes, const ModelRun& run)
      : weights_(std::move(weights)), sizes_(sizes), run_(run) {
    if (sizes_.closed_form) {
      cell_ = std::make_unique<CfcCell>(weights_, sizes_);
    } else {
      cell_ = std::make_unique<LtcCell>(weights_, sizes_);
    }
    out_ = weights_.Linear(kFeatures, sizes_.width);
    out_bias_ = weights_.Constant({kFeatures}, 0);
    // Random walks: what comes next is near what is, so there is something to learn.
    series_ = weights_.Noise({sizes_.batch, sizes_.tokens + 1, kFeatures}, 0.2).cumsum(1);
    start_ = weights_.Zeros({sizes_.batch, sizes_.width});
  }

  torch::Tensor Forward() override {
    torch::Tensor state = start_;
    std::vector<torch::Tensor> predicted;
    for (int64_t t = 0; t < sizes_.tokens; ++t) {
      state = cell_->Step(series_.select(1, t), state);
      predicted.push_back(torch::linear(state, out_, out_bias_));
    }
    const torch::Tensor all = torch::stack(predicted, 1);
    return run_.train() ? torch::mse_loss(all, series_.narrow(1, 1, sizes_.tokens)) : all;
  }

  std::vector<v1::WorkDone> WorkOfStep() const override {
    const auto series = static_cast<double>(sizes_.batch);
    return {Work(v1::WORK_UNIT_TOKEN, series * static_cast<double>(sizes_.tokens)), Work(v1::WORK_UNIT_SAMPLE, series),
            Work(v1::WORK_UNIT_STEP, 1)};
  }

  std::string Description() const override {
    return absl::StrCat("liquid ", sizes_.closed_form ? "cfc" : absl::StrCat("ltc unfolds=", sizes_.unfolds),
                        " d=", sizes_.width, " batch=", sizes_.batch, " tokens=", sizes_.tokens);
  }

  int64_t CacheBytes() const override {
    return run_.train() ? 0 : start_.numel() * static_cast<int64_t>(start_.element_size());
  }

  const Weights& weights() const override { return weights_; }

 private:
  Weights weights_;
  Sizes sizes_;
  ModelRun run_;
  std::unique_ptr<Cell> cell_;
  torch::Tensor out_, out_bias_;
  torch::Tensor series_;  // [batch, tokens + 1, features]
  torch::Tensor start_;   // [batch, width]
};

}  // namespace

std::unique_ptr<Workload> MakeLiquid(const WorkloadOptions& options) {
  constexpr int64_t kDefaultSteps = 3;
  return WorkloadOfModel(
      options, v1::PHASE_TRAIN, kDefaultSteps,
      [](const WorkloadOptions& chosen, const ModelRun& run) -> absl::StatusOr<std::unique_ptr<Model>> {
        const Sizes sizes = SizesOf(chosen);
        if (absl::Status status = Check(chosen, sizes, run); !status.ok()) return status;
        return std::make_unique<Liquid>(WeightsFor(chosen, run), sizes, run);
      });
}

}  // namespace sandglass::collectors
