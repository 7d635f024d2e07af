#include "collectors/workloads/convnet.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/workloads/model.h"
#include "collectors/workloads/sizes.h"

namespace sandglass::collectors {
namespace {

constexpr int64_t kColours = 3;
constexpr int64_t kClasses = 10;
constexpr int64_t kStages = 3;

struct Sizes {
  int64_t layers = 1;  // blocks in each stage
  int64_t width = 32;
  int64_t batch = 16;
  int64_t image = 32;
};

Sizes SizesOf(const WorkloadOptions& options) {
  Sizes sizes;
  sizes.layers = options.layers.value_or(sizes.layers);
  sizes.width = options.width.value_or(sizes.width);
  sizes.batch = options.batch.value_or(sizes.batch);
  sizes.image = options.image.value_or(sizes.image);
  return sizes;
}

absl::Status Check(const Sizes& sizes, const ModelRun& run) {
  if (absl::Status s = CheckPhase("convnet", run.phase, {v1::PHASE_TRAIN, v1::PHASE_INFER}); !s.ok()) return s;
  return CheckSizes(
      {{"--layers", sizes.layers}, {"--width", sizes.width}, {"--batch", sizes.batch}, {"--image", sizes.image}});
}

// A convolution without bias, and batch normalization.
class Unit {
 public:
  Unit(Weights& weights, int64_t in, int64_t out, int64_t kernel, int64_t stride)
      : stride_(stride),
        padding_(kernel / 2),
        weight_(weights.Normal({out, in, kernel, kernel}, std::sqrt(2.0 / static_cast<double>(in * kernel * kernel)))),
        scale_(weights.Constant({out}, 1)),
        shift_(weights.Constant({out}, 0)),
        mean_(weights.Zeros({out})),
        variance_(weights.Zeros({out}) + 1) {}

  torch::Tensor Forward(const torch::Tensor& x, bool train) const {
    constexpr double kMomentum = 0.1;
    constexpr double kEpsilon = 1e-5;
    const torch::Tensor y = torch::conv2d(x, weight_, {}, stride_, padding_);
    return torch::batch_norm(y, scale_, shift_, mean_, variance_, train, kMomentum, kEpsilon, /*cudnn_enabled=*/false);
  }

 private:
  int64_t stride_, padding_;
  torch::Tensor weight_, scale_, shift_, mean_, variance_;
};

class Block {
 public:
  Block(Weights& weights, int64_t in, int64_t out, int64_t stride)
      : first_(weights, in, out, 3, stride), second_(weights, out, out, 3, 1) {
    if (in != out || stride != 1) shortcut_.emplace_back(weights, in, out, 1, stride);
  }

  torch::Tensor Forward(const torch::Tensor& x, bool train) const {
    const torch::Tensor y = second_.Forward(torch::relu(first_.Forward(x, train)), train);
    return torch::relu(y + (shortcut_.empty() ? x : shortcut_[0].Forward(x, train)));
  }

 private:
  Unit first_, second_;
  std::vector<Unit> shortcut_;  // one, where the shape changes
};

class Convnet final : public Model {
 public:
  Convnet(Weights weights, const Sizes& sizes, const ModelRun& run)
      : weights_(std::move(weights)), sizes_(sizes), run_(run), stem_(weights_, kColours, sizes.width, 3, 1) {
    int64_t in = sizes_.width;
    for (int64_t stage = 0; stage < kStages; ++stage) {
      const int64_t out = sizes_.width << stage;
      for (int64_t i = 0; i < sizes_.layers; ++i) {
        blocks_.emplace_back(weights_, in, out, i == 0 && stage > 0 ? 2 : 1);
        in = out;
      }
    }
    classifier_ = weights_.Linear(kClasses, in);
    bias_ = weights_.Constant({kClasses}, 0);
    images_ = weights_.Noise({sizes_.batch, kColours, sizes_.image, sizes_.image});
    labels_ = weights_.Tokens({sizes_.batch}, kClasses);
  }

  torch::Tensor Forward() override {
    torch::Tensor x = torch::relu(stem_.Forward(images_, run_.train()));
    for (const Block& block : blocks_) x = block.Forward(x, run_.train());
    const torch::Tensor logits = torch::linear(x.mean({2, 3}), classifier_, bias_);
    if (!run_.train()) return logits;
    return torch::nn::functional::cross_entropy(logits.to(torch::kFloat), labels_);
  }

  std::vector<v1::WorkDone> WorkOfStep() const override {
    return {Work(v1::WORK_UNIT_SAMPLE, static_cast<double>(sizes_.batch)), Work(v1::WORK_UNIT_STEP, 1)};
  }

  std::string Description() const override {
    return absl::StrCat("convnet w=", sizes_.width, " blocks=", kStages * sizes_.layers, " image=", sizes_.image,
                        " batch=", sizes_.batch);
  }

  const Weights& weights() const override { return weights_; }

 private:
  Weights weights_;
  Sizes sizes_;
  ModelRun run_;
  Unit stem_;
  std::vector<Block> blocks_;
  torch::Tensor classifier_, bias_;
  torch::Tensor images_;  // [batch, colours, image, image]
  torch::Tensor labels_;  // [batch]
};

}  // namespace

std::unique_ptr<Workload> MakeConvnet(const WorkloadOptions& options) {
  constexpr int64_t kDefaultSteps = 3;
  return WorkloadOfModel(
      options, v1::PHASE_TRAIN, kDefaultSteps,
      [](const WorkloadOptions& chosen, const ModelRun& run) -> absl::StatusOr<std::unique_ptr<Model>> {
        const Sizes sizes = SizesOf(chosen);
        if (absl::Status status = Check(sizes, run); !status.ok()) return status;
        return std::make_unique<Convnet>(WeightsFor(chosen, run), sizes, run);
      });
}

}  // namespace sandglass::collectors
