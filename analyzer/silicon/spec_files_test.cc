// How the files of a catalog refer to each other, lie over each other and are read, and what is said of their faults.
#include "analyzer/silicon/spec_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/spec_text_fixture.h"

namespace sandglass::silicon {
namespace {

using Lines = std::vector<std::string>;

// "eager" of the good spec as a shared stack.
std::string SharedStack() {
  return absl::StrCat(
      "name: \"shared\" fuses: true kernel_language: \"CUDA\"\n",
      "dispatch { value: 9 low: 3 high: 20 unit: \"us\" basis: FIGURE_BASIS_ASSUMED confidence: CONFIDENCE_LOW ",
      "note: \"a guess\" ", kTestSource, " }\n", Datasheet("operator_floor", 4, "us"), Datasheet("loop_turn", 3, "us"),
      "operator_lists: \"long\"\n", "operators { op_class: \"*\" support: SUPPORT_UNKNOWN ",
      "evidence: EVIDENCE_KIND_DOCUMENTED ", kTestSource, " }\n");
}

std::string List(absl::string_view id) {
  return absl::StrCat("id: \"", id, "\" name_space: \"aten\" native: \"mm add\" ", kTestSource, "\n");
}

std::string Sources(absl::string_view key, absl::string_view title) {
  return absl::StrCat("entries { key: \"", key, "\" source { title: \"", title,
                      "\" locator: \"page 3\" date: \"2025\" } }\n");
}

std::string Claims(absl::string_view more) {
  return absl::StrCat("claims { id: \"one\" statement: \"It is so.\" finding: \"It is.\" ", more, " }\n");
}

SpecFiles Whole() {
  return {.classes = {{"chip.textproto", GoodSpec()}},
          .stacks = {{"base.textproto", SharedStack()}},
          .lists = {{"long.textproto", List("long")}, {"short.textproto", List("short")}},
          .shared = {{"claims.textproto", Claims("verdict: CLAIM_VERDICT_SUPPORTED")},
                     {"sources.textproto", Sources("book", "The book")}}};
}

std::string Replaced(const std::string& text, const std::string& from, const std::string& to) {
  EXPECT_NE(text.find(from), std::string::npos) << from;
  return absl::StrReplaceAll(text, {{from, to}});
}

// `text` of `files` edited.
SpecFiles With(Files SpecFiles::*group, size_t index, const std::string& from, const std::string& to) {
  SpecFiles files = Whole();
  std::string& text = (files.*group)[index].second;
  text = Replaced(text, from, to);
  return files;
}

TEST(SpecFilesTest, TheWholeOneIsGood) {
  EXPECT_EQ(Catalog::FindProblems(Whole()), Lines());
  const ParsedSpecs parsed = ParseSpecFiles(Whole());
  EXPECT_EQ(parsed.problems, Lines());
  EXPECT_EQ(parsed.classes.size(), 1);
  EXPECT_EQ(parsed.stems, Lines{"chip"});
  EXPECT_EQ(parsed.lists.size(), 2);
  EXPECT_EQ(parsed.claims.claims_size(), 1);
}

TEST(SpecFilesTest, ACitationAddsItsOwnPart) {
  const auto source = [](const std::string& citation) {
    const ParsedSpecs parsed =
        ParseSpecFiles(With(&SpecFiles::classes, 0, kTestSource, absl::StrCat("source { ", citation, " }")));
    EXPECT_EQ(parsed.problems, Lines());
    const v1::Source& found = parsed.classes.front().memory().bandwidth().source();
    return absl::StrCat(found.ref(), "|", found.title(), "|", found.locator(), "|", found.date());
  };
  EXPECT_EQ(source("ref: \"book\""), "book|The book|page 3|2025");
  EXPECT_EQ(source("ref: \"book\" locator: \"line 4\""), "book|The book|page 3 line 4|2025");
  EXPECT_EQ(source("ref: \"book\" title: \"Its errata\" date: \"2026-02\""), "book|Its errata|page 3|2026-02");
  EXPECT_EQ(source("title: \"Alone\" locator: \"row 1\" date: \"2024\""), "|Alone|row 1|2024");
}

TEST(SpecFilesTest, AnUnknownKeyIsReportedWhereItStands) {
  const std::string none = "source { ref: \"bok\" title: \"a test\" date: \"2026-11\" }";
  const std::string rest =
      "source.ref \"bok\" is no key of sources.textproto; add an entry, or give title and date here";
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::classes, 0, std::string("note: \"a guess\" ") + kTestSource,
                                       "note: \"a guess\" " + none)),
            Lines{absl::StrCat("chip.textproto: power.host_share.source: ", rest)});
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::classes, 0, std::string("EVIDENCE_KIND_DOCUMENTED ") + kTestSource,
                                       "EVIDENCE_KIND_DOCUMENTED " + none)),
            Lines{absl::StrCat("chip.textproto: stacks[0].operators[0].source: ", rest)});
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::stacks, 0, std::string("EVIDENCE_KIND_DOCUMENTED ") + kTestSource,
                                       "EVIDENCE_KIND_DOCUMENTED " + none)),
            Lines{absl::StrCat("stacks/base.textproto: operators[0].source: ", rest)});
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::lists, 1, kTestSource, none)),
            Lines{absl::StrCat("lists/short.textproto: source: ", rest)});
  const std::string evidence =
      "evidence { text: \"a ratio\" " + Replaced(Datasheet("figure", 2, "ratio"), kTestSource, none) + "}";
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::shared, 0, "verdict", evidence + " verdict")),
            Lines{absl::StrCat("claims.textproto: claims[0].evidence[0].figure.source: ", rest)});
}

