#include "analyzer/replay/class_coverage.h"

#include <string>
#include <utility>
#include <vector>

#include "analyzer/replay/trace_fixture.h"
#include "analyzer/silicon/silicon_fixture.h"
#include "gtest/gtest.h"

namespace sandglass::replay {
namespace {

using ::sandglass::testing::AddProductSignature;
using ::sandglass::testing::MakeFigure;
using ::sandglass::testing::MakeTensor;
using ::sandglass::testing::RoundChip;
using ::sandglass::testing::Says;
using ::sandglass::testing::TraceBuilder;
using silicon::Support;
using trace::DataType;

constexpr uint32_t kRoot = trace::Operator::kNoParent;

// A statement on single operators by name, stronger than one on all.
silicon::SupportStatement SaysOf(std::vector<std::string> names, Support support) {
  silicon::SupportStatement statement = Says(std::nullopt, support);
  statement.names = std::move(names);
  return statement;
}

// The round chip, with statements on single operators before its general rule, native. What is decomposed keeps 0.5.
silicon::SiliconClass ChipSaying(std::vector<silicon::SupportStatement> statements) {
  silicon::SiliconClass chip = RoundChip();
  statements.push_back(Says(std::nullopt, Support::kNative));
  chip.stacks[0].statements = std::move(statements);
  chip.stacks[0].decomposed_retained = MakeFigure(0.5);
  return chip;
}

// An operator of one FP32 operand that moves `bytes` in all at 1 TB/s: 1e7 B take 10 us, and the floor 1 us.
uint32_t AddMap(TraceBuilder& builder, const char* name, int64_t bytes) {
  const trace::Tensor t = MakeTensor({bytes / 8});
  return builder.AddSignature(name, {t}, {t});
}

ClassCoverage Cover(const trace::Trace& trace, const silicon::SiliconClass& chip,
                    const silicon::SiliconClass* host = nullptr) {
  return CoverOn(Prepare(trace, Precision::kSource), {.silicon = &chip, .stack = &chip.stacks.front(), .host = host});
}

std::vector<std::string> Names(const std::vector<OperatorCoverage>& operators) {
  std::vector<std::string> names;
  for (const OperatorCoverage& entry : operators) names.push_back(entry.name);
  return names;
}

TEST(ClassCoverageTest, AllNativeKeepsEverything) {
  TraceBuilder builder;
  builder.AddOperator(AddProductSignature(builder));
  const uint32_t neg = builder.AddOperator(AddMap(builder, "aten::neg", 10'000'000));
  builder.trace().operators[neg].occurrences = 4;
  const ClassCoverage coverage = Cover(builder.trace(), RoundChip());
  EXPECT_DOUBLE_EQ(coverage.covered, 1);
  ASSERT_TRUE(coverage.retained.has_value());
  EXPECT_DOUBLE_EQ(*coverage.retained, 1);
  ASSERT_EQ(coverage.shares.size(), 1);
  EXPECT_EQ(coverage.shares.at(Support::kNative).count, 5);
  EXPECT_DOUBLE_EQ(coverage.shares.at(Support::kNative).native_share, 1);
  EXPECT_TRUE(coverage.operators.empty());
  EXPECT_TRUE(coverage.port.empty());
  EXPECT_FALSE(coverage.by_count);
}

// u and delta [1, 1000, 100], A [1000, 10], B and C [1, 10, 100], D [1000]: 1e5 positions of 14·10 + 3 FLOP are 1.43e7,
// 1.43 us; 852 kB read and 400 kB written, 1.252 us. Native: 1 + 1.43 = 2.43 us. As a loop: 100 turns of 10 primitives,
// 100 · (10 · 1 + 0.5) = 1050 us more.
TEST(ClassCoverageTest, ADecomposedScanByHand) {
  TraceBuilder builder;
  const trace::Tensor u = MakeTensor({1, 1000, 100});
  const trace::Tensor b = MakeTensor({1, 10, 100});
  builder.AddOperator(
      builder.AddSignature("sandglass::selective_scan", {u, u, MakeTensor({1000, 10}), b, b, MakeTensor({1000})}, {u}));
  builder.AddOperator(AddMap(builder, "aten::neg", 10'000'000));  // 11 us
  const ClassCoverage coverage =
      Cover(builder.trace(), ChipSaying({Says(ops::OpClass::kSelectiveScan, Support::kDecomposed)}));
  ASSERT_EQ(coverage.operators.size(), 1);
  const OperatorCoverage& scan = coverage.operators[0];
  EXPECT_EQ(scan.name, "sandglass::selective_scan");
  EXPECT_EQ(scan.op_class, ops::OpClass::kSelectiveScan);
  EXPECT_EQ(scan.element_type, DataType::kFloat32);
  EXPECT_EQ(scan.support.source, "made for a test");
  EXPECT_NEAR(scan.native->value(), 2.43e-6, 1e-15);
  EXPECT_NEAR(scan.actual->value(), 1052.43e-6, 1e-13);
  EXPECT_NEAR(*scan.native_share, 2.43 / 13.43, 1e-12);
  EXPECT_NEAR(*scan.retained, 2.43 / 1052.43, 1e-12);
  EXPECT_NEAR(coverage.covered, 11 / 13.43, 1e-12);
  // 13.43 us of native time take 1063.43 us.
  EXPECT_NEAR(*coverage.retained, 13.43 / 1063.43, 1e-12);
  EXPECT_NEAR(coverage.shares.at(Support::kDecomposed).native_share, 2.43 / 13.43, 1e-12);
  ASSERT_EQ(coverage.port.size(), 1);
  EXPECT_NEAR(*coverage.port[0].saved_share, 1050 / 1063.43, 1e-12);
}

// Half of a GPU's time each. Natively the target runs the first 4 times as fast and the second as fast as the GPU:
// 0.125 and 0.5 of the GPU's time, shares 0.2 and 0.8. It has no kernel for the second, and a decomposition keeps 0.36:
// 0.625 / (0.125 + 0.5 / 0.36) = 0.4128. By shares of the GPU's own time it would be 1 / (0.5 + 0.5 / 0.36) = 0.529.
TEST(ClassCoverageTest, SharesAreOfTheTargetsNativeTime) {
  constexpr int64_t kHalf = 500'000'000;  // of 1 ms, in ps
  TraceBuilder builder;
  builder.AddOperator(AddMap(builder, "aten::neg", 125'000'000), kRoot, kHalf, kHalf);
  builder.AddOperator(AddMap(builder, "aten::abs", 500'000'000), kRoot, kHalf, kHalf);
  silicon::SiliconClass chip = ChipSaying({SaysOf({"abs"}, Support::kDecomposed)});
  chip.stacks[0].operator_floor_s = MakeFigure(0);
  chip.stacks[0].decomposed_retained = MakeFigure(0.36);
  const ClassCoverage coverage = Cover(builder.trace(), chip);
  EXPECT_NEAR(coverage.covered, 0.2, 1e-12);
  EXPECT_NEAR(*coverage.retained, 0.625 / (0.125 + 0.5 / 0.36), 1e-12);
  EXPECT_NEAR(*coverage.retained, 0.413, 5e-4);
  EXPECT_NEAR(*coverage.operators[0].retained, 0.36, 1e-12);
  EXPECT_NEAR(*coverage.operators[0].native_share, 0.8, 1e-12);
  EXPECT_NEAR(coverage.operators[0].actual->value(), 0.5e-3 / 0.36, 1e-12);
}

TEST(ClassCoverageTest, WhatDoesNotRunStopsEverything) {
  TraceBuilder builder;
  builder.AddOperator(AddMap(builder, "aten::exp", 900'000'000));                       // loses most time of what runs
  const uint32_t sqrt = builder.AddOperator(AddMap(builder, "aten::sqrt", 8'000'000));  // nobody knows, but often
  builder.trace().operators[sqrt].occurrences = 9;
  builder.AddOperator(AddMap(builder, "aten::abs", 8));  // loses less than exp
  builder.AddOperator(AddMap(builder, "aten::neg", 8));  // does not run
  builder.AddOperator(AddProductSignature(builder));
  const silicon::SiliconClass chip =
      ChipSaying({SaysOf({"exp", "abs"}, Support::kDecomposed), SaysOf({"sqrt"}, Support::kUnknown),
                  SaysOf({"neg"}, Support::kUnsupported)});
  const ClassCoverage coverage = Cover(builder.trace(), chip);
  ASSERT_TRUE(coverage.retained.has_value());
  EXPECT_EQ(*coverage.retained, 0);
  EXPECT_EQ(Names(coverage.operators), (std::vector<std::string>{"aten::neg", "aten::sqrt", "aten::exp", "aten::abs"}));
  EXPECT_EQ(coverage.operators[0].retained, 0);
  EXPECT_FALSE(coverage.operators[0].actual.has_value());
  // What would save is known all the same, and all shares add up.
  EXPECT_TRUE(coverage.operators[0].native_share.has_value());
  double sum = 0;
  for (const auto& [support, share] : coverage.shares) sum += share.native_share;
  EXPECT_NEAR(sum, 1, 1e-12);
}

TEST(ClassCoverageTest, WhatNobodyKnowsLeavesTheWholeUnknown) {
  TraceBuilder builder;
  builder.AddOperator(AddMap(builder, "aten::neg", 10'000'000));
  builder.AddOperator(AddMap(builder, "aten::abs", 10'000'000));
  const ClassCoverage coverage = Cover(builder.trace(), ChipSaying({SaysOf({"abs"}, Support::kUnknown)}));
  EXPECT_FALSE(coverage.retained.has_value());
  EXPECT_DOUBLE_EQ(coverage.covered, 0.5);
  ASSERT_EQ(coverage.operators.size(), 1);
  EXPECT_FALSE(coverage.operators[0].retained.has_value());
  EXPECT_FALSE(coverage.operators[0].actual.has_value());
  EXPECT_NEAR(coverage.operators[0].native->value(), 11e-6, 1e-15);
}

// 1e7 B natively: 11 us. On the host, at 0.1 TB/s: 1 + 100 us, copies at 10 GB/s 1000 us and two waits of 10 us: 1121.
TEST(ClassCoverageTest, TheHostTakesItsTimeAndTheCopies) {
  TraceBuilder builder;
  builder.AddOperator(AddMap(builder, "aten::neg", 10'000'000));
  silicon::SiliconClass chip = ChipSaying({SaysOf({"neg"}, Support::kHostFallback)});
  chip.host =
      silicon::HostPath{.bytes_per_s = MakeFigure(10e9), .sync_s = MakeFigure(10e-6), .host_class = "round-host"};
  silicon::SiliconClass host = RoundChip();
  host.memory->bandwidth_bytes_per_s = MakeFigure(0.1e12);
  const ClassCoverage coverage = Cover(builder.trace(), chip, &host);
  EXPECT_EQ(coverage.covered, 0);
  EXPECT_NEAR(*coverage.retained, 11.0 / 1121, 1e-12);
  EXPECT_NEAR(coverage.operators[0].actual->value(), 1121e-6, 1e-13);
  EXPECT_NEAR(*coverage.port[0].saved_share, 1110.0 / 1121, 1e-12);
  // Of a host that is not known, nothing is.
  EXPECT_FALSE(Cover(builder.trace(), chip).retained.has_value());
}

TEST(ClassCoverageTest, ShapesAddUpAndElementTypesDoNot) {
  TraceBuilder builder;
  builder.AddOperator(AddMap(builder, "aten::neg", 10'000'000));
  const uint32_t many = builder.AddOperator(AddMap(builder, "aten::neg", 20'000'000));
  builder.trace().operators[many].occurrences = 3;
  const trace::Tensor half = MakeTensor({250'000}, DataType::kBfloat16);  // 1e6 B
  builder.AddOperator(builder.AddSignature("aten::neg", {half}, {half}));
  silicon::SiliconClass chip = ChipSaying({SaysOf({"neg"}, Support::kDecomposed)});
  chip.stacks[0].operator_floor_s = MakeFigure(0);
  const ClassCoverage coverage = Cover(builder.trace(), chip);
  ASSERT_EQ(coverage.operators.size(), 2);
  EXPECT_EQ(coverage.operators[0].element_type, DataType::kFloat32);
  EXPECT_EQ(coverage.operators[0].count, 4);
  EXPECT_NEAR(coverage.operators[0].native->value(), 70e-6, 1e-15);
  EXPECT_NEAR(coverage.operators[0].actual->value(), 140e-6, 1e-15);
  EXPECT_EQ(coverage.operators[1].element_type, DataType::kBfloat16);
  EXPECT_EQ(coverage.operators[1].count, 1);
  EXPECT_NEAR(*coverage.operators[1].native_share, 1.0 / 71, 1e-12);
}

// Without floors, in us natively: neg 10, exp 20 and 16 on other shapes, abs 34, and a softmax of 2,000 rows of 1,000,
// 8 MB read and written once, 16. What is decomposed takes twice as long: 10 + 40 + 32 + 68 + 32 = 182 today, of which
// native speed would save 70 in elementwise operators and 16 in the softmax.
TEST(ClassCoverageTest, APortIsListedByClassMostSavedFirst) {
  TraceBuilder builder;
  builder.AddOperator(AddMap(builder, "aten::neg", 10'000'000));
  const trace::Tensor rows = MakeTensor({2000, 1000});
  builder.AddOperator(builder.AddSignature("aten::_softmax", {rows}, {rows}));
  builder.AddOperator(AddMap(builder, "aten::exp", 20'000'000));
  builder.AddOperator(AddMap(builder, "aten::exp", 16'000'000));
  builder.AddOperator(AddMap(builder, "aten::abs", 34'000'000));
  builder.AddOperator(AddProductSignature(builder));
  silicon::SiliconClass chip =
      ChipSaying({SaysOf({"exp", "abs", "_softmax"}, Support::kDecomposed), SaysOf({"mm"}, Support::kUnsupported)});
  chip.stacks[0].operator_floor_s = MakeFigure(0);
  const std::vector<PortItem> port = Cover(builder.trace(), chip).port;
  ASSERT_EQ(port.size(), 3);
  EXPECT_EQ(port[0].op_class, ops::OpClass::kGemm);
  EXPECT_EQ(port[0].support, Support::kUnsupported);
  EXPECT_FALSE(port[0].saved_share.has_value());
  EXPECT_EQ(port[1].op_class, ops::OpClass::kElementwise);
  EXPECT_EQ(port[1].names, (std::vector<std::string>{"aten::exp", "aten::abs"}));
  EXPECT_NEAR(*port[1].saved_share, 70.0 / 182, 1e-12);
  EXPECT_EQ(port[2].op_class, ops::OpClass::kSoftmax);
  EXPECT_EQ(port[2].support, Support::kDecomposed);
  EXPECT_NEAR(*port[2].saved_share, 16.0 / 182, 1e-12);
}

TEST(ClassCoverageTest, WhatKeepsItsSpeedNeedsNoPort) {
  TraceBuilder builder;
  builder.AddOperator(AddMap(builder, "aten::abs", 10'000'000));
  silicon::SiliconClass chip = ChipSaying({SaysOf({"abs"}, Support::kDecomposed)});
  // A statement's own share comes before the stack's 0.5.
  chip.stacks[0].statements[0].support.retained = MakeFigure(1);
  const ClassCoverage coverage = Cover(builder.trace(), chip);
  EXPECT_EQ(coverage.operators.size(), 1);
  EXPECT_DOUBLE_EQ(coverage.retained.value_or(-1), 1);
  EXPECT_EQ(coverage.covered, 0);
  EXPECT_TRUE(coverage.port.empty());
}

uint32_t AddPhase(TraceBuilder& builder, const char* op_class, uint64_t occurrences) {
  trace::Signature phase;
  phase.kind = trace::Kind::kMdPhase;
  phase.name = std::string("md::") + op_class;
  phase.op_class = op_class;
  phase.stated_flop = 1e6;
  phase.attributes = {{.position = 0, .name = "atoms", .value = int64_t{2000}},
                      {.position = 1, .name = "grid_points", .value = int64_t{1000}}};
  builder.trace().signatures.push_back(phase);
  const uint32_t index = builder.AddOperator(static_cast<uint32_t>(builder.trace().signatures.size() - 1));
  builder.trace().operators[index].occurrences = occurrences;
  return index;
}

// Whole steps are timed, not operators, so shares are of operators.
TEST(ClassCoverageTest, AnMdMachineIsCoveredByCount) {
  TraceBuilder builder;
  AddPhase(builder, "md_pairs", 300);
  AddPhase(builder, "md_fft", 100);
  silicon::SiliconClass chip = RoundChip();
  chip.chip = silicon::MdMachine{};
  silicon::SupportStatement dynamics = Says(std::nullopt, Support::kNative);
  dynamics.molecular_dynamics = true;
  chip.stacks[0].statements = {dynamics, Says(std::nullopt, Support::kUnsupported)};
  const ClassCoverage all = Cover(builder.trace(), chip);
  EXPECT_TRUE(all.by_count);
  EXPECT_DOUBLE_EQ(all.covered, 1);
  EXPECT_DOUBLE_EQ(all.retained.value_or(-1), 1);
  EXPECT_EQ(all.shares.at(Support::kNative).count, 400);

  const uint32_t mm = builder.AddOperator(AddProductSignature(builder));
  builder.trace().operators[mm].occurrences = 100;
  const ClassCoverage some = Cover(builder.trace(), chip);
  EXPECT_DOUBLE_EQ(some.covered, 0.8);
  EXPECT_EQ(some.retained, 0);
  ASSERT_EQ(some.operators.size(), 1);
  EXPECT_EQ(some.operators[0].name, "aten::mm");
  EXPECT_DOUBLE_EQ(some.operators[0].native_share.value_or(-1), 0.2);
  EXPECT_FALSE(some.operators[0].native.has_value());
  EXPECT_FALSE(some.operators[0].actual.has_value());
  EXPECT_FALSE(some.port[0].saved_share.has_value());
}

TEST(ClassCoverageTest, NothingToCover) {
  TraceBuilder builder;
  const ClassCoverage coverage = Cover(builder.trace(), RoundChip());
  EXPECT_FALSE(coverage.retained.has_value());
  EXPECT_EQ(coverage.covered, 0);
  EXPECT_TRUE(coverage.shares.empty());
}

}  // namespace
}  // namespace sandglass::replay
