#include "collectors/workloads/moe.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/workloads/layers.h"
#include "collectors/workloads/model.h"
#include "collectors/workloads/sizes.h"

namespace sandglass::collectors {
namespace {

struct Sizes {
  int64_t layers = 2;
  int64_t width = 256;
  int64_t heads = 4;
  int64_t ffn = 512;
  int64_t vocab = 2048;
  int64_t batch = 4;
  int64_t tokens = 64;
  int64_t experts = 8;
  int64_t top_k = 2;
};

Sizes SizesOf(const WorkloadOptions& options) {
  Sizes sizes;
  sizes.layers = options.layers.value_or(sizes.layers);
  sizes.width = options.width.value_or(sizes.width);
  sizes.heads = options.heads.value_or(sizes.heads);
  sizes.ffn = options.ffn.value_or(sizes.ffn);
  sizes.vocab = options.vocab.value_or(sizes.vocab);
  sizes.batch = options.batch.value_or(sizes.batch);
  sizes.tokens = options.tokens.value_or(sizes.tokens);
  sizes.experts = options.experts.value_or(sizes.experts);
  sizes.top_k = options.top_k.value_or(sizes.top_k);
  return sizes;
}

absl::Status Check(const Sizes& sizes, const ModelRun& run) {
  if (absl::Status s = CheckPhase("moe", run.phase, {v1::PHASE_TRAIN, v1::PHASE_INFER}); !s.ok()) return s;
  if (absl::Status s = CheckSizes({{"--layers", sizes.layers},
                                   {"--width", sizes.width},
                                   {"--heads", sizes.heads},
                                   {"--ffn", sizes.ffn},
                                   {"--vocab", sizes.vocab},
                                   {"--batch", sizes.batch},
                                   {"--tokens", sizes.tokens},
                                   {"--experts", sizes.experts},
                                   {"--top-k", sizes.top_k}});
      !s.ok()) {
    return s;
  }
  if (sizes.top_k > sizes.experts) {
    return absl::InvalidArgumentError(
        absl::StrCat("--top-k ", sizes.top_k, ": there are only ", sizes.experts, " experts (--experts)"));
  }
  return CheckDivides({"twice --heads", 2 * sizes.heads}, {"--width", sizes.width});
}

struct Expert {
  Expert(Weights& weights, const Sizes& sizes)
      : gate(weights.Linear(sizes.ffn, sizes.width)),
        up(weights.Linear(sizes.ffn, sizes.width)),
        down(weights.Linear(sizes.width, sizes.ffn)) {}
  torch::Tensor operator()(const torch::Tensor& x) const {
    return torch::linear(torch::silu(torch::linear(x, gate)) * torch::linear(x, up), down);
  }
  torch::Tensor gate, up, down;
};

class Mixture {
 public:
  Mixture(Weights& weights, const Sizes& sizes)
      : top_k_(sizes.top_k), router_(weights.Linear(sizes.experts, sizes.width)) {
    for (int64_t i = 0; i < sizes.experts; ++i) experts_.emplace_back(weights, sizes);
  }

  // x: [tokens, width].
  torch::Tensor Forward(const torch::Tensor& x) const {
    const auto [scores, chosen] = torch::linear(x, router_).softmax(-1).topk(top_k_, -1);
    const torch::Tensor shares = (scores / scores.sum(-1, /*keepdim=*/true)).reshape({-1});
    // One row for each (token, expert) pair, sorted by expert; `token` is the row's token.
    const torch::Tensor pairs = chosen.reshape({-1});
    const torch::Tensor order = pairs.argsort();
    const torch::Tensor token = order.div(top_k_, "floor");
    const std::vector<torch::Tensor> parts = x.index_select(0, token).split_with_sizes(Counts(pairs), 0);
    std::vector<torch::Tensor> results;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].size(0) > 0) results.push_back(experts_[i](parts[i]));
    }
    const torch::Tensor weighted = torch::cat(results, 0) * shares.index_select(0, order).unsqueeze(-1);
    return torch::zeros_like(x).index_add(0, token, weighted);
  }

 private:
  std::vector<int64_t> Counts(const torch::Tensor& pairs) const {
    const auto experts = static_cast<int64_t>(experts_.size());
    std::vector<int64_t> counts(experts_.size());
    if (pairs.is_meta()) {
      for (int64_t i = 0; i < experts; ++i) {
        counts[static_cast<size_t>(i)] = pairs.numel() * (i + 1) / experts - pairs.numel() * i / experts;
      }
      return counts;
    }
    const torch::Tensor counted = torch::bincount(pairs, {}, experts);
    counts.assign(counted.data_ptr<int64_t>(), counted.data_ptr<int64_t>() + experts);
    return counts;
  }

  int64_t top_k_;
  torch::Tensor router_;
  std::vector<Expert> experts_;
};

