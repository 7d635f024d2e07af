// The table of op_names.textproto: within itself, against the table of op_rows.h, and against the published lists.
#include "analyzer/ops/op_names.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyzer/ops/embedded_op_names.h"
#include "analyzer/ops/op_rows.h"
#include "analyzer/ops/op_table.h"
#include "analyzer/ops/published_names.h"
#include "proto/operator_names.pb.h"

namespace sandglass::ops {
namespace {

TEST(OpNamesTest, EveryClassWordIsKnown) {
  v1::OperatorNames table;
  ASSERT_EQ(EmbeddedOpNames().size(), 1U);
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(EmbeddedOpNames().front().second, &table));
  ASSERT_EQ(static_cast<size_t>(table.concepts_size()), OpConcepts().size());
  for (int i = 0; i < table.concepts_size(); ++i) {
    const std::string& word = table.concepts(i).op_class();
    const OpConcept& entry = OpConcepts()[static_cast<size_t>(i)];
    SCOPED_TRACE(absl::StrCat(entry.name, ": ", word));
    EXPECT_EQ(entry.name, table.concepts(i).operation());
    EXPECT_EQ(entry.control_flow, word == "control");
    EXPECT_TRUE(word == "control" || word == "unknown" || OpClassFromName(word).has_value());
    EXPECT_EQ(entry.op_class, OpClassFromName(word).value_or(OpClass::kUnknown));
  }
}

TEST(OpNamesTest, NamesStandOnceAndAreFound) {
  std::set<std::string> concepts;
  std::set<std::pair<size_t, std::string>> seen;
  for (const OpConcept& entry : OpConcepts()) {
    EXPECT_TRUE(concepts.insert(entry.name).second) << entry.name << " stands twice";
    EXPECT_TRUE(std::any_of(entry.names.begin(), entry.names.end(), [](const auto& names) { return !names.empty(); }))
        << entry.name << " has no names";
    for (size_t space = 0; space < entry.names.size(); ++space) {
      for (const std::string& name : entry.names[space]) {
        const auto name_space = static_cast<NameSpace>(space);
        EXPECT_TRUE(seen.emplace(space, name).second) << NameSpaceName(name_space) << " " << name << " stands twice";
        EXPECT_EQ(FindOpConcept(name_space, name), &entry) << NameSpaceName(name_space) << " " << name;
        EXPECT_TRUE(name_space != NameSpace::kAten || OpKey(name) == name) << name << " is not a key";
      }
    }
  }
  // A name of one namespace is none of another.
  EXPECT_EQ(FindOpConcept(NameSpace::kAten, "CumSum"), nullptr);
  EXPECT_EQ(FindOpConcept(NameSpace::kOnnx, "cumsum"), nullptr);
  EXPECT_EQ(FindOpConcept(NameSpace::kAten, ""), nullptr);
}

TEST(OpNamesTest, NameSpacesReadBack) {
  constexpr const char* kWords[] = {"aten", "hlo", "onnx", "nki", "ttnn"};
  static_assert(std::size(kWords) == kNameSpaces);
  for (size_t i = 0; i < std::size(kWords); ++i) {
    const auto name_space = static_cast<NameSpace>(i);
    EXPECT_EQ(NameSpaceName(name_space), kWords[i]);
    EXPECT_EQ(NameSpaceFromName(kWords[i]), name_space);
  }
  for (const char* none : {"", "ATEN", "stablehlo"}) EXPECT_FALSE(NameSpaceFromName(none).has_value()) << none;
}

TEST(OpNamesTest, KeysLoseWhatRecordingsAdd) {
  for (const char* name : {"aten::add", "aten::add_", "aten::add.Tensor", "aten::add_.Tensor", "aten::add_out"}) {
    EXPECT_EQ(OpKey(name), "add") << name;
  }
  EXPECT_EQ(OpKey("sandglass::selective_scan"), "sandglass::selective_scan");
}

// What has work, or is free, has the same class in both tables; what is composite need only be there.
TEST(OpNamesTest, AgreesWithTheTableOfWork) {
  size_t checked = 0;
  for (const OpRow& row : OpRows()) {
    for (const absl::string_view key : absl::StrSplit(row.names, ' ', absl::SkipEmpty())) {
      const OpConcept* found = FindOpConcept(NameSpace::kAten, key);
      ASSERT_NE(found, nullptr) << key << " is not in op_names.textproto";
      if (row.entry.role != Role::kWork && row.entry.role != Role::kFree) continue;
      ++checked;
      EXPECT_EQ(OpClassName(found->op_class), OpClassName(row.entry.op_class)) << key;
    }
  }
  EXPECT_GT(checked, 300U);
}

struct Translation {
  const char* aten;
  OpClass op_class;
  NameSpace to;
  // One of its names there; empty: it has none.
  const char* name;
};

constexpr Translation kTranslations[] = {
    {"aten::cumsum", OpClass::kScan, NameSpace::kOnnx, "CumSum"},
    {"aten::cumsum", OpClass::kScan, NameSpace::kNki, "tensor_scalar_cumulative"},
    // XLA writes it as reduce_window, which stands with the pools.
    {"aten::cumsum", OpClass::kScan, NameSpace::kHlo, ""},
    {"aten::mm", OpClass::kGemm, NameSpace::kOnnx, "Gemm"},
    {"aten::mm", OpClass::kGemm, NameSpace::kHlo, "dot"},
    {"aten::bmm", OpClass::kBatchedGemm, NameSpace::kOnnx, "MatMul"},
    {"aten::bmm", OpClass::kBatchedGemm, NameSpace::kHlo, "dot_general"},
    {"aten::convolution", OpClass::kConvolution, NameSpace::kOnnx, "Conv"},
    {"aten::_scaled_dot_product_flash_attention", OpClass::kAttention, NameSpace::kNki, "attention-cte"},
    {"aten::sin", OpClass::kElementwise, NameSpace::kHlo, "sine"},
    {"aten::sin", OpClass::kElementwise, NameSpace::kOnnx, "Sin"},
    {"aten::add_.Tensor", OpClass::kElementwise, NameSpace::kTtnn, "add"},
    {"aten::exp", OpClass::kElementwise, NameSpace::kHlo, "exponential"},
    {"aten::where", OpClass::kElementwise, NameSpace::kOnnx, "Where"},
    // StableHLO has no x·σ(x).
    {"aten::silu", OpClass::kElementwise, NameSpace::kHlo, ""},
    {"aten::sum", OpClass::kReduction, NameSpace::kOnnx, "ReduceSum"},
    {"aten::native_layer_norm", OpClass::kNormalization, NameSpace::kOnnx, "LayerNormalization"},
    {"aten::_softmax", OpClass::kSoftmax, NameSpace::kOnnx, "Softmax"},
    {"aten::topk", OpClass::kSort, NameSpace::kHlo, "top_k"},
    {"aten::_fft_r2c", OpClass::kFft, NameSpace::kOnnx, "DFT"},
    {"aten::_fft_r2c", OpClass::kFft, NameSpace::kNki, ""},
    {"aten::linalg_solve_triangular", OpClass::kTriangularSolve, NameSpace::kHlo, "triangular_solve"},
    {"aten::cat", OpClass::kCopy, NameSpace::kHlo, "concatenate"},
    {"sandglass::selective_scan", OpClass::kSelectiveScan, NameSpace::kNki, "selective-scan"},
    {"sandglass::selective_scan", OpClass::kSelectiveScan, NameSpace::kOnnx, ""},
};

TEST(OpNamesTest, TranslationsByHand) {
  for (const Translation& expected : kTranslations) {
    SCOPED_TRACE(absl::StrCat(expected.aten, " in ", NameSpaceName(expected.to)));
    const OpConcept* found = FindOpConcept(NameSpace::kAten, OpKey(expected.aten));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(OpClassName(found->op_class), OpClassName(expected.op_class));
    const std::vector<std::string>& names = found->names[static_cast<size_t>(expected.to)];
    if (*expected.name == '\0') {
      EXPECT_TRUE(names.empty()) << names.front();
    } else {
      EXPECT_NE(std::find(names.begin(), names.end(), expected.name), names.end());
    }
  }
}

TEST(PublishedNamesTest, NormalForms) {
  EXPECT_EQ(NormalName(NameSpace::kAten, "aten::__ilshift__.Scalar"), "__ilshift__");
  EXPECT_EQ(NormalName(NameSpace::kAten, "hpu::softmax_fp8.Scalar"), "hpu::softmax_fp8");
  EXPECT_EQ(NormalName(NameSpace::kAten, "aten::coreml.sdpa"), "coreml::sdpa");
  EXPECT_EQ(NormalName(NameSpace::kHlo, "stablehlo.dot_general"), "dot_general");
  EXPECT_EQ(NormalName(NameSpace::kHlo, "chlo._asin_acos_kernel"), "_asin_acos_kernel");
  EXPECT_EQ(NormalName(NameSpace::kHlo, "DynamicUpdateSlice"), "dynamic_update_slice");
  EXPECT_EQ(NormalName(NameSpace::kHlo, "Sin"), "sine");
  EXPECT_EQ(NormalName(NameSpace::kNki, "nki.isa.nc_matmul"), "nc_matmul");
  EXPECT_EQ(NormalName(NameSpace::kTtnn, "ttnn.transformer.rotary_embedding"), "transformer.rotary_embedding");
}

TEST(PublishedNamesTest, EveryPublishedNameIsInTheTable) {
  const char* data = std::getenv("SANDGLASS_DATA");
  std::error_code error;
  std::filesystem::directory_iterator files(absl::StrCat(data == nullptr ? "" : data, "/opcoverage"), error);
  if (data == nullptr || error) GTEST_SKIP() << "set SANDGLASS_DATA to the folder of opcoverage/*.tsv";
  std::map<NameSpace, size_t> checked;
  for (const std::filesystem::directory_entry& entry : files) {
    for (const PublishedName& row : ReadPublishedList(entry.path().string())) {
      const std::optional<NameSpace> name_space = PublishedNameSpace(row.name_space);
      if (!name_space.has_value()) continue;
      ++checked[*name_space];
      const std::string name = NormalName(*name_space, row.op);
      EXPECT_NE(FindOpConcept(*name_space, name), nullptr)
          << entry.path().filename() << ": " << row.op << " (" << NameSpaceName(*name_space) << " " << name << ")";
    }
  }
  // Rows of the lists as they were stored, so that a file that is not read does not go unseen.
  EXPECT_GE(checked[NameSpace::kAten], 2150U);
  EXPECT_GE(checked[NameSpace::kHlo], 275U);
  EXPECT_GE(checked[NameSpace::kOnnx], 696U);
  EXPECT_GE(checked[NameSpace::kNki], 256U);
  EXPECT_GE(checked[NameSpace::kTtnn], 165U);
}

}  // namespace
}  // namespace sandglass::ops
