#include "collectors/importers/format/mended_json.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/string_view.h"

namespace sandglass::collectors {
namespace {

TEST(MendJsonTest, MakesJsonOfWhatWritersLeft) {
  struct Case {
    absl::string_view text;
    absl::string_view mended;
  };
  const Case cases[] = {
      {R"({"a": [1, 2.5, -3e+10, true, null]})", R"({"a": [1, 2.5, -3e+10, true, null]})"},
      {R"({"a": [inf,-inf, nan,-nan]})", R"({"a": ["inf","-inf", "nan","-nan"]})"},
      {R"({"inf": "nan", "b": "a \" inf"})", R"({"inf": "nan", "b": "a \" inf"})"},
      {R"({"a": 18446744073709551616, "b": 18446744073709551615})", R"({"a": 0, "b": 18446744073709551615})"},
      {R"({"a": 0.12345678901234567890123, "b": "99999999999999999999999"})",
       R"({"a": 0.12345678901234567890123, "b": "99999999999999999999999"})"},
      {"{\"a\x01\": \"\xff\"}", "{\"a \": \"?\"}"},
      {"{\"a\": \"caf\xc3\xa9\"}", "{\"a\": \"caf\xc3\xa9\"}"},
      {"\"open", "\"open"},
      {"\"ends in \\", "\"ends in \\"},
      {"", ""},
  };
  for (const Case& c : cases) {
    std::string mended = "left from before";
    MendJson(c.text, mended);
    EXPECT_EQ(mended, c.mended) << c.text;
  }
}

}  // namespace
}  // namespace sandglass::collectors