// The class's only stack begins from the shared one, with `own` over it.
v1::SoftwareStack Extended(const std::string& own) {
  SpecFiles files = Whole();
  std::string& text = files.classes[0].second;
  const size_t stack = text.find("stacks {");
  text.replace(stack, text.find("prices {") - stack, absl::StrCat("stacks { extends: \"base\"\n", own, "}\n"));
  EXPECT_EQ(Catalog::FindProblems(files), Lines());
  return ParseSpecFiles(files).classes.front().stacks(0);
}

TEST(SpecFilesTest, AStackThatExtendsAnotherHasAllOfIt) {
  const v1::SoftwareStack stack = Extended("");
  EXPECT_EQ(stack.name(), "shared");
  EXPECT_EQ(stack.extends(), "base");
  EXPECT_TRUE(stack.fuses());
  EXPECT_EQ(stack.kernel_language(), "CUDA");
  EXPECT_EQ(stack.dispatch().value(), 9);
  EXPECT_EQ(stack.dispatch().high(), 20);
  EXPECT_EQ(stack.operator_floor().value(), 4);
  EXPECT_EQ(stack.operators_size(), 1);
  EXPECT_EQ(stack.operator_lists_size(), 1);
}

TEST(SpecFilesTest, WhatAStackGivesItselfTakesThePlaceWhole) {
  const v1::SoftwareStack stack = Extended(absl::StrCat(
      "name: \"own\" kernel_language: \"HIP\"\n", Datasheet("dispatch", 5, "us"), Datasheet("compile", 60, "s"),
      "operators { op_class: \"gemm\" support: SUPPORT_NATIVE evidence: EVIDENCE_KIND_MEASURED ", kTestSource, " }\n",
      "operators { op_class: \"attention\" support: SUPPORT_NATIVE evidence: EVIDENCE_KIND_MEASURED ", kTestSource,
      " }\n"));
  EXPECT_EQ(stack.name(), "own");
  EXPECT_EQ(stack.kernel_language(), "HIP");
  EXPECT_EQ(stack.compile().value(), 60);
  // Nothing is left of the figure that it replaces.
  EXPECT_EQ(stack.dispatch().value(), 5);
  EXPECT_FALSE(stack.dispatch().has_low());
  EXPECT_FALSE(stack.dispatch().has_high());
  EXPECT_EQ(stack.dispatch().note(), "");
  EXPECT_EQ(stack.dispatch().basis(), v1::FIGURE_BASIS_DATASHEET);
  EXPECT_EQ(stack.operator_floor().value(), 4);
  // Its own operators come first, in their order; the lists stay.
  ASSERT_EQ(stack.operators_size(), 3);
  EXPECT_EQ(stack.operators(0).op_class(), "gemm");
  EXPECT_EQ(stack.operators(1).op_class(), "attention");
  EXPECT_EQ(stack.operators(2).op_class(), "*");
  ASSERT_EQ(stack.operator_lists_size(), 1);
  EXPECT_EQ(stack.operator_lists(0), "long");
  // Lists of its own take the place of the other's.
  const v1::SoftwareStack listed = Extended("operator_lists: \"short\"");
  ASSERT_EQ(listed.operator_lists_size(), 1);
  EXPECT_EQ(listed.operator_lists(0), "short");
}

