#include "analyzer/report/plain_text.h"

#include <string>

#include "gtest/gtest.h"

namespace sandglass::report {
namespace {

struct Case {
  std::string text;
  std::string plain;
};

TEST(PlainTextTest, LeavesOutWhatATerminalActsOn) {
  const Case cases[] = {
      {"aten::addmm", "aten::addmm"},
      {"red \x1b[31mtext", "red [31mtext"},
      {"two\nlines\r\tand\a a bell", "twolinesand a bell"},
      {std::string("nul\0byte", 8), "nulbyte"},
      {"delete\x7f", "delete"},
      // U+009B is a control sequence introducer in one code point.
      {"c1 \xc2\x9b"
       "31m",
       "c1 31m"},
      // U+202E turns the direction of what follows.
      {"abc\xe2\x80\xae"
       "fdp.exe",
       "abcfdp.exe"},
      {"zero\xe2\x80\x8bwidth", "zerowidth"},
      {"caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80"},
      {"", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(PlainText(c.text), c.plain) << c.text;
}

TEST(PlainTextTest, MarksWhatIsNotUtf8) {
  const Case cases[] = {
      {"\xff", "?"},
      {"cut \xe6\x97", "cut ??"},
      // An overlong form of ESC, a surrogate, and a number beyond Unicode.
      {"\xc0\x9b", "??"},
      {"\xe0\x80\x9b", "???"},
      {"\xed\xa0\x80", "???"},
      {"\xf4\x90\x80\x80", "????"},
  };
  for (const Case& c : cases) EXPECT_EQ(PlainText(c.text), c.plain);
}

TEST(MarkdownCellTest, Escapes) {
  EXPECT_EQ(MarkdownCell("<script>a|b</script>"), "&lt;script&gt;a\\|b&lt;/script&gt;");
  EXPECT_EQ(MarkdownCell("a_b*c`d\\e"), "a\\_b\\*c\\`d\\\\e");
}

TEST(CsvCellTest, QuotesAndDisarms) {
  const Case cases[] = {
      {"plain", "plain"},
      {"a,b", "\"a,b\""},
      {"say \"hi\"", "\"say \"\"hi\"\"\""},
      {"=1+1", "'=1+1"},
      {"+1", "'+1"},
      {"-1", "'-1"},
      {"@SUM(A1,A2)", "\"'@SUM(A1,A2)\""},
      // A leading control byte must not hide the sign from us.
      {"\t=1+1", "'=1+1"},
      {"two\nlines", "twolines"},
  };
  for (const Case& c : cases) EXPECT_EQ(CsvCell(c.text), c.plain) << c.text;
}

TEST(DisplayWidthTest, CountsCodePoints) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("caf\xc3\xa9"), 4u);
}

}  // namespace
}  // namespace sandglass::report
