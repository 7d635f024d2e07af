#include "collectors/importers/format/json_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sandglass::collectors {
namespace {

using ::testing::ElementsAre;

TEST(LastElementCommaTest, FindsTheLastBetweenTwoObjects) {
  const auto rest = [](absl::string_view text, bool may_end_in_it = false) {
    const size_t at = LastElementComma(text, may_end_in_it);
    return at == absl::string_view::npos ? "none" : std::string(text.substr(at));
  };
  EXPECT_EQ(rest("{\"a\": 1}, {\"a\": 2}, {\"b\": 3, \"c"), ", {\"b\": 3, \"c");
  EXPECT_EQ(rest("{\"a\": 1}, {\"a\": 2},\n", true), ",\n");
  EXPECT_EQ(rest("{\"a\": 1}, {\"a\": 2},\n"), ", {\"a\": 2},\n");
  EXPECT_EQ(rest("{\"a\": 1}\n  ,\n  {\n  \"a\": 2"), ",\n  {\n  \"a\": 2");
  EXPECT_EQ(rest("{\"a\": 1}, {"), "none");
  EXPECT_EQ(rest("{\"a\": {\"b\": 1}, \"c\": 2"), "none");
  EXPECT_EQ(rest("1, {\"a\": 2}"), "none");
  EXPECT_EQ(rest(", {\"a\": 2}"), "none");
  EXPECT_EQ(rest(""), "none");
}

struct Elements {
  std::vector<std::string> texts;
  // What was left, from the byte that reading is to go on with.
  std::string rest;
  bool restored = true;
};

// `taken`: how many are, at most.
Elements Read(const std::string& text, size_t taken = 100, const std::string& behind = "") {
  std::string buffer = " " + text + behind + std::string(simdjson::SIMDJSON_PADDING, ' ');
  JsonRun run;
  Elements elements;
  if (run.Index(buffer.data() + 1, text.size())) {
    const size_t passed = run.ForEach([&](simdjson::ondemand::object& object, size_t at) {
      if (elements.texts.size() == taken) return false;
      const absl::string_view json = TextOf(object);
      if (json.empty()) return false;
      EXPECT_EQ(text.substr(at, json.size()), json);
      elements.texts.emplace_back(json);
      return true;
    });
    elements.rest = text.substr(passed);
  } else {
    elements.rest = "not indexed";
  }
  elements.restored = absl::string_view(buffer).substr(1, text.size()) == text;
  return elements;
}

TEST(JsonRunTest, HandsOnElementsUpToTheLastComma) {
  const Elements elements = Read("  {\"a\": [1, {\"b\": 2}]}, {\"c\": \"},\"},\n{\"d\": 3},");
  EXPECT_THAT(elements.texts, ElementsAre("{\"a\": [1, {\"b\": 2}]}", "{\"c\": \"},\"}", "{\"d\": 3}"));
  EXPECT_EQ(elements.rest, ",");
  EXPECT_TRUE(elements.restored);
}

TEST(JsonRunTest, EndsAtWhatWasNotTaken) {
  const Elements elements = Read("{\"a\": 1}, {\"b\": 2}, {\"c\": 3},", 1);
  EXPECT_THAT(elements.texts, ElementsAre("{\"a\": 1}"));
  EXPECT_EQ(elements.rest, "{\"b\": 2}, {\"c\": 3},");
  EXPECT_TRUE(elements.restored);
}

TEST(JsonRunTest, EndsAtWhatIsNoObjectOrUnsound) {
  EXPECT_EQ(Read("{\"a\": 1}, 2, {\"c\": 3},").rest, "2, {\"c\": 3},");
  // Brackets are counted, whatever their kind, as JsonPieces does.
  EXPECT_EQ(Read("{\"a\": 1}, {\"b\": [2}}, {\"c\": 3},").rest, ",");
  // A comma of the element's own was taken for one between elements.
  EXPECT_EQ(Read("{\"a\": 1}, {\"b\": {\"c\": 3},").rest, "{\"b\": {\"c\": 3},");
  // A comma of an inner list was taken for one between elements.
  EXPECT_EQ(Read("{\"a\": 1}, {\"b\": [{\"c\": 3},").rest, "{\"b\": [{\"c\": 3},");
}

// Once it was read to its end.
TEST(JsonRunTest, WhatWasTakenIsNotReadAgain) {
  const Elements elements = Read("{\"a\": 1}, { } {\"c\": 3}, {\"d\": 4},");
  EXPECT_THAT(elements.texts, ElementsAre("{\"a\": 1}", "{ }"));
  EXPECT_EQ(elements.rest, "{\"c\": 3}, {\"d\": 4},");
}

// A comma of an inner list was taken for one between elements, and what follows begins as what would close them.
TEST(JsonRunTest, WhatIsBehindTheElementsIsNoneOfThem) {
  for (const std::string behind : {"}", "}}", "]", ",", "\"", "{\"d\": 4}]}"}) {
    for (const std::string cut : {"{\"b\": [{\"c\": 3},", "{\"b\": {\"e\": [{\"c\": 3},"}) {
      const Elements elements = Read("{\"a\": 1}, " + cut, 100, behind);
      EXPECT_THAT(elements.texts, ElementsAre("{\"a\": 1}")) << cut << behind;
      EXPECT_EQ(elements.rest, cut) << behind;
    }
  }
}

TEST(JsonRunTest, EndsWhereTheArrayDoes) {
  const Elements elements = Read("{\"a\": 1}, {\"b\": 2} \n ], \"more\": [{\"c\": 3},");
  EXPECT_EQ(elements.texts.size(), 2u);
  EXPECT_EQ(elements.rest, "], \"more\": [{\"c\": 3},");
  EXPECT_TRUE(elements.restored);
}

TEST(JsonRunTest, RefusesWhatIsNoJson) {
  for (const std::string text :
       {"{\"a\": \"open}, {\"b\": 1},", "{\"a\": \"\x01\"},", "{\"a\": \"\xff\"},", "{\"a\": 1}", ""}) {
    const Elements elements = Read(text);
    EXPECT_EQ(elements.rest, "not indexed") << text;
    EXPECT_TRUE(elements.restored) << text;
  }
}

}  // namespace
}  // namespace sandglass::collectors
