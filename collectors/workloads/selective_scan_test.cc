#include "collectors/workloads/selective_scan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace sandglass::collectors {
namespace {

using torch::Tensor;

std::vector<Tensor> Inputs(int64_t batch, int64_t channels, int64_t time, int64_t state, bool gradients) {
  torch::manual_seed(3);
  std::vector<Tensor> inputs = {
      torch::randn({batch, channels, time}), torch::rand({batch, channels, time}) * 0.5 + 0.05,
      -torch::rand({channels, state}) - 0.1, torch::randn({batch, state, time}),
      torch::randn({batch, state, time}),    torch::randn({channels})};
  for (Tensor& input : inputs) input.requires_grad_(gradients);
  return inputs;
}

Tensor Fused(const std::vector<Tensor>& in) { return SelectiveScan(in[0], in[1], in[2], in[3], in[4], in[5]); }
Tensor BySteps(const std::vector<Tensor>& in) { return SelectiveScanBySteps(in[0], in[1], in[2], in[3], in[4], in[5]); }

TEST(SelectiveScan, ByHand) {
  // One channel, one state. u = [1, 2], delta = [1, 0.5], A = -1, B = [3, 4], C = [5, 6], D = 7.
  // h1 = 1·3·1 = 3;                            y1 = 5·3 + 7·1 = 22.
  // h2 = e^(-0.5)·3 + 0.5·4·2 = 5.819592;      y2 = 6·5.819592 + 7·2 = 48.917552.
  const auto of = [](const std::vector<float>& values, torch::IntArrayRef dims) {
    return torch::tensor(values).view(dims);
  };
  const Tensor y = SelectiveScan(of({1, 2}, {1, 1, 2}), of({1, 0.5}, {1, 1, 2}), of({-1}, {1, 1}),
                                 of({3, 4}, {1, 1, 2}), of({5, 6}, {1, 1, 2}), of({7}, {1}));
  EXPECT_NEAR(y[0][0][0].item<float>(), 22.0, 1e-5);
  EXPECT_NEAR(y[0][0][1].item<float>(), 6 * (3 * std::exp(-0.5) + 4) + 14, 1e-4);
}

TEST(SelectiveScan, BothFormsAgreeForwardAndBackward) {
  const std::vector<Tensor> a = Inputs(3, 5, 17, 4, true);
  const std::vector<Tensor> b = Inputs(3, 5, 17, 4, true);
  const Tensor fused = Fused(a);
  const Tensor steps = BySteps(b);
  EXPECT_TRUE(torch::allclose(fused, steps, 1e-4, 1e-5));
  const Tensor weight = torch::randn(fused.sizes());
  (fused * weight).sum().backward();
  (steps * weight).sum().backward();
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_TRUE(a[i].grad().defined()) << i;
    EXPECT_EQ(a[i].grad().sizes(), a[i].sizes());
    EXPECT_TRUE(torch::allclose(a[i].grad(), b[i].grad(), 1e-3, 1e-4)) << "input " << i;
  }
}

// d(sum of w·y)/d(input) by central differences, for every element of every input.
TEST(SelectiveScan, GradientsAgreeWithDifferences) {
  const std::vector<Tensor> inputs = Inputs(2, 3, 5, 2, true);
  const Tensor weight = torch::randn({2, 3, 5});
  (Fused(inputs) * weight).sum().backward();
  const torch::NoGradGuard no_grad;
  constexpr float kStep = 1e-2f;
  for (size_t i = 0; i < inputs.size(); ++i) {
    float* values = inputs[i].data_ptr<float>();
    const Tensor gradient = inputs[i].grad().contiguous();
    for (int64_t j = 0; j < inputs[i].numel(); ++j) {
      const float kept = values[j];
      values[j] = kept + kStep;
      const double above = (Fused(inputs) * weight).sum().item<double>();
      values[j] = kept - kStep;
      const double below = (Fused(inputs) * weight).sum().item<double>();
      values[j] = kept;
      const double difference = (above - below) / (2 * kStep);
      EXPECT_NEAR(gradient.data_ptr<float>()[j], difference, 2e-2 * std::max(1.0, std::abs(difference)))
          << "input " << i << " element " << j;
    }
  }
}

TEST(SelectiveScan, DoesNotDependOnTheNumberOfThreads) {
  const auto run = [](int threads) {
    torch::set_num_threads(threads);
    const std::vector<Tensor> inputs = Inputs(2, 7, 33, 4, true);
    const Tensor y = Fused(inputs);
    y.sum().backward();
    return std::pair(y.detach(), inputs[0].grad());
  };
  const auto one = run(1);
  const auto two = run(2);
  EXPECT_TRUE(torch::equal(one.first, two.first));
  EXPECT_TRUE(torch::equal(one.second, two.second));
}

TEST(SelectiveScan, KeepsLowPrecision) {
  std::vector<Tensor> inputs = Inputs(2, 3, 5, 2, false);
  const Tensor exact = Fused(inputs);
  for (Tensor& input : inputs) input = input.to(torch::kBFloat16);
  const Tensor y = Fused(inputs);
  EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(torch::allclose(y.to(torch::kFloat), exact, 5e-2, 1e-1));
}

TEST(SelectiveScan, ShapesOnly) {
  std::vector<Tensor> inputs;
  for (const Tensor& input : Inputs(2, 3, 5, 4, false)) {
    inputs.push_back(torch::empty(input.sizes(), torch::TensorOptions().device(torch::kMeta)).requires_grad_(true));
  }
  const Tensor y = Fused(inputs);
  EXPECT_TRUE(y.is_meta());
  EXPECT_EQ(y.sizes(), inputs[0].sizes());
  y.sum().backward();
  for (const Tensor& input : inputs) EXPECT_EQ(input.grad().sizes(), input.sizes());
}

TEST(SelectiveScan, RefusesShapesThatDoNotFit) {
  for (size_t bad = 0; bad < 6; ++bad) {
    std::vector<Tensor> inputs = Inputs(2, 3, 5, 4, false);
    inputs[bad] = torch::ones({9, 9, 9, 9});
    EXPECT_THROW(Fused(inputs), c10::Error) << bad;
  }
}

}  // namespace
}  // namespace sandglass::collectors
