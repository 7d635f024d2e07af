// How statements are weighed, on small stacks made for it; and who runs what in the catalog.
#include "analyzer/silicon/support.h"

#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/silicon/catalog.h"

namespace sandglass::silicon {
namespace {

using ops::Op;
using ops::OpClass;

constexpr auto kF16 = trace::DataType::kFloat16;
constexpr auto kF64 = trace::DataType::kFloat64;
constexpr auto kC128 = trace::DataType::kComplex128;

SupportStatement Statement(std::optional<OpClass> op_class, std::vector<std::string> names, Support support,
                           Evidence evidence) {
  SupportStatement statement;
  statement.op_class = op_class;
  statement.names = std::move(names);
  statement.support = {.support = support, .evidence = evidence, .source = "made for a test"};
  return statement;
}

std::shared_ptr<OperatorList> List(ops::NameSpace name_space, const std::vector<std::pair<std::string, Support>>& names,
                                   Support absent) {
  auto list = std::make_shared<OperatorList>();
  list->name_space = name_space;
  for (const auto& [name, support] : names) list->names[name] = support;
  list->absent = absent;
  list->absent_note = "Absent.";
  return list;
}

Stack With(std::vector<SupportStatement> statements, std::vector<std::shared_ptr<OperatorList>> lists = {}) {
  Stack stack;
  stack.statements = std::move(statements);
  stack.lists.assign(lists.begin(), lists.end());
  return stack;
}

void ExpectSupport(const OperatorSupport& found, Support support, Evidence evidence) {
  EXPECT_EQ(static_cast<int>(found.support), static_cast<int>(support));
  EXPECT_EQ(static_cast<int>(found.evidence), static_cast<int>(evidence));
}

OperatorSupport ReluOn(const Stack& stack) {
  return SupportOf(stack, Op("aten::relu_").In(ops::kF32, {4}), OpClass::kElementwise);
}

TEST(SupportOfTest, NothingSaidIsUnknown) { ExpectSupport(ReluOn(Stack()), Support::kUnknown, Evidence::kUnspecified); }

// Each kind of evidence beats all that are added before it, whatever they say and wherever they stand.
TEST(SupportOfTest, StrongerEvidenceWins) {
  const auto statement = [](Support support, Evidence evidence) {
    return Statement(std::nullopt, {"relu"}, support, evidence);
  };
  Stack stack = With({Statement(std::nullopt, {}, Support::kNative, Evidence::kMeasured)});
  ExpectSupport(ReluOn(stack), Support::kNative, Evidence::kMeasured);
  stack.lists = {List(ops::NameSpace::kAten, {{"sigmoid", Support::kNative}}, Support::kHostFallback)};
  ExpectSupport(ReluOn(stack), Support::kHostFallback, Evidence::kAbsentFromList);
  EXPECT_EQ(ReluOn(stack).note, "relu is not in the list. Absent.");
  stack.statements.push_back(statement(Support::kUnsupported, Evidence::kDocumented));
  ExpectSupport(ReluOn(stack), Support::kUnsupported, Evidence::kDocumented);
  stack.lists.push_back(List(ops::NameSpace::kAten, {{"relu", Support::kDecomposed}}, Support::kUnknown));
  ExpectSupport(ReluOn(stack), Support::kDecomposed, Evidence::kOperatorList);
  stack.statements.push_back(statement(Support::kEmulated, Evidence::kKernelLibrary));
  ExpectSupport(ReluOn(stack), Support::kEmulated, Evidence::kKernelLibrary);
  stack.statements.push_back(statement(Support::kUnknown, Evidence::kMeasured));
  ExpectSupport(ReluOn(stack), Support::kUnknown, Evidence::kMeasured);
}

TEST(SupportOfTest, NamesComeBeforeClassesAndEarlierBeforeLater) {
  const auto of_class = Statement(OpClass::kElementwise, {}, Support::kEmulated, Evidence::kDocumented);
  const auto of_name = Statement(OpClass::kElementwise, {"relu"}, Support::kNative, Evidence::kDocumented);
  const auto again = Statement(std::nullopt, {"gelu", "relu"}, Support::kUnsupported, Evidence::kDocumented);
  ExpectSupport(ReluOn(With({of_class, of_name})), Support::kNative, Evidence::kDocumented);
  ExpectSupport(ReluOn(With({of_name, again})), Support::kNative, Evidence::kDocumented);
  ExpectSupport(ReluOn(With({again, of_name})), Support::kUnsupported, Evidence::kDocumented);
  // Evidence weighs more than a name.
  const auto library = Statement(OpClass::kElementwise, {}, Support::kEmulated, Evidence::kKernelLibrary);
  ExpectSupport(ReluOn(With({of_name, library})), Support::kEmulated, Evidence::kKernelLibrary);
}

TEST(SupportOfTest, StatementsOnOthersAreSilent) {
  const Stack stack = With({Statement(OpClass::kSoftmax, {}, Support::kNative, Evidence::kDocumented),
                            Statement(std::nullopt, {"gelu"}, Support::kNative, Evidence::kDocumented),
                            Statement(OpClass::kSoftmax, {"relu"}, Support::kNative, Evidence::kDocumented)});
  ExpectSupport(ReluOn(stack), Support::kUnknown, Evidence::kUnspecified);
}

// Statements speak in ATen's words.
TEST(SupportOfTest, NamesHoldForTheSameOperationOfOtherFrameworks) {
  const Stack stack = With({Statement(std::nullopt, {"cumsum"}, Support::kNative, Evidence::kDocumented)});
  for (const char* name : {"aten::cumsum", "onnx::CumSum"}) {
    SCOPED_TRACE(name);
    ExpectSupport(SupportOf(stack, Op(name), OpClass::kScan), Support::kNative, Evidence::kDocumented);
  }
  for (const char* name : {"onnx::ReduceSum", "onnx::Novel", "hlo::cumsum"}) {
    SCOPED_TRACE(name);
    ExpectSupport(SupportOf(stack, Op(name), OpClass::kScan), Support::kUnknown, Evidence::kUnspecified);
  }
}

TEST(SupportOfTest, TheGeneralRuleHoldsOnlyWhereNothingElseIsSaid) {
  const auto general = Statement(std::nullopt, {}, Support::kNative, Evidence::kKernelLibrary);
  const auto second = Statement(std::nullopt, {}, Support::kEmulated, Evidence::kKernelLibrary);
  const auto of_class = Statement(OpClass::kElementwise, {}, Support::kUnknown, Evidence::kDocumented);
  ExpectSupport(ReluOn(With({general, second})), Support::kNative, Evidence::kKernelLibrary);
  ExpectSupport(ReluOn(With({general, of_class})), Support::kUnknown, Evidence::kDocumented);
  // Of molecular dynamics, "md_*" is no general rule.
  SupportStatement md = Statement(std::nullopt, {}, Support::kUnsupported, Evidence::kDocumented);
  md.molecular_dynamics = true;
  const Stack stack = With({general, md});
  ExpectSupport(SupportOf(stack, Op("md::pairs"), OpClass::kMdPairs), Support::kUnsupported, Evidence::kDocumented);
  ExpectSupport(ReluOn(stack), Support::kNative, Evidence::kKernelLibrary);
}

TEST(SupportOfTest, ElementTypesOfAnyOperand) {
  SupportStatement narrow = Statement(OpClass::kGemm, {}, Support::kNative, Evidence::kDocumented);
  narrow.element_types = {kF16, ops::kBf16};
  const Stack stack = With({narrow});
  const auto mm = [&](const Op& op) { return SupportOf(stack, op, OpClass::kGemm).support; };
  EXPECT_EQ(mm(Op("aten::mm").In(ops::kBf16, {2, 2}).In(ops::kBf16, {2, 2})), Support::kNative);
  EXPECT_EQ(mm(Op("aten::mm").In(ops::kF32, {2, 2}).In(kF16, {2, 2})), Support::kNative);
  EXPECT_EQ(mm(Op("aten::mm").In(ops::kF32, {2, 2}).In(ops::kF32, {2, 2}).Out(kF16, {2, 2})), Support::kNative);
  EXPECT_EQ(mm(Op("aten::mm").In(ops::kF32, {2, 2}).In(ops::kF32, {2, 2})), Support::kUnknown);
}

TEST(SupportOfTest, SizeLimits) {
  SupportStatement limited = Statement(OpClass::kSoftmax, {}, Support::kNative, Evidence::kDocumented);
  limited.limits = {{.input = 0, .dimension = -1, .at_most = 64}, {.input = 1, .dimension = 0, .at_most = 8}};
  const Stack stack = With({limited});
  const auto on = [&](const Op& op) { return SupportOf(stack, op, OpClass::kSoftmax).support; };
  EXPECT_EQ(on(Op("aten::_softmax").In(ops::kF32, {999, 64}).In(ops::kF32, {8, 999})), Support::kNative);
  EXPECT_EQ(on(Op("aten::_softmax").In(ops::kF32, {1, 65}).In(ops::kF32, {8, 1})), Support::kUnknown);
  EXPECT_EQ(on(Op("aten::_softmax").In(ops::kF32, {1, 64}).In(ops::kF32, {9, 1})), Support::kUnknown);
  // What is not recorded counts as within: a shape, an axis, an input.
  trace::Signature unknown = Op("aten::_softmax").In(ops::kF32, {1, 65});
  unknown.inputs[0].shape_known = false;
  EXPECT_EQ(SupportOf(stack, unknown, OpClass::kSoftmax).support, Support::kNative);
  EXPECT_EQ(on(Op("aten::_softmax").Shapeless(ops::kF32).In(ops::kF32, {8})), Support::kNative);
  EXPECT_EQ(on(Op("aten::_softmax").In(ops::kF32, {}).In(ops::kF32, {})), Support::kNative);
  EXPECT_EQ(on(Op("aten::_softmax").In(ops::kF32, {64})), Support::kNative);
}

TEST(SupportOfTest, DoublesRunAtBestAsTheStackRunsThem) {
  Stack stack = With({Statement(OpClass::kGemm, {}, Support::kNative, Evidence::kKernelLibrary),
                      Statement(OpClass::kFft, {}, Support::kUnsupported, Evidence::kDocumented)});
  stack.fp64 = Support::kEmulated;
  stack.traits_source = "traits";
  const Op doubles = Op("aten::mm").In(kF64, {2, 2}).In(kF64, {2, 2});
  const OperatorSupport worse = SupportOf(stack, doubles, OpClass::kGemm);
  ExpectSupport(worse, Support::kEmulated, Evidence::kDocumented);
  EXPECT_EQ(worse.source, "traits");
  const Op singles = Op("aten::mm").In(ops::kF32, {2, 2}).In(ops::kF32, {2, 2});
  ExpectSupport(SupportOf(stack, singles, OpClass::kGemm), Support::kNative, Evidence::kKernelLibrary);
  // What is worse anyway stays as it is, and the unknown stays unknown.
  const Op fft = Op("aten::_fft_c2c").In(kC128, {8});
  ExpectSupport(SupportOf(stack, fft, OpClass::kFft), Support::kUnsupported, Evidence::kDocumented);
  ExpectSupport(SupportOf(stack, Op("aten::sort").In(kF64, {8}), OpClass::kSort), Support::kUnknown,
                Evidence::kUnspecified);
  stack.fp64 = Support::kNative;
  ExpectSupport(SupportOf(stack, doubles, OpClass::kGemm), Support::kNative, Evidence::kKernelLibrary);
}

TEST(SupportOfTest, ListsOfOtherFrameworksAreReadByTranslation) {
  const Stack stack = With({}, {List(ops::NameSpace::kOnnx,
                                     {{"CumSum", Support::kNative},
                                      {"Gemm", Support::kUnsupported},
                                      {"FusedMatMul", Support::kDecomposed},
                                      {"DFT", Support::kUnsupported}},
                                     Support::kHostFallback)});
  const auto on = [&](const char* name) { return SupportOf(stack, Op(name), OpClass::kUnknown); };
  ExpectSupport(on("aten::cumsum.out"), Support::kNative, Evidence::kOperatorList);
  EXPECT_EQ(on("aten::cumsum").note, "CumSum");
  // Of several translations the best holds.
  ExpectSupport(on("aten::mm"), Support::kDecomposed, Evidence::kOperatorList);
  ExpectSupport(on("aten::_fft_r2c"), Support::kUnsupported, Evidence::kOperatorList);
  ExpectSupport(on("aten::sin"), Support::kHostFallback, Evidence::kAbsentFromList);
  EXPECT_EQ(on("aten::sin").note, "Sin is not in the list. Absent.");
  // ONNX has no name for it, so its list is silent.
  ExpectSupport(on("aten::cummax"), Support::kUnknown, Evidence::kUnspecified);
  ExpectSupport(on("vendor::thing"), Support::kUnknown, Evidence::kUnspecified);
  // Its own name in ATen is no name in ONNX.
  const Stack kernels =
      With({}, {List(ops::NameSpace::kNki, {{"selective-scan", Support::kNative}}, Support::kUnknown)});
  ExpectSupport(SupportOf(kernels, Op("sandglass::selective_scan"), OpClass::kSelectiveScan), Support::kNative,
                Evidence::kOperatorList);
  ExpectSupport(SupportOf(kernels, Op("aten::cumsum"), OpClass::kScan), Support::kUnknown, Evidence::kUnspecified);
}

TEST(SupportOfTest, OperatorsOfOtherFrameworksAreFoundInEveryList) {
  const auto onnx = List(ops::NameSpace::kOnnx, {{"Gemm", Support::kUnsupported}, {"CumSum", Support::kNative}},
                         Support::kHostFallback);
  const auto aten = List(ops::NameSpace::kAten, {{"cumsum", Support::kDecomposed}}, Support::kHostFallback);
  const auto on = [](const std::shared_ptr<OperatorList>& list, const char* name) {
    return SupportOf(With({}, {list}), Op(name), OpClass::kUnknown);
  };
  // By its own name, not by that of an operator that does the same.
  ExpectSupport(on(onnx, "onnx::Gemm"), Support::kUnsupported, Evidence::kOperatorList);
  ExpectSupport(on(onnx, "onnx::FusedMatMul"), Support::kHostFallback, Evidence::kAbsentFromList);
  ExpectSupport(on(onnx, "onnx::CumSum"), Support::kNative, Evidence::kOperatorList);
  ExpectSupport(on(aten, "onnx::CumSum"), Support::kDecomposed, Evidence::kOperatorList);
  ExpectSupport(on(onnx, "hlo::dot"), Support::kUnsupported, Evidence::kOperatorList);
  // What the table does not have, no list can be asked for.
  ExpectSupport(on(onnx, "onnx::Novel"), Support::kUnknown, Evidence::kUnspecified);
  ExpectSupport(on(aten, "onnx::Novel"), Support::kUnknown, Evidence::kUnspecified);
}

TEST(SupportOfTest, AListMayCarryItsOwnEvidence) {
  auto list = List(ops::NameSpace::kAten, {{"relu", Support::kNative}}, Support::kUnsupported);
  list->evidence = Evidence::kKernelLibrary;
  list->source = "library";
  ExpectSupport(ReluOn(With({}, {list})), Support::kNative, Evidence::kKernelLibrary);
  EXPECT_EQ(ReluOn(With({}, {list})).source, "library");
}

// What users and this project register is in nobody's list.
TEST(SupportOfTest, RegisteredOperatorsAreNotJudgedByAbsence) {
  const Stack stack = With({}, {List(ops::NameSpace::kAten, {{"relu", Support::kNative}}, Support::kHostFallback)});
  for (const char* name : {"sandglass::selective_scan", "sandglass::selective_scan_backward", "vendor::thing"}) {
    SCOPED_TRACE(name);
    ExpectSupport(SupportOf(stack, Op(name), OpClass::kSelectiveScan), Support::kUnknown, Evidence::kUnspecified);
  }
  ExpectSupport(SupportOf(stack, Op("md::pairs"), OpClass::kMdPairs), Support::kUnknown, Evidence::kUnspecified);
  ExpectSupport(SupportOf(stack, Op("torchvision::nms"), OpClass::kUnknown), Support::kHostFallback,
                Evidence::kAbsentFromList);
}

// Of a serving stack's operators, a list speaks by the names that it has for the same operation, and by no absence.
TEST(SupportOfTest, ServingStacksRegisterTheirOwn) {
  const Op norm("_C::rms_norm");
  const Stack with =
      With({}, {List(ops::NameSpace::kAten, {{"hpu::rms_norm", Support::kNative}}, Support::kHostFallback)});
  ExpectSupport(SupportOf(with, norm, OpClass::kNormalization), Support::kNative, Evidence::kOperatorList);
  const Stack without = With({}, {List(ops::NameSpace::kAten, {{"relu", Support::kNative}}, Support::kHostFallback)});
  ExpectSupport(SupportOf(without, norm, OpClass::kNormalization), Support::kUnknown, Evidence::kUnspecified);
}

TEST(SupportOfTest, SeveralLists) {
  const auto first = List(ops::NameSpace::kAten, {{"gelu", Support::kNative}}, Support::kHostFallback);
  const auto second = List(ops::NameSpace::kAten, {{"relu", Support::kDecomposed}}, Support::kUnsupported);
  // Being in one outweighs being absent from another; of two absences the first counts.
  ExpectSupport(ReluOn(With({}, {first, second})), Support::kDecomposed, Evidence::kOperatorList);
  const Stack stack = With({}, {first, second});
  ExpectSupport(SupportOf(stack, Op("aten::sin"), OpClass::kElementwise), Support::kHostFallback,
                Evidence::kAbsentFromList);
}

TEST(IsWorseTest, FromNativeToUnknown) {
  constexpr Support kOrder[] = {Support::kNative,       Support::kDecomposed,  Support::kEmulated,
                                Support::kHostFallback, Support::kUnsupported, Support::kUnknown};
  for (size_t i = 0; i < std::size(kOrder); ++i) {
    for (size_t j = 0; j < std::size(kOrder); ++j) EXPECT_EQ(IsWorse(kOrder[i], kOrder[j]), i > j) << i << " " << j;
  }
}

struct CatalogCase {
  const char* silicon;
  // Empty: the default.
  const char* stack;
  trace::Signature signature;
  Support support;
  Evidence evidence;
};

Op SelectiveScan(int64_t states) {
  // x, delta [batch, length, channels], A [channels, states].
  return Op("sandglass::selective_scan").In(ops::kF32, {1, 8, 4}).In(ops::kF32, {1, 8, 4}).In(ops::kF32, {4, states});
}

Op Matrices(trace::DataType dtype) { return Op("aten::mm").In(dtype, {2, 2}).In(dtype, {2, 2}); }

void ExpectInCatalog(const std::vector<CatalogCase>& cases) {
  const auto catalog = Catalog::Embedded();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  for (const CatalogCase& expected : cases) {
    SCOPED_TRACE(absl::StrCat(expected.signature.name, " on ", expected.silicon, " ", expected.stack));
    const auto silicon = catalog->Find(expected.silicon);
    ASSERT_TRUE(silicon.ok()) << silicon.status();
    const Stack* stack = (*silicon)->FindStack(expected.stack);
    ASSERT_NE(stack, nullptr);
    const OperatorSupport found = SupportOf(*stack, expected.signature, ops::Classify(expected.signature).op_class);
    ExpectSupport(found, expected.support, expected.evidence);
    EXPECT_FALSE(found.source.empty());
  }
}

TEST(CatalogSupportTest, WhoRunsWhat) {
  ExpectInCatalog({
      {"nvidia-h100-sxm", "", Matrices(ops::kF32), Support::kNative, Evidence::kKernelLibrary},
      {"nvidia-h100-sxm", "", Op("aten::_fft_r2c"), Support::kNative, Evidence::kKernelLibrary},
      {"nvidia-h100-sxm", "", Op("md::pairs"), Support::kNative, Evidence::kKernelLibrary},
      {"google-tpu-v6e", "", Matrices(ops::kF32), Support::kNative, Evidence::kOperatorList},
      {"google-tpu-v6e", "", Op("aten::_fft_r2c"), Support::kHostFallback, Evidence::kAbsentFromList},
      {"google-tpu-v6e", "", Op("aten::linalg_solve_triangular"), Support::kHostFallback, Evidence::kAbsentFromList},
      {"google-tpu-v6e", "", Op("aten::triangular_solve"), Support::kNative, Evidence::kOperatorList},
      {"google-tpu-v6e", "", Op("aten::convolution"), Support::kDecomposed, Evidence::kDocumented},
      {"google-tpu-v6e", "", Op("aten::convolution_overrideable"), Support::kNative, Evidence::kOperatorList},
      {"google-tpu-v6e", "", Op("aten::_scaled_dot_product_flash_attention"), Support::kNative,
       Evidence::kKernelLibrary},
      {"google-tpu-v6e", "", Op("md::pairs"), Support::kUnsupported, Evidence::kDocumented},
      {"google-tpu-v5p", "", SelectiveScan(16), Support::kDecomposed, Evidence::kDocumented},
      {"aws-trainium2", "", SelectiveScan(16), Support::kNative, Evidence::kKernelLibrary},
      {"aws-trainium2", "", Op("aten::_fft_r2c"), Support::kUnknown, Evidence::kDocumented},
      {"aws-trainium2", "", Op("aten::_softmax"), Support::kNative, Evidence::kOperatorList},
      // Not in the list, which is a lower bound: the general rule holds.
      {"aws-trainium2", "", Op("aten::erfinv"), Support::kNative, Evidence::kDocumented},
      {"intel-gaudi3", "", Op("aten::native_layer_norm"), Support::kNative, Evidence::kOperatorList},
      {"intel-gaudi3", "", Op("aten::_fft_r2c"), Support::kHostFallback, Evidence::kAbsentFromList},
      {"intel-gaudi3", "", SelectiveScan(16), Support::kDecomposed, Evidence::kDocumented},
      {"deshaw-anton3", "", Matrices(ops::kF32), Support::kUnsupported, Evidence::kDocumented},
      {"deshaw-anton3", "", Op("md::pairs"), Support::kNative, Evidence::kDocumented},
      {"groq-lpu-v1", "", SelectiveScan(16), Support::kUnknown, Evidence::kDocumented},
      // Inference only: a gradient does not run, though its class does.
      {"groq-lpu-v1", "", Op("aten::sigmoid"), Support::kNative, Evidence::kDocumented},
      {"groq-lpu-v1", "", Op("aten::sigmoid_backward"), Support::kUnsupported, Evidence::kDocumented},
      {"nvidia-h100-sxm", "tensorrt", Op("aten::sigmoid_backward"), Support::kUnsupported, Evidence::kDocumented},
      {"tenstorrent-wormhole-n300", "", Op("aten::_softmax"), Support::kNative, Evidence::kOperatorList},
  });
}

TEST(CatalogSupportTest, OnnxStacks) {
  ExpectInCatalog({
      {"nvidia-h100-sxm", "tensorrt", Op("aten::_foreach_add"), Support::kUnsupported, Evidence::kDocumented},
      {"nvidia-h100-sxm", "tensorrt", Op("aten::silu"), Support::kDecomposed, Evidence::kDocumented},
      // Conv and MatMul are in the list; DFT and AffineGrid stand in it as not supported.
      {"nvidia-h100-sxm", "tensorrt", Op("aten::convolution"), Support::kNative, Evidence::kOperatorList},
      {"nvidia-h100-sxm", "tensorrt", Op("aten::bmm"), Support::kNative, Evidence::kOperatorList},
      {"nvidia-h100-sxm", "tensorrt", Op("aten::_fft_r2c"), Support::kUnsupported, Evidence::kOperatorList},
      {"nvidia-h100-sxm", "tensorrt", Op("aten::affine_grid_generator"), Support::kUnsupported,
       Evidence::kOperatorList},
      {"amd-mi300x", "migraphx", Op("aten::convolution"), Support::kNative, Evidence::kOperatorList},
      {"amd-mi300x", "migraphx", Op("aten::_softmax"), Support::kNative, Evidence::kOperatorList},
  });
}

TEST(CatalogSupportTest, TheScanKernelTakesStatesOfUpTo256) {
  ExpectInCatalog({
      {"nvidia-h100-sxm", "", SelectiveScan(256), Support::kNative, Evidence::kKernelLibrary},
      {"nvidia-h100-sxm", "", SelectiveScan(257), Support::kDecomposed, Evidence::kDocumented},
      {"nvidia-h100-sxm", "torch-compile", SelectiveScan(257), Support::kDecomposed, Evidence::kDocumented},
      // TensorRT has no kernel of any size.
      {"nvidia-h100-sxm", "tensorrt", SelectiveScan(16), Support::kDecomposed, Evidence::kDocumented},
  });
}

TEST(CatalogSupportTest, Doubles) {
  ExpectInCatalog({
      {"nvidia-h100-sxm", "", Matrices(kF64), Support::kNative, Evidence::kKernelLibrary},
      {"nvidia-h100-sxm", "tensorrt", Matrices(kF64), Support::kUnsupported, Evidence::kDocumented},
      {"google-tpu-v6e", "", Matrices(kF64), Support::kEmulated, Evidence::kDocumented},
      // On the host they are at home.
      {"google-tpu-v6e", "", Op("aten::_fft_c2c").In(kC128, {8}), Support::kHostFallback, Evidence::kAbsentFromList},
      {"aws-trainium2", "", Matrices(kF64), Support::kUnknown, Evidence::kDocumented},
  });
}

}  // namespace
}  // namespace sandglass::silicon
