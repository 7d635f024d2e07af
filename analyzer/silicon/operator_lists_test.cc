// The catalog's operator lists: within themselves, and against the published lists that they were taken from.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyzer/ops/op_names.h"
#include "analyzer/ops/published_names.h"
#include "analyzer/silicon/spec_files.h"
#include "proto/silicon.pb.h"

namespace sandglass::silicon {
namespace {

using Names = std::set<std::string>;

Names Split(const google::protobuf::RepeatedPtrField<std::string>& lines) {
  Names names;
  for (const std::string& line : lines) {
    for (const absl::string_view name : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
      EXPECT_TRUE(names.emplace(name).second) << name << " stands twice";
    }
  }
  return names;
}

std::map<std::string, v1::OperatorList> EmbeddedListsById() {
  const ParsedSpecs parsed = ParseSpecFiles(EmbeddedSpecFiles());
  EXPECT_TRUE(parsed.problems.empty()) << parsed.problems.front();
  std::map<std::string, v1::OperatorList> lists;
  for (const v1::OperatorList& list : parsed.lists) lists[list.id()] = list;
  return lists;
}

struct PublishedList {
  const char* id;
  // File of the published list, without ".tsv".
  const char* file;
  v1::Support absent;
};

constexpr PublishedList kLists[] = {
    {"coreml", "coreml_torch_frontend", v1::SUPPORT_UNSUPPORTED},
    {"gaudi-bridge", "gaudi_hpu_aten", v1::SUPPORT_HOST_FALLBACK},
    {"migraphx", "migraphx_onnx", v1::SUPPORT_UNSUPPORTED},
    {"neuron-torch", "neuron_torch_neuronx", v1::SUPPORT_UNKNOWN},
    {"nki-library", "neuron_nki_library", v1::SUPPORT_UNKNOWN},
    {"onnx-standard", "onnx_universe", v1::SUPPORT_UNSUPPORTED},
    {"pytorch-xla", "tpu_torch_xla", v1::SUPPORT_HOST_FALLBACK},
    {"qnn", "onnxruntime_qnn", v1::SUPPORT_HOST_FALLBACK},
    {"tensorrt", "tensorrt_onnx", v1::SUPPORT_UNSUPPORTED},
    {"ttnn", "tenstorrent_ttnn", v1::SUPPORT_UNKNOWN},
};

struct Spelling {
  const char* published;
  const char* recorded;
};

// coremltools publishes names in lower case and without leading underscores, so that a recorded name would not find
// its row: the list holds both spellings.
constexpr Spelling kCoremlSpellings[] = {
    {"adaptive_avg_pool2d", "_adaptive_avg_pool2d"},
    {"and", "__and__"},
    {"assert_async", "_assert_async"},
    {"constant", "prim::Constant"},
    {"convolution", "_convolution"},
    {"convolution_mode", "_convolution_mode"},
    {"iand", "__iand__"},
    {"implicittensortonum", "prim::ImplicitTensorToNum"},
    {"int", "Int"},
    {"ior", "__ior__"},
    {"ixor", "__ixor__"},
    {"listconstruct", "prim::ListConstruct"},
    {"listunpack", "prim::ListUnpack"},
    {"local_scalar_dense", "_local_scalar_dense"},
    {"log_softmax", "_log_softmax"},
    {"native_batch_norm_legit", "_native_batch_norm_legit"},
    {"native_batch_norm_legit_no_training", "_native_batch_norm_legit_no_training"},
    {"numpy_t", "numpy_T"},
    {"numtotensor", "prim::NumToTensor"},
    {"or", "__or__"},
    {"pack_padded_sequence", "_pack_padded_sequence"},
    {"pad_packed_sequence", "_pad_packed_sequence"},
    {"scalarimplicit", "ScalarImplicit"},
    {"scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_flash_attention_for_cpu"},
    {"shape_as_tensor", "_shape_as_tensor"},
    {"softmax", "_softmax"},
    {"to_copy", "_to_copy"},
    {"tupleconstruct", "prim::TupleConstruct"},
    {"tupleunpack", "prim::TupleUnpack"},
    {"unique2", "_unique2"},
    {"unsafe_index", "_unsafe_index"},
    {"unsafe_view", "_unsafe_view"},
    {"upsample_bicubic2d_aa", "_upsample_bicubic2d_aa"},
    {"upsample_bilinear2d_aa", "_upsample_bilinear2d_aa"},
    {"weight_int4pack_mm", "_weight_int4pack_mm"},
    {"weight_int4pack_mm_for_cpu", "_weight_int4pack_mm_for_cpu"},
    {"weight_norm", "_weight_norm"},
    {"weight_norm_interface", "_weight_norm_interface"},
    {"xor", "__xor__"},
};

// What a list should hold.
struct Content {
  Names native;
  Names decomposed;
  Names unsupported;
};

// Overloads and misprints share a name: the best that is said of one counts.
Content Published(const PublishedList& list, const std::vector<ops::PublishedName>& rows) {
  Content content;
  std::map<std::string, int> rank;
  for (const ops::PublishedName& row : rows) {
    const std::optional<ops::NameSpace> name_space = ops::PublishedNameSpace(row.name_space);
    EXPECT_TRUE(name_space.has_value()) << row.name_space;
    const std::string name = ops::NormalName(name_space.value_or(ops::NameSpace::kAten), row.op);
    // ONNX defines some operators as functions of others; a back end may run them so.
    const bool function = list.id == absl::string_view("onnx-standard") && row.detail == "function-decomposable";
    const int best = row.support == "unsupported" ? 2 : (function ? 1 : 0);
    const auto [it, added] = rank.emplace(name, best);
    if (!added) it->second = std::min(it->second, best);
  }
  Names* const kinds[] = {&content.native, &content.decomposed, &content.unsupported};
  for (const auto& [name, best] : rank) kinds[best]->insert(name);
  if (list.id == absl::string_view("coreml")) {
    for (const Spelling& spelling : kCoremlSpellings) {
      EXPECT_EQ(content.native.count(spelling.published), 1U) << spelling.published << " is not published";
      EXPECT_TRUE(content.native.insert(spelling.recorded).second) << spelling.recorded << " is published itself";
    }
  }
  return content;
}

// What is only in one of two sets, each name with its sign.
std::vector<std::string> Difference(const Names& wanted, const Names& found) {
  std::vector<std::string> lines;
  for (const std::string& name : wanted) {
    if (found.count(name) == 0) lines.push_back("-" + name);
  }
  for (const std::string& name : found) {
    if (wanted.count(name) == 0) lines.push_back("+" + name);
  }
  return lines;
}

TEST(OperatorListsTest, AreTheOnesOfTheTableAndSayWhatAbsenceMeans) {
  const auto lists = EmbeddedListsById();
  EXPECT_EQ(lists.size(), std::size(kLists));
  for (const PublishedList& expected : kLists) {
    SCOPED_TRACE(expected.id);
    const auto found = lists.find(expected.id);
    ASSERT_NE(found, lists.end());
    EXPECT_EQ(found->second.absent(), expected.absent);
    EXPECT_FALSE(found->second.absent_note().empty());
  }
}

TEST(OperatorListsTest, NamesAreInTheTableAndStandOnce) {
  for (const auto& [id, list] : EmbeddedListsById()) {
    SCOPED_TRACE(id);
    const std::optional<ops::NameSpace> name_space = ops::NameSpaceFromName(list.name_space());
    ASSERT_TRUE(name_space.has_value()) << list.name_space();
    Names all;
    for (const Names& names : {Split(list.native()), Split(list.decomposed()), Split(list.unsupported())}) {
      for (const std::string& name : names) {
        EXPECT_TRUE(all.insert(name).second) << name << " stands under two kinds of support";
        EXPECT_NE(ops::FindOpConcept(*name_space, name), nullptr) << name << " is not in op_names.textproto";
      }
    }
    EXPECT_GT(all.size(), 40U);
  }
}

TEST(OperatorListsTest, HoldExactlyWhatWasPublished) {
  const char* data = std::getenv("SANDGLASS_DATA");
  const std::string folder = absl::StrCat(data == nullptr ? "" : data, "/opcoverage/");
  if (data == nullptr || !std::ifstream(folder + "MANIFEST.tsv").good()) {
    GTEST_SKIP() << "set SANDGLASS_DATA to the folder of opcoverage/*.tsv";
  }
  const auto lists = EmbeddedListsById();
  for (const PublishedList& expected : kLists) {
    SCOPED_TRACE(expected.id);
    const auto rows = ops::ReadPublishedList(absl::StrCat(folder, expected.file, ".tsv"));
    ASSERT_FALSE(rows.empty()) << expected.file;
    const v1::OperatorList& list = lists.at(expected.id);
    EXPECT_EQ(ops::NameSpaceFromName(list.name_space()), ops::PublishedNameSpace(rows.front().name_space));
    const Content content = Published(expected, rows);
    EXPECT_EQ(Difference(content.native, Split(list.native())), std::vector<std::string>()) << "native";
    EXPECT_EQ(Difference(content.decomposed, Split(list.decomposed())), std::vector<std::string>()) << "decomposed";
    EXPECT_EQ(Difference(content.unsupported, Split(list.unsupported())), std::vector<std::string>()) << "unsupported";
  }
}

// Each list cites the file of which commit it is, as the manifest has it.
TEST(OperatorListsTest, CiteTheCommitOfTheManifest) {
  const char* data = std::getenv("SANDGLASS_DATA");
  std::ifstream manifest(absl::StrCat(data == nullptr ? "" : data, "/opcoverage/MANIFEST.tsv"));
  if (data == nullptr || !manifest.good()) GTEST_SKIP() << "set SANDGLASS_DATA to the folder of opcoverage/*.tsv";
  std::map<std::string, std::vector<std::string>> rows;
  std::string line;
  while (std::getline(manifest, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, '\t');
    if (cells.size() > 7) rows[cells[0]] = cells;
  }
  const auto lists = EmbeddedListsById();
  for (const PublishedList& expected : kLists) {
    SCOPED_TRACE(expected.id);
    // file, backend, namespace, rows, repo, path, commit, commit_date.
    const auto row = rows.find(absl::StrCat(expected.file, ".tsv"));
    ASSERT_NE(row, rows.end());
    const v1::Source& source = lists.at(expected.id).source();
    EXPECT_EQ(source.title(), row->second[4]);
    EXPECT_EQ(source.locator(), absl::StrCat(row->second[6].substr(0, 7), " ", row->second[5]));
    EXPECT_TRUE(row->second[7].empty() || source.date() == row->second[7]) << source.date();
  }
}

}  // namespace
}  // namespace sandglass::silicon
