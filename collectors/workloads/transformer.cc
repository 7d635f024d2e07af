#include "collectors/workloads/transformer.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/workloads/layers.h"
#include "collectors/workloads/model.h"
#include "collectors/workloads/sizes.h"

namespace sandglass::collectors {
namespace {

struct Sizes {
  int64_t layers = 4;
  int64_t width = 256;
  int64_t heads = 4;
  int64_t ffn = 704;
  int64_t vocab = 2048;
  int64_t batch = 8;
  int64_t tokens = 128;
  int64_t context = 128;
};

// Llama 7B's sizes (Touvron et al. 2023, table 2; feed-forward and vocabulary from the released configuration).
constexpr Sizes kSevenBillion = {.layers = 32,
                                 .width = 4096,
                                 .heads = 32,
                                 .ffn = 11008,
                                 .vocab = 32000,
                                 .batch = 1,
                                 .tokens = 2048,
                                 .context = 2048};

Sizes SizesOf(const WorkloadOptions& options) {
  Sizes sizes = options.size == "7b" ? kSevenBillion : Sizes{};
  if (options.width.has_value() && options.size.empty()) {
    // Feed-forward of 8/3 of the width, rounded up to a multiple of 64, as in the published model.
    sizes.ffn = (*options.width * 8 / 3 + 63) / 64 * 64;
  }
  sizes.layers = options.layers.value_or(sizes.layers);
  sizes.width = options.width.value_or(sizes.width);
  sizes.heads = options.heads.value_or(sizes.heads);
  sizes.ffn = options.ffn.value_or(sizes.ffn);
  sizes.vocab = options.vocab.value_or(sizes.vocab);
  sizes.batch = options.batch.value_or(sizes.batch);
  sizes.tokens = options.tokens.value_or(sizes.tokens);
  sizes.context = options.context.value_or(sizes.context);
  return sizes;
}

absl::Status Check(const WorkloadOptions& options, const Sizes& sizes, const ModelRun& run) {
  if (absl::Status s = CheckChoice("--size", options.size, {"7b"}); !s.ok()) return s;
  if (absl::Status s = CheckPhase("transformer", run.phase, {v1::PHASE_TRAIN, v1::PHASE_PREFILL, v1::PHASE_DECODE});
      !s.ok()) {
    return s;
  }
  if (absl::Status s = CheckSizes({{"--layers", sizes.layers},
                                   {"--width", sizes.width},
                                   {"--heads", sizes.heads},
                                   {"--ffn", sizes.ffn},
                                   {"--vocab", sizes.vocab},
                                   {"--batch", sizes.batch},
                                   {"--tokens", sizes.tokens},
                                   {"--context", sizes.context}});
      !s.ok()) {
    return s;
  }
  // Rotary positions turn pairs of elements, so a head has an even number of them.
  return CheckDivides({"twice --heads", 2 * sizes.heads}, {"--width", sizes.width});
}

class Block {
 public:
  Block(Weights& weights, const Sizes& sizes)
      : attention_norm_(weights.Constant({sizes.width}, 1)),
        attention_(weights, sizes.width, sizes.heads),
        feed_norm_(weights.Constant({sizes.width}, 1)),
        gate_(weights.Linear(sizes.ffn, sizes.width)),
        up_(weights.Linear(sizes.ffn, sizes.width)),
        down_(weights.Linear(sizes.width, sizes.ffn)) {}

  torch::Tensor Forward(torch::Tensor x, const Rotary& rotary, const torch::Tensor& mask, int64_t position) {
    x = x + attention_.Forward(RmsNorm(x, attention_norm_), rotary, mask, position);
    const torch::Tensor h = RmsNorm(x, feed_norm_);
    return x + torch::linear(torch::silu(torch::linear(h, gate_)) * torch::linear(h, up_), down_);
  }

  Attention& attention() { return attention_; }
  const Attention& attention() const { return attention_; }

