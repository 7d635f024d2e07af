// What happens to a trace on its way to a real server that is killed, stopped, fenced or set back.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "collectors/stream/channel.h"
#include "collectors/stream/ingest_writer.h"
#include "tests/faults/numbered_trace.h"
#include "tests/faults/server_process.h"
#include "tests/faults/writer_fixture.h"

namespace sandglass::faults {
namespace {

constexpr const char* kClientKey = "01234567-89ab-4cde-8f01-23456789abcd";

class IngestStreamTest : public WriterFixture {
 protected:
  IngestStreamTest() {
    options_.new_client_key = [] { return kClientKey; };
  }

  // Waits until no further chunk fits, so that the producer waits.
  void WaitUntilFull(const IngestWriter& writer) {
    constexpr size_t kMostChunkBytes = 4096;
    WaitUntil([&] { return writer.stats().buffered_bytes + kMostChunkBytes > options_.max_buffered_bytes; },
              "the buffer to be full");
  }
};

TEST_F(IngestStreamTest, EverythingArrivesOnce) {
  const auto writer = Begun();
  AddUpTo(*writer, 12345);
  const auto manifest = writer->Finish(OneStep());
  EXPECT_EQ(writer->stats().durable_operators, 12345u);
  EXPECT_EQ(writer->stats().resumes, 0u);
  ExpectStored(manifest, 12345);
}

TEST_F(IngestStreamTest, ATraceMayBeEmpty) {
  const auto writer = Begun();
  const auto manifest = writer->Finish(OneStep());
  ExpectStored(manifest, 0);
}

TEST_F(IngestStreamTest, ResumesAfterTheServerIsKilled) {
  const auto writer = Begun();
  std::mt19937_64 random(20261123);
  for (int kill = 0; kill < 8; ++kill) {
    // At any moment between nothing and much of this batch being on disk.
    AddUpTo(*writer, added_ + 2000);
    const uint64_t wanted = writer->stats().durable_operators + random() % 1500;
    WaitUntilDurable(*writer, std::min<uint64_t>(wanted, added_ - 50));
    server_.Kill();
    AddUpTo(*writer, added_ + 500);
    server_.Start();
  }
  const auto manifest = writer->Finish(OneStep());
  EXPECT_GE(writer->stats().resumes, 1u);
  ExpectStored(manifest, 20000);
}

TEST_F(IngestStreamTest, SealsAfterTheServerWasAway) {
  const auto writer = Begun();
  AddUpTo(*writer, 1000);
  WaitUntilDurable(*writer, 1000);
  server_.Kill();
  absl::StatusOr<v1::TraceManifest> manifest = absl::UnknownError("not finished");
  std::thread finisher([&] { manifest = writer->Finish(OneStep()); });
  absl::SleepFor(absl::Milliseconds(300));
  // From this thread: a server ends with the thread that started it.
  server_.Start();
  finisher.join();
  ExpectStored(manifest, 1000);
}

TEST_F(IngestStreamTest, GivesUpOnAServerThatStaysAway) {
  options_.resume.patience = absl::Milliseconds(500);
  const auto writer = Begun();
  AddUpTo(*writer, 1000);
  server_.Kill();
  const absl::Status status = AddUntilError(*writer);
  // The code is that of its last try, whichever way that failed.
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(absl::StrContains(status.message(), server_.address())) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "mend it")) << status;
  EXPECT_EQ(writer->Finish(OneStep()).status(), status);
}

TEST_F(IngestStreamTest, MemoryIsBoundedWhileTheServerStandsStill) {
  options_.max_buffered_bytes = 64 << 10;
  const auto writer = Begun();
  AddUpTo(*writer, 500);
  server_.Pause();
  std::thread producer([&] { AddUpTo(*writer, 200000); });
  WaitUntilFull(*writer);
  server_.Continue();
  producer.join();
  const auto manifest = writer->Finish(OneStep());
  EXPECT_LE(writer->stats().peak_buffered_bytes, options_.max_buffered_bytes);
  EXPECT_GT(writer->stats().peak_buffered_bytes, options_.max_buffered_bytes / 2);
  ExpectStored(manifest, 200000);
}

TEST_F(IngestStreamTest, ResumesWhenTheServerIsSilentForTooLong) {
  options_.ack_timeout = absl::Milliseconds(200);
  options_.call_timeout = absl::Milliseconds(500);
  const auto writer = Begun();
  AddUpTo(*writer, 500);
  server_.Pause();
  AddUpTo(*writer, 2000);
  std::thread later([this] {
    absl::SleepFor(absl::Seconds(1));
    server_.Continue();
  });
  WaitUntil([&] { return writer->stats().resumes >= 1; }, "the stream to be taken up again");
  later.join();
  AddUpTo(*writer, 3000);
  const auto manifest = writer->Finish(OneStep());
  ExpectStored(manifest, 3000);
}

TEST_F(IngestStreamTest, SaysLoudlyThatTheServerLostData) {
  const auto writer = Begun();
  AddUpTo(*writer, 500);
  WaitUntilDurable(*writer, 500);
  CopyStore();
  AddUpTo(*writer, 1000);
  WaitUntilDurable(*writer, 1000);
  RestoreCopy();
  const absl::Status status = AddUntilError(*writer);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "acknowledged chunks up to 20 and has them only up to 10")) << status;
}