TEST(SpecFilesTest, ReferencesThatLeadNowhereAreReported) {
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::classes, 0, "name: \"eager\"", "name: \"eager\" extends: \"bass\"")),
            Lines{"chip.textproto: stacks[0].extends: \"bass\" is no stack of the catalog's stacks/ folder"});
  EXPECT_EQ(Catalog::FindProblems(
                With(&SpecFiles::classes, 0, "name: \"eager\"", "name: \"eager\" operator_lists: \"longer\"")),
            Lines{"chip.textproto: stacks[0].operator_lists: \"longer\" is no list of the catalog's lists/ folder"});
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::stacks, 0, "name: \"shared\"", "extends: \"other\"")),
            Lines{"stacks/base.textproto: extends: \"other\": a shared stack extends no other"});
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::lists, 0, "id: \"long\"", "id: \"longer\"")),
            Lines{"lists/long.textproto: id: \"longer\" is not the file's name"});
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::lists, 0, "\"aten\"", "\"atem\"")),
            Lines{"lists/long.textproto: name_space: \"atem\" is none of aten, hlo, onnx, nki, ttnn"});
}

TEST(SpecFilesTest, AListThatFallsBackNeedsAHost) {
  SpecFiles files = With(&SpecFiles::lists, 0, "native:", "absent: SUPPORT_HOST_FALLBACK native:");
  // No class uses it yet.
  EXPECT_EQ(Catalog::FindProblems(files), Lines());
  files.classes[0].second = Replaced(files.classes[0].second, "\"eager\"", "\"eager\" operator_lists: \"long\"");
  EXPECT_EQ(Catalog::FindProblems(files), Lines{"chip.textproto: host: is missing, and what list long of stack eager "
                                                "does not name falls back to it"});
}

TEST(SpecFilesTest, UnknownFieldsAreNamedWithFileAndLine) {
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::stacks, 0, "\nloop_turn", "\nloop_trun")),
            Lines{"stacks/base.textproto:4:11: Message type \"sandglass.v1.SoftwareStack\" has no field named "
                  "\"loop_trun\"."});
  EXPECT_EQ(
      Catalog::FindProblems(With(&SpecFiles::lists, 0, "native:", "\n  nativ:")),
      Lines{"lists/long.textproto:2:8: Message type \"sandglass.v1.OperatorList\" has no field named \"nativ\"."});
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::shared, 0, "verdict:", "\nverdikt:")),
            Lines{"claims.textproto:2:8: Message type \"sandglass.v1.Claim\" has no field named \"verdikt\"."});
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::shared, 1, "key:", "\n\nkee:")),
            Lines{"sources.textproto:3:4: Message type \"sandglass.v1.SourceList.Entry\" has no field named \"kee\"."});
}

