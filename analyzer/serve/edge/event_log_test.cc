#include "analyzer/serve/edge/event_log.h"

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace sandglass::serve {
namespace {

class EventLogTest : public ::testing::Test {
 protected:
  EventLog Log(EventLog::Form form) {
    return EventLog(
        form, [this](const std::string& line) { lines_.push_back(line); },
        [] { return absl::FromUnixMillis(1800000000123); });
  }
  // To be read when the log is gone, or flushed.
  std::vector<std::string> lines_;
};

TEST_F(EventLogTest, SaysItInWords) {
  {
    EventLog log = Log(EventLog::Form::kWords);
    log.Say("stop", "it stops \x1b[31m\nnow", {{"why", "asked"}});
    log.Note("start", "it started");
    log.Warn("disk", "it is full");
    log.OnStreamBegun({});
    log.OnStreamEnded({}, absl::OkStatus());
  }
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(lines_[0].find('\x1b'), std::string::npos);
  EXPECT_EQ(lines_[0].find('\n'), lines_[0].size() - 1);
  EXPECT_EQ(lines_[0].substr(0, 20), "sandglass: it stops ");
  EXPECT_EQ(lines_[1], "sandglass: warning: it is full\n");
}

TEST_F(EventLogTest, SaysItToMachines) {
  {
    EventLog log = Log(EventLog::Form::kJson);
    log.Say("stop", "a \"quote\" and a \\", {{"count", "7", true}});
    log.OnStreamEnded({.tenant = 3, .trace_id = "01\n\x1b", .chunks = 2, .operators = 20, .bytes = 200},
                      absl::UnauthenticatedError("secret"));
    log.Warn("disk", "it is full");
  }
  ASSERT_EQ(lines_.size(), 3u);
  // 1,800,000,000 s after 1970 is 08:00 of 2027-01-15.
  EXPECT_EQ(lines_[0],
            "{\"time\":\"2027-01-15T08:00:00.123Z\",\"severity\":\"info\",\"event\":\"stop\",\"message\":\"a "
            "\\\"quote\\\" and a \\\\\",\"count\":7}\n");
  EXPECT_EQ(lines_[1].find("secret"), std::string::npos);
  EXPECT_EQ(lines_[1].find('\x1b'), std::string::npos);
  EXPECT_EQ(lines_[1].find('\n'), lines_[1].size() - 1);
  EXPECT_NE(lines_[1].find("\"tenant\":3,"), std::string::npos);
  EXPECT_NE(lines_[1].find("\"chunks\":2,\"operators\":20,\"bytes\":200,\"code\":\"UNAUTHENTICATED\"}"),
            std::string::npos);
  EXPECT_NE(lines_[2].find("\"severity\":\"warning\",\"event\":\"disk\""), std::string::npos);
}

TEST_F(EventLogTest, WhoeverSaysSomethingWaitsForNobody) {
  std::promise<void> begun;
  std::promise<void> go_on;
  {
    EventLog log(EventLog::Form::kJson, [&](const std::string& line) {
      if (lines_.empty()) {
        begun.set_value();
        go_on.get_future().wait();
      }
      lines_.push_back(line);
    });
    log.Say("first", "hangs in its write");
    begun.get_future().wait();
    for (size_t i = 0; i < EventLog::kMostWaiting + 5; ++i) log.OnStreamBegun({.tenant = 1, .trace_id = "t"});
    go_on.set_value();
    // However slow the machine is.
    while (!log.Flush()) {
    }
  }
  ASSERT_EQ(lines_.size(), 1 + EventLog::kMostWaiting + 1);
  EXPECT_NE(lines_.back().find("\"event\":\"dropped\",\"message\":\"5 events were not told"), std::string::npos);
  EXPECT_NE(lines_.back().find("\"count\":5}"), std::string::npos);
}

TEST(EventLogEndTest, ALogThatNobodyReadsDoesNotHoldUpTheEnd) {
  // What the thread uses outlives the log.
  auto go_on = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::promise<void>>();
  std::future<void> end = ended->get_future();
  {
    EventLog log(EventLog::Form::kWords, [wait = go_on->get_future().share(), ended](const std::string& line) {
      wait.wait();
      if (line == "sandglass: first\n") ended->set_value();
    });
    log.Say("a", "first");
    log.Say("b", "second");
    EXPECT_FALSE(log.Flush());
  }
  go_on->set_value();
  EXPECT_EQ(end.wait_for(std::chrono::minutes(1)), std::future_status::ready);
}

}  // namespace
}  // namespace sandglass::serve
