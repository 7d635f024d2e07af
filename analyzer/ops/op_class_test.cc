#include "analyzer/ops/op_class.h"

#include <set>
#include <string>

#include "absl/strings/str_split.h"
#include "analyzer/ops/op_rows.h"
#include "analyzer/ops/op_table.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/ops/work.h"
#include "gtest/gtest.h"

namespace sandglass::ops {
namespace {

TEST(OpClassTest, NamesAreDistinctAndReadBack) {
  std::set<std::string> names;
  for (int i = 1; i <= static_cast<int>(OpClass::kMdOther); ++i) {
    const OpClass op_class = static_cast<OpClass>(i);
    const std::string name(OpClassName(op_class));
    EXPECT_NE(name, "unknown") << i;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(OpClassFromName(name), op_class) << name;
    EXPECT_EQ(IsMolecularDynamics(op_class), name.substr(0, 3) == "md_") << name;
  }
  EXPECT_EQ(OpClassName(OpClass::kSelectiveScan), "selective_scan");
  EXPECT_EQ(OpClassName(OpClass::kUnknown), "unknown");
  for (const char* none : {"", "unknown", "Gemm", "gemm "}) EXPECT_FALSE(OpClassFromName(none).has_value()) << none;
}

struct NameCase {
  const char* name;
  const char* key;
  bool in_place;
};

constexpr NameCase kNames[] = {
    {"aten::add", "add", false},
    {"aten::add_", "add", true},
    {"aten::add.Tensor", "add", false},
    {"aten::add_.Tensor", "add", true},
    {"aten::add.out", "add", false},
    {"aten::add_out", "add", false},
    {"aten::_softmax", "_softmax", false},
    {"aten::_index_put_impl_", "_index_put_impl", true},
    {"aten::__and__", "__and__", false},
    {"aten::__iand__.Scalar", "__iand__", true},
    {"sandglass::selective_scan", "sandglass::selective_scan", false},
    {"detach_", "detach", true},
    {"vendor::add_", "vendor::add_", false},
    {"aten::", "", false},
    {"", "", false},
};

TEST(OpNameTest, NamespaceOverloadAndUnderscoreGo) {
  for (const NameCase& expected : kNames) {
    const OpName parsed = ParseOpName(expected.name);
    EXPECT_EQ(parsed.key, expected.key) << expected.name;
    EXPECT_EQ(parsed.in_place, expected.in_place) << expected.name;
  }
}

struct ClassCase {
  trace::Signature signature;
  OpClass op_class;
  Role role;
};

void ExpectClass(const ClassCase& expected) {
  SCOPED_TRACE(expected.signature.name);
  const Classification found = Classify(expected.signature);
  EXPECT_EQ(OpClassName(found.op_class), OpClassName(expected.op_class));
  EXPECT_EQ(static_cast<int>(found.role), static_cast<int>(expected.role));
}

TEST(ClassifyTest, ByName) {
  const ClassCase cases[] = {
      {Op("aten::addmm"), OpClass::kGemm, Role::kWork},
      {Op("aten::bmm.out"), OpClass::kBatchedGemm, Role::kWork},
      {Op("aten::mul_.Tensor"), OpClass::kElementwise, Role::kWork},
      {Op("aten::zero_"), OpClass::kCopy, Role::kWork},
      {Op("aten::_softmax_backward_data"), OpClass::kSoftmax, Role::kWork},
      {Op("sandglass::selective_scan"), OpClass::kSelectiveScan, Role::kWork},
      {Op("md::pme_fft"), OpClass::kMdFft, Role::kWork},
      {Op("aten::t"), OpClass::kView, Role::kFree},
      {Op("aten::transpose_"), OpClass::kView, Role::kFree},
      {Op("aten::empty_strided"), OpClass::kAllocation, Role::kFree},
      {Op("aten::_local_scalar_dense"), OpClass::kHost, Role::kFree},
      {Op("aten::linear"), OpClass::kUnknown, Role::kComposite},
      {Op("aten::to"), OpClass::kUnknown, Role::kComposite},
      {Op("aten::cross_entropy_loss"), OpClass::kUnknown, Role::kComposite},
      {Op("AddmmBackward0"), OpClass::kUnknown, Role::kComposite},
      {Op("autograd::engine::evaluate_function: MulBackward0"), OpClass::kUnknown, Role::kComposite},
      {Op("struct torch::autograd::AccumulateGrad"), OpClass::kUnknown, Role::kComposite},
      // A user's own autograd function may launch what nobody records.
      {Op("FlashAttnFuncBackward"), OpClass::kUnknown, Role::kUnknown},
      {Op("aten::_cudnn_rnn"), OpClass::kRecurrentStep, Role::kWork},
      {Op("vendor::add"), OpClass::kUnknown, Role::kUnknown},
      {Op("detach_"), OpClass::kView, Role::kFree},
      {Op("add"), OpClass::kElementwise, Role::kWork},
      {Op(""), OpClass::kUnknown, Role::kUnknown},
      {Op("c10d::allreduce_"), OpClass::kCollective, Role::kUnknown},
  };
  for (const ClassCase& expected : cases) ExpectClass(expected);
}

TEST(ClassifyTest, KindComesFirst) {
  const ClassCase cases[] = {
      {Op("aten::addmm").Kind(trace::Kind::kAnnotation), OpClass::kUnknown, Role::kComposite},
      {Op("aten::addmm").Kind(trace::Kind::kMemory), OpClass::kAllocation, Role::kFree},
      {Op("aten::addmm").Kind(trace::Kind::kCollective), OpClass::kCollective, Role::kWork},
      {Op("aten::addmm").Kind(trace::Kind::kPointToPoint), OpClass::kPointToPoint, Role::kWork},
      {Op("Memcpy HtoD").Kind(trace::Kind::kMemcpy), OpClass::kCopy, Role::kUnknown},
      {Op("ampere_sgemm_128x64").Kind(trace::Kind::kDeviceKernel), OpClass::kUnknown, Role::kUnknown},
  };
  for (const ClassCase& expected : cases) ExpectClass(expected);
}

TEST(ClassifyTest, ThenTheProducersClass) {
  const ClassCase cases[] = {
      {Op("aten::add").Class("optimizer_update"), OpClass::kOptimizerUpdate, Role::kWork},
      {Op("aten::add").Class("no such class"), OpClass::kElementwise, Role::kWork},
      // A class without figures is no work that could be counted.
      {Op("vendor::cell").Class("recurrent_step"), OpClass::kRecurrentStep, Role::kUnknown},
      {Op("vendor::cell").Class("recurrent_step").StatedFlop(1).StatedBytes(1, 1), OpClass::kRecurrentStep,
       Role::kWork},
      {Op("vendor::alias").Class("view"), OpClass::kView, Role::kFree},
      {Op("NxN force").Class("md_pairs"), OpClass::kMdPairs, Role::kWork},
  };
  for (const ClassCase& expected : cases) ExpectClass(expected);
}

TEST(ClassifyTest, OverloadsThatOnlyCallOthers) {
  const ClassCase cases[] = {
      {Op("aten::max").In(kF32, {2}), OpClass::kReduction, Role::kWork},
      {Op("aten::max").In(kF32, {2}).In(kF32, {2}), OpClass::kUnknown, Role::kComposite},
      {Op("aten::where").In(kBool, {2}), OpClass::kUnknown, Role::kComposite},
      {Op("aten::where").In(kBool, {2}).In(kF32, {2}).In(kF32, {2}), OpClass::kElementwise, Role::kWork},
  };
  for (const ClassCase& expected : cases) ExpectClass(expected);
}

TEST(OpRowsTest, NamesAreUniqueAndEveryWorkHasAFormula) {
  std::set<std::string> seen;
  for (const OpRow& row : OpRows()) {
    EXPECT_EQ(row.entry.role == Role::kWork, row.entry.formula != Formula::kNone) << row.names;
    EXPECT_NE(static_cast<int>(row.entry.role), static_cast<int>(Role::kUnknown)) << row.names;
    for (const absl::string_view name : absl::StrSplit(row.names, ' ')) {
      EXPECT_FALSE(name.empty()) << row.names;
      EXPECT_TRUE(seen.insert(std::string(name)).second) << name << " stands in two rows";
      // What the table is asked for is a name's key, so that no other spelling can ever be found.
      const bool has_namespace = name.find("::") != absl::string_view::npos;
      const std::string full = has_namespace ? std::string(name) : "aten::" + std::string(name);
      EXPECT_EQ(ParseOpName(full).key, name);
      if (row.entry.role != Role::kWork) continue;
      const absl::StatusOr<Work> work = WorkOf(Op(full));
      EXPECT_EQ(std::string(work.status().message()).find("no formula"), std::string::npos) << full;
    }
  }
  EXPECT_GT(seen.size(), 400u);
}

}  // namespace
}  // namespace sandglass::ops