TEST(SpecFilesTest, AClaimSaysWhetherItStands) {
  const std::string verdict = "verdict: CLAIM_VERDICT_SUPPORTED";
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::shared, 0, verdict, "")),
            Lines{"claims.textproto: claims[0].verdict: is missing"});
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::shared, 0, "finding: \"It is.\"", "")),
            Lines{"claims.textproto: claims[0].finding: is missing; say what was looked for and found"});
  EXPECT_EQ(Catalog::FindProblems(With(&SpecFiles::shared, 0, "statement: \"It is so.\"", "")),
            Lines{"claims.textproto: claims[0].statement: is missing"});
  SpecFiles twice = Whole();
  twice.shared[0].second += twice.shared[0].second;
  EXPECT_EQ(Catalog::FindProblems(twice), Lines{"claims.textproto: claims[1].id: is missing or there twice"});
  EXPECT_EQ(Catalog::FindProblems(
                With(&SpecFiles::shared, 0, verdict, verdict + " evidence { text: \"a ratio\" figure { value: 2 } }")),
            Lines{"claims.textproto: claims[0].evidence[0].figure: 2: unit is missing"});
}

TEST(SpecFilesTest, AllProblemsOfAllFilesAreReportedAtOnce) {
  SpecFiles files = Whole();
  std::string& chip = files.classes[0].second;
  chip = Replaced(chip, "value: 900", "value: nan");
  chip = Replaced(chip, "vendor: \"Maker\"\n", "");
  chip = Replaced(chip, "value: 50 ", "value: 400 ");
  files.classes.emplace_back("other.textproto", Replaced(GoodSpec(), "id: \"chip\"", "id: \"otter\""));
  files.classes.emplace_back("third.textproto", "id: \"third\"\nvendour: \"Maker\"\n");
  files.lists[1].second = List("shorter");
  files.shared[0].second = Claims("");
  EXPECT_EQ(Catalog::FindProblems(files),
            (Lines{"lists/short.textproto: id: \"shorter\" is not the file's name",
                   "third.textproto:2:8: Message type \"sandglass.v1.SiliconClass\" has no field named \"vendour\".",
                   "chip.textproto: vendor: is missing", "chip.textproto: memory.bandwidth: nan is not a finite number",
                   "chip.textproto: power.idle: 400 W is not below power.limit, 300 W",
                   "other.textproto: id: \"otter\" is not the file's name, \"other\"",
                   "otter.textproto: aliases: \"Small Chip\" is already a name of chip",
                   "claims.textproto: claims[0].verdict: is missing"}));
  // The first of them refuses the catalog.
  const auto catalog = Catalog::FromFiles(files);
  EXPECT_EQ(catalog.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(catalog.status().message()), "lists/short.textproto: id: \"shorter\" is not the file's name");
}

TEST(SpecFilesTest, AnOverlayReplacesByNameAndJoinsSources) {
  const std::string other = Replaced(Replaced(GoodSpec(), "\"chip\"", "\"add\""), "Small Chip", "Added");
  const SpecFiles overlay = {
      .classes = {{"add.textproto", Replaced(other, kTestSource, "source { ref: \"web\" }")},
                  {"chip.textproto", Replaced(GoodSpec(), kTestSource, "source { ref: \"book\" }")}},
      .stacks = {{"base.textproto", SharedStack()}, {"new.textproto", SharedStack()}},
      .lists = {{"new.textproto", List("new")}, {"short.textproto", List("short")}},
      .shared = {{"claims.textproto", Claims("verdict: CLAIM_VERDICT_MISCITED")},
                 {"sources.textproto", Sources("web", "The web") + Sources("tape", "The tape")}}};
  SpecFiles base = Whole();
  base.shared[1].second += Sources("tape", "The old tape");
  Lines shadowed = {"kept"};
  const SpecFiles joined = Overlay(base, overlay, shadowed);
  // New ones shadow nothing, and neither do sources and claims.
  EXPECT_EQ(shadowed, (Lines{"kept", "chip", "stacks/base", "lists/short"}));
  EXPECT_EQ(Catalog::FindProblems(joined), Lines());
  const ParsedSpecs parsed = ParseSpecFiles(joined);
  EXPECT_EQ(parsed.stems, (Lines{"add", "chip"}));
  EXPECT_EQ(parsed.lists.size(), 3);
  EXPECT_EQ(parsed.classes[0].memory().bandwidth().source().title(), "The web");
  EXPECT_EQ(parsed.classes[1].memory().bandwidth().source().title(), "The book");
  ASSERT_EQ(parsed.claims.claims_size(), 1);
  EXPECT_EQ(parsed.claims.claims(0).verdict(), v1::CLAIM_VERDICT_MISCITED);
  // Of two entries with one key the overlay's holds.
  SpecFiles taped = joined;
  taped.classes[0].second = Replaced(taped.classes[0].second, "ref: \"web\"", "ref: \"tape\"");
  EXPECT_EQ(ParseSpecFiles(taped).classes[0].memory().bandwidth().source().title(), "The tape");
}

