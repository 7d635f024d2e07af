#include "analyzer/serve/edge/event_log.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace sandglass::serve {
namespace {

class EventLogTest : public testing::Test {
 protected:
  EventLog Log(EventLog::Form form) {
    return EventLog(
        form, [this](const std::string& line) { lines_.push_back(line); },
        [] { return absl::FromUnixMillis(1800000000123); });
  }
  std::vector<std::string> lines_;
};

TEST_F(EventLogTest, SaysItInWords) {
  EventLog log = Log(EventLog::Form::kWords);
  log.Say("stop", "it stops \x1b[31m\nnow", {{"why", "asked"}});
  log.Note("start", "it started");
  log.OnStreamBegun({});
  log.OnStreamEnded({}, absl::OkStatus());
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].find('\x1b'), std::string::npos);
  EXPECT_EQ(lines_[0].find('\n'), lines_[0].size() - 1);
  EXPECT_EQ(lines_[0].substr(0, 20), "sandglass: it stops ");
}

TEST_F(EventLogTest, SaysItToMachines) {
  EventLog log = Log(EventLog::Form::kJson);
  log.Say("stop", "a \"quote\" and a \\", {{"count", "7", true}});
  // 1,800,000,000 s after 1970 is 08:00 of 2027-01-15.
  EXPECT_EQ(lines_.at(0),
            "{\"time\":\"2027-01-15T08:00:00.123Z\",\"event\":\"stop\",\"message\":\"a \\\"quote\\\" and a \\\\\","
            "\"count\":7}\n");
  log.OnStreamEnded({.tenant = 3, .trace_id = "01\n\x1b", .chunks = 2, .operators = 20, .bytes = 200},
                    absl::UnauthenticatedError("secret"));
  EXPECT_EQ(lines_.at(1).find("secret"), std::string::npos);
  EXPECT_EQ(lines_.at(1).find('\x1b'), std::string::npos);
  EXPECT_EQ(lines_.at(1).find('\n'), lines_.at(1).size() - 1);
  EXPECT_NE(lines_.at(1).find("\"tenant\":3,"), std::string::npos);
  EXPECT_NE(lines_.at(1).find("\"chunks\":2,\"operators\":20,\"bytes\":200,\"code\":\"UNAUTHENTICATED\"}"),
            std::string::npos);
}

}  // namespace
}  // namespace sandglass::serve