 private:
  torch::Tensor attention_norm_;
  Attention attention_;
  torch::Tensor feed_norm_;
  torch::Tensor gate_, up_, down_;
};

class Transformer final : public Model {
 public:
  Transformer(Weights weights, const Sizes& sizes, const ModelRun& run)
      : weights_(std::move(weights)), sizes_(sizes), run_(run) {
    embedding_ = weights_.Normal({sizes_.vocab, sizes_.width}, 1);
    for (int64_t i = 0; i < sizes_.layers; ++i) blocks_.emplace_back(weights_, sizes_);
    norm_ = weights_.Constant({sizes_.width}, 1);
    head_ = weights_.Linear(sizes_.vocab, sizes_.width);
    // One step more than is traced: the warm-up.
    const int64_t longest = run_.phase == v1::PHASE_DECODE ? sizes_.context + run_.steps + 1 : sizes_.tokens;
    rotary_ = MakeRotary(weights_, longest, sizes_.width / sizes_.heads);
    if (run_.phase != v1::PHASE_DECODE) mask_ = CausalMask(weights_, sizes_.tokens);
    if (!run_.train()) {
      for (Block& block : blocks_) block.attention().MakeCache(weights_, sizes_.batch, longest);
    }
    tokens_ = weights_.Tokens({sizes_.batch, sizes_.tokens + 1}, sizes_.vocab);
    next_ = weights_.Tokens({sizes_.batch, 1}, sizes_.vocab);
    position_ = sizes_.context;
  }

  torch::Tensor Forward() override {
    switch (run_.phase) {
      case v1::PHASE_TRAIN:
        return TokenLoss(Logits(Hidden(tokens_.narrow(1, 0, sizes_.tokens), 0)), tokens_.narrow(1, 1, sizes_.tokens));
      case v1::PHASE_PREFILL:
        // Only the last position's prediction is wanted.
        return Logits(Hidden(tokens_.narrow(1, 0, sizes_.tokens), 0).narrow(1, sizes_.tokens - 1, 1)).argmax(-1);
      default:
        next_ = Logits(Hidden(next_, position_)).argmax(-1);
        ++position_;
        return next_;
    }
  }

  std::vector<v1::WorkDone> WorkOfStep() const override {
    const auto batch = static_cast<double>(sizes_.batch);
    const double tokens = run_.phase == v1::PHASE_DECODE ? batch : batch * static_cast<double>(sizes_.tokens);
    return {Work(v1::WORK_UNIT_TOKEN, tokens), Work(v1::WORK_UNIT_STEP, 1)};
  }

  std::string Description() const override {
    return absl::StrCat("transformer d=", sizes_.width, " L=", sizes_.layers, " h=", sizes_.heads, " ffn=", sizes_.ffn,
                        " vocab=", sizes_.vocab, " batch=", sizes_.batch,
                        run_.phase == v1::PHASE_DECODE ? absl::StrCat(" context=", sizes_.context)
                                                       : absl::StrCat(" tokens=", sizes_.tokens));
  }

  int64_t CacheBytes() const override {
    int64_t bytes = 0;
    for (const Block& block : blocks_) bytes += block.attention().CacheBytes();
    return bytes;
  }

  const Weights& weights() const override { return weights_; }

 private:
  torch::Tensor Hidden(const torch::Tensor& tokens, int64_t position) {
    torch::Tensor x = torch::embedding(embedding_, tokens);
    for (Block& block : blocks_) x = block.Forward(x, rotary_, mask_, position);
    return x;
  }

  torch::Tensor Logits(const torch::Tensor& x) { return torch::linear(RmsNorm(x, norm_), head_); }

  Weights weights_;
  Sizes sizes_;
  ModelRun run_;
  torch::Tensor embedding_;
  std::vector<Block> blocks_;
  torch::Tensor norm_, head_;
  Rotary rotary_;
  torch::Tensor mask_;    // undefined in decode
  torch::Tensor tokens_;  // [batch, tokens + 1]: inputs and, one further, targets
  torch::Tensor next_;    // [batch, 1]: the last predicted tokens
  int64_t position_ = 0;
};

}  // namespace

std::unique_ptr<Workload> MakeTransformer(const WorkloadOptions& options) {
  constexpr int64_t kDefaultSteps = 3;
  return WorkloadOfModel(
      options, v1::PHASE_TRAIN, kDefaultSteps,
      [](const WorkloadOptions& chosen, const ModelRun& run) -> absl::StatusOr<std::unique_ptr<Model>> {
        const Sizes sizes = SizesOf(chosen);
        if (absl::Status status = Check(chosen, sizes, run); !status.ok()) return status;
        return std::make_unique<Transformer>(WeightsFor(chosen, run), sizes, run);
      });
}

}  // namespace sandglass::collectors
