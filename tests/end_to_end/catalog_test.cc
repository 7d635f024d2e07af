// `sandglass catalog` as a user runs it: the built-in catalog, folders of specs over it, comparison, claims.
#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "analyzer/silicon/spec_text_fixture.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "proto/claims.pb.h"
#include "proto/silicon.pb.h"
#include "tests/end_to_end/process.h"

namespace sandglass::testing {
namespace {

using absl::StrContains;
using silicon::GoodSpec;

Outcome Catalog(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"analyzer/serve/sandglass", "catalog"});
  return RunProgram(arguments);
}

// Lines without the blanks that align them.
std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    lines.push_back(absl::StrJoin(absl::StrSplit(line, ' ', absl::SkipEmpty()), " "));
  }
  return lines;
}

bool HasLine(const std::string& text, const std::string& beginning) {
  const std::vector<std::string> lines = Lines(text);
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return absl::StartsWith(line, beginning); });
}

// A folder with that file.
std::string Folder(const std::string& name, const std::string& text) {
  const std::string folder = NewFolder();
  std::ofstream(absl::StrCat(folder, "/", name)) << text;
  return folder;
}

std::string Edited(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

int Classes(const Outcome& validated) {
  std::smatch match;
  const bool found = std::regex_search(validated.out, match, std::regex("^([0-9]+) classes, ([0-9]+) numbers: "));
  EXPECT_TRUE(found) << validated.out;
  return found ? std::stoi(match[1]) : 0;
}

TEST(CatalogTest, TheBuiltInOneIsValid) {
  const Outcome outcome = Catalog({"validate"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_GE(Classes(outcome), 40);
  EXPECT_TRUE(std::regex_search(outcome.out, std::regex("catalog digest [0-9a-f]{64}\n"))) << outcome.out;
}

TEST(CatalogTest, AFolderOfSpecsIsCheckedOverIt) {
  const Outcome outcome = Catalog({"validate", Folder("chip.textproto", GoodSpec())});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(Classes(outcome), Classes(Catalog({"validate"})) + 1);
}

TEST(CatalogTest, EachFaultIsNamedWithFileFieldValueAndRule) {
  struct Fault {
    const char* from;
    const char* to;
    const char* line;
  };
  const Fault faults[] = {
      {"900 unit: \"GB/s\"", "900", "chip.textproto: memory.bandwidth: 900: unit is missing"},
      {"value: 900", "value: 0",
       "chip.textproto: memory.bandwidth: value 0: must be above zero; leave out what is unknown"},
      {"value: 900", "value: nan", "chip.textproto: memory.bandwidth: nan is not a finite number"},
      {"limit { value: 300", "limit { value: 40", "chip.textproto: power.idle: 50 W is not below power.limit, 40 W"},
      {"bandwidth {", "bandwith {",
       "chip.textproto:14:10: Message type \"sandglass.v1.Memory\" has no field named \"bandwith\"."},
      {"source { title: \"a test\" date: \"2026-11\" }", "",
       "chip.textproto: matrix_rates[0].peak: 100 TFLOP/s: source.title is missing; say who or what says so"},
      {"\"Small Chip\"", "\"epyc\"", "chip.textproto: aliases: \"epyc\" is already a name of amd-epyc-9654"},
  };
  for (const Fault& fault : faults) {
    SCOPED_TRACE(fault.line);
    const Outcome outcome = Catalog({"validate", Folder("chip.textproto", Edited(GoodSpec(), fault.from, fault.to))});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err,
              absl::StrCat("sandglass: error: ", fault.line,
                           "\nsandglass: error: 1 problem in the catalog, listed above: mend the files\n"));
  }
}

TEST(CatalogTest, AllFaultsOfAllFilesAreListed) {
  const std::string folder = Folder("chip.textproto", Edited(GoodSpec(), "vendor: \"Maker\"", ""));
  std::ofstream(folder + "/odd.textproto") << "id: 7\n";
  std::ofstream(folder + "/sources.textproto") << "entries { kee: \"x\" }\n";
  const Outcome outcome = Catalog({"validate", folder});
  EXPECT_EQ(outcome.code, 1);
  for (const char* line : {"sandglass: error: sources.textproto:1:", "sandglass: error: odd.textproto:1:5: ",
                           "sandglass: error: chip.textproto: vendor: is missing",
                           "sandglass: error: 3 problems in the catalog, listed above"}) {
    EXPECT_TRUE(HasLine(outcome.err, line)) << line << "\n" << outcome.err;
  }
}

TEST(CatalogTest, ASpecInTheFolderShadowsTheBuiltInOne) {
  const std::string text =
      Edited(Edited(GoodSpec(), "id: \"chip\"", "id: \"nvidia-h100-sxm\""), "\"Small Chip\"", "\"H100\"");
  const std::string folder = Folder("nvidia-h100-sxm.textproto", text);
  const Outcome outcome = Catalog({"validate", folder});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "sandglass: warning: nvidia-h100-sxm takes the place of the built-in one\n");
  EXPECT_EQ(Classes(outcome), Classes(Catalog({"validate"})));
  const Outcome shown = Catalog({"show", "h100", "--catalog", folder});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_TRUE(HasLine(shown.err, "sandglass: warning: nvidia-h100-sxm")) << shown.err;
  EXPECT_TRUE(HasLine(shown.out, "memory.bandwidth 900 GB/s datasheet high a test")) << shown.out;
  EXPECT_TRUE(HasLine(Catalog({"show", "h100"}).out, "memory.bandwidth 3350 GB/s datasheet high"));
}

TEST(CatalogTest, DiffHasBothValuesAndTheirRatio) {
  const Outcome outcome = Catalog({"diff", "h100", "b200"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(HasLine(outcome.out, "figure nvidia-h100-sxm nvidia-b200-sxm ratio")) << outcome.out;
  // 8000 / 3350 = 2.388; 2250 / 989 = 2.275; 900 / 450 = 2.
  for (const char* line :
       {"memory.bandwidth 3350 GB/s 8000 GB/s 2.39 datasheet / datasheet",
        "matrix_rates.peak of bf16 989 TFLOP/s 2250 TFLOP/s 2.28 datasheet / datasheet",
        "link.bandwidth 450 GB/s 900 GB/s 2.00 datasheet / datasheet", "power.limit 700 W 1000 W 1.43 "}) {
    EXPECT_TRUE(HasLine(outcome.out, line)) << line << "\n" << outcome.out;
  }
  // What is equal is not shown: both tiles have 128 rows.
  EXPECT_FALSE(HasLine(outcome.out, "gpu.tile_rows ")) << outcome.out;
  const Outcome itself = Catalog({"diff", "H100", "nvidia-h100-sxm"});
  EXPECT_EQ(itself.code, 0);
  EXPECT_FALSE(HasLine(itself.out, "memory.bandwidth")) << itself.out;
  const Outcome unknown = Catalog({"diff", "h100", "b2000"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_EQ(unknown.out, "");
  EXPECT_TRUE(StrContains(unknown.err, "no silicon class \"b2000\"; nearest are nvidia-b200-sxm")) << unknown.err;
}

TEST(CatalogTest, ClaimsStandBesideTheirEvidence) {
  const Outcome text = Catalog({"claims"});
  const Outcome json = Catalog({"claims", "--format", "json"});
  ASSERT_EQ(text.code, 0) << text.err;
  ASSERT_EQ(json.code, 0) << json.err;
  v1::ClaimList list;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json.out, &list).ok()) << json.out;
  ASSERT_GE(list.claims_size(), 3);
  std::set<int> verdicts;
  for (const v1::Claim& claim : list.claims()) {
    verdicts.insert(claim.verdict());
    EXPECT_NE(claim.verdict(), v1::CLAIM_VERDICT_UNSPECIFIED) << claim.id();
    EXPECT_TRUE(HasLine(text.out, absl::StrCat("\"", claim.statement(), "\""))) << claim.statement();
    const std::string verdict =
        absl::StrReplaceAll(v1::ClaimVerdict_Name(claim.verdict()), {{"CLAIM_VERDICT_", ""}, {"_", " "}});
    EXPECT_TRUE(HasLine(text.out, absl::StrCat(verdict, ": ", claim.finding()))) << claim.id();
    for (const v1::ClaimEvidence& evidence : claim.evidence()) {
      EXPECT_TRUE(HasLine(text.out, absl::StrCat(evidence.text(), ": "))) << evidence.text();
      EXPECT_NE(evidence.figure().source().title(), "") << evidence.text();
    }
  }
  // Not everything that is said is borne out, and not everything is wrong.
  EXPECT_GE(verdicts.size(), 3);
}

TEST(CatalogTest, ShowHasEveryFigureWithItsSource) {
  const Outcome outcome = Catalog({"show", "cerebras-wse3"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(absl::StartsWith(outcome.out, "Cerebras WSE-3 (CS-3) (cerebras-wse3), Cerebras, ")) << outcome.out;
  for (const char* line : {"memory.capacity 44 GB datasheet medium Epoch AI chip dataset, ",
                           "dataflow.cores 900000 count datasheet high stas00/ml-engineering, ",
                           "matrix_rates[0].peak fp16 15 PFLOP/s ", "power.limit 18 kW 14-23 assumed low ",
                           // The maker's figure counts work that sparsity skips.
                           "matrix_rates[0].peak: not used: 125 PFLOP/s (stas00/ml-engineering, "}) {
    EXPECT_TRUE(HasLine(outcome.out, line)) << line << "\n" << outcome.out;
  }
  // By an alias, and for programs.
  const Outcome json = Catalog({"show", "CS-3", "--format", "json"});
  ASSERT_EQ(json.code, 0) << json.err;
  v1::SiliconClass message;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json.out, &message).ok()) << json.out;
  EXPECT_EQ(message.id(), "cerebras-wse3");
  EXPECT_EQ(message.dataflow().cores().value(), 900000);
}

}  // namespace
}  // namespace sandglass::testing
