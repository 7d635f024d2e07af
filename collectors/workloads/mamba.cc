#include "collectors/workloads/mamba.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/workloads/layers.h"
#include "collectors/workloads/model.h"
#include "collectors/workloads/selective_scan.h"
#include "collectors/workloads/sizes.h"

namespace sandglass::collectors {
namespace {

// The published model's: inner width is twice the width, delta's rank is a sixteenth of it, 4 taps of convolution.
constexpr int64_t kExpand = 2;
constexpr int64_t kRankDivisor = 16;
constexpr int64_t kTaps = 4;

struct Sizes {
  int64_t layers = 4;
  int64_t width = 256;
  int64_t state = 16;
  int64_t vocab = 2048;
  int64_t batch = 8;
  int64_t tokens = 128;
  int64_t context = 128;
  bool by_steps = false;

  int64_t inner() const { return kExpand * width; }
  int64_t rank() const { return (width + kRankDivisor - 1) / kRankDivisor; }
};

// Twice the layers of a Transformer of this width, because a block has half its weights: 6.9 billion in all.
constexpr Sizes kSevenBillion = {
    .layers = 64, .width = 4096, .state = 16, .vocab = 32000, .batch = 1, .tokens = 2048, .context = 2048};

Sizes SizesOf(const WorkloadOptions& options) {
  Sizes sizes = options.size == "7b" ? kSevenBillion : Sizes{};
  sizes.layers = options.layers.value_or(sizes.layers);
  sizes.width = options.width.value_or(sizes.width);
  sizes.state = options.state.value_or(sizes.state);
  sizes.vocab = options.vocab.value_or(sizes.vocab);
  sizes.batch = options.batch.value_or(sizes.batch);
  sizes.tokens = options.tokens.value_or(sizes.tokens);
  sizes.context = options.context.value_or(sizes.context);
  sizes.by_steps = options.scan == "steps";
  return sizes;
}

absl::Status Check(const WorkloadOptions& options, const Sizes& sizes, const ModelRun& run) {
  if (absl::Status s = CheckChoice("--size", options.size, {"7b"}); !s.ok()) return s;
  if (absl::Status s = CheckChoice("--scan", options.scan, {"fused", "steps"}); !s.ok()) return s;
  if (absl::Status s = CheckPhase("mamba", run.phase, {v1::PHASE_TRAIN, v1::PHASE_PREFILL, v1::PHASE_DECODE});
      !s.ok()) {
    return s;
  }
  return CheckSizes({{"--layers", sizes.layers},
                     {"--width", sizes.width},
                     {"--state", sizes.state},
                     {"--vocab", sizes.vocab},
                     {"--batch", sizes.batch},
                     {"--tokens", sizes.tokens},
                     {"--context", sizes.context}});
}

class Block {
 public:
  Block(Weights& weights, const Sizes& sizes)
      : sizes_(sizes),
        norm_(weights.Constant({sizes.width}, 1)),
        in_(weights.Linear(2 * sizes.inner(), sizes.width)),
        taps_(weights.Normal({sizes.inner(), 1, kTaps}, 0.5)),
        taps_bias_(weights.Constant({sizes.inner()}, 0)),
        mixing_(weights.Linear(sizes.rank() + 2 * sizes.state, sizes.inner())),
        step_(weights.Linear(sizes.inner(), sizes.rank())),
        // softplus(-4.6) is 0.01: within the published range of first steps, 0.001 to 0.1.
        step_bias_(weights.Constant({sizes.inner()}, -4.6)),
        log_a_(weights.Given(
            torch::arange(1, sizes.state + 1, torch::kFloat).log().repeat({sizes.inner(), 1}).contiguous())),
        skip_(weights.Constant({sizes.inner()}, 1)),
        out_(weights.Linear(sizes.width, sizes.inner())) {}

  // Makes the window and the state that decode carries on, as a prompt might have left them.
  void MakeState(Weights& weights) {
    window_ = weights.Noise({sizes_.batch, sizes_.inner(), kTaps});
    state_ = weights.Noise({sizes_.batch, sizes_.inner(), sizes_.state}, 0.1);
  }

  int64_t StateBytes() const {
    if (!state_.defined()) return 0;
    return (window_.numel() + state_.numel()) * static_cast<int64_t>(state_.element_size());
  }

  // x: [batch, time, width].
  torch::Tensor Sequence(const torch::Tensor& x) {
    const int64_t time = x.size(1);
    const std::vector<torch::Tensor> parts = torch::linear(RmsNorm(x, norm_), in_).chunk(2, -1);
    // One tap's reach of zeros before the first token; what the convolution gives beyond the last one is cut off.
    const torch::Tensor mixed =
        torch::conv1d(parts[0].transpose(1, 2).contiguous(), taps_, taps_bias_, 1, kTaps - 1, 1, sizes_.inner())
            .narrow(2, 0, time);
    const torch::Tensor u = torch::silu(mixed);
    const std::vector<torch::Tensor> made =
        torch::linear(u.transpose(1, 2), mixing_).split_with_sizes({sizes_.rank(), sizes_.state, sizes_.state}, -1);
    const torch::Tensor delta = torch::softplus(torch::linear(made[0], step_, step_bias_)).transpose(1, 2).contiguous();
    const auto scan = sizes_.by_steps ? SelectiveScanBySteps : SelectiveScan;
    const torch::Tensor y = scan(u.contiguous(), delta, log_a_.exp().neg(), made[1].transpose(1, 2).contiguous(),
                                 made[2].transpose(1, 2).contiguous(), skip_);
    return x + torch::linear(y.transpose(1, 2) * torch::silu(parts[1]), out_);
  }

