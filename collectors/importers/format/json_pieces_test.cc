#include "collectors/importers/format/json_pieces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/byte_source_fixture.h"

namespace sandglass::collectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// All pieces, one word each for what it is.
std::vector<std::string> PiecesOf(JsonPieces pieces) {
  std::vector<std::string> found;
  while (true) {
    const absl::StatusOr<JsonPiece> piece = pieces.Next();
    if (!piece.ok()) {
      found.push_back(absl::StrCat("error ", piece.status().message()));
      return found;
    }
    switch (piece->kind) {
      case JsonPiece::Kind::kMember:
        found.push_back(absl::StrCat(piece->key, "=", piece->text, "@", piece->offset));
        break;
      case JsonPiece::Kind::kElement:
        found.push_back(absl::StrCat(piece->text, "@", piece->offset));
        break;
      case JsonPiece::Kind::kDamage:
        found.push_back(absl::StrCat("damage ", piece->text));
        break;
      case JsonPiece::Kind::kTruncated:
        found.push_back(absl::StrCat("truncated ", piece->text));
        return found;
      case JsonPiece::Kind::kEnd:
        found.push_back("end");
        return found;
    }
  }
}

std::vector<std::string> PiecesOf(ByteSource& source) { return PiecesOf(JsonPieces(source, "list")); }

std::vector<std::string> PiecesOf(const std::string& text, size_t step = 1 << 20) {
  SlowSource source(text, step);
  return PiecesOf(source);
}

TEST(JsonPiecesTest, MembersAndElementsComeOneByOneWhereverReadsEnd) {
  const std::string text = R"({"a": 1, "list": [{"x": "]}\"\\"}, 2 ,"s",], "b" : {"c": [1, "}"]}, "list": []})";
  for (size_t step = 1; step < text.size() + 1; ++step) {
    EXPECT_THAT(PiecesOf(text, step),
                ElementsAre("a=1@6", R"({"x": "]}\"\\"}@18)", "2@35", "\"s\"@38", R"(b={"c": [1, "}"]}@51)", "end"))
        << step;
  }
}

TEST(JsonPiecesTest, AFileMayBeOneArray) { EXPECT_THAT(PiecesOf("[ {}, [1], ]"), ElementsAre("{}@2", "[1]@6", "end")); }

TEST(JsonPiecesTest, WhatLiesDeeperIsOpenedByItsPath) {
  const std::string text = R"({"a": [{"b": {"c": [1, [2]], "d": 3}, "e": {"f": 4}}, 5, {"e": []}], "b": {"c": 6}})";
  const auto opens = [](absl::string_view path) {
    return path == "a" || path == "a[]" || path == "a[].b" || path == "a[].b.c";
  };
  for (size_t step = 1; step < text.size() + 1; ++step) {
    SlowSource source(text, step);
    EXPECT_THAT(PiecesOf(JsonPieces(source, opens)),
                ElementsAre("1@20", "[2]@23", "a[].b.d=3@34", R"(a[].e={"f": 4}@43)", "5@54", "a[].e=[]@63",
                            R"(b={"c": 6}@74)", "end"))
        << step;
  }
}

TEST(JsonPiecesTest, WhatWasOpenedAndIsCutOffSaysSo) {
  const std::string text = R"({"a": [{"b": [1, 2]}]})";
  for (size_t size = 1; size < text.size(); ++size) {
    SlowSource source(text.substr(0, size), 1);
    const auto found = PiecesOf(JsonPieces(source, [](absl::string_view) { return true; }));
    EXPECT_THAT(found.back(), HasSubstr("truncated")) << size;
  }
}

TEST(JsonPiecesTest, CommasBeforeTheEndAreCounted) {
  for (const auto& [text, commas] : std::map<std::string, uint64_t>{{"[1, 2]", 0}, {"[1,, 2]", 0}, {"[1, 2,\n]", 1}}) {
    SlowSource source(text, 1);
    JsonPieces pieces(source, "list");
    while (pieces.Next()->kind == JsonPiece::Kind::kElement) {
    }
    EXPECT_EQ(pieces.trailing_commas(), commas) << text;
  }
}

TEST(JsonPiecesTest, WhatFollowsTheDocumentIsNotTakenInSilence) {
  EXPECT_THAT(PiecesOf("[1] \n"), ElementsAre("1@1", "end"));
  EXPECT_THAT(PiecesOf("[1] {} []"),
              ElementsAre("1@1", HasSubstr("damage byte 4: the document has ended; 5 bytes behind it"), "end"));
}

