#include "collectors/importers/chakra/python_text.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors::chakra {
namespace {

TEST(PythonTextTest, WhatPythonPrintsIsRead) {
  for (const absl::string_view text :
       {"[]", "[[[64], []], [[]]]", "[[62, 63, 0, 512, 4, 'cuda:0'], True, -1, None, False]", "['', 'a, b]', '<None>']",
        "-1.5", "1.0", "0.30000000000000004", "1e-05", "inf", "-inf", "nan", "None", "'text'", "\"it's\"",
        "'say \"it\"'", R"('it\'s "it"')", R"('\\ \n\r\t')"}) {
    const auto value = ParsePython(text);
    ASSERT_TRUE(value.has_value()) << text;
    EXPECT_EQ(PrintPython(*value), text);
  }
  EXPECT_EQ(ParsePython("\"it's\"")->text, "it's");
  EXPECT_EQ(ParsePython(R"('a\'b\n\\\x1b')")->text, "a'b\n\\\\x1b");
  EXPECT_EQ(ParsePython(" [ 1 ,2 ] ")->list.size(), 2);
  EXPECT_EQ(ParsePython("9223372036854775807")->integer, 9223372036854775807);
  EXPECT_EQ(ParsePython("1e-05")->real, 1e-05);
}

// What was not undone while reading is text as any other.
TEST(PythonTextTest, WhatIsPrintedIsReadAsTheSame) {
  for (const absl::string_view text : {R"('\x1b')", R"("a\"'")", "'\x1b'", "1e22", "123456789012345680.0"}) {
    const auto value = ParsePython(text);
    ASSERT_TRUE(value.has_value()) << text;
    const auto again = ParsePython(PrintPython(*value));
    ASSERT_TRUE(again.has_value()) << PrintPython(*value);
    EXPECT_EQ(again->kind, value->kind) << text;
    EXPECT_EQ(again->text, value->text);
    EXPECT_EQ(again->real, value->real);
  }
}

TEST(PythonTextTest, NothingElseIs) {
  for (const absl::string_view text : {"",
                                       " ",
                                       "[",
                                       "]",
                                       "[1",
                                       "[1,",
                                       "[1,]",
                                       "[,]",
                                       "[1 2]",
                                       "[1]]",
                                       "(1, 2)",
                                       "{}",
                                       "{'a': 1}",
                                       "'open",
                                       "'a\\",
                                       "true",
                                       "<Object>",
                                       "1x",
                                       "9223372036854775808",
                                       "[1] [2]",
                                       "tensor(1)"}) {
    EXPECT_FALSE(ParsePython(text).has_value()) << text;
  }
}

TEST(PythonTextTest, DepthIsBounded) {
  const auto nested = [](int depth) { return absl::StrCat(std::string(depth, '['), std::string(depth, ']')); };
  EXPECT_TRUE(ParsePython(nested(kMostPythonDepth)).has_value());
  EXPECT_FALSE(ParsePython(nested(kMostPythonDepth + 1)).has_value());
  EXPECT_FALSE(ParsePython(std::string(1 << 20, '[')).has_value());
}

}  // namespace
}  // namespace sandglass::collectors::chakra