class Block {
 public:
  Block(Weights& weights, const Sizes& sizes)
      : attention_norm_(weights.Constant({sizes.width}, 1)),
        attention_(weights, sizes.width, sizes.heads),
        mixture_norm_(weights.Constant({sizes.width}, 1)),
        mixture_(weights, sizes) {}

  torch::Tensor Forward(torch::Tensor x, const Rotary& rotary, const torch::Tensor& mask) {
    x = x + attention_.Forward(RmsNorm(x, attention_norm_), rotary, mask, 0);
    const torch::Tensor h = RmsNorm(x, mixture_norm_);
    return x + mixture_.Forward(h.reshape({-1, h.size(-1)})).view(x.sizes());
  }

 private:
  torch::Tensor attention_norm_;
  Attention attention_;
  torch::Tensor mixture_norm_;
  Mixture mixture_;
};

class Moe final : public Model {
 public:
  Moe(Weights weights, const Sizes& sizes, const ModelRun& run)
      : weights_(std::move(weights)), sizes_(sizes), run_(run) {
    embedding_ = weights_.Normal({sizes_.vocab, sizes_.width}, 1);
    for (int64_t i = 0; i < sizes_.layers; ++i) blocks_.emplace_back(weights_, sizes_);
    norm_ = weights_.Constant({sizes_.width}, 1);
    head_ = weights_.Linear(sizes_.vocab, sizes_.width);
    rotary_ = MakeRotary(weights_, sizes_.tokens, sizes_.width / sizes_.heads);
    mask_ = CausalMask(weights_, sizes_.tokens);
    tokens_ = weights_.Tokens({sizes_.batch, sizes_.tokens + 1}, sizes_.vocab);
  }

  torch::Tensor Forward() override {
    torch::Tensor x = torch::embedding(embedding_, tokens_.narrow(1, 0, sizes_.tokens));
    for (Block& block : blocks_) x = block.Forward(x, rotary_, mask_);
    const torch::Tensor logits = torch::linear(RmsNorm(x, norm_), head_);
    return run_.train() ? TokenLoss(logits, tokens_.narrow(1, 1, sizes_.tokens)) : logits;
  }

  std::vector<v1::WorkDone> WorkOfStep() const override {
    return {Work(v1::WORK_UNIT_TOKEN, static_cast<double>(sizes_.batch * sizes_.tokens)), Work(v1::WORK_UNIT_STEP, 1)};
  }

  std::string Description() const override {
    return absl::StrCat("moe d=", sizes_.width, " L=", sizes_.layers, " h=", sizes_.heads, " ffn=", sizes_.ffn,
                        " experts=", sizes_.experts, " top_k=", sizes_.top_k, " vocab=", sizes_.vocab,
                        " batch=", sizes_.batch, " tokens=", sizes_.tokens);
  }

  const Weights& weights() const override { return weights_; }

 private:
  Weights weights_;
  Sizes sizes_;
  ModelRun run_;
  torch::Tensor embedding_;
  std::vector<Block> blocks_;
  torch::Tensor norm_, head_;
  Rotary rotary_;
  torch::Tensor mask_;
  torch::Tensor tokens_;  // [batch, tokens + 1]
};

}  // namespace

std::unique_ptr<Workload> MakeMoe(const WorkloadOptions& options) {
  constexpr int64_t kDefaultSteps = 3;
  return WorkloadOfModel(
      options, v1::PHASE_TRAIN, kDefaultSteps,
      [](const WorkloadOptions& chosen, const ModelRun& run) -> absl::StatusOr<std::unique_ptr<Model>> {
        const Sizes sizes = SizesOf(chosen);
        if (absl::Status status = Check(sizes, run); !status.ok()) return status;
        return std::make_unique<Moe>(WeightsFor(chosen, run), sizes, run);
      });
}

}  // namespace sandglass::collectors
