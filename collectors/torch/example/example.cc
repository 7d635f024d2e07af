// Trains a small network for five steps and leaves a trace of them at a server.
//
// Usage: example HOST:PORT, of a `sandglass serve`. Then: sandglass replay example/mlp-cc --on all --server HOST:PORT
#include <torch/torch.h>

#include <cstdio>

#include "collectors/torch/library/sandglass_torch.h"

namespace {

constexpr int kBatch = 32;

int Fail() {
  std::fprintf(stderr, "example: error: %s\n", sandglass_last_error());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: example HOST:PORT\n");
    return 1;
  }
  torch::nn::Sequential model(torch::nn::Linear(64, 128), torch::nn::ReLU(), torch::nn::Linear(128, 10));
  torch::optim::AdamW optimizer(model->parameters(), torch::optim::AdamWOptions(1e-3));
  const torch::Tensor inputs = torch::randn({kBatch, 64});
  const torch::Tensor targets = torch::randint(10, {kBatch}, torch::kLong);
  const auto train_one_step = [&] {
    optimizer.zero_grad();
    torch::nn::functional::cross_entropy(model->forward(inputs), targets).backward();
    optimizer.step();
  };
  // What happens only once, as an optimizer's making of its state, is better not in the trace.
  train_one_step();

  sandglass_trace_options options{};
  options.to = argv[1];
  options.phase = "train";
  options.unit = "sample";
  options.work_per_step = kBatch;
  if (sandglass_trace_begin("example/mlp-cc", &options) != 0) return Fail();
  for (int step = 0; step < 5; ++step) {
    train_one_step();
    sandglass_trace_step();
  }
  char trace_id[SANDGLASS_TRACE_ID_BYTES];
  if (sandglass_trace_end(trace_id) != 0) return Fail();
  std::printf("sealed %s\n", trace_id);
  return 0;
}