TEST(JsonPiecesTest, WhatIsNoJsonIsRefusedWithItsPlace) {
  EXPECT_THAT(PiecesOf("  trace"), ElementsAre(HasSubstr("byte 2: a JSON document begins with { or [, not with 't'")));
  EXPECT_THAT(PiecesOf(""), ElementsAre("error the file is empty"));
}

TEST(JsonPiecesTest, AFileThatWasCutOffSaysWhere) {
  EXPECT_THAT(PiecesOf(R"({"list": [{"x": 1}, {"x")"), ElementsAre(R"({"x": 1}@10)", HasSubstr("truncated byte 20")));
  EXPECT_THAT(PiecesOf(R"({"a)"), ElementsAre(HasSubstr("truncated byte 1")));
  EXPECT_THAT(PiecesOf(R"({"a")"), ElementsAre(HasSubstr("truncated")));
  EXPECT_THAT(PiecesOf(R"({"a": 1)"), ElementsAre(HasSubstr("truncated")));
  EXPECT_THAT(PiecesOf("[1"), ElementsAre(HasSubstr("truncated")));
}

TEST(JsonPiecesTest, ReadingGoesOnBehindDamage) {
  const std::string text = "{\"list\": [\n{\"a\": 1},\n{\"b\": \"x\"y\"\n},\n{\"c\": 3},\n{\"d\": 4}]}";
  for (const size_t step : {1, 3, 1000}) {
    EXPECT_THAT(PiecesOf(text, step),
                ElementsAre("{\"a\": 1}@11", HasSubstr("damage byte 32: a string runs over the end of its line"),
                            "{\"c\": 3}@36", "{\"d\": 4}@46", "end"))
        << step;
  }
}

TEST(JsonPiecesTest, BracketsMayGoOnlySoDeep) {
  const std::string deep(1'000'000, '[');
  EXPECT_THAT(PiecesOf(absl::StrCat("{\"list\": [", deep, "\n{\"a\": 1}]}")),
              ElementsAre(HasSubstr("damage byte 267: brackets within brackets more than 256 times"),
                          absl::StrCat("{\"a\": 1}@", 11 + deep.size()), "end"));
  const std::string fits = absl::StrCat(std::string(kMostJsonDepth, '['), std::string(kMostJsonDepth, ']'));
  EXPECT_THAT(PiecesOf(absl::StrCat("[", fits, "]")), ElementsAre(absl::StrCat(fits, "@1"), "end"));
}

std::string LongList(int elements) {
  std::string text = "{\"list\": [";
  for (int i = 0; i < elements; ++i) absl::StrAppend(&text, i == 0 ? "" : ",", "{\"n\": ", i, "}");
  return absl::StrCat(text, "]}");
}

TEST(JsonPiecesTest, GzipIsUnpackedMemberAfterMember) {
  const std::string text = LongList(400'000);
  const std::string packed = absl::StrCat(Gzip(text.substr(0, 1'000'000)), Gzip(text.substr(1'000'000)));
  const std::vector<std::string> found = PiecesOf(*MemoryByteSource(packed));
  EXPECT_EQ(found, PiecesOf(text));
  EXPECT_EQ(found.size(), 400'001);
}

TEST(JsonPiecesTest, DamagedGzipGivesWhatLiesBeforeIt) {
  const std::string text = LongList(400'000);
  std::string packed = Gzip(text);
  const std::vector<std::string> cut =
      PiecesOf(*MemoryByteSource(absl::string_view(packed).substr(0, packed.size() / 2)));
  EXPECT_GT(cut.size(), 100'000);
  EXPECT_THAT(cut.back(), HasSubstr("the file ends within its gzip stream: it was cut off"));
  packed[packed.size() - 6] ^= 1;  // its checksum
  EXPECT_THAT(PiecesOf(*MemoryByteSource(packed)).back(), HasSubstr("the gzip stream is damaged"));
}

TEST(JsonPiecesTest, ASourceCanBeLeftBeforeItsEnd) {
  const std::string packed = Gzip(LongList(1'000'000));
  const std::unique_ptr<ByteSource> source = MemoryByteSource(packed);
  char byte = 0;
  EXPECT_EQ(*source->Read(&byte, 1), 1);
}

}  // namespace
}  // namespace sandglass::collectors
