// Every workload runs, small: for real in each of its phases, and as a shape run.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "collectors/workloads/registry.h"
#include "collectors/workloads/sizes.h"

namespace sandglass::collectors {
namespace {

class CountingSink final : public TraceSink {
 public:
  absl::Status Begin(const v1::TraceHeader&) override { return absl::OkStatus(); }
  absl::Status Add(const v1::Operator& op) override {
    EXPECT_EQ(op.id(), ++operators);
    ++names[op.signature().name()];
    linked += op.has_forward_id() ? 1 : 0;
    timed += op.has_duration_ps() ? 1 : 0;
    return absl::OkStatus();
  }
  absl::StatusOr<v1::TraceManifest> Finish(const v1::TraceSummary&) override { return v1::TraceManifest(); }
  void Abort() override {}

  uint64_t operators = 0;
  uint64_t linked = 0;
  uint64_t timed = 0;
  std::map<std::string, int> names;
};

struct Case {
  const char* workload;
  v1::Phase phase;
  const char* variant;  // of the scan or the cell
  v1::WorkUnit unit;
  double work_of_step;
};

// Tiny sizes: batch 2, 8 tokens, images of 8 by 8; a step reads 2·8 tokens, or writes 2, or sees 2 images.
constexpr Case kCases[] = {
    {"transformer", v1::PHASE_TRAIN, "", v1::WORK_UNIT_TOKEN, 16},
    {"transformer", v1::PHASE_PREFILL, "", v1::WORK_UNIT_TOKEN, 16},
    {"transformer", v1::PHASE_DECODE, "", v1::WORK_UNIT_TOKEN, 2},
    {"mamba", v1::PHASE_TRAIN, "fused", v1::WORK_UNIT_TOKEN, 16},
    {"mamba", v1::PHASE_TRAIN, "steps", v1::WORK_UNIT_TOKEN, 16},
    {"mamba", v1::PHASE_PREFILL, "fused", v1::WORK_UNIT_TOKEN, 16},
    {"mamba", v1::PHASE_DECODE, "fused", v1::WORK_UNIT_TOKEN, 2},
    {"liquid", v1::PHASE_TRAIN, "ltc", v1::WORK_UNIT_TOKEN, 16},
    {"liquid", v1::PHASE_TRAIN, "cfc", v1::WORK_UNIT_TOKEN, 16},
    {"liquid", v1::PHASE_INFER, "ltc", v1::WORK_UNIT_TOKEN, 16},
    {"moe", v1::PHASE_TRAIN, "", v1::WORK_UNIT_TOKEN, 16},
    {"moe", v1::PHASE_INFER, "", v1::WORK_UNIT_TOKEN, 16},
    {"convnet", v1::PHASE_TRAIN, "", v1::WORK_UNIT_SAMPLE, 2},
    {"convnet", v1::PHASE_INFER, "", v1::WORK_UNIT_SAMPLE, 2},
};

WorkloadOptions Tiny(const Case& test) {
  const std::string workload = test.workload;
  WorkloadOptions options;
  options.phase = test.phase;
  options.threads = 1;  // tiny operators gain nothing from more, and lose much on a busy machine
  options.steps = 3;
  options.batch = 2;
  if (workload == "convnet") options.image = 8;
  if (workload != "convnet") options.tokens = 8;
  if (workload != "liquid") options.layers = 1;
  options.width = 32;
  if (workload == "transformer" || workload == "moe") options.heads = 2;
  if (workload != "liquid" && workload != "convnet") options.vocab = 64;
  if (workload == "transformer" || workload == "mamba") options.context = 8;
  if (workload == "mamba") options.scan = test.variant;
  if (workload == "liquid") options.cell = test.variant;
  return options;
}

class WorkloadTest : public ::testing::TestWithParam<Case> {};

TEST_P(WorkloadTest, RunsForReal) {
  const Case& test = GetParam();
  const auto workload = MakeWorkload(test.workload, Tiny(test));
  ASSERT_TRUE(workload.ok()) << workload.status();
  ASSERT_TRUE((*workload)->Prepare().ok());
  const v1::TraceHeader header = (*workload)->Header();
  EXPECT_EQ(header.run_mode(), v1::RUN_MODE_MEASURED);
  EXPECT_EQ(header.phase(), test.phase);
  EXPECT_EQ(header.devices_size(), 1);
  EXPECT_EQ(header.memory().parameter_bytes(), 4 * header.memory().parameter_count());
  EXPECT_GT(header.memory().parameter_count(), 0);
  EXPECT_EQ(header.memory().has_optimizer_state_bytes(), test.phase == v1::PHASE_TRAIN);

  CountingSink sink;
  std::vector<double> losses;
  const auto summary = (*workload)->Record(sink, [&](const Progress& progress) {
    if (progress.loss.has_value()) losses.push_back(*progress.loss);
  });
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_GT(sink.operators, 10u);
  EXPECT_EQ(sink.timed, sink.operators);
  EXPECT_EQ(summary->work_done(0).unit(), test.unit);
  EXPECT_EQ(summary->work_done(0).count(), 3 * test.work_of_step);
  EXPECT_EQ(summary->completeness().dropped_operators(), 0u);
  if (test.phase == v1::PHASE_TRAIN) {
    EXPECT_GT(sink.linked, 0u);
    ASSERT_EQ(losses.size(), 3u);
    for (const double loss : losses) EXPECT_TRUE(std::isfinite(loss));
    EXPECT_LT(losses[2], losses[0]) << "the same data are learnt again and again";
  } else {
    EXPECT_EQ(sink.linked, 0u);
  }
}

TEST_P(WorkloadTest, RunsAsShapes) {
  const Case& test = GetParam();
  WorkloadOptions options = Tiny(test);
  options.shapes_only = true;
  options.dtype = v1::DATA_TYPE_BFLOAT16;
  const auto workload = MakeWorkload(test.workload, options);
  ASSERT_TRUE(workload.ok()) << workload.status();
  const absl::Status prepared = (*workload)->Prepare();
  ASSERT_TRUE(prepared.ok()) << prepared;
  EXPECT_EQ((*workload)->Header().run_mode(), v1::RUN_MODE_SHAPES_ONLY);
  EXPECT_EQ((*workload)->Header().memory().parameter_bytes(), 2 * (*workload)->Header().memory().parameter_count());
  CountingSink sink;
  const auto summary = (*workload)->Record(sink, nullptr);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_GT(sink.operators, 10u);
  EXPECT_EQ(sink.timed, 0u) << "a shape run has no durations";
}

INSTANTIATE_TEST_SUITE_P(All, WorkloadTest, ::testing::ValuesIn(kCases), [](const auto& info) {
  std::string name(info.param.workload);
  name += '_';
  name += std::string(PhaseName(info.param.phase));
  return name + (info.param.variant[0] == 0 ? "" : "_") + info.param.variant;
});

TEST(Workloads, TheScanIsOneOperatorOrMany) {
  const auto names = [](const char* scan) {
    WorkloadOptions options = Tiny({"mamba", v1::PHASE_TRAIN, scan, v1::WORK_UNIT_TOKEN, 16});
    auto workload = MakeWorkload("mamba", options);
    EXPECT_TRUE((*workload)->Prepare().ok());
    CountingSink sink;
    EXPECT_TRUE((*workload)->Record(sink, nullptr).ok());
    return sink.names;
  };
  auto fused = names("fused");
  auto steps = names("steps");
  EXPECT_GT(fused["sandglass::selective_scan"], 0);
  EXPECT_EQ(fused["sandglass::selective_scan_backward"], 3) << "one layer, three steps";
  EXPECT_EQ(steps["sandglass::selective_scan"], 0);
  // One exponential of the decay for each of 8 time steps in 3 steps, and one of A in each step.
  EXPECT_EQ(steps["aten::exp"] - fused["aten::exp"], 3 * 8);
}

// Transformer: 32 layers of 4·4096² + 3·4096·11008 + 2·4096, 2·32000·4096 for tokens in and out, and a norm of 4096.
// Mamba: 64 layers of 4096 (norm) + 16384·4096 (in) + 8192·4 + 8192 (taps) + 288·8192 (mixing) + 8192·256 + 8192 (step)
// + 8192·16 (A) + 8192 (D) + 4096·8192 (out) = 105312256; 32000·4096 for tokens, and a norm.
TEST(Workloads, TheSevenBillionPresetsHaveThatManyParameters) {
  for (const auto& [name, parameters] : {std::pair("transformer", 6738415616), std::pair("mamba", 6871060480)}) {
    WorkloadOptions options;
    options.size = "7b";
    options.shapes_only = true;
    options.phase = v1::PHASE_PREFILL;
    const auto workload = MakeWorkload(name, options);
    ASSERT_TRUE(workload.ok());
    ASSERT_TRUE((*workload)->Prepare().ok());
    EXPECT_EQ((*workload)->Header().memory().parameter_count(), parameters) << name;
  }
}

TEST(Workloads, TheSameSeedGivesTheSameRun) {
  const auto first_loss = [](uint64_t seed) {
    WorkloadOptions options = Tiny(kCases[0]);
    options.seed = seed;
    options.threads = 1;
    auto workload = MakeWorkload("transformer", options);
    EXPECT_TRUE((*workload)->Prepare().ok());
    CountingSink sink;
    double loss = 0;
    EXPECT_TRUE((*workload)->Record(sink, [&](const Progress& p) { loss = *p.loss; }).ok());
    return loss;
  };
  EXPECT_EQ(first_loss(1), first_loss(1));
  EXPECT_NE(first_loss(1), first_loss(2));
}

TEST(Workloads, BadOptionsAreRefusedByName) {
  const auto refusal = [](const char* workload, const std::function<void(WorkloadOptions&)>& change) {
    WorkloadOptions options;
    change(options);
    auto made = MakeWorkload(workload, options);
    EXPECT_TRUE(made.ok());
    const absl::Status status = (*made)->Prepare();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << workload;
    return std::string(status.message());
  };
  EXPECT_EQ(refusal("transformer", [](auto& o) { o.layers = 0; }), "--layers 0: must be from 1 to 16777216");
  EXPECT_EQ(refusal("transformer",
                    [](auto& o) {
                      o.width = 100;
                      o.heads = 3;
                    }),
            "--width 100: must be a multiple of twice --heads 6");
  EXPECT_EQ(refusal("transformer", [](auto& o) { o.steps = 0; }), "--steps 0: must be at least 1");
  EXPECT_EQ(refusal("transformer", [](auto& o) { o.size = "8b"; }), "--size 8b: must be one of 7b");
  EXPECT_EQ(refusal("mamba", [](auto& o) { o.scan = "half"; }), "--scan half: must be one of fused, steps");
  EXPECT_EQ(refusal("mamba", [](auto& o) { o.phase = v1::PHASE_INFER; }),
            "--phase infer: workload mamba has only train, prefill, decode");
  EXPECT_EQ(refusal("liquid", [](auto& o) { o.cell = "x"; }), "--cell x: must be one of ltc, cfc");
  EXPECT_EQ(refusal("moe", [](auto& o) { o.top_k = 9; }), "--top-k 9: there are only 8 experts (--experts)");
  EXPECT_EQ(refusal("convnet", [](auto& o) { o.image = -1; }), "--image -1: must be from 1 to 16777216");
  EXPECT_EQ(refusal("md", [](auto& o) { o.box_nm = 1; }), "--box 1: must be from 2.5 to 40 nm");
  EXPECT_EQ(refusal("md", [](auto& o) { o.shapes_only = true; }),
            "--device meta: workload md runs a program of its own and has no shape run");
}

TEST(Workloads, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  EXPECT_EQ(MakeWorkload("bert", {}).status().message(),
            "workload bert: there is none; there are transformer, mamba, liquid, moe, convnet, md");
}

}  // namespace
}  // namespace sandglass::collectors
