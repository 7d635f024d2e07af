#include "analyzer/models/explanation.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/silicon/catalog.h"
#include "gtest/gtest.h"

namespace sandglass::models {
namespace {

using silicon::Support;
using trace::DataType;

struct WorkCase {
  const char* what;
  ops::Work work;
};

ops::Work Product(int64_t batch, int64_t m, int64_t n, int64_t k, DataType dtype) {
  ops::Work work;
  work.op_class = batch == 1 ? ops::OpClass::kGemm : ops::OpClass::kBatchedGemm;
  work.problem = ops::MatrixProblem{.batch = batch, .m = m, .n = n, .k = k};
  work.matrix = Flop::Of(2.0 * static_cast<double>(batch * m * n * k));
  work.matrix_dtype = dtype;
  work.read = Bytes::Of(2.0 * static_cast<double>(batch * (m * k + k * n)));
  work.written = Bytes::Of(2.0 * static_cast<double>(batch * m * n));
  return work;
}

ops::Work OnLanes(ops::OpClass op_class, double flop, double read, double written,
                  DataType dtype = DataType::kFloat32) {
  ops::Work work;
  work.op_class = op_class;
  work.vector = Flop::Of(flop);
  work.vector_dtype = dtype;
  work.read = Bytes::Of(read);
  work.written = Bytes::Of(written);
  return work;
}

ops::Work Scan(int64_t steps, double flop) {
  ops::Work work = OnLanes(ops::OpClass::kSelectiveScan, flop, 3e6, 1e6);
  work.loop = ops::SerialLoop{.steps = steps, .operators_per_step = 10};
  return work;
}

ops::Work AllReduce(double bytes, int64_t ranks) {
  ops::Work work;
  work.op_class = ops::OpClass::kCollective;
  work.transfer = ops::Transfer{.type = trace::TransferType::kAllReduce, .bytes = Bytes::Of(bytes), .ranks = ranks};
  return work;
}

// Operators whose kernels choose algorithms, follow each other, or wait.
void AddKernelsOfLibraries(std::vector<WorkCase>& works) {
  using ops::Op;
  const auto add = [&works](const char* what, const Op& op) {
    const absl::StatusOr<ops::Work> work = ops::WorkOf(op);
    ASSERT_TRUE(work.ok()) << work.status();
    works.push_back({what, *work});
  };
  for (const DataType dtype : {DataType::kFloat32, DataType::kBfloat16}) {
    const bool wide = dtype == DataType::kFloat32;
    add(wide ? "fp32 convolution" : "bf16 convolution",
        Op("aten::convolution").In(dtype, {16, 256, 28, 28}).In(dtype, {512, 256, 3, 3}).Out(dtype, {16, 512, 28, 28}));
    // Of three channels: their gradient in columns, and filled up.
    add(wide ? "fp32 gradients" : "bf16 gradients", Op("aten::convolution_backward")
                                                        .In(dtype, {16, 64, 112, 112})
                                                        .In(dtype, {16, 3, 112, 112})
                                                        .In(dtype, {64, 3, 5, 5}));
    add(wide ? "fp32 chunks" : "bf16 chunks", Op("ChunkGatedDeltaRuleFunction")
                                                  .In(dtype, {2, 500, 4, 128})
                                                  .In(dtype, {2, 500, 4, 128})
                                                  .In(dtype, {2, 500, 8, 128})
                                                  .In(dtype, {2, 500, 8})
                                                  .In(dtype, {2, 500, 8}));
  }
  add("experts", Op("vllm::inplace_fused_experts")
                     .In(DataType::kBfloat16, {100, 2048})
                     .In(DataType::kBfloat16, {64, 1024, 2048})
                     .In(DataType::kBfloat16, {64, 2048, 512})
                     .In(DataType::kFloat32, {100, 8})
                     .In(DataType::kInt64, {100, 8}));
  // Read again, from caches of GPUs or not.
  add("long softmax", Op("aten::_softmax").In(DataType::kFloat16, {4096, 4096}).Int("dim", -1).Flag("", false));
  add("normalization of long rows", Op("aten::native_layer_norm")
                                        .In(DataType::kBfloat16, {4096, 65536})
                                        .Ints("normalized_shape", {65536})
                                        .None()
                                        .None());
  add("recurrent layers", Op("aten::_cudnn_rnn")
                              .In(DataType::kFloat32, {40, 16, 512})
                              .List(DataType::kFloat32, {{4096, 512}, {4096, 1024}})
                              .Int("weight_stride0", 4)
                              .None()
                              .In(DataType::kFloat32, {2, 16, 1024})
                              .None()
                              .Int("mode", 2)
                              .Int("hidden_size", 1024)
                              .Int("proj_size", 0)
                              .Int("num_layers", 2));
  add("causal convolution",
      Op("CausalConv1dFn").In(DataType::kBfloat16, {8, 4096, 300}).In(DataType::kBfloat16, {4096, 4}));
}

std::vector<WorkCase> Works() {
  std::vector<WorkCase> works = {
      {"bf16 product", Product(1, 4096, 4096, 4096, DataType::kBfloat16)},
      {"fp32 product", Product(1, 100, 3000, 77, DataType::kFloat32)},
      {"fp8 product", Product(1, 1, 8192, 8192, DataType::kFloat8E4m3)},
      {"fp64 product", Product(1, 256, 256, 256, DataType::kFloat64)},
      {"batched product", Product(48, 130, 65, 257, DataType::kBfloat16)},
      {"elementwise", OnLanes(ops::OpClass::kElementwise, 1e6, 8e6, 4e6)},
      {"small elementwise", OnLanes(ops::OpClass::kElementwise, 16, 128, 64, DataType::kBfloat16)},
      {"softmax", OnLanes(ops::OpClass::kSoftmax, 5e7, 2.2e7, 1.7e7)},
      {"scan", Scan(512, 2.4e8)},
      // A turn's state of 1e12 / 64 / 10 · 4 bytes, 6.25 GB, is more than any chip's memory.
      {"spilling scan", Scan(64, 1e12)},
      {"all-reduce", AllReduce(1e9, 8)},
  };
  // Both kinds of units at once, no shape to pad, several kernels.
  ops::Work mixed = OnLanes(ops::OpClass::kAttention, 1e9, 1e7, 1e7, DataType::kFloat16);
  mixed.matrix = Flop::Of(1e11);
  mixed.matrix_dtype = DataType::kFloat16;
  mixed.kernels = 3;
  works.push_back({"mixed", mixed});
  // 4 heads of keys, each shared by 8 of queries; 2·128·(keys + values) FLOP and 12 more a pair.
  ops::Work attention = OnLanes(ops::OpClass::kAttention, 0, 1e7, 1e7, DataType::kFloat32);
  attention.attention = ops::AttentionProblem{.heads = 4, .sharing = 8, .queries = 300, .keys = 900, .causal = true};
  attention.problem = ops::MatrixProblem{.batch = 4, .m = 2400, .n = 256, .k = 450};
  attention.matrix = Flop::Of(2.0 * 4 * 2400 * 256 * 450);
  attention.matrix_dtype = DataType::kBfloat16;
  attention.vector = Flop::Of(12 * attention.attention->pairs());
  works.push_back({"attention", attention});
  attention.matrix_dtype = DataType::kFloat32;
  works.push_back({"attention on lanes", attention});
  ops::Work looked_up = OnLanes(ops::OpClass::kElementwise, 1e6, 8e6, 4e6);
  looked_up.addressed = 1e6;
  works.push_back({"looked up", looked_up});
  AddKernelsOfLibraries(works);
  return works;
}

// How an operator may run; with and without a figure of its own for what it keeps.
std::vector<silicon::OperatorSupport> Supports() {
  std::vector<silicon::OperatorSupport> supports;
  for (const Support support : {Support::kNative, Support::kDecomposed, Support::kEmulated, Support::kHostFallback,
                                Support::kUnsupported, Support::kUnknown}) {
    supports.push_back({.support = support});
    supports.push_back(supports.back());
    supports.back().retained = silicon::Figure{.value = 0.25, .path = "stacks[0].operators[0].retained", .source = "x"};
  }
  return supports;
}

// Whether two numbers are the same to 1e-12.
void ExpectSame(double actual, double expected, const std::string& what) {
  EXPECT_LE(std::abs(actual - expected), 1e-12 * std::abs(expected)) << what << ": " << actual << " and " << expected;
}

// Each term says what its own terms give, and each constant on what it rests. Returns the number of constants.
int ExpectWhole(const Term& term, const std::string& where) {
  const std::string here = absl::StrCat(where, " / ", term.name);
  EXPECT_FALSE(term.name.empty()) << here;
  EXPECT_FALSE(term.unit.empty()) << here;
  EXPECT_TRUE(std::isfinite(term.value) && term.value >= 0) << here << ": " << term.value;
  ExpectSame(term.value, Evaluate(term), here);
  EXPECT_TRUE(term.operation != TermOperation::kLeaf || term.terms.empty()) << here;
  int constants = 0;
  if (term.figure.has_value()) {
    ++constants;
    EXPECT_EQ(term.operation, TermOperation::kLeaf) << here;
    EXPECT_EQ(term.name, term.figure->path) << here;
    EXPECT_EQ(term.value, term.figure->value) << here;
    EXPECT_FALSE(term.figure->source.empty()) << here;
  }
  for (const Term& below : term.terms) constants += ExpectWhole(below, here);
  return constants;
}

const silicon::Catalog& TheCatalog() {
  static const auto* const catalog = new silicon::Catalog(*silicon::Catalog::Embedded());
  return *catalog;
}

// How often each kind of support and each work had a time, so that no loop below is empty.
struct Tally {
  std::map<Support, int> by_support;
  std::map<std::string, int> by_work;
};

void ExpectTreeIsTheEstimate(const silicon::Target& target, const WorkCase& entry,
                             const silicon::OperatorSupport& support, int devices, Tally& tally) {
  const std::string what = absl::StrCat(target.silicon->id, ", ", target.stack->name, ", ", entry.what, ", support ",
                                        static_cast<int>(support.support), ", devices ", devices);
  const OperatorOptions options = {.allow_tf32 = devices > 1, .devices = devices, .host = target.host};
  const auto estimate = EstimateOperator(entry.work, support, *target.silicon, *target.stack, options);
  const auto explanation = ExplainOperator(entry.work, support, *target.silicon, *target.stack, options);
  ASSERT_EQ(estimate.status(), explanation.status()) << what;
  if (!estimate.ok()) return;
  ++tally.by_support[support.support];
  ++tally.by_work[entry.what];
  EXPECT_EQ(explanation->time.unit, "s") << what;
  EXPECT_EQ(explanation->energy.unit, "J") << what;
  ExpectSame(Evaluate(explanation->time), estimate->device.value(), what);
  ExpectSame(Evaluate(explanation->energy),
             (estimate->matrix_energy + estimate->vector_energy + estimate->memory_energy).value(), what);
  EXPECT_GE(ExpectWhole(explanation->time, what), 1) << what;
  ExpectWhole(explanation->energy, what);
}

TEST(ExplanationTest, TheTreeOfEveryClassGivesItsEstimate) {
  const std::vector<WorkCase> works = Works();
  Tally tally;
  for (const silicon::SiliconClass& silicon : TheCatalog().classes()) {
    if (std::holds_alternative<silicon::MdMachine>(silicon.chip)) continue;
    for (const silicon::Stack& stack : silicon.stacks) {
      const silicon::Target target = TheCatalog().TargetFor(silicon, stack.name);
      ASSERT_EQ(target.stack, &stack) << silicon.id;
      for (const WorkCase& entry : works) {
        for (const silicon::OperatorSupport& support : Supports()) {
          for (const int devices : {1, 4}) ExpectTreeIsTheEstimate(target, entry, support, devices, tally);
        }
        // One fault shows everywhere; its first place is enough.
        if (::testing::Test::HasFailure()) return;
      }
    }
  }
  for (const Support support : {Support::kNative, Support::kDecomposed, Support::kEmulated, Support::kHostFallback}) {
    EXPECT_GE(tally.by_support[support], 500) << static_cast<int>(support);
  }
  EXPECT_EQ(tally.by_support.count(Support::kUnsupported), 0);
  EXPECT_EQ(tally.by_support.count(Support::kUnknown), 0);
  for (const WorkCase& entry : works) EXPECT_GE(tally.by_work[entry.what], 50) << entry.what;
}

Term MakeTerm(double value, TermOperation operation = TermOperation::kLeaf, std::vector<Term> terms = {}) {
  Term term;
  term.value = value;
  term.operation = operation;
  term.terms = std::move(terms);
  return term;
}

TEST(EvaluateTest, OperationsByHand) {
  const Term two = MakeTerm(2);
  const Term five = MakeTerm(5);
  Term half = two;
  half.divides = true;
  // What a term that is made up says of itself, here 99, does not count.
  const auto of = [](TermOperation operation, const std::vector<Term>& terms) {
    return Evaluate(MakeTerm(99, operation, terms));
  };
  EXPECT_EQ(Evaluate(two), 2);
  EXPECT_EQ(of(TermOperation::kSum, {two, five}), 7);
  EXPECT_EQ(of(TermOperation::kMax, {two, five, two}), 5);
  EXPECT_EQ(of(TermOperation::kProduct, {five, two}), 10);
  EXPECT_EQ(of(TermOperation::kProduct, {five, half}), 2.5);
  // Nothing takes no time, and nothing is the longest of nothing.
  EXPECT_EQ(of(TermOperation::kRootSumSquare, {MakeTerm(3), MakeTerm(4)}), 5);
  EXPECT_EQ(of(TermOperation::kRootSumSquare, {}), 0);
  EXPECT_DOUBLE_EQ(of(TermOperation::kRootSumCube, {MakeTerm(3), MakeTerm(4), MakeTerm(5)}), 6);
  EXPECT_EQ(of(TermOperation::kSum, {}), 0);
  EXPECT_EQ(of(TermOperation::kMax, {}), 0);
}

// A product in 64 bits that is emulated does not get the rate of 32 bits: neither has a TPU units for it, nor is the
// time of its additions known.
TEST(ExplanationTest, EmulatedProductsKeepTheirElementType) {
  const silicon::SiliconClass& tpu = **TheCatalog().Find("google-tpu-v5p");
  const ops::Work work = Product(1, 256, 256, 256, DataType::kFloat64);
  const auto explanation = ExplainOperator(work, {.support = Support::kEmulated}, tpu, tpu.stacks[0], {});
  EXPECT_EQ(explanation.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(explanation.status().message(),
            "gemm: google-tpu-v5p has no vector rate for its element type; try another --precision");
}

}  // namespace
}  // namespace sandglass::models
