#include "analyzer/replay/class_replay.h"

#include <gtest/gtest.h>

#include "analyzer/replay/device_count.h"
#include "analyzer/replay/trace_fixture.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::replay {
namespace {

using models::Limit;
using ::sandglass::testing::AddProductSignature;
using ::sandglass::testing::MakeFigure;
using ::sandglass::testing::MakeTensor;
using ::sandglass::testing::RoundChip;
using ::sandglass::testing::TraceBuilder;
using trace::DataType;

constexpr uint32_t kRoot = trace::Operator::kNoParent;

ClassReplay Replay(const trace::Trace& trace, const silicon::SiliconClass& chip,
                   Precision precision = Precision::kSource) {
  return ReplayOn(Prepare(trace, precision), {.silicon = &chip, .stack = &chip.stacks.front()});
}

TEST(ClassReplayTest, TwoProductsByHand) {
  TraceBuilder builder;
  const uint32_t mm = AddProductSignature(builder);
  builder.AddOperator(mm);
  builder.AddOperator(mm);
  silicon::SiliconClass chip = RoundChip();
  chip.power.limit_w = MakeFigure(1000);
  const ClassReplay replay = Replay(builder.trace(), chip);
  ASSERT_EQ(replay.verdict, Verdict::kSupported) << replay.reason;
  // Each 21.47483648 us of matrix work and a floor of 1 us; the first waits 2 us for its dispatch.
  EXPECT_NEAR(replay.wall.value(), 2 * 22.47483648e-6 + 2e-6, 1e-12);
  EXPECT_NEAR(replay.time.host_gap.value(), 2e-6, 1e-12);
  EXPECT_NEAR(replay.launch_idle_share, 4e-6 / replay.wall.value(), 1e-9);
  EXPECT_EQ(replay.limit, Limit::kMatrix);
  // 4.295e9 FLOP at 1 pJ, 12.58 MB at 10 pJ/B, 20 W of idle.
  EXPECT_NEAR(replay.energy.matrix.value(), 4.294967296e-3, 1e-12);
  EXPECT_NEAR(replay.energy.memory.value(), 2 * 3 * 1024 * 1024 * 2 * 10e-12, 1e-12);
  EXPECT_NEAR(replay.energy.idle.value(), 20 * replay.wall.value(), 1e-15);
  ASSERT_EQ(replay.op_classes.size(), 1);
  EXPECT_EQ(replay.op_classes[0].count, 2);
  ASSERT_EQ(replay.kinds.size(), 1);
  const models::OperatorKind product = {
      .op_class = ops::OpClass::kGemm, .matrix_format = silicon::Format::kBf16, .limit = replay.op_classes[0].limit};
  EXPECT_EQ(replay.kinds[0].kind, product);
  EXPECT_EQ(replay.kinds[0].device, replay.op_classes[0].device);
}

// What the sink hears adds up to the replay, with fusion and without, and ends where it ends.
TEST(ClassReplayTest, TheSinkHearsEveryKernelInOrder) {
  TraceBuilder builder;
  const trace::Tensor tensor = MakeTensor({10'000'000}, DataType::kFloat32);
  const uint32_t mm = AddProductSignature(builder);
  const uint32_t relu = builder.AddSignature("aten::relu", {tensor}, {tensor});
  const uint32_t sigmoid = builder.AddSignature("aten::sigmoid", {tensor}, {tensor});
  builder.AddOperator(mm);
  builder.AddOperator(relu, kRoot, -1, -1, {1, 2});
  builder.AddOperator(sigmoid, kRoot, -1, -1, {2, 3});
  builder.trace().operators[0].occurrences = 3;
  silicon::SiliconClass chip = RoundChip();
  chip.power.limit_w = MakeFigure(1e6);
  const PreparedTrace prepared = Prepare(builder.trace(), Precision::kSource);
  for (const bool fuses : {false, true}) {
    chip.stacks.front().fuses = fuses;
    std::vector<std::vector<uint32_t>> signatures;
    std::vector<uint32_t> first;
    Seconds device;
    Flop flop;
    Seconds end;
    const auto hear = [&](const ScheduledKernel& kernel) {
      signatures.emplace_back(kernel.signatures.begin(), kernel.signatures.end());
      first.push_back(kernel.first_operator);
      const auto runs = static_cast<double>(kernel.occurrences);
      device += runs * kernel.device;
      flop += runs * (kernel.work.matrix + kernel.work.vector);
      EXPECT_GE(kernel.begin, end);
      // Here no run waits for its dispatch.
      EXPECT_NEAR(((kernel.end - kernel.begin) / (runs * kernel.device)), 1, 1e-9);
      end = kernel.end;
    };
    const ClassReplay replay = ReplayOn(prepared, {.silicon = &chip, .stack = &chip.stacks.front()}, hear);
    ASSERT_EQ(replay.verdict, Verdict::kSupported) << replay.reason;
    using Signatures = std::vector<std::vector<uint32_t>>;
    EXPECT_EQ(signatures, fuses ? (Signatures{{mm}, {relu, sigmoid}}) : (Signatures{{mm}, {relu}, {sigmoid}}));
    EXPECT_EQ(first, fuses ? (std::vector<uint32_t>{0, 1}) : (std::vector<uint32_t>{0, 1, 2}));
    Seconds by_class;
    Flop work;
    for (const ClassTotals& totals : replay.op_classes) {
      by_class += totals.device;
      work += totals.matrix + totals.vector;
    }
    EXPECT_NEAR((device / by_class), 1, 1e-12);
    EXPECT_NEAR((flop / work), 1, 1e-12);
    EXPECT_NEAR((end / replay.wall), 1, 1e-12);
  }
}

// Two operators on 40 MB each, of which the second reads what the first wrote. RoundChip moves 1 TB/s at most.
TEST(ClassReplayTest, StacksThatFuseMakeAKernelOfAChain) {
  TraceBuilder builder;
  const trace::Tensor tensor = MakeTensor({10'000'000}, DataType::kFloat32);
  const uint32_t relu = builder.AddSignature("aten::relu", {tensor}, {tensor});
  const uint32_t sigmoid = builder.AddSignature("aten::sigmoid", {tensor}, {tensor});
  builder.AddOperator(relu, kRoot, -1, -1, {1, 2});
  builder.AddOperator(sigmoid, kRoot, -1, -1, {2, 3});
  silicon::SiliconClass chip = RoundChip();
  const ClassReplay apart = Replay(builder.trace(), chip);
  chip.stacks.front().fuses = true;
  const ClassReplay fused = Replay(builder.trace(), chip);
  ASSERT_EQ(fused.verdict, Verdict::kSupported) << fused.reason;
  EXPECT_NEAR((apart.time.memory / fused.time.memory), 2, 1e-9);
  EXPECT_NEAR((apart.time.launch / fused.time.launch), 2, 1e-9);
  EXPECT_NEAR((apart.time.vector / fused.time.vector), 1, 1e-9);
  EXPECT_LT(fused.wall, apart.wall);
  EXPECT_NEAR((apart.energy.memory / fused.energy.memory), 2, 1e-9);
  ASSERT_EQ(fused.op_classes.size(), 1);
  EXPECT_EQ(fused.op_classes[0].count, 2);
  ASSERT_FALSE(fused.warnings.empty());
  EXPECT_NE(fused.warnings[0].find("fuse 2 operators into 1 kernels, and nothing into products"), std::string::npos);
  // Of what one of them cannot run, no kernel is made.
  silicon::SupportStatement statement = testing::Says(std::nullopt, silicon::Support::kUnsupported);
  statement.names = {"sigmoid"};
  chip.stacks.front().statements.push_back(statement);
  EXPECT_EQ(Replay(builder.trace(), chip).verdict, Verdict::kUnsupported);
}

// A square product of BF16 (2 MiB a tensor), and `relus` operators that run over its result one after another.
void AddProductAndRelus(TraceBuilder& builder, uint32_t relus) {
  const trace::Tensor tensor = MakeTensor({1024, 1024}, DataType::kBfloat16);
  const uint32_t mm = builder.AddSignature("aten::mm", {tensor, tensor}, {tensor});
  const uint32_t relu = builder.AddSignature("aten::relu", {tensor}, {tensor});
  builder.AddOperator(mm, kRoot, -1, -1, {1, 2, 3});
  for (uint32_t i = 0; i < relus; ++i) {
    builder.AddOperator(relu, kRoot, -1, -1, {3 + i, 4 + i});
  }
}

TEST(ClassReplayTest, StacksMayFuseIntoProducts) {
  TraceBuilder builder;
  AddProductAndRelus(builder, 1);
  silicon::SiliconClass chip = RoundChip();
  chip.stacks.front().fuses = true;
  const ClassReplay beside = Replay(builder.trace(), chip);
  chip.stacks.front().fuses_into_products = true;
  const ClassReplay inside = Replay(builder.trace(), chip);
  ASSERT_EQ(inside.verdict, Verdict::kSupported) << inside.reason;
  EXPECT_EQ(inside.time.matrix, beside.time.matrix);
  // The result is neither written nor read: three tensors are moved instead of five, by one kernel.
  EXPECT_NEAR((beside.time.memory / inside.time.memory), 5.0 / 3, 1e-9);
  EXPECT_NEAR((beside.time.launch / inside.time.launch), 2, 1e-9);
  EXPECT_NE(inside.warnings.at(0).find("fuse 2 operators into 1 kernels"), std::string::npos);
  EXPECT_EQ(inside.warnings.at(0).find("nothing into products"), std::string::npos);
}

// A product that a stack takes apart keeps its share of speed, whatever is joined to it; one that falls back to the
// host leaves what is behind it a chain.
TEST(ClassReplayTest, ProductsRunAsTheyWouldAlone) {
  TraceBuilder builder;
  AddProductAndRelus(builder, 2);
  silicon::SiliconClass chip = RoundChip();
  silicon::Stack& stack = chip.stacks.front();
  stack.fuses = true;
  stack.fuses_into_products = true;
  const ClassReplay native = Replay(builder.trace(), chip);
  silicon::SupportStatement statement = testing::Says(ops::OpClass::kGemm, silicon::Support::kDecomposed);
  stack.statements.push_back(statement);
  stack.decomposed_retained = testing::MakeFigure(0.5);
  const ClassReplay apart = Replay(builder.trace(), chip);
  ASSERT_EQ(apart.verdict, Verdict::kSupported) << apart.reason;
  // Twice, but for the launch and the limit of power, under which a slower product stretches less.
  EXPECT_GT((apart.device / native.device), 1.6);
  EXPECT_NE(native.warnings.at(0).find("fuse 3 operators into 1 kernels"), std::string::npos);
  stack.statements.back().support.support = silicon::Support::kEmulated;
  const ClassReplay behind = Replay(builder.trace(), chip);
  ASSERT_EQ(behind.verdict, Verdict::kSupported) << behind.reason;
  EXPECT_NE(behind.warnings.at(0).find("fuse 2 operators into 1 kernels"), std::string::npos);
}

TEST(ClassReplayTest, ThePowerLimitStretches) {
  TraceBuilder builder;
  const uint32_t mm = AddProductSignature(builder);
  for (int i = 0; i < 10; ++i) builder.AddOperator(mm);
  const ClassReplay replay = Replay(builder.trace(), RoundChip());  // 100 W, and a product alone would draw 96 + 20
  EXPECT_GT(replay.time.power_stretch.value(), 0);
  EXPECT_NEAR((replay.energy.total() / replay.wall).value(), 100, 1e-6);
}

// A class that states its clock lowers it: 107.4 W of products and 3.1 W of memory in 22.5 us of which 1 us is the
// floor, over 20 W of idle, must come down to 100 W.
TEST(ClassReplayTest, TheClockFollowsThePower) {
  TraceBuilder builder;
  const uint32_t mm = AddProductSignature(builder);
  for (int i = 0; i < 10; ++i) builder.AddOperator(mm);
  silicon::SiliconClass chip = RoundChip();
  const ClassReplay paused = Replay(builder.trace(), chip);
  chip.power.clock_hz = MakeFigure(1e9);
  const ClassReplay slowed = Replay(builder.trace(), chip);
  EXPECT_EQ(paused.clock, 1);
  EXPECT_LT(slowed.clock, 1);
  EXPECT_GT(slowed.clock, 0.9);
  EXPECT_NEAR((slowed.energy.total() / slowed.wall).value(), 100, 1e-3);
  // Lower voltage: less time and less energy than by pausing.
  EXPECT_LT(slowed.wall, paused.wall);
  EXPECT_LT(slowed.energy.total(), paused.energy.total());
}

// Products of .336 us and a floor of 1 us that the host dispatches every 2 us: a lower clock fills the waiting, and
// takes no time.
TEST(ClassReplayTest, WaitingIsThatAtTheClockThatIsKept) {
  TraceBuilder builder;
  const trace::Tensor matrix = MakeTensor({256, 256}, DataType::kBfloat16);
  const uint32_t mm = builder.AddSignature("aten::mm", {matrix, matrix}, {matrix});
  for (int i = 0; i < 100; ++i) builder.AddOperator(mm);
  silicon::SiliconClass chip = RoundChip();
  chip.power.clock_hz = MakeFigure(1e9);
  chip.power.limit_w = MakeFigure(30);
  chip.memory->bandwidth_bytes_per_s = MakeFigure(100e12);
  const ClassReplay replay = Replay(builder.trace(), chip);
  ASSERT_LT(replay.clock, 0.95);
  EXPECT_LT(replay.time.power_stretch, Seconds::Of(1e-6));
  const double busy = 100 * (1e-6 + 2.0 * 256 * 256 * 256 / 100e12 / replay.clock);
  EXPECT_NEAR(replay.launch_idle_share, (100e-6 + replay.wall.value() - busy) / replay.wall.value(), 1e-3);
}

TEST(ClassReplayTest, ACapIsKeptAndALowerLimitStays) {
  TraceBuilder builder;
  const uint32_t mm = AddProductSignature(builder);
  for (int i = 0; i < 10; ++i) builder.AddOperator(mm);
  silicon::SiliconClass chip = RoundChip();
  chip.power.clock_hz = MakeFigure(1e9);
  const auto capped = [&](double watts) {
    PreparedTrace prepared = Prepare(builder.trace(), Precision::kSource);
    prepared.power_cap = Watts::Of(watts);
    return ReplayOn(prepared, {.silicon = &chip, .stack = &chip.stacks.front()});
  };
  const ClassReplay own = Replay(builder.trace(), chip);
  EXPECT_EQ(capped(150).wall, own.wall);
  const ClassReplay lower = capped(60);
  EXPECT_GT(lower.wall, own.wall);
  EXPECT_LT(lower.energy.total(), own.energy.total());
  EXPECT_NEAR((lower.energy.total() / lower.wall).value(), 60, 1e-3);
  // At the least voltage 20 W of idle are 20 · .79².
  EXPECT_EQ(capped(13).verdict, Verdict::kSupported);
  const ClassReplay impossible = capped(12);
  EXPECT_EQ(impossible.verdict, Verdict::kInfeasible);
  EXPECT_EQ(impossible.reason, "idles at 12.5 W, so a cap of 12 W cannot be held");
}

TEST(ClassReplayTest, SmallOperatorsAreLaunchBound) {
  TraceBuilder builder;
  const trace::Tensor t = MakeTensor({16});
  const uint32_t add = builder.AddSignature("aten::add", {t, t}, {t});
  for (int i = 0; i < 100; ++i) builder.AddOperator(add);
  const ClassReplay replay = Replay(builder.trace(), RoundChip());
  EXPECT_GT(replay.launch_idle_share, 0.99);
  EXPECT_EQ(replay.limit, Limit::kLaunch);
}

TEST(ClassReplayTest, MemoryDecidesTheDevices) {
  TraceBuilder builder;
  trace::Tensor weight = MakeTensor({1024, 1024}, DataType::kBfloat16);
  weight.storage_bytes = 3'500'000'000;  // a slice of 3.5 GB
  const trace::Tensor x = MakeTensor({1024, 1024}, DataType::kBfloat16);
  const uint32_t mm = builder.AddSignature("aten::mm", {x, weight}, {x});
  builder.AddOperator(mm, kRoot, -1, -1, {1, 2, 3});
  builder.trace().phase = trace::Phase::kInfer;
  const ClassReplay replay = Replay(builder.trace(), RoundChip());
  ASSERT_EQ(replay.verdict, Verdict::kSupported);
  EXPECT_EQ(replay.devices, 4);  // 3.504 GB on devices of 1 GB
  // One all-reduce for two products: 2 · (2 MiB · 3/4 / 100 GB/s + 3 us) / 2.
  EXPECT_NEAR(replay.time.communication.value(), 2097152 * 0.75 / 100e9 + 3e-6, 1e-12);

  builder.trace().signatures[mm].inputs[1].storage_bytes = 9'000'000'000;
  const ClassReplay too_big = Replay(builder.trace(), RoundChip());
  EXPECT_EQ(too_big.verdict, Verdict::kInfeasible);
  EXPECT_EQ(too_big.reason, "needs 8.4 GiB, and 8 devices of 0.9 GiB hold 7.5 GiB");
}

TEST(ClassReplayTest, TrainingMovesParametersThreeTimesAStep) {
  TraceBuilder builder;
  builder.trace().phase = trace::Phase::kTrain;
  builder.trace().declared_parameter_bytes = 4'000'000'000;
  builder.trace().work_done = {{trace::WorkUnit::kToken, 100}, {trace::WorkUnit::kStep, 2}};
  Footprint footprint;
  const Seconds time =
      CommunicationTime(builder.trace(), ListWork(builder.trace(), Precision::kSource), footprint, RoundChip(), 4);
  // 2 steps · 3 · (4 GB · 3/4 / 100 GB/s + 3 us)
  EXPECT_NEAR(time.value(), 2 * 3 * (0.03 + 3e-6), 1e-12);
  EXPECT_EQ(CommunicationTime(builder.trace(), ListWork(builder.trace(), Precision::kSource), footprint, RoundChip(), 1)
                .value(),
            0);
}

TEST(ClassReplayTest, UnsupportedNamesTheOperator) {
  TraceBuilder builder;
  builder.AddOperator(AddProductSignature(builder));
  silicon::SiliconClass chip = RoundChip();
  chip.stacks[0].statements = {::sandglass::testing::Says(std::nullopt, silicon::Support::kUnsupported)};
  const ClassReplay replay = Replay(builder.trace(), chip);
  EXPECT_EQ(replay.verdict, Verdict::kUnsupported);
  EXPECT_EQ(replay.reason, "aten::mm: gemm does not run on round-chip with test");
  chip.stacks[0].statements.clear();
  EXPECT_EQ(Replay(builder.trace(), chip).verdict, Verdict::kUnknown);
}

TEST(ClassReplayTest, UnknownWorkIsChargedNotForgotten) {
  TraceBuilder builder;
  const uint32_t mm = AddProductSignature(builder);
  builder.AddOperator(mm, kRoot, 750, 750);
  const ClassReplay all = Replay(builder.trace(), RoundChip());
  const uint32_t mystery = builder.AddSignature("vendor::mystery", {}, {});
  builder.AddOperator(mystery, kRoot, 250, 250);
  const ClassReplay some = Replay(builder.trace(), RoundChip());
  EXPECT_NEAR(some.wall / all.wall, 1 / 0.75, 1e-9);
  builder.AddOperator(mystery, kRoot, 1000, 1000);
  EXPECT_EQ(Replay(builder.trace(), RoundChip()).verdict, Verdict::kUnknown);
}

silicon::SiliconClass MdChip() {
  silicon::SiliconClass chip = RoundChip();
  silicon::MdMachine machine;
  machine.references = {{.nodes = MakeFigure(10),
                         .atoms = MakeFigure(10000),
                         .rate = MakeFigure(1e-9),
                         .step_s = MakeFigure(1e-15)}};  // 1 us a step at 1000 atoms a node
  machine.max_nodes = MakeFigure(10);
  machine.atoms_per_node = MakeFigure(5000);
  chip.chip = machine;
  return chip;
}

TEST(ClassReplayTest, MdMachinesRunStepsAndNothingElse) {
  TraceBuilder builder;
  trace::Signature pairs;
  pairs.kind = trace::Kind::kMdPhase;
  pairs.name = "md::nonbonded_pairs";
  pairs.op_class = "md_pairs";
  pairs.stated_flop = 1e6;
  pairs.attributes = {{.position = 0, .name = "atoms", .value = int64_t{2000}}};
  builder.trace().signatures.push_back(pairs);
  const uint32_t op = builder.AddOperator(0);
  builder.trace().operators[op].occurrences = 500;
  const ClassReplay replay = Replay(builder.trace(), MdChip());
  ASSERT_EQ(replay.verdict, Verdict::kSupported) << replay.reason;
  EXPECT_NEAR(replay.wall.value(), 500 * 2e-6, 1e-12);  // 2000 atoms on one node: 2 us a step
  EXPECT_NEAR((replay.energy.total() / replay.wall).value(), 100, 1e-9);

  builder.AddOperator(AddProductSignature(builder));
  EXPECT_EQ(Replay(builder.trace(), MdChip()).verdict, Verdict::kUnsupported);
}

// More of anything good is never slower, and the same question has the same answer to the bit.
TEST(ClassReplayTest, Laws) {
  TraceBuilder builder;
  const uint32_t mm = AddProductSignature(builder);
  const trace::Tensor t = MakeTensor({1024, 1024});
  const uint32_t add = builder.AddSignature("aten::add", {t, t}, {t});
  for (int i = 0; i < 20; ++i) {
    builder.AddOperator(mm);
    builder.AddOperator(add);
  }
  const ClassReplay base = Replay(builder.trace(), RoundChip());
  EXPECT_EQ(Replay(builder.trace(), RoundChip()).wall, base.wall);
  const auto wall = [&](void (*improve)(silicon::SiliconClass&)) {
    silicon::SiliconClass chip = RoundChip();
    improve(chip);
    return Replay(builder.trace(), chip).wall;
  };
  EXPECT_LE(wall([](auto& c) { c.memory->bandwidth_bytes_per_s.value *= 2; }), base.wall);
  EXPECT_LE(wall([](auto& c) { c.matrix_rates[0].flop_per_s.value *= 2; }), base.wall);
  EXPECT_LE(wall([](auto& c) { c.vector_rates[0].flop_per_s.value *= 2; }), base.wall);
  EXPECT_LE(wall([](auto& c) { c.stacks[0].dispatch_s.value /= 2; }), base.wall);
  EXPECT_LE(wall([](auto& c) { c.power.limit_w.value *= 2; }), base.wall);
  EXPECT_LE(wall([](auto& c) { c.matrix_rates[0].joule_per_flop.value /= 2; }), base.wall);
}

// A calibration of 4 from one other device counts as 2: the product's 22.47 us become 44.95, the rest stays.
TEST(ClassReplayTest, ACalibrationAddsItsTime) {
  TraceBuilder builder;
  builder.AddOperator(AddProductSignature(builder));
  silicon::SiliconClass chip = RoundChip();
  chip.power.limit_w = MakeFigure(1000);
  PreparedTrace prepared = Prepare(builder.trace(), Precision::kSource);
  const silicon::Target target = {.silicon = &chip, .stack = &chip.stacks.front()};
  const ClassReplay before = ReplayOn(prepared, target);
  const models::CalibrationKey key = {
      .chip = "matrix_vector",
      .kind = {.op_class = ops::OpClass::kGemm, .matrix_format = silicon::Format::kBf16, .limit = Limit::kMatrix}};
  prepared.calibration.Add(key, "another", {.ratio = 4, .rows = 100});
  const ClassReplay after = ReplayOn(prepared, target);
  EXPECT_NEAR((after.device - before.device).value(), 22.47483648e-6, 1e-12);
  EXPECT_NEAR(after.time.calibration.value(), 22.47483648e-6, 1e-12);
  EXPECT_EQ(after.time.correction, Seconds());
  // On top of what the run itself took, which counts first.
  prepared.correction = {1.5};
  const ClassReplay both = ReplayOn(prepared, target);
  EXPECT_NEAR(both.time.correction.value(), 0.5 * 22.47483648e-6, 1e-12);
  EXPECT_NEAR(both.time.calibration.value(), 1.5 * 22.47483648e-6, 1e-12);
  EXPECT_NEAR((both.device - before.device).value(), 2 * 22.47483648e-6, 1e-12);
  EXPECT_EQ(both.energy.matrix, before.energy.matrix);
}

// Under another name every class of the catalog is as fast, and takes as much.
TEST(ClassReplayTest, ACloneOfAClassUnderAnotherNameIsTheSame) {
  TraceBuilder builder;
  builder.AddOperator(AddProductSignature(builder));
  const trace::Tensor vector = MakeTensor({1 << 20});
  builder.AddOperator(builder.AddSignature("aten::add", {vector, vector}, {vector}));
  const absl::StatusOr<silicon::Catalog> catalog = silicon::Catalog::Embedded();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  for (const silicon::SiliconClass& original : catalog->classes()) {
    silicon::SiliconClass clone = original;
    clone.id = "some-chip";
    clone.display_name = "Some chip";
    clone.vendor = "Somebody";
    clone.aliases = {"some"};
    const PreparedTrace prepared = Prepare(builder.trace(), Precision::kBf16);
    silicon::Target target = catalog->TargetFor(original, "");
    const ClassReplay expected = ReplayOn(prepared, target);
    target.silicon = &clone;
    const ClassReplay actual = ReplayOn(prepared, target);
    EXPECT_EQ(actual.verdict, expected.verdict) << original.id;
    EXPECT_EQ(actual.wall, expected.wall) << original.id;
    EXPECT_EQ(actual.energy.total(), expected.energy.total()) << original.id;
  }
}

}  // namespace
}  // namespace sandglass::replay
