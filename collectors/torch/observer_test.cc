#include "collectors/torch/observer.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace sandglass::collectors {
namespace {

// Keeps what it gets; can be slow, or fail.
class KeepingSink final : public TraceSink {
 public:
  absl::Status Begin(const v1::TraceHeader&) override { return absl::OkStatus(); }
  absl::Status Add(const v1::Operator& op) override {
    std::this_thread::sleep_for(delay);
    operators.push_back(op);
    return operators.size() > fail_after ? absl::UnavailableError("sink: gone") : absl::OkStatus();
  }
  absl::StatusOr<v1::TraceManifest> Finish(const v1::TraceSummary&) override { return v1::TraceManifest(); }
  void Abort() override {}

  // The operators of that name.
  std::vector<v1::Operator> Named(const std::string& name) const {
    std::vector<v1::Operator> found;
    for (const v1::Operator& op : operators) {
      if (op.signature().name() == name) found.push_back(op);
    }
    return found;
  }

  std::vector<v1::Operator> operators;
  std::chrono::microseconds delay{0};
  size_t fail_after = SIZE_MAX;
};

std::string Shapes(const google::protobuf::RepeatedPtrField<v1::Tensor>& tensors) {
  std::string text;
  for (const v1::Tensor& tensor : tensors) {
    text += '[';
    for (int i = 0; i < tensor.dims_size(); ++i) text += (i > 0 ? "," : "") + std::to_string(tensor.dims(i));
    text += ']';
  }
  return text;
}

TEST(Observer, RecordsOperatorsWithTensorsArgumentsAndParents) {
  const torch::Tensor x = torch::ones({2, 3});
  const torch::Tensor w = torch::ones({4, 3});
  const torch::Tensor b = torch::zeros({4});
  KeepingSink sink;
  auto observer = Observer::Start(
      sink,
      {.device = 0, .parameter_storages = {w.storage().unsafeGetStorageImpl(), b.storage().unsafeGetStorageImpl()}});
  ASSERT_TRUE(observer.ok()) << observer.status();
  const torch::Tensor y = torch::linear(x, w, b);
  const torch::Tensor s = y.softmax(-1);
  const auto summary = (*observer)->Stop();
  ASSERT_TRUE(summary.ok()) << summary.status();
  const torch::Tensor unseen = y + s;

  ASSERT_EQ(sink.Named("aten::linear").size(), 1u);
  const v1::Operator linear = sink.Named("aten::linear")[0];
  EXPECT_EQ(linear.id(), 1u);
  EXPECT_EQ(linear.signature().kind(), v1::OPERATOR_KIND_HOST_OP);
  EXPECT_EQ(linear.signature().op_schema(), "aten::linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor");
  EXPECT_EQ(Shapes(linear.signature().inputs()), "[2,3][4,3][4]");
  EXPECT_EQ(Shapes(linear.signature().outputs()), "[2,4]");
  EXPECT_FALSE(linear.signature().inputs(0).is_parameter());
  EXPECT_TRUE(linear.signature().inputs(1).is_parameter());
  EXPECT_EQ(linear.signature().inputs(1).storage_bytes(), 4 * 3 * 4);

  ASSERT_EQ(sink.Named("aten::addmm").size(), 1u);
  const v1::Operator addmm = sink.Named("aten::addmm")[0];
  EXPECT_EQ(addmm.parent_id(), linear.id());
  EXPECT_EQ(Shapes(addmm.signature().inputs()), "[4][2,3][3,4]");
  // The weight is seen transposed: 4 rows of 3, walked along the other way.
  EXPECT_EQ(addmm.signature().inputs(2).strides(0), 1);
  EXPECT_EQ(addmm.signature().inputs(2).strides(1), 3);
  EXPECT_EQ(addmm.signature().inputs(2).dtype(), v1::DATA_TYPE_FLOAT32);
  // beta and alpha.
  ASSERT_EQ(addmm.signature().attributes_size(), 2);
  EXPECT_EQ(addmm.signature().attributes(0).name(), "beta");
  EXPECT_EQ(addmm.signature().attributes(0).integer(), 1);

  const v1::Operator softmax = sink.Named("aten::softmax").at(0);
  EXPECT_EQ(softmax.signature().attributes(0).integer(), -1);
  EXPECT_TRUE(sink.Named("aten::add").empty()) << "after Stop nothing is recorded";

  // Storage: linear's result is softmax's argument, and no argument of linear's.
  EXPECT_EQ(linear.storage_ids(3), softmax.storage_ids(0));
  EXPECT_NE(linear.storage_ids(3), linear.storage_ids(0));
  EXPECT_EQ(linear.storage_ids(1), addmm.storage_ids(2)) << "a transposed weight is the same memory";
  EXPECT_EQ(summary->window().start_ns(), linear.start_ns());
}

TEST(Observer, IdsGrowParentsComeFirstAndSelfTimesAddUp) {
  KeepingSink sink;
  auto observer = Observer::Start(sink, {});
  ASSERT_TRUE(observer.ok());
  torch::Tensor w = torch::randn({16, 16}, torch::requires_grad());
  torch::Tensor loss = torch::linear(torch::randn({8, 16}), w).softmax(-1).pow(2).sum();
  loss.backward();
  ASSERT_TRUE((*observer)->Stop().ok());
  ASSERT_GT(sink.operators.size(), 20u);
  std::map<uint64_t, int64_t> left;  // of an operator's duration, after its children's
  for (size_t i = 0; i < sink.operators.size(); ++i) {
    const v1::Operator& op = sink.operators[i];
    EXPECT_EQ(op.id(), i + 1);
    EXPECT_GE(op.start_ns(), i == 0 ? 0 : sink.operators[i - 1].start_ns());
    left[op.id()] = op.duration_ps();
    if (!op.has_parent_id()) continue;
    ASSERT_LT(op.parent_id(), op.id());
    left[op.parent_id()] -= op.duration_ps();
  }
  for (const v1::Operator& op : sink.operators) EXPECT_EQ(op.self_ps(), left[op.id()]) << op.signature().name();
}

TEST(Observer, LinksBackwardToForward) {
  KeepingSink sink;
  torch::Tensor w = torch::randn({4, 3}, torch::requires_grad());
  torch::Tensor b = torch::randn({4}, torch::requires_grad());
  auto observer = Observer::Start(sink, {});
  ASSERT_TRUE(observer.ok());
  torch::linear(torch::randn({2, 3}), w, b).sum().backward();
  ASSERT_TRUE((*observer)->Stop().ok());
  const auto node = sink.Named("AddmmBackward0");
  ASSERT_EQ(node.size(), 1u);
  EXPECT_EQ(node[0].signature().kind(), v1::OPERATOR_KIND_ANNOTATION);
  EXPECT_EQ(node[0].forward_id(), sink.Named("aten::addmm").at(0).id());
  const auto mm = sink.Named("aten::mm");
  ASSERT_EQ(mm.size(), 1u) << "the gradient of the weight; the input has none";
  EXPECT_EQ(mm[0].forward_id(), node[0].forward_id());
  EXPECT_FALSE(sink.Named("aten::linear").at(0).has_forward_id());
}

TEST(Observer, LinksBackwardOnAnotherThread) {
  KeepingSink sink;
  auto observer = Observer::Start(sink, {});
  ASSERT_TRUE(observer.ok());
  torch::Tensor w = torch::randn({4, 4}, torch::requires_grad());
  const torch::Tensor loss = torch::tanh(w).sum();
  std::thread([&] { loss.backward(); }).join();
  ASSERT_TRUE((*observer)->Stop().ok());
  const v1::Operator forward = sink.Named("aten::tanh").at(0);
  const v1::Operator node = sink.Named("TanhBackward0").at(0);
  EXPECT_EQ(node.forward_id(), forward.id());
  EXPECT_NE(node.thread(), forward.thread());
}

TEST(Observer, AStorageThatIsFreedAndTakenAgainGetsANewNumber) {
  KeepingSink sink;
  auto observer = Observer::Start(sink, {});
  ASSERT_TRUE(observer.ok());
  std::vector<const void*> addresses;
  for (int i = 0; i < 50; ++i) {
    const torch::Tensor t = torch::empty({64});
    addresses.push_back(t.storage().unsafeGetStorageImpl());
  }
  ASSERT_TRUE((*observer)->Stop().ok());
  std::map<uint64_t, int> seen;
  for (const v1::Operator& op : sink.Named("aten::empty")) ++seen[op.storage_ids(0)];
  EXPECT_EQ(seen.size(), 50u);
  // The allocator did use an address again, or this test would show nothing.
  std::sort(addresses.begin(), addresses.end());
  EXPECT_LT(std::unique(addresses.begin(), addresses.end()) - addresses.begin(), 50);
}

TEST(Observer, BlockingLosesNothing) {
  KeepingSink sink;
  sink.delay = std::chrono::microseconds(200);
  auto observer = Observer::Start(sink, {.when_full = WhenFull::kBlock, .buffer_bytes = 8192});
  ASSERT_TRUE(observer.ok());
  const torch::Tensor t = torch::zeros({4});
  for (int i = 0; i < 1000; ++i) t.add_(t);
  const auto summary = (*observer)->Stop();
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(sink.Named("aten::add_").size(), 1000u);
  EXPECT_EQ(summary->completeness().dropped_operators(), 0u);
  ASSERT_EQ(summary->completeness().other_size(), 1);
  EXPECT_EQ(summary->completeness().other(0).name(), "operators_that_waited_for_the_observer");
}

TEST(Observer, DroppingCountsWhatIsMissing) {
  KeepingSink sink;
  sink.delay = std::chrono::microseconds(200);
  auto observer = Observer::Start(sink, {.when_full = WhenFull::kDrop, .buffer_bytes = 8192});
  ASSERT_TRUE(observer.ok());
  const torch::Tensor t = torch::zeros({4});  // aten::zeros, aten::empty, aten::zero_: 3
  for (int i = 0; i < 1000; ++i) t.add_(t);
  const auto summary = (*observer)->Stop();
  ASSERT_TRUE(summary.ok());
  EXPECT_GT(summary->completeness().dropped_operators(), 0u);
  EXPECT_EQ(sink.operators.size() + summary->completeness().dropped_operators(), 1003u);
}

TEST(Observer, ShapeRunsHaveShapesAndNoTimes) {
  KeepingSink sink;
  auto observer = Observer::Start(sink, {.record_times = false});
  ASSERT_TRUE(observer.ok());
  const auto meta = torch::TensorOptions().device(torch::kMeta).dtype(torch::kBFloat16);
  const torch::Tensor y = torch::mm(torch::empty({8192, 16384}, meta), torch::empty({16384, 53248}, meta));
  const auto summary = (*observer)->Stop();
  ASSERT_TRUE(summary.ok());
  const v1::Operator mm = sink.Named("aten::mm").at(0);
  EXPECT_EQ(Shapes(mm.signature().outputs()), "[8192,53248]");
  EXPECT_EQ(mm.signature().outputs(0).dtype(), v1::DATA_TYPE_BFLOAT16);
  EXPECT_EQ(mm.signature().outputs(0).storage_bytes(), int64_t{8192} * 53248 * 2);
  EXPECT_FALSE(mm.has_start_ns());
  EXPECT_FALSE(mm.has_duration_ps());
  EXPECT_FALSE(mm.has_self_ps());
  EXPECT_FALSE(summary->has_window());
}

TEST(Observer, TheSinksErrorEndsIt) {
  KeepingSink sink;
  sink.fail_after = 10;
  auto observer = Observer::Start(sink, {});
  ASSERT_TRUE(observer.ok());
  const torch::Tensor t = torch::zeros({4});
  for (int i = 0; i < 100; ++i) t.add_(1);
  EXPECT_EQ((*observer)->Stop().status().message(), "sink: gone");
  EXPECT_EQ(sink.operators.size(), 11u);
}

TEST(Observer, AForkedProcessRunsOnWithoutIt) {
  KeepingSink sink;
  // So small that a child which filled it would soon wait for room that nobody makes.
  auto observer = Observer::Start(sink, {.buffer_bytes = 1 << 13});
  ASSERT_TRUE(observer.ok());
  const torch::Tensor t = torch::zeros({4});
  t.sin();
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    for (int i = 0; i < 5000; ++i) t.add_(1);
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  t.cos();
  ASSERT_TRUE((*observer)->Stop().ok());
  EXPECT_EQ(sink.Named("aten::cos").size(), 1u) << "the parent is recorded on";
  EXPECT_TRUE(sink.Named("aten::add_").empty());
}

TEST(Observer, OneAtATime) {
  KeepingSink sink;
  auto first = Observer::Start(sink, {});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(Observer::Start(sink, {}).status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE((*first)->Stop().ok());
  auto second = Observer::Start(sink, {});
  ASSERT_TRUE(second.ok());
  torch::zeros({1});
  ASSERT_TRUE((*second)->Stop().ok());
  EXPECT_EQ(sink.operators.front().id(), 1u) << "ids begin anew with each observer";
}

}  // namespace
}  // namespace sandglass::collectors