  // x: [batch, width], one token; changes window and state.
  torch::Tensor Token(const torch::Tensor& x) {
    const std::vector<torch::Tensor> parts = torch::linear(RmsNorm(x, norm_), in_).chunk(2, -1);
    window_ = torch::cat({window_.narrow(2, 1, kTaps - 1), parts[0].unsqueeze(-1)}, 2);
    const torch::Tensor u = torch::silu((window_ * taps_.squeeze(1)).sum(-1) + taps_bias_);
    const std::vector<torch::Tensor> made =
        torch::linear(u, mixing_).split_with_sizes({sizes_.rank(), sizes_.state, sizes_.state}, -1);
    const torch::Tensor delta = torch::softplus(torch::linear(made[0], step_, step_bias_)).unsqueeze(-1);
    state_ = (delta * log_a_.exp().neg()).exp() * state_ + delta * made[1].unsqueeze(1) * u.unsqueeze(-1);
    const torch::Tensor y = torch::matmul(state_, made[2].unsqueeze(-1)).squeeze(-1) + skip_ * u;
    return x + torch::linear(y * torch::silu(parts[1]), out_);
  }

 private:
  Sizes sizes_;
  torch::Tensor norm_, in_, taps_, taps_bias_, mixing_, step_, step_bias_, log_a_, skip_, out_;
  torch::Tensor window_;  // [batch, inner, taps]
  torch::Tensor state_;   // [batch, inner, state]
};

class Mamba final : public Model {
 public:
  Mamba(Weights weights, const Sizes& sizes, const ModelRun& run)
      : weights_(std::move(weights)), sizes_(sizes), run_(run) {
    // Small, because the published model uses one matrix to read and to predict tokens.
    embedding_ = weights_.Normal({sizes_.vocab, sizes_.width}, 0.02);
    for (int64_t i = 0; i < sizes_.layers; ++i) blocks_.emplace_back(weights_, sizes_);
    norm_ = weights_.Constant({sizes_.width}, 1);
    if (run_.phase == v1::PHASE_DECODE) {
      for (Block& block : blocks_) block.MakeState(weights_);
    }
    tokens_ = weights_.Tokens({sizes_.batch, sizes_.tokens + 1}, sizes_.vocab);
    next_ = weights_.Tokens({sizes_.batch}, sizes_.vocab);
  }

  torch::Tensor Forward() override {
    if (run_.phase == v1::PHASE_DECODE) {
      torch::Tensor x = torch::embedding(embedding_, next_);
      for (Block& block : blocks_) x = block.Token(x);
      next_ = Logits(x).argmax(-1);
      return next_;
    }
    torch::Tensor x = torch::embedding(embedding_, tokens_.narrow(1, 0, sizes_.tokens));
    for (Block& block : blocks_) x = block.Sequence(x);
    if (run_.train()) return TokenLoss(Logits(x), tokens_.narrow(1, 1, sizes_.tokens));
    return Logits(x.narrow(1, sizes_.tokens - 1, 1)).argmax(-1);
  }

  std::vector<v1::WorkDone> WorkOfStep() const override {
    const auto batch = static_cast<double>(sizes_.batch);
    const double tokens = run_.phase == v1::PHASE_DECODE ? batch : batch * static_cast<double>(sizes_.tokens);
    return {Work(v1::WORK_UNIT_TOKEN, tokens), Work(v1::WORK_UNIT_STEP, 1)};
  }

  std::string Description() const override {
    return absl::StrCat("mamba d=", sizes_.width, " L=", sizes_.layers, " state=", sizes_.state,
                        " vocab=", sizes_.vocab, " batch=", sizes_.batch,
                        run_.phase == v1::PHASE_DECODE ? absl::StrCat(" context=", sizes_.context)
                                                       : absl::StrCat(" tokens=", sizes_.tokens),
                        run_.phase == v1::PHASE_DECODE ? ""
                        : sizes_.by_steps              ? " scan=steps"
                                                       : " scan=fused");
  }

  int64_t CacheBytes() const override {
    int64_t bytes = 0;
    for (const Block& block : blocks_) bytes += block.StateBytes();
    return bytes;
  }

  const Weights& weights() const override { return weights_; }

 private:
  torch::Tensor Logits(const torch::Tensor& x) { return torch::linear(RmsNorm(x, norm_), embedding_); }

  Weights weights_;
  Sizes sizes_;
  ModelRun run_;
  torch::Tensor embedding_;
  std::vector<Block> blocks_;
  torch::Tensor norm_;
  torch::Tensor tokens_;  // [batch, tokens + 1]
  torch::Tensor next_;    // [batch]
};

}  // namespace

std::unique_ptr<Workload> MakeMamba(const WorkloadOptions& options) {
  constexpr int64_t kDefaultSteps = 3;
  return WorkloadOfModel(
      options, v1::PHASE_TRAIN, kDefaultSteps,
      [](const WorkloadOptions& chosen, const ModelRun& run) -> absl::StatusOr<std::unique_ptr<Model>> {
        const Sizes sizes = SizesOf(chosen);
        if (absl::Status status = Check(chosen, sizes, run); !status.ok()) return status;
        return std::make_unique<Mamba>(WeightsFor(chosen, run), sizes, run);
      });
}

}  // namespace sandglass::collectors