TEST_F(IngestStreamTest, ANewerWriterFencesThisOne) {
  const auto writer = Begun();
  AddUpTo(*writer, 100);
  WaitUntilDurable(*writer, 100);
  v1::OpenRequest request;
  request.set_client_key(kClientKey);
  request.set_schema_version(1);
  request.set_validation(v1::VALIDATION_STRICT);
  *request.mutable_header() = NumberedHeader();
  v1::OpenResponse response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
  ASSERT_TRUE(stub_->Open(&context, request, &response).ok());
  EXPECT_EQ(response.next_seq(), 3u);
  const absl::Status status = AddUntilError(*writer);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "fenced")) << status;
  EXPECT_EQ(writer->stats().resumes, 0u);
}

TEST_F(IngestStreamTest, TheReasonOfARefusalReachesTheCaller) {
  const auto writer = Begun();
  AddUpTo(*writer, 123);
  v1::Operator bad = NumberedOperator(++added_);
  bad.set_duration_ps(-7);
  ASSERT_TRUE(writer->Add(bad).ok());
  const absl::Status status = AddUntilError(*writer);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  for (const std::string& part : {server_.address(), std::string("operator 123"), std::string("duration_ps is -7")}) {
    EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
  }
  EXPECT_EQ(writer->stats().resumes, 0u);
  // Also where nobody asks before the end.
  EXPECT_EQ(writer->Finish(OneStep()).status(), status);
}

TEST_F(IngestStreamTest, ARefusedHeaderAndARefusedSummaryToo) {
  IngestWriter writer(*stub_, options_);
  v1::TraceHeader header = NumberedHeader();
  header.set_name("two words");
  const absl::Status status = writer.Begin(header);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "two words")) << status;

  const auto begun = Begun();
  v1::TraceSummary summary = OneStep();
  summary.mutable_work_done(0)->set_count(-1);
  EXPECT_EQ(begun->Finish(summary).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(IngestStreamTest, AnOperatorThatIsTooLargeIsNamed) {
  const auto writer = Begun();
  v1::Operator large = NumberedOperator(1);
  for (uint64_t i = 1; i <= 400000; ++i) large.add_data_dep_ids((i % 2 ? 1ull << 40 : 2) + i);
  absl::Status status = writer->Add(large);
  if (status.ok()) status = AddUntilError(*writer);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "operators 0 to 0 take")) << status;
}

TEST_F(IngestStreamTest, AnAbortedTraceIsGone) {
  auto writer = Begun();
  AddUpTo(*writer, 1000);
  const std::string id = writer->stats().trace_id;
  writer->Abort();
  EXPECT_EQ(writer->Add(NumberedOperator(1001)).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(GetStatus(id).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(IngestStreamTest, CancelWakesAProducerThatWaits) {
  options_.max_buffered_bytes = 16 << 10;
  const auto writer = Begun();
  server_.Pause();
  absl::Status status;
  std::thread producer([&] { status = AddUntilError(*writer); });
  WaitUntilFull(*writer);
  writer->Cancel();
  producer.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  server_.Continue();
}

// A port on which nobody listens, or somebody who never answers.
struct DeadPort {
  explicit DeadPort(bool listens) : socket(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
    if (listens) {
      EXPECT_EQ(listen(socket, 8), 0);
    }
    EXPECT_EQ(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
    text = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }
  ~DeadPort() { close(socket); }
  const int socket;
  std::string text;
};

TEST(UnreachableTest, IsOneClearErrorSoon) {
  // What users get: within about ten seconds.
  EXPECT_LE(IngestWriterOptions().connect.patience, absl::Seconds(8));
  EXPECT_LE(IngestWriterOptions().call_timeout, absl::Seconds(8));
  for (const bool listens : {false, true}) {
    const DeadPort port(listens);
    const auto stub = v1::IngestService::NewStub(collectors::MakeChannel(port.text));
    IngestWriterOptions options;
    options.destination = port.text;
    options.mend = "start a server there";
    options.connect.patience = absl::Milliseconds(400);
    IngestWriter writer(*stub, options);
    for (const absl::Status& status : {writer.Reach(), writer.Begin(NumberedHeader())}) {
      EXPECT_FALSE(status.ok());
      EXPECT_TRUE(absl::StartsWith(status.message(), absl::StrCat("cannot reach ", port.text))) << status;
      EXPECT_TRUE(absl::EndsWith(status.message(), "; start a server there")) << status;
      EXPECT_FALSE(absl::StrContains(status.message(), "\n")) << status;
    }
  }
}

TEST(UnreachableTest, NotWhereAServerAnswers) {
  const std::string directory = std::filesystem::path(::testing::TempDir()) / "answers";
  const ServerProcess server(directory);
  const auto stub = v1::IngestService::NewStub(collectors::MakeChannel(server.address()));
  IngestWriter writer(*stub, {});
  EXPECT_TRUE(writer.Reach().ok());
}

}  // namespace
}  // namespace sandglass::faults
