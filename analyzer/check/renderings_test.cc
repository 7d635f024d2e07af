// What people and CI systems see of a check.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <pugixml.hpp>

#include "analyzer/check/batch_fixture.h"
#include "analyzer/check/check_text.h"
#include "analyzer/check/junit.h"

namespace sandglass::check {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// One finding of each outcome, the trace's name from a stranger.
v1::CheckReport OneOfEach() {
  return Judged(
      "rules { name: \"p\" metric: METRIC_KNOWN fail { at_least: 1 } }"
      "rules { name: \"s\" metric: METRIC_SECONDS unit: \"us/token\" fail { increase_percent: 1 } }"
      "rules { name: \"w\" metric: METRIC_DEVICES warn { at_most: 1 } }"
      "rules { name: \"i\" metric: METRIC_RETAINED fail { at_least: 1 } }"
      "rules { name: \"n\" metric: METRIC_DEVICES traces: \"none\" fail { at_least: 1 } }"
      "rules { name: \"f\" metric: METRIC_SECONDS unit: \"us/token\" fail { at_most: 1 } }",
      nullptr, MeasuredTrace("<script>a|b</script>\x1b[31m\n&"));
}

TEST(JunitTest, EachOutcomeHasItsElement) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_string(CheckJunit(OneOfEach()).c_str());
  ASSERT_TRUE(parsed) << parsed.description();
  const pugi::xml_node root = document.child("testsuites");
  EXPECT_STREQ(root.attribute("name").value(), "T");
  EXPECT_EQ(root.attribute("tests").as_int(), 6);
  EXPECT_EQ(root.attribute("failures").as_int(), 1);
  EXPECT_EQ(root.attribute("errors").as_int(), 2);
  EXPECT_EQ(root.attribute("skipped").as_int(), 1);
  const pugi::xml_node suite = root.child("testsuite");
  EXPECT_EQ(suite.attribute("tests").as_int(), 5);
  std::map<std::string, std::string> results;
  for (const pugi::xml_node node : suite.children("testcase")) {
    const pugi::xml_node result = node.first_child();
    results[node.attribute("name").value()] =
        std::string(result.name()) + ": " + result.attribute("message").value() + result.text().get();
  }
  EXPECT_THAT(results["f on gpu"], HasSubstr("failure: 2.00 (1.00 to 4.00) us/token: the limit is at most 1 us/token"));
  EXPECT_THAT(results["i on gpu"], HasSubstr("error: of an operator"));
  EXPECT_THAT(results["s on gpu"], HasSubstr("skipped: 2.00"));
  EXPECT_THAT(results["w on gpu"], HasSubstr("system-out: warning: 2 devices"));
  EXPECT_EQ(results["p"], "system-out: 99.0 %");
  const pugi::xml_node batch = suite.next_sibling("testsuite");
  EXPECT_STREQ(batch.attribute("name").value(), "the whole batch");
  EXPECT_STREQ(batch.child("testcase").attribute("name").value(), "n");
}

// Which XML 1.0 does not allow, not even as references.
TEST(JunitTest, NoncharactersDoNotBreakIt) {
  const v1::CheckReport report = Judged("rules { name: \"a\\uffff\" metric: METRIC_KNOWN fail { at_least: 1 } }",
                                        nullptr, MeasuredTrace("b\xef\xbf\xbe"));
  const std::string xml = CheckJunit(report);
  EXPECT_THAT(xml, Not(HasSubstr("\xef\xbf\xbe")));
  EXPECT_THAT(xml, Not(HasSubstr("\xef\xbf\xbf")));
}

TEST(JunitTest, NamesOfStrangersAreText) {
  const std::string xml = CheckJunit(OneOfEach());
  EXPECT_THAT(xml, Not(HasSubstr("<script>")));
  EXPECT_THAT(xml, Not(HasSubstr("\x1b")));
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(xml.c_str()));
  EXPECT_THAT(document.child("testsuites").child("testsuite").attribute("name").value(), HasSubstr("<script>a|b"));
}

TEST(CheckTextTest, WorstFirstWithCounts) {
  const std::string text = CheckText(OneOfEach());
  EXPECT_THAT(text, HasSubstr("failed: 1 failed, 2 incomplete, 1 warned, 1 skipped, 1 passed\n"));
  EXPECT_LT(text.find("\nfailed"), text.find("\nincomplete"));
  EXPECT_LT(text.find("\nincomplete"), text.find("\nwarned"));
  EXPECT_LT(text.find("\nwarned"), text.find("\nskipped"));
  EXPECT_THAT(text, HasSubstr("at most 1 us/token"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(CheckTextTest, ChangesShowWhatIsNewAndGone) {
  v1::CheckReport report = OneOfEach();
  v1::OperatorChange& gone = *report.add_changes();
  gone.set_name("old");
  gone.set_count_before(2);
  gone.set_device_s_before(3e-6);
  v1::OperatorChange& fresh = *report.add_changes();
  fresh.set_name("fresh");
  fresh.set_count_after(1);
  fresh.set_device_s_after(2e-6);
  v1::OperatorChange& slower = *report.add_changes();
  slower.set_name("slower");
  slower.set_count_before(1);
  slower.set_count_after(1);
  slower.set_device_s_before(1e-6);
  slower.set_device_s_after(1.5e-6);
  for (const std::string& text : {CheckText(report), CheckMarkdown(report)}) {
    EXPECT_THAT(text, ::testing::ContainsRegex("old.*3\\.00 us.*gone"));
    EXPECT_THAT(text, ::testing::ContainsRegex("fresh.*2\\.00 us.*new"));
    EXPECT_THAT(text, ::testing::ContainsRegex("slower.*1\\.00 us.*1\\.50 us.*\\+50\\.0 %"));
  }
}

TEST(CheckMarkdownTest, FoldsWhatHeldAndMarksItself) {
  const std::string text = CheckMarkdown(OneOfEach());
  EXPECT_EQ(text.rfind("<!-- sandglass check -->\n", 0), 0u);
  const size_t fold = text.find("<details>");
  ASSERT_NE(fold, std::string::npos);
  EXPECT_LT(text.find("| failed |"), fold);
  EXPECT_GT(text.find("| passed |"), fold);
  EXPECT_GT(text.find("| skipped |"), fold);
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
}

// GitHub takes comments of 65,536 characters.
TEST(CheckMarkdownTest, StaysShortEnoughForAComment) {
  v1::CheckReport report = OneOfEach();
  for (int i = 0; i < 2000; ++i) {
    *report.add_findings() = report.findings(i % 6);
    report.add_changes()->set_name("aten::an_operator_with_a_long_name");
  }
  const std::string text = CheckMarkdown(report);
  EXPECT_LT(text.size(), 65536u);
  EXPECT_THAT(text, HasSubstr("more, in the JSON report"));
}

TEST(CheckMarkdownTest, StaysShortEnoughWhereNamesAreLongAndWarningsMany) {
  v1::CheckReport report = OneOfEach();
  for (int i = 0; i < 200; ++i) {
    v1::Finding& finding = *report.add_findings();
    finding = report.findings(i % 6);
    finding.set_rule(std::string(2000, 'r'));
    report.add_warnings(std::string(2000, 'w'));
  }
  const std::string text = CheckMarkdown(report);
  EXPECT_LT(text.size(), 65536u);
  // Something of each is shown, and what is not is counted.
  EXPECT_THAT(text, HasSubstr("rrrr"));
  EXPECT_THAT(text, HasSubstr("**Warning:** wwww"));
  EXPECT_THAT(text, HasSubstr("more warnings, in the JSON report"));
}

}  // namespace
}  // namespace sandglass::check