class SpecFolderTest : public ::testing::Test {
 protected:
  SpecFolderTest() {
    const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) / absl::StrCat("spec_files_test_", test.name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  std::filesystem::path folder_;
};

TEST_F(SpecFolderTest, IsReadByKind) {
  Write("b.textproto", "b");
  Write("a.textproto", "a");
  Write("claims.textproto", "c");
  Write("sources.textproto", "s");
  Write("stacks/x.textproto", "x");
  Write("lists/y.textproto", "y");
  Write("lists/notes.txt", "no");
  Write("drafts/z.textproto", "no");
  const auto files = ReadSpecFiles(folder_.string());
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->classes, (Files{{"a.textproto", "a"}, {"b.textproto", "b"}}));
  EXPECT_EQ(files->stacks, (Files{{"x.textproto", "x"}}));
  EXPECT_EQ(files->lists, (Files{{"y.textproto", "y"}}));
  EXPECT_EQ(files->shared, (Files{{"claims.textproto", "c"}, {"sources.textproto", "s"}}));
}

TEST_F(SpecFolderTest, WithoutSpecsIsAnError) {
  const std::string folder = folder_.string();
  EXPECT_EQ(ReadSpecFiles(folder).status().ToString(),
            absl::StrCat("NOT_FOUND: silicon catalog ", folder, ": holds no *.textproto file"));
  Write("notes.txt", "no");
  EXPECT_EQ(ReadSpecFiles(folder).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadSpecFiles(folder + "/notes.txt").status().ToString(),
            absl::StrCat("NOT_FOUND: silicon catalog ", folder,
                         "/notes.txt: is no folder; give a folder of *.textproto files"));
  EXPECT_EQ(ReadSpecFiles(folder + "/none").status().code(), absl::StatusCode::kNotFound);
  // One of its parts is enough.
  Write("lists/long.textproto", List("long"));
  EXPECT_TRUE(ReadSpecFiles(folder).ok());
}

TEST_F(SpecFolderTest, WhatCannotBeReadIsAnError) {
  Write("good.textproto", "");
  std::filesystem::create_symlink(folder_ / "gone", folder_ / "link.textproto");
  EXPECT_EQ(ReadSpecFiles(folder_.string()).status().ToString(),
            absl::StrCat("INVALID_ARGUMENT: ", (folder_ / "link.textproto").string(),
                         " cannot be read: No such file or directory"));
  std::filesystem::remove(folder_ / "link.textproto");
  EXPECT_TRUE(ReadSpecFiles(folder_.string()).ok());
  std::filesystem::create_directory(folder_ / "folder.textproto");
  EXPECT_EQ(
      ReadSpecFiles(folder_.string()).status().ToString(),
      absl::StrCat("INVALID_ARGUMENT: ", (folder_ / "folder.textproto").string(), " cannot be read: Is a directory"));
}

}  // namespace
}  // namespace sandglass::silicon
