// What a server tells of itself: metrics and events.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/wait_until.h"
#include "tests/faults/health.h"
#include "tests/faults/raw_connection.h"
#include "tests/faults/sender.h"
#include "tests/faults/server_process.h"

namespace sandglass::faults {
namespace {

class TelemetryTest : public ::testing::Test {
 protected:
  // Without a fault in the program that users have.
  void Serve(const std::vector<std::string>& flags, const std::string& fault = "") {
    ServerSetup setup;
    setup.flags = flags;
    if (!fault.empty()) {
      setup.program = kProgramWithFaults;
      setup.environment = {{"SANDGLASS_FAULT", fault}};
    }
    const std::filesystem::path folder = ::testing::TempDir();
    server_ = std::make_unique<ServerProcess>(folder / ::testing::UnitTest::GetInstance()->current_test_info()->name(),
                                              setup);
  }

  std::shared_ptr<grpc::Channel> Channel() const {
    return grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }

  // Each series with its value.
  std::map<std::string, double> Scrape() const {
    const std::string before = "metrics on http://";
    const std::string errors = server_->Errors();
    const size_t begin = errors.find(before) + before.size();
    const RawConnection connection(errors.substr(begin, errors.find("/metrics", begin) - begin));
    EXPECT_TRUE(connection.Send("GET /metrics HTTP/1.0\r\n\r\n"));
    std::map<std::string, double> series;
    const std::vector<std::string> lines = absl::StrSplit(connection.ReadToEnd(), '\n');
    for (const std::string& line : lines) {
      const size_t blank = line.rfind(' ');
      double value = 0;
      if (line.empty() || line[0] == '#' || blank == std::string::npos) continue;
      if (absl::SimpleAtod(line.substr(blank + 1), &value)) series[line.substr(0, blank)] = value;
    }
    return series;
  }

  std::unique_ptr<ServerProcess> server_;
};

TEST_F(TelemetryTest, MetricsCountWhatHappens) {
  Serve({"--metrics", "127.0.0.1:0"});
  Sender sender(Channel());
  ASSERT_TRUE(sender.Open(1, "a").ok());
  sender.Begin();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(sender.Send(100));
    ASSERT_TRUE(sender.Receive());
  }
  EXPECT_EQ(sender.GetStatus("00000000000000000000000000").error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(sender.GetStatus("no id").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  std::map<std::string, double> series = Scrape();
  EXPECT_EQ(series["sandglass_ingest_operators_total{tenant=\"1\"}"], 300);
  EXPECT_EQ(series["sandglass_ingest_chunks_total{tenant=\"1\"}"], 3);
  EXPECT_GT(series["sandglass_ingest_bytes_total{tenant=\"1\"}"], 300);
  EXPECT_EQ(series["sandglass_ingest_ack_seconds_count"], 3);
  EXPECT_EQ(series["sandglass_ingest_streams"], 1);
  EXPECT_EQ(series["sandglass_tenant_open_traces{tenant=\"1\"}"], 1);
  EXPECT_GT(series["sandglass_tenant_stored_bytes{tenant=\"1\"}"], 300);
  ASSERT_EQ(series.count("sandglass_store_background_errors_total{reason=\"flush\"}"), 1u);
  EXPECT_EQ(series["sandglass_store_background_errors_total{reason=\"flush\"}"], 0);
  EXPECT_EQ(series["sandglass_ingest_serving"], 1);
  EXPECT_EQ(series["sandglass_calls_failed_total{code=\"NOT_FOUND\"}"], 1);
  EXPECT_EQ(series["sandglass_calls_failed_total{code=\"INVALID_ARGUMENT\"}"], 1);
  EXPECT_EQ(series["sandglass_connections"], 1);
  EXPECT_EQ(series.count("sandglass_connections_refused_total"), 1u);
  EXPECT_GT(series["sandglass_store_bytes"], 1000);
  EXPECT_EQ(series["sandglass_build_info{version=\"0.1.0\"}"], 1);
  sender.HalfClose();
  EXPECT_TRUE(sender.End().ok());
  storage::WaitUntil([&] { return Scrape()["sandglass_ingest_streams"] == 0; }, "the end of the stream to be counted");
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->WaitForEnd(), 0);
}

TEST_F(TelemetryTest, AFlushThatFailsIsCountedAndEndsIngest) {
  Serve({"--metrics", "127.0.0.1:0", "--log-size", "64KiB"}, "eio sync-sst 1");
  HealthWatch health(Channel(), "sandglass.v1.IngestService");
  EXPECT_EQ(health.Next(), Health::kServing);
  Sender sender(Channel());
  ASSERT_TRUE(sender.Open(1, "a").ok());
  sender.Begin();
  // Until the log is so long that it is flushed, and that fails.
  int chunks = 0;
  while (chunks < 100000 && sender.Send(4000) && sender.Receive()) ++chunks;
  EXPECT_EQ(sender.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(health.Next(), Health::kNotServing);
  std::map<std::string, double> series = Scrape();
  // RocksDB takes a log that has just been closed for none.
  EXPECT_GE(series["sandglass_store_background_errors_total{reason=\"flush\"}"] +
                series["sandglass_store_background_errors_total{reason=\"flush_without_log\"}"],
            1);
  EXPECT_EQ(series["sandglass_ingest_serving"], 0);
}

TEST_F(TelemetryTest, EventsAreLinesOfJson) {
  Serve({"--log-format", "json"});
  Sender sender(Channel());
  ASSERT_TRUE(sender.Open(1, "a").ok());
  sender.Begin();
  ASSERT_TRUE(sender.Send(100));
  ASSERT_TRUE(sender.Receive());
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->WaitForEnd(), 0);
  std::vector<std::string> events;
  std::map<std::string, google::protobuf::Struct> last;
  const std::vector<std::string> lines = absl::StrSplit(server_->Errors(), '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    google::protobuf::Struct event;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line, &event).ok()) << line;
    events.push_back(event.fields().at("event").string_value());
    last[events.back()] = event;
  }
  EXPECT_EQ(events, (std::vector<std::string>{"start", "stream_begin", "stop", "stream_end", "stopped"}));
  const auto& end = last["stream_end"].fields();
  EXPECT_EQ(end.at("tenant").number_value(), 1);
  EXPECT_EQ(end.at("severity").string_value(), "info");
  EXPECT_EQ(end.at("trace").string_value(), sender.trace_id());
  EXPECT_EQ(end.at("chunks").number_value(), 1);
  EXPECT_EQ(end.at("operators").number_value(), 100);
  EXPECT_EQ(end.at("code").string_value(), "UNAVAILABLE");
}

}  // namespace
}  // namespace sandglass::faults
