#include "analyzer/report/html_page.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>

namespace sandglass::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

v1::TraceReport DataOf(const std::string& page) {
  v1::TraceReport report;
  const std::string json = Between(page, "type=\"application/json\">", "</script>");
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &report).ok()) << json.substr(0, 200);
  return report;
}

// A browser ends a script element at the first "</script", and begins odd states at "<!--" and "<script".
TEST(HtmlPageTest, NamesCannotEndTheDataOrBecomeHtml) {
  v1::TraceReport report;
  report.mutable_replay()->set_trace_name("</script><script>alert(1)</script><!--");
  const auto page = TraceReportPage(report);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(*page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(*page, Not(HasSubstr("<!--")));
  EXPECT_THAT(*page, HasSubstr("<title>&lt;/script&gt;"));
  EXPECT_EQ(DataOf(*page).replay().trace_name(), report.replay().trace_name());
}

TEST(HtmlPageTest, NeedsNothingFromElsewhere) {
  const auto page = TraceReportPage(v1::TraceReport());
  EXPECT_THAT(*page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(Between(*page, "Content-Security-Policy\" content=\"", "\""),
              ::testing::ContainsRegex("script-src 'sha256-[A-Za-z0-9+/]{43}='$"));
  for (const char* element : {"<link", "<img", " src=", "@import", "url("}) {
    EXPECT_THAT(Between(*page, "<head>", "<body>"), Not(HasSubstr(element)));
  }
  // Copies of others' software come with its licence.
  EXPECT_THAT(*page, HasSubstr("Observable"));
  EXPECT_THAT(*page,
              HasSubstr("Permission to use, copy, modify, and/or distribute this software for any purpose\\nwith or "
                        "without fee"));
}

TEST(HtmlPageTest, KernelsThatTakeLeastGoWhereThePageGetsTooLarge) {
  v1::TraceReport report;
  v1::ProfileReport& profile = *report.add_profiles();
  double all = 0;
  for (int i = 0; i < 4000; ++i) {
    v1::KernelTotals& kernel = *profile.add_kernels();
    kernel.add_names(std::string(2000, 'x'));
    kernel.set_device_s(1.0 / (1 + i));
    all += kernel.device_s();
  }
  profile.set_kernels_s(all);
  const auto page = TraceReportPage(report);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_LT(page->size(), 3'000'000u);
  const v1::TraceReport data = DataOf(*page);
  const v1::ProfileReport& shown = data.profiles(0);
  ASSERT_GT(shown.kernels_size(), 500);
  double sum = shown.unlisted_s();
  for (const v1::KernelTotals& kernel : shown.kernels()) sum += kernel.device_s();
  EXPECT_NEAR(sum, all, 1e-9);
  EXPECT_EQ(shown.kernels(0).device_s(), 1);
}

// Every class repeats what is unknown of the trace.
TEST(HtmlPageTest, UnknownOperatorsAreToldOnce) {
  v1::TraceReport report;
  for (int row = 0; row < 53; ++row) {
    v1::ClassReplay& replay = *report.mutable_replay()->add_classes();
    for (int i = 0; i < 1000; ++i) replay.mutable_coverage()->add_unknown()->set_name(std::string(100, 'x'));
  }
  const auto page = TraceReportPage(report);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_LT(page->size(), 1'000'000u);
  EXPECT_EQ(DataOf(*page).replay().classes(0).coverage().unknown_size(), 20);
}

TEST(HtmlPageTest, EqualMessagesGiveEqualBytes) {
  v1::TraceReport report;
  report.mutable_replay()->set_trace_name("a");
  EXPECT_EQ(*TraceReportPage(report), *TraceReportPage(report));
}

}  // namespace
}  // namespace sandglass::report
